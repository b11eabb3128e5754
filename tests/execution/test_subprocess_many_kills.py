"""Kernels and runners killed, aborted and stopped at random, thirty times over ten jobs: each completes, once."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.crash_scenery import (
    KERNEL,
    MARK,
    assert_all_end,
    assert_no_line_lost,
    assert_nothing_left,
    assert_one_true_end,
    marked,
)
from tests.jobs.others import Other

JOBS = [f"job{number}" for number in range(10)]
STOPPED = 0.2  # seconds that a stopped process stands still

# A kernel that submits the jobs if nobody did, and says a word for each line of each log that it sees.
WATCHES = f"""
import faulthandler; faulthandler.dump_traceback_later(50)
import resource, threading
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
m = manager(caps={{"subprocess": 4}})
jobs = {JOBS!r}
for job in jobs:
    try: m.get(job)
    except JobNotFound: submit(job, busy=100_000, retries=100)
def watch(job):
    for event in m.events(job, follow=True):
        with saying: say(job, event.seq)
saying = threading.Lock()
watching = [threading.Thread(target=watch, args=(job,), daemon=True) for job in jobs]
for one in watching: one.start()
for one in watching: one.join()
say("all ended")
"""


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv(MARK, str(tmp_path))
    made = Scene(tmp_path)
    yield made
    made.kernel.close()


class Scene:
    """The kernel of the moment, and what may befall it and the runners."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.kernel = self._start()

    def _start(self) -> Other:
        return Other(self._home, f"HERE = {str(self._home)!r}\n{KERNEL}\n{WATCHES}\n")

    def read(self, words: int) -> bool:
        """Wait until the kernel has said so many words; tells whether jobs still run."""
        for _ in range(words):
            line = self.kernel.line()
            assert line, "the kernel ended by itself"
            if line == "all ended":
                return False
        return True

    def hit_kernel(self, number: int) -> None:
        """Send the kernel a signal; one that has ended is followed by another."""
        if number == signal.SIGSTOP:
            _stop(self.kernel.process.pid)
            return
        os.kill(self.kernel.process.pid, number)
        assert self.kernel.process.wait() == -number
        self.kernel.close()
        self.kernel = self._start()

    def hit_runner(self, number: int, draw: random.Random) -> bool:
        """Send one process of a runner a signal; tells whether there was one."""
        found = sorted(set(marked(str(self._home))) - {self.kernel.process.pid})
        if not found:
            return False
        pid = draw.choice(found)
        if number == signal.SIGSTOP:
            _stop(pid)
        else:
            _send(pid, number)
        return True


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself
        os.kill(pid, number)


def _stop(pid: int) -> None:
    _send(pid, signal.SIGSTOP)
    timer = threading.Timer(STOPPED, _send, (pid, signal.SIGCONT))
    timer.start()
    timer.join()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_every_job_completes_once_whatever_is_killed(scene: Scene, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    hits = 0
    while hits < 30 and scene.read(draw.randrange(1, 10)):
        number = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGABRT, signal.SIGSTOP])
        if draw.random() < 0.3:
            scene.hit_kernel(number)
            hits += 1
        else:
            hits += scene.hit_runner(number, draw)
    scene.kernel.process.kill()
    scene.kernel.process.wait()
    options = {"data_dir": tmp_path / "data", "runtime_dir": tmp_path / "run"}
    manager = JobExecutionManager(**options, backoff=Backoff(base=0.001, cap=0.002))
    manager.adopt()
    for job_id in JOBS:
        manager.wait(job_id, 50)
    assert {record.id for record in manager.list()} == set(JOBS)
    for job_id in JOBS:
        assert_one_true_end(manager, job_id, "completed")
        assert_no_line_lost(manager, job_id)
        assert_nothing_left(manager, job_id)
    manager.shutdown()
    assert_all_end(str(tmp_path))
