"""The limits a job runs under: what is kept, by what, and what is said where it cannot be."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.execution.cgroup_place import V1, find_place
from nodetool_jupyter.execution.cgroups import Cgroup
from nodetool_jupyter.execution.limits import Cage, check_limits
from nodetool_jupyter.request import ResourceLimits
from tests.execution.children import Start, interpreters, said

NOWHERE = Path("/nowhere")  # a root below which no control group can be found

CAGED = """
import errno, mmap, resource
from pathlib import Path
from nodetool_jupyter.execution.limits import Cage, check_limits
from nodetool_jupyter.request import ResourceLimits

ResourceLimits()  # pydantic's own imports, which somebody else may not be allowed to read

def caged(root="/nowhere", **limits):
    '''Put this process into a cage, as a worker is; return the cage.'''
    cage = Cage.make(ResourceLimits(**limits), f"nodetool-test-limits-{os.getpid()}", root=Path(root))
    cage.enter()
    return cage

def as_anybody():
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)

def error_of(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return errno.errorcode[error.errno] if isinstance(error, OSError) else type(error).__name__
"""


@pytest.fixture
def interpreter() -> Iterator[Start]:
    with interpreters() as start:
        yield start


def limited(**limits: object) -> ResourceLimits:
    return ResourceLimits.model_validate(limits)


def cage_without_group(**limits: object) -> Cage:
    return Cage.make(limited(**limits), "nodetool-test", root=NOWHERE)


# -- each process on its own -------------------------------------------------------------------------------------------


def test_too_much_memory_is_an_error_inside_the_process(interpreter: Start) -> None:
    code = "caged(memory='300m')\nsay(error_of(lambda: bytearray(400 << 20)))"
    assert said(interpreter(CAGED + code)) == ["MemoryError"]


def test_addresses_that_are_only_reserved_are_no_memory(interpreter: Start) -> None:
    code = """
caged(memory="300m")
say(len(mmap.mmap(-1, 4 << 30, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)) >> 30)
"""
    assert said(interpreter(CAGED + code)) == ["4"]


def test_too_many_open_files_are_refused(interpreter: Start) -> None:
    code = "caged(open_files=20)\nsay(error_of(lambda: [os.open('/dev/null', os.O_RDONLY) for _ in range(30)]))"
    assert said(interpreter(CAGED + code)) == ["EMFILE"]


def test_a_file_that_grows_too_large_is_an_error_and_not_the_end(interpreter: Start, tmp_path: Path) -> None:
    code = f"""
caged(file_size="1m")
file = open({str(tmp_path / "large")!r}, "wb", buffering=0)
say(file.write(bytes(2 << 20)), error_of(lambda: file.write(b"more")))
file.close()
"""
    assert said(interpreter(CAGED + code)) == [f"{1 << 20} EFBIG"]


def test_a_limit_cannot_be_raised_again_by_whom_it_binds(interpreter: Start) -> None:
    code = """
as_anybody()
caged(open_files=20)
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (21, 21))
except ValueError as error:
    say(error)
"""
    assert said(interpreter(CAGED + code)) == ["not allowed to raise maximum limit"]


def test_no_core_is_written(interpreter: Start) -> None:
    assert said(interpreter(CAGED + "caged()\nsay(resource.getrlimit(resource.RLIMIT_CORE))")) == ["(0, 0)"]


def test_a_job_can_be_nice(interpreter: Start) -> None:
    assert said(interpreter(CAGED + "caged(nice=7)\nsay(os.getpriority(os.PRIO_PROCESS, 0))")) == ["7"]


def test_a_niceness_below_the_present_one_is_said_not_to_be_kept(interpreter: Start) -> None:
    code = """
os.setpriority(os.PRIO_PROCESS, 0, 9)
as_anybody()
cage = caged(nice=3)
say(os.getpriority(os.PRIO_PROCESS, 0), cage.notes)
"""
    note = "--nice 3 is not kept: this process is at 9, and only root may go below"
    assert said(interpreter(CAGED + code)) == [f"9 ['{note}']"]


def test_without_a_group_whole_cpus_are_bound(interpreter: Start) -> None:
    assert said(interpreter(CAGED + "caged(cpus=0.5)\nsay(len(os.sched_getaffinity(0)))")) == ["1"]


def test_libraries_are_told_how_many_threads_to_use(interpreter: Start) -> None:
    code = "os.environ.pop('OMP_NUM_THREADS', None)\ncaged(cpus=1.5)\nsay(os.environ['OMP_NUM_THREADS'])"
    assert said(interpreter(CAGED + code)) == ["2"]


def test_a_number_of_threads_that_was_set_already_is_left(interpreter: Start) -> None:
    code = "caged(cpus=1.5)\nsay(os.environ['OMP_NUM_THREADS'])"
    assert said(interpreter(CAGED + code, OMP_NUM_THREADS="7")) == ["7"]


def test_without_a_group_processes_are_counted_over_the_user(interpreter: Start) -> None:
    code = """
as_anybody()
caged(max_processes=4)
def too_many():
    for _ in range(200): fork(nothing)
say(error_of(too_many), len(living()) <= 4)
tree.kill_tree(os.getpid())
"""
    assert said(interpreter(CAGED + code)) == ["EAGAIN True"]


def test_for_any_user_the_count_of_processes_is_said_to_be_rough(interpreter: Start) -> None:
    code = "as_anybody()\nsay(*(note[:36] for note in caged(max_processes=4).notes))"
    assert said(interpreter(CAGED + code)) == ["--max-processes is kept as 4 more th"]


# -- what is said ------------------------------------------------------------------------------------------------------


def test_nothing_asked_nothing_said() -> None:
    assert cage_without_group().notes == []


def test_memory_of_each_process_on_its_own_is_said_so() -> None:
    assert cage_without_group(memory="1g").notes == [
        "--memory is kept for each process on its own, not for all together, because no cgroup can be made here"
    ]


def test_cpus_that_cannot_be_parted_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    assert cage_without_group(cpus=1.5).notes == [
        "--cpus 1.5 is kept as 2 whole CPUs that its processes are bound to, because no cgroup can be made here"
    ]


def test_a_part_of_the_last_cpu_is_said_not_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    assert cage_without_group(cpus=1.5).notes == [
        "--cpus 1.5 is not kept: no cgroup can be made here, and there are only 2 CPUs"
    ]


def test_as_many_cpus_as_there_are_need_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    assert cage_without_group(cpus=2).notes == []


def test_for_root_a_number_of_processes_is_said_not_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert cage_without_group(max_processes=9).notes == [
        "--max-processes is not kept: no cgroup can be made here, and the limit of each user does not bind root"
    ]


def test_without_a_group_nobody_knows_the_whole() -> None:
    cage = cage_without_group(memory="1g")
    assert (cage.kill(), cage.usage(), cage.out_of_memory()) == (False, None, False)


# -- all together ------------------------------------------------------------------------------------------------------


@pytest.fixture
def groups() -> None:
    place = find_place()
    if place is None or place.version != 1 or not place.folders.keys() >= set(V1):
        pytest.skip("this user may not make control groups of version 1 here")


def test_where_no_limit_of_the_whole_is_asked_there_is_no_group(groups: None) -> None:
    cage = Cage.make(limited(open_files=100), f"nodetool-test-none-{os.getpid()}")
    assert not cage.kill()


def test_in_a_group_every_limit_is_kept_without_a_word(groups: None) -> None:
    cage = Cage.make(limited(memory="1g", cpus=1.5, max_processes=9), f"nodetool-test-all-{os.getpid()}")
    try:
        assert cage.notes == []
    finally:
        cage.close()


def test_in_a_group_too_much_memory_is_known_as_such(groups: None, interpreter: Start) -> None:
    code = """
name = f"nodetool-test-oom-{os.getpid()}"
cage = Cage.make(ResourceLimits(memory="64m"), name)
pid = os.fork()
if pid == 0:
    cage.enter()
    kept = bytearray(200 << 20)
    os._exit(0)
status = os.waitpid(pid, 0)[1]
say(os.waitstatus_to_exitcode(status), cage.out_of_memory())
cage.close()
"""
    assert said(interpreter(CAGED + code)) == ["-9 True"]


def test_swap_that_does_not_count_is_said(groups: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(total=1 << 30))
    monkeypatch.setattr(Cgroup, "_limit_swap", lambda self, memory: None)  # as where the kernel does not count swap
    cage = Cage.make(limited(memory="1g"), f"nodetool-test-swap-{os.getpid()}")
    try:
        assert cage.notes == [
            "--memory does not count what is swapped out: this system does not count swap of a cgroup"
        ]
    finally:
        cage.close()


def test_a_worker_without_its_group_does_not_begin(groups: None, interpreter: Start) -> None:
    code = """
cage = Cage.make(ResourceLimits(memory="64m"), f"nodetool-test-gone-{os.getpid()}")
cage.close()
say(error_of(cage.enter))
"""
    assert said(interpreter(CAGED + code)) == ["ENOENT"]


# -- limits the system does not allow ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "flag"),
    [
        ("open_files", "RLIMIT_NOFILE", "--open-files"),
        ("file_size", "RLIMIT_FSIZE", "--file-size"),
        ("memory", "RLIMIT_DATA", "--memory"),
        ("max_processes", "RLIMIT_NPROC", "--max-processes"),
    ],
)
def test_a_limit_above_the_hard_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: str, flag: str
) -> None:
    hard = {getattr(resource, kind): (100, 4096)}
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda what: hard.get(what, infinite))
    with pytest.raises(Unsupported, match=f"^{flag} 100000 is above this system's hard limit of 4096$"):
        check_limits(limited(**{name: 100_000}))


def test_limits_below_the_hard_ones_are_accepted() -> None:
    check_limits(limited(open_files=64, file_size="1m", memory="1g", max_processes=10))
