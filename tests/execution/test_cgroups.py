"""Control groups: real ones of version 1 with real processes; those of version 2 on a fake hierarchy, named so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.execution.cgroup_place import V1, find_place
from nodetool_jupyter.execution.cgroups import Cgroup, find_cgroup
from nodetool_jupyter.processes import start_ticks
from tests.execution.children import PATIENCE, Start, interpreters, line_of

MIB = 1 << 20
Make = Callable[..., Cgroup]

ENTERS = """
import errno
from nodetool_jupyter.execution.cgroups import find_cgroup

def take(mebibytes):
    kept = bytearray(mebibytes << 20)
    kept[::4096] = b"1" * len(kept[::4096])
    return kept

find_cgroup({name!r}).enter()
say("in")
"""


@pytest.fixture
def interpreter() -> Iterator[Start]:
    with interpreters() as start:
        yield start


@pytest.fixture
def name() -> str:
    return f"nodetool-test-{os.urandom(4).hex()}-{os.getpid()}"


@pytest.fixture
def make(name: str) -> Iterator[Make]:
    """Make a real group of version 1, which is removed when the test ends."""
    place = find_place()
    if place is None or place.version != 1 or not place.folders.keys() >= set(V1):
        pytest.skip("this user may not make control groups of version 1 here")
    made: list[Cgroup] = []

    def make_group(**limits: float) -> Cgroup:
        group = Cgroup.make(name, **limits)  # type: ignore[arg-type]
        assert group is not None
        made.append(group)
        return group

    yield make_group
    for group in made:
        group.close()


@pytest.fixture
def inside(interpreter: Start, name: str) -> Callable[[str], subprocess.Popen[str]]:
    """Run code in a process that has entered the group."""

    def start(code: str) -> subprocess.Popen[str]:
        process = interpreter(ENTERS.format(name=name) + code)
        assert line_of(process) == "in"
        return process

    return start


Inside = Callable[[str], subprocess.Popen[str]]


def folders_of(name: str) -> list[Path]:
    place = find_place()
    assert place is not None
    return [folder / name for folder in set(place.folders.values()) if (folder / name).exists()]


def test_a_process_over_its_memory_is_killed_and_that_is_known(make: Make, inside: Inside) -> None:
    group = make(memory=64 * MIB)
    process = inside("kept = take(200)")
    assert process.wait(PATIENCE) == -9
    assert group.oom_killed()


def test_processes_are_over_their_memory_together(make: Make, inside: Inside) -> None:
    group = make(memory=96 * MIB)
    process = inside("pid = os.fork()\nkept = take(60)\nos.waitpid(pid, 0) if pid else signal.pause()")
    process.wait(PATIENCE)
    assert group.oom_killed()


def test_a_process_within_its_memory_is_left_alone(make: Make, inside: Inside) -> None:
    group = make(memory=128 * MIB)
    process = inside("kept = take(40)")
    assert process.wait(PATIENCE) == 0
    assert not group.oom_killed()


def test_swap_is_no_way_out(make: Make, name: str) -> None:
    make(memory=64 * MIB)
    limits = [path.read_text().strip() for folder in folders_of(name) for path in folder.glob("memory.memsw.limit*")]
    assert limits == [str(64 * MIB)]


def test_cpus_are_a_quota_of_their_period(make: Make, name: str) -> None:
    make(cpus=1.5)
    quotas = [path.read_text().strip() for folder in folders_of(name) for path in folder.glob("cpu.cfs_quota_us")]
    assert quotas == ["150000"]


def test_a_process_cannot_use_more_than_its_cpus(make: Make, inside: Inside) -> None:
    make(cpus=0.2)
    process = inside("""
import time
before, end = time.process_time(), time.monotonic() + 1
while time.monotonic() < end: pass
say(time.process_time() - before < 0.7)
""")
    assert line_of(process) == "True"


def test_one_process_too_many_is_refused(make: Make, inside: Inside) -> None:
    make(processes=3)
    process = inside("""
fork(nothing)
fork(nothing)
try:
    fork(nothing)
except OSError as error:
    say(errno.errorcode[error.errno])
tree.kill_tree(os.getpid())
""")
    assert line_of(process) == "EAGAIN"


def test_everyone_in_it_is_listed(make: Make, inside: Inside) -> None:
    group = make(processes=50)
    process = inside("say(os.getpid(), fork(nothing), orphan())\nsignal.pause()")
    listed = sorted(map(int, line_of(process).split()))
    assert group.pids() == listed


def test_everything_in_it_is_ended_wherever_it_went(make: Make, inside: Inside) -> None:
    group = make(processes=50)
    process = inside("signal.signal(15, signal.SIG_IGN)\nsay(fork(nothing), orphan())\nsignal.pause()")
    pids = [int(word) for word in line_of(process).split()]
    group.kill()
    assert [start_ticks(pid) for pid in (*pids, process.pid)] == [None, None, None]


def test_what_forks_and_ends_cannot_run_away_from_it(make: Make, inside: Inside) -> None:
    group = make(processes=50)
    process = inside("""
say("runs")
for _ in range(20_000):
    os.setsid() if os.getpgrp() != os.getpid() else None
    if os.fork(): os._exit(0)
""")
    assert line_of(process) == "runs"
    group.kill()
    assert group.pids() == []


def test_what_it_uses_is_told(make: Make, inside: Inside) -> None:
    group = make(memory=256 * MIB)
    process = inside("""
import time
end = time.process_time() + 0.2
kept = take(50)
while time.process_time() < end: pass
say("used")
signal.pause()
""")
    assert line_of(process) == "used"
    usage = group.usage()
    assert usage is not None
    memory, cpu_time = usage
    assert 45 * MIB < memory < 120 * MIB
    assert 0.1 < cpu_time < PATIENCE


def test_what_a_group_without_memory_uses_is_not_known(make: Make) -> None:
    assert make(processes=5).usage() is None


def test_it_is_removed_and_may_be_removed_twice(make: Make, name: str) -> None:
    group = make(memory=64 * MIB, cpus=1, processes=9)
    assert len(folders_of(name)) == 5
    group.close()
    group.close()
    assert folders_of(name) == []


def test_removing_it_ends_who_is_in_it(make: Make, inside: Inside, name: str) -> None:
    group = make(processes=9)
    process = inside("signal.pause()")
    group.close()
    assert process.wait(PATIENCE) == -9
    assert folders_of(name) == []


def test_a_group_is_found_by_its_name_when_its_maker_is_dead(interpreter: Start, make: Make, name: str) -> None:
    del make  # only for its skip
    maker = interpreter(f"""
from nodetool_jupyter.execution.cgroups import Cgroup
group = Cgroup.make({name!r}, processes=9)
say(orphan(group.enter))
""")
    pid = int(line_of(maker))
    maker.wait(PATIENCE)
    group = find_cgroup(name)
    assert group is not None
    group.close()
    assert start_ticks(pid) is None


def test_there_is_no_group_of_a_name_that_nobody_made(name: str) -> None:
    assert find_cgroup(name) is None


def test_the_next_group_clears_away_what_a_dead_maker_left(interpreter: Start, make: Make) -> None:
    maker = interpreter("""
from nodetool_jupyter.execution.cgroups import Cgroup
name = f"nodetool-test-left-{os.getpid()}"
Cgroup.make(name, processes=9)
say(name)
""")
    left = line_of(maker)
    maker.wait(PATIENCE)
    assert folders_of(left) != []
    make(memory=MIB, cpus=1, processes=9)
    assert folders_of(left) == []


def test_the_next_group_leaves_alone_those_whose_maker_lives(make: Make, name: str) -> None:
    other = Cgroup.make(f"nodetool-test-lives-{os.getpid()}", processes=9)
    assert other is not None
    try:
        make(processes=9)
        assert len(folders_of(f"nodetool-test-lives-{os.getpid()}")) == 3
    finally:
        other.close()


# -- places, on files that look like a system's ------------------------------------------------------------------------


def fake_system(root: Path, cgroup: str, *mounts: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    (root / "proc/self/mountinfo").write_text("22 1 0:20 / / rw - ext4 /dev/sda rw\n" + "\n".join(mounts) + "\n")
    return root


def fake_folder(folder: Path, subtree: str = "", controllers: str = "cpu memory pids") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.procs").write_text("")
    (folder / "cgroup.subtree_control").write_text(subtree)
    (folder / "cgroup.controllers").write_text(controllers)
    return folder


V2_MOUNT = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
SERVICE = "user.slice/user-7.slice/user@7.service/app.slice"


@pytest.fixture
def delegated(tmp_path: Path) -> Path:
    """A fake system whose user has a slice of his own, and runs in a service of it."""
    fake_system(tmp_path, f"0::/{SERVICE}/jupyter.service\n", V2_MOUNT)
    fake_folder(tmp_path / "sys/fs/cgroup" / SERVICE, "cpu memory pids")
    own = fake_folder(tmp_path / "sys/fs/cgroup" / SERVICE / "jupyter.service")
    (own / "cgroup.subtree_control").unlink()
    (own / "cgroup.subtree_control").mkdir()  # a group with processes refuses to hand controllers down
    return tmp_path


def in_slice(root: Path) -> Path:
    return root / "sys/fs/cgroup" / SERVICE / "nodetool-x-1"


def make_fake(root: Path, **limits: float) -> Cgroup:
    group = Cgroup.make("nodetool-x-1", root=root, **limits)  # type: ignore[arg-type]
    assert group is not None
    return group


def test_a_system_without_control_groups_has_no_place(tmp_path: Path) -> None:
    assert find_place(tmp_path) is None


def test_a_controller_that_is_not_writable_is_not_used(tmp_path: Path) -> None:
    mounts = [f"3{n} 22 0:3{n} / /cg/{one} rw - cgroup cgroup rw,{one}" for n, one in enumerate(("memory", "freezer"))]
    fake_system(tmp_path, "5:freezer:/\n4:memory:/\n", *mounts)
    fake_folder(tmp_path / "cg/freezer")
    place = find_place(tmp_path)
    assert place is not None
    assert place.folders == {"freezer": tmp_path / "cg/freezer"}


def test_a_group_that_would_hold_no_limit_is_not_made(tmp_path: Path) -> None:
    fake_system(tmp_path, "5:freezer:/\n", "31 22 0:31 / /cg/freezer rw - cgroup cgroup rw,freezer")
    fake_folder(tmp_path / "cg/freezer")
    assert Cgroup.make("nodetool-x-1", memory=MIB, root=tmp_path) is None
    assert not (tmp_path / "cg/freezer/nodetool-x-1").exists()


def test_of_two_controllers_in_one_place_there_is_one_group(tmp_path: Path) -> None:
    fake_system(tmp_path, "5:cpu,cpuacct:/a\n", "31 22 0:31 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct")
    own = fake_folder(tmp_path / "cg/cpu/a")
    make_fake(tmp_path, cpus=2).enter()
    assert (own / "nodetool-x-1/cgroup.procs").read_text() == "0"


@pytest.mark.parametrize(("own", "found"), [("/box/1/a", "a"), ("/box/1", "."), ("/box/12", None), ("/../b", None)])
def test_of_a_hierarchy_mounted_in_part_the_own_place_is_found(tmp_path: Path, own: str, found: str | None) -> None:
    fake_system(tmp_path, f"4:memory:{own}\n", "31 22 0:31 /box/1 /c\\040g rw - cgroup cgroup rw,memory")
    fake_folder(tmp_path / "c g")
    fake_folder(tmp_path / "c g/a")
    place = find_place(tmp_path)
    assert (place and place.folders["memory"]) == (None if found is None else tmp_path / "c g" / found)


def test_fake_cgroup_v2_groups_are_made_beside_our_own_where_that_was_delegated(delegated: Path) -> None:
    make_fake(delegated, memory=MIB)
    assert in_slice(delegated).is_dir()


def test_fake_cgroup_v2_limits_are_written_as_it_wants_them(delegated: Path) -> None:
    group = make_fake(delegated, memory=64 * MIB, cpus=1.5, processes=7)
    written = {path.name: path.read_text() for path in in_slice(delegated).iterdir()}
    assert written == {
        "memory.max": str(64 * MIB),
        "memory.swap.max": "0",
        "cpu.max": "150000 100000",
        "pids.max": "7",
    }
    assert group.kept == {"memory", "swap", "cpus", "max_processes"}


def test_fake_cgroup_v2_only_the_controllers_handed_down_are_kept(delegated: Path) -> None:
    (delegated / "sys/fs/cgroup" / SERVICE / "cgroup.subtree_control").write_text("pids")
    assert make_fake(delegated, memory=MIB, processes=7).kept == {"max_processes"}


def test_fake_cgroup_v2_a_slice_that_hands_nothing_down_is_no_place(delegated: Path) -> None:
    (delegated / "sys/fs/cgroup" / SERVICE / "cgroup.subtree_control").write_text("")
    assert find_place(delegated) is None


def test_fake_cgroup_v2_the_slice_above_is_never_changed(delegated: Path) -> None:
    control = delegated / "sys/fs/cgroup" / SERVICE / "cgroup.subtree_control"
    control.write_text("memory")
    make_fake(delegated, memory=MIB)
    assert control.read_text() == "memory"


def test_fake_cgroup_v2_at_the_very_root_controllers_are_handed_down(tmp_path: Path) -> None:
    top = fake_folder(fake_system(tmp_path, "0::/\n", V2_MOUNT) / "sys/fs/cgroup", controllers="cpu io memory")
    place = find_place(tmp_path)
    assert place is not None
    assert place.folders == {"memory": top, "cpu": top}


def test_fake_cgroup_v2_a_process_enters_by_writing_itself(delegated: Path) -> None:
    make_fake(delegated, memory=MIB).enter()
    assert (in_slice(delegated) / "cgroup.procs").read_text() == "0"


@pytest.mark.parametrize(("events", "killed"), [("oom 3\noom_kill 1\n", True), ("oom 3\noom_kill 0\n", False)])
def test_fake_cgroup_v2_a_kill_for_memory_is_read_from_its_events(delegated: Path, events: str, killed: bool) -> None:
    group = make_fake(delegated, memory=MIB)
    (in_slice(delegated) / "memory.events").write_text(events)
    assert group.oom_killed() is killed


def test_fake_cgroup_v2_usage_is_memory_without_cache_and_cpu_in_seconds(delegated: Path) -> None:
    group = make_fake(delegated, memory=MIB)
    (in_slice(delegated) / "memory.stat").write_text("anon 4096\nfile 999999\nshmem 100\n")
    (in_slice(delegated) / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    assert group.usage() == (4196, 1.5)


def test_fake_cgroup_v2_killing_it_uses_its_own_knob(delegated: Path) -> None:
    group = make_fake(delegated, memory=MIB)
    group.kill()
    assert (in_slice(delegated) / "cgroup.kill").read_text() == "1"
    assert (in_slice(delegated) / "cgroup.freeze").read_text() == "0"


def test_fake_cgroup_v2_who_is_listed_is_killed_where_there_is_no_knob(delegated: Path, interpreter: Start) -> None:
    process = interpreter("say('ready')\nsignal.pause()")
    assert line_of(process) == "ready"
    group = make_fake(delegated, memory=MIB)
    (in_slice(delegated) / "cgroup.kill").mkdir()
    (in_slice(delegated) / "cgroup.procs").write_text(f"0\n{process.pid}\n")
    group.kill()
    assert process.wait(PATIENCE) == -9
