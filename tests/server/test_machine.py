"""What is told of the machine: all of it to its only user, elsewhere only what is the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodetool_jupyter.execution.cgroup_place import own_groups
from nodetool_jupyter.execution.cgroups import Cgroup
from nodetool_jupyter.server.machine import Machine, is_shared


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    """The second version of control groups: ours inside one that has limits."""
    group = tmp_path / "sys/fs/cgroup/user/ours"
    group.mkdir(parents=True)
    write(tmp_path, proc__self__cgroup="0::/user/ours\n")
    write(tmp_path, proc__self__mountinfo="30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
    stats = {"memory.stat": "anon 1000\nshmem 200\nfile 5000\n", "cpu.stat": "usage_usec 3000000\n"}
    limits = {"memory.max": "max", "cpu.max": "max 100000"}
    for name, text in (stats | limits).items():
        (group / name).write_text(text)
    stats = {"memory.stat": "anon 7000\nshmem 500\n", "cpu.stat": "usage_usec 9000000\n"}
    limits = {"memory.max": "1048576", "cpu.max": "50000 100000"}
    for name, text in (stats | limits).items():
        (group.parent / name).write_text(text)
    return tmp_path


def test_the_groups_around_a_process_are_found_from_the_inside_out(v2: Path) -> None:
    top = v2 / "sys/fs/cgroup"
    assert [place.folders["memory"] for place in own_groups(v2)] == [top / "user/ours", top / "user", top]


def test_a_group_tells_its_limits(v2: Path) -> None:
    limits = [Cgroup(place.version, place.folders).limits() for place in own_groups(v2)]
    assert limits == [(None, None), (1048576, 0.5), (None, None)]


def test_the_first_version_tells_its_limits_too(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="4:memory:/a\n2:cpu:/\n")
    mounts = "1 2 0:1 / /m rw - cgroup c rw,memory\n1 2 0:2 / /c rw - cgroup c rw,cpu\n"
    write(tmp_path, proc__self__mountinfo=mounts)
    (tmp_path / "m/a").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "m/memory.limit_in_bytes").write_text("9223372036854771712")
    (tmp_path / "m/a/memory.limit_in_bytes").write_text("4096")
    (tmp_path / "c/cpu.cfs_quota_us").write_text("150000")
    (tmp_path / "c/cpu.cfs_period_us").write_text("100000")
    limits = [Cgroup(place.version, place.folders).limits() for place in own_groups(tmp_path)]
    assert limits == [(4096, 1.5), (None, None)]


def test_where_there_are_no_groups_none_are_found(tmp_path: Path) -> None:
    assert list(own_groups(tmp_path)) == []


def test_a_users_share_is_what_the_group_with_the_limit_has_used(v2: Path) -> None:
    machine = Machine(mine=True, root=v2)
    assert machine.look() is None
    stat = v2 / "sys/fs/cgroup/user/cpu.stat"
    stat.write_text("usage_usec 99000000\n")
    found = machine.look()
    assert found is not None
    assert (found["memory"], found["mine"]) == ({"used": 7500, "all": 1048576}, True)
    assert found["cpu"] == {"used": 0.5, "all": 0.5}  # never more than there is


def test_without_a_group_a_users_share_is_that_of_the_users_processes(tmp_path: Path) -> None:
    machine = Machine(mine=True, root=tmp_path)
    machine.look()
    found = machine.look()
    assert found is not None and found["memory"]["used"] > 0 and found["mine"] is True


def test_the_machine_is_told_whole_to_its_only_user(tmp_path: Path) -> None:
    machine = Machine(root=tmp_path)
    machine._mine = False
    machine.look()
    found = machine.look()
    assert found is not None and found["memory"]["used"] < found["memory"]["all"] and found["mine"] is False


@pytest.mark.parametrize(
    ("environ", "mark", "shared"),
    [
        ({}, "", False),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/a/"}, "", True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", True),
        ({}, ".dockerenv", True),
        ({}, "run/.containerenv", True),
    ],
    ids=["alone", "hub", "kubernetes", "docker", "podman"],
)
def test_a_server_knows_whether_it_is_one_of_several(
    environ: dict[str, str], mark: str, shared: bool, tmp_path: Path
) -> None:
    if mark:
        write(tmp_path, **{mark.replace("/", "__"): ""})
    assert is_shared(environ, tmp_path) is shared
