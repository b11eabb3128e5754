"""How much disk a container may take: what is measured when, and who is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.execution.container import quota as module
from nodetool_jupyter.execution.container.quota import RESERVE, Quota, Sampler, look
from nodetool_jupyter.testing import set_clock

MIB = 1024**2
PLENTY = 1 << 50
Leave = Callable[[str, int], Quota]


class Ended(list[str]):
    """The names of the containers that were ended."""


@pytest.fixture
def ended() -> Ended:
    return Ended()


@pytest.fixture
def leave(tmp_path: Path, ended: Ended) -> Leave:
    """Make a container's folder with so many MiB in it, and its quota of 8."""

    def make(name: str, size: int) -> Quota:
        folder = tmp_path / name / "out"
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(b"x" * (size * MIB))
        return Quota(folder, 8 * MIB, lambda: ended.append(name))

    return make


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A file system of 100 GiB, of which so much is free."""
    made = SimpleNamespace(f_bavail=PLENTY, f_frsize=1, f_blocks=100 * 1024**3)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "statvfs", lambda path: made)
        yield made


@pytest.mark.parametrize(("size", "expected"), [(4, []), (9, ["a"])])
def test_one_that_takes_more_than_its_limit_is_ended(
    leave: Leave, ended: Ended, size: int, expected: list[str]
) -> None:
    quota = leave("a", size)
    for _ in range(2):
        look([quota])
    assert ended == expected


def test_it_is_told_by_how_much(leave: Leave) -> None:
    quota = leave("a", 9)
    look([quota])
    assert (
        quota.settle() == "it left at least 9,437,184 bytes on the disk, and 8,388,608 are the most (DOCKER_DISK_LIMIT)"
    )


def test_one_that_passed_its_limit_just_before_it_stopped_is_found(leave: Leave) -> None:
    assert "8,388,608 are the most" in (leave("a", 9).settle() or "")


def test_one_that_kept_its_limit_has_nothing_said_about_it(leave: Leave) -> None:
    quota = leave("a", 4)
    look([quota])
    assert quota.settle() is None


def test_a_folder_that_cannot_be_measured_ends_it(leave: Leave, ended: Ended) -> None:
    quota = leave("a", 0)
    quota.folder.joinpath(*["d"] * 100).mkdir(parents=True)
    look([quota])
    assert (ended, quota.excess) == (
        ["a"],
        "what it leaves on the disk cannot be measured: it has folders in folders, more than 64 deep",
    )


def test_a_folder_that_is_gone_takes_nothing(leave: Leave, ended: Ended) -> None:
    quota = leave("a", 9)
    (quota.folder / "data").unlink()
    quota.folder.rmdir()
    look([quota])
    assert (ended, quota.taken) == ([], 0)


def test_an_engine_that_is_away_does_not_end_the_sampler(tmp_path: Path) -> None:
    def away() -> None:
        raise EngineUnavailable("it is away")

    (tmp_path / "data").write_bytes(b"x" * MIB)
    quota = Quota(tmp_path, 1, away)
    look([quota])
    assert quota.excess is not None


# -- what measuring costs ---------------------------------------------------------------------------------------------


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Let each measurement take five seconds; holds what was measured."""
    measured: list[Path] = []
    with set_clock() as clock:

        def measure(folder: Path, enough: int) -> int:
            measured.append(folder)
            clock.advance(5.0)
            return MIB

        monkeypatch.setattr(module, "measure", measure)
        yield measured


def test_what_takes_long_to_measure_is_measured_seldom(leave: Leave, disk: SimpleNamespace, slow: list[Path]) -> None:
    quota = leave("a", 1)
    for _ in range(20):
        look([quota])
    assert len(slow) == 1


def test_it_is_measured_at_once_when_so_much_is_gone_that_it_may_have_passed(
    leave: Leave, disk: SimpleNamespace, slow: list[Path]
) -> None:
    quota = leave("a", 1)
    look([quota])
    disk.f_bavail -= 6 * MIB
    look([quota])
    assert len(slow) == 1
    disk.f_bavail -= 1 * MIB
    look([quota])
    assert len(slow) == 2


# -- what stays free --------------------------------------------------------------------------------------------------


def test_the_one_that_takes_most_of_a_disk_that_is_full_is_ended(
    leave: Leave, ended: Ended, disk: SimpleNamespace
) -> None:
    quotas = [leave("a", 2), leave("b", 5), leave("c", 1)]
    disk.f_bavail = RESERVE - 4 * MIB
    look(quotas)
    assert ended == ["b"]
    assert "1,073,741,824 are kept free" in (quotas[1].excess or "")


def test_the_next_one_is_ended_only_when_the_first_is_gone(leave: Leave, ended: Ended, disk: SimpleNamespace) -> None:
    quotas = [leave("a", 4), leave("b", 5)]
    disk.f_bavail = RESERVE - MIB
    for _ in range(3):
        look(quotas)
    assert ended == ["b"]
    look(quotas[:1])
    assert ended == ["b", "a"]


def test_nobody_is_ended_for_what_others_have_filled(leave: Leave, ended: Ended, disk: SimpleNamespace) -> None:
    disk.f_bavail = 100
    look([leave("a", 4)])
    assert ended == []


def test_a_small_disk_keeps_a_twentieth_free(leave: Leave, ended: Ended, disk: SimpleNamespace) -> None:
    disk.f_blocks, disk.f_bavail = 200 * MIB, 11 * MIB
    quota = leave("a", 4)
    look([quota])
    assert ended == []
    disk.f_bavail = 9 * MIB
    look([quota])
    assert ended == ["a"]


# -- the sampler ------------------------------------------------------------------------------------------------------


def test_a_sampler_looks_until_nothing_is_watched(leave: Leave) -> None:
    told = threading.Event()
    quota = Quota(leave("a", 9).folder, MIB, told.set)
    sampler = Sampler(tick=0.001)
    sampler.watch(quota)
    assert told.wait(10)
    (thread,) = (one for one in threading.enumerate() if one is sampler._thread)
    sampler.drop(quota)
    thread.join(10)
    assert not thread.is_alive()


def test_one_thread_looks_at_all(leave: Leave) -> None:
    sampler = Sampler(tick=60)
    quotas = [leave(name, 1) for name in "abc"]
    for quota in quotas:
        sampler.watch(quota)
    threads = [one for one in threading.enumerate() if one is sampler._thread]
    assert [sampler.settle(quota) for quota in quotas] == [None, None, None]
    threads[0].join(10)
    assert (len(threads), threads[0].is_alive()) == (1, False)


def test_a_sampler_begins_again_after_it_had_nothing_to_look_at(leave: Leave) -> None:
    sampler = Sampler(tick=0.001)
    first = leave("a", 1)
    sampler.watch(first)
    sampler.drop(first)
    told = threading.Event()
    second = Quota(leave("b", 9).folder, MIB, told.set)
    sampler.watch(second)
    assert told.wait(10)
    sampler.drop(second)


def test_a_folder_that_is_gone_is_looked_at_no_more(tmp_path: Path, ended: Ended) -> None:
    look([Quota(tmp_path / "gone" / "out", 1, lambda: ended.append("a"))])
    assert ended == []


def test_removed_files_that_were_written_before_the_first_look_count(
    leave: Leave, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measure_unlinked", lambda folder: 9 * MIB)
    quota = leave("a", 0)
    look([quota])
    assert ended == ["a"]
