"""Another process over the same jobs, that does what it is told line by line: an owner to kill, to stop, to ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from nodetool_jupyter.events import Event, JobUpdate

# A fake job named "thejob" that runs until "hold" is released; its runner can be attached to by an adopter.
RUNS = """
hold = Hold()
steps = [events.JobUpdate(status="running"), events.LogUpdate(content="one"), hold, completed({"a": 1})]
fake = use(fake_strategy(Script(steps)))
fake.attachable = True
m = manager()
job = m.submit(RunJobRequest(strategy="fake", job_id="thejob", name="theirs"))
hold.reached.wait(20)
"""

_PRELUDE = """
import sys, os, signal, socket
if HOST: socket.gethostname = lambda: HOST
from nodetool_jupyter.testing import *
from nodetool_jupyter.errors import *
from nodetool_jupyter.jobs import identity, lease
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
kept = []
def use(context): kept.append(context); return context.__enter__()
def say(*words): print(*words, flush=True)
def manager(**more):
    return JobExecutionManager(data_dir=DATA, runtime_dir=RUN, backoff=Backoff(base=0.001, cap=0.002), **more)
def die(): os.kill(os.getpid(), signal.SIGKILL)
def stop():
    faults.disarm()
    say("stops")
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # this thread, so that it takes no further step
"""

_OBEYS = """
say("ready")
for line in sys.stdin: exec(line)
"""


class Other:
    """A process that ran ``code`` and then executes each line it is told; ``host`` is what it takes its host for.

    ``prefix`` are words before the interpreter, such as ``unshare``; ``runtime`` is a runtime folder of its own.
    """

    def __init__(
        self, home: Path, code: str, *, prefix: Sequence[str] = (), host: str = "", runtime: str = "run"
    ) -> None:
        places = f"HOST, DATA, RUN = {host!r}, {str(home / 'data')!r}, {str(home / runtime)!r}\n"
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", places + _PRELUDE + code + _OBEYS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )

    def ready(self) -> Other:
        """Wait until it has run its code."""
        assert self.line() == "ready"
        return self

    def line(self) -> str:
        """Return the next line it says; empty when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        """Let it execute a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, expression: str) -> str:
        """Return what an expression is there, as text."""
        self.tell(f"say({expression})")
        return self.line()

    @property
    def worker(self) -> psutil.Process:
        """The process itself, behind what its prefix started."""
        found = psutil.Process(self.process.pid)
        while not found.name().startswith("python") and found.children():
            found = found.children()[0]
        return found

    def kill(self) -> None:
        """Kill it, and wait for its end."""
        worker = self.worker
        worker.kill()
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.worker.kill()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def log_of(home: Path, job_id: str = "thejob") -> list[dict[str, Any]]:
    """Return the lines of a job's log; each is whole, and their numbers have no gap."""
    lines = [json.loads(line) for line in (home / "data/jobs" / job_id / "events.jsonl").read_bytes().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    return lines


def ends_in(lines: Sequence[dict[str, Any] | Event]) -> list[str]:
    """Return every terminal status in a log: a job has exactly one."""
    words = [
        (line.status if isinstance(line, JobUpdate) else "") if isinstance(line, Event) else line.get("status", "")
        for line in lines
        if (line.type if isinstance(line, Event) else line["type"]) == "job_update"
    ]
    return [word for word in words if word in ("completed", "error", "cancelled")]


def owners_of(home: Path, job_id: str = "thejob") -> list[str]:
    """Return the names of a job's claims."""
    return sorted(path.name for path in (home / "data/jobs" / job_id).glob("owner.*"))
