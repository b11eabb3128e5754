"""Spare runners: taken by the next job, retired when they are not right any more, never left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.execution import spares
from nodetool_jupyter.execution.spares import Runner, Spares
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.tree import RUNNER_ID
from tests.execution.subprocess_scenery import PATIENCE, assert_ends, gone, kill, params_of, request_for

# A spare that imports this rings through the named pipe whose path it is told, and is ready right after.
RINGS = "import os\nwith open(os.environ['NODETOOL_TEST_PIPE'], 'w') as pipe: pipe.write(f'{os.getpid()}\\n')\n"


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A named pipe through which each new spare tells its pid."""
    (tmp_path / "rings_when_ready.py").write_text(RINGS)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("NODETOOL_TEST_PIPE", str(tmp_path / "pipe"))
    monkeypatch.setenv("NODETOOL_PRELOAD", "rings_when_ready")
    return tmp_path / "pipe"


@pytest.fixture
def manager(tmp_path: Path, pipe: Path) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()


def next_spare(pipe: Path) -> int:
    """Wait until a spare is ready, and return its pid."""
    return int(pipe.read_text())


def guard_of(manager: JobExecutionManager) -> int:
    """Run a job, and return the pid of its guard."""

    def give_one() -> int:
        return 1

    job_id = manager.submit(request_for(give_one))
    assert manager.result(job_id, PATIENCE) == {"result": 1}
    return int(params_of(manager, job_id)["pid"])


def test_the_first_job_calls_for_a_spare_that_the_second_takes(manager: JobExecutionManager, pipe: Path) -> None:
    guard_of(manager)
    spare = next_spare(pipe)
    assert guard_of(manager) == spare
    assert next_spare(pipe) != spare


def test_no_spare_is_kept_where_none_is_wanted(manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_WARM_SPARES", "0")
    guard_of(manager)
    manager.on_loop(asyncio.sleep(3 * spares.SETTLE))
    assert spares.waiting() == 0


def test_a_spare_carries_its_own_runners_id_from_its_start(manager: JobExecutionManager, pipe: Path) -> None:
    guard_of(manager)
    environ = Path(f"/proc/{next_spare(pipe)}/environ").read_bytes().split(b"\0")
    assert [len(line) for line in environ if line.startswith(RUNNER_ID.encode())] == [len(RUNNER_ID) + 1 + 32]


def test_a_spare_is_retired_when_the_path_has_changed(
    manager: JobExecutionManager, pipe: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guard_of(manager)
    spare = next_spare(pipe)
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    assert guard_of(manager) != spare
    assert_ends(spare)


def test_a_spare_is_retired_when_a_file_that_it_imported_has_changed(
    manager: JobExecutionManager, pipe: Path, tmp_path: Path
) -> None:
    guard_of(manager)
    spare = next_spare(pipe)
    (tmp_path / "rings_when_ready.py").write_text(RINGS + "# changed\n")
    assert guard_of(manager) != spare
    assert_ends(spare)


def test_a_dead_spare_harms_nobody(manager: JobExecutionManager, pipe: Path) -> None:
    guard_of(manager)
    spare = next_spare(pipe)
    kill(spare)
    assert_ends(spare)
    assert guard_of(manager) != spare


def test_a_spare_gets_the_environment_anew(
    manager: JobExecutionManager, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[str | None]:
        import os

        return [os.environ.get("NEW"), os.environ.get("OLD"), os.environ.get("PYDANTIC_DISABLE_PLUGINS")]

    monkeypatch.setenv("OLD", "there when the spare was started")
    guard_of(manager)
    spare = next_spare(pipe)
    monkeypatch.delenv("OLD")
    monkeypatch.setenv("NEW", "since then")
    job_id = manager.submit(request_for(look))
    assert manager.result(job_id, PATIENCE) == {"result": ["since then", None, None]}
    assert params_of(manager, job_id)["pid"] == spare


def test_a_spare_that_nobody_needs_is_let_go(manager: JobExecutionManager, pipe: Path) -> None:
    async def five_minutes_later() -> float:
        loop = asyncio.get_running_loop()
        (timer,) = [one.timer for one in spares.of(loop)._waiting]
        left = timer.when() - loop.time()
        timer._run()
        timer.cancel()
        return left

    guard_of(manager)
    spare = next_spare(pipe)
    assert spares.IDLE - 60 < manager.on_loop(five_minutes_later()) <= spares.IDLE
    assert_ends(spare)
    assert spares.waiting() == 0


def test_spares_end_with_their_manager(manager: JobExecutionManager, pipe: Path) -> None:
    guard_of(manager)
    spare = next_spare(pipe)
    manager.shutdown()
    assert gone(spare)


KERNEL = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from nodetool_jupyter.execution.spares import Spares
async def go():
    Spares(asyncio.get_running_loop())._refill(sys.executable)
    await asyncio.Event().wait()
asyncio.run(go())
"""


def test_a_spare_ends_when_its_kernel_is_killed(pipe: Path) -> None:
    kernel = subprocess.Popen([sys.executable, "-c", KERNEL, str(pipe.parent)])
    try:
        spare = next_spare(pipe)
    finally:
        kernel.kill()
        kernel.wait()
    assert_ends(spare)


def test_a_module_that_cannot_be_preloaded_is_left_to_the_job(
    manager: JobExecutionManager, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODETOOL_PRELOAD", "no.such.module,rings_when_ready")
    guard_of(manager)
    spare = next_spare(pipe)
    assert guard_of(manager) == spare


def test_runners_that_two_jobs_take_at_once_are_two(pipe: Path) -> None:
    async def both() -> tuple[Runner, Runner]:
        pool = Spares(asyncio.get_running_loop())
        first, second = await asyncio.gather(pool.take(sys.executable), pool.take(sys.executable))
        pool.close()
        return first, second

    first, second = asyncio.run(both())
    for runner in (first, second):
        runner.kill()
        os.waitpid(runner.pid, 0)
    assert first.runner_id != second.runner_id
