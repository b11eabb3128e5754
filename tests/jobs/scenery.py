"""What tests of jobs say often: a request, a line of another process, many threads at once."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import Any

from nodetool_jupyter.request import RunJobRequest

PATIENCE = 20.0  # seconds that a test waits for what must happen


def request_for(**more: Any) -> RunJobRequest:
    return RunJobRequest(**{"strategy": "fake", **more})


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def at_once(number: int, act: Callable[[int], object]) -> list[object]:
    """Call ``act`` in so many threads at the same moment, and return what each returned or raised."""
    start = threading.Barrier(number)
    results: list[object] = [None] * number

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = act(place)
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
