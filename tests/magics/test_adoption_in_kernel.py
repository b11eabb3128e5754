"""What loading the extension does for the jobs of a kernel that died."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.jobs.bus import Bus
from tests.jobs.others import RUNS, Other, ends_in, log_of, owners_of
from tests.magics.kernel_client import DEADLINE, Kernel, error

# As a threaded job is: nothing of it is left when its process has ended.
THREADED = RUNS.replace("Script(steps))", "Script(steps), name='threaded')").replace('"fake"', '"threaded"')


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    dead = Other(tmp_path, THREADED).ready()
    dead.kill()
    dead.close()
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()


def test_loading_the_extension_brings_lost_jobs_to_their_end(kernel: Kernel, tmp_path: Path) -> None:
    with Bus(tmp_path / "run").bell("thejob", far=True) as bell:
        assert not error(kernel.run("%load_ext nodetool_jupyter"))
        while not read_tail(str(tmp_path / "data/jobs/thejob/events.jsonl")).terminal:
            assert bell.wait(DEADLINE)  # nobody else asks for the job
    assert ends_in(log_of(tmp_path)) == ["error"]
    assert owners_of(tmp_path) == ["owner.1", "owner.2"]


def test_a_kernel_that_has_not_loaded_the_extension_adopts_nothing(kernel: Kernel, tmp_path: Path) -> None:
    assert kernel.value("1 + 1") == "2"
    assert owners_of(tmp_path) == ["owner.1"]
