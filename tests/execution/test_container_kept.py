"""The copy of its channel that a container keeps: written first, given up whole, and read as what a stranger wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter.events import LogUpdate, parse
from nodetool_jupyter.execution.channel_writer import ChannelWriter
from nodetool_jupyter.execution.container import kept as kept_module
from nodetool_jupyter.execution.container.kept import Kept
from nodetool_jupyter.execution.order import COPY, Order
from nodetool_jupyter.request import RunJobRequest
from tests.execution.left_scenery import socket_at, sparse

CAP = 100_000


def order(folder: Path, cap: int = CAP, given: str | None = "/job/in") -> Order:
    request = RunJobRequest(strategy="docker", graph={"nodes": [], "edges": []}, job_id="thejob")
    return Order(request, folder=str(folder), given=given, cap=cap)


def write(folder: Path, count: int, cap: int = CAP, given: str | None = "/job/in") -> bytes:
    """Write lines as a runner in a container does; returns what was on stdout."""
    reader, stdout = os.pipe()
    os.set_blocking(reader, False)
    writer = ChannelWriter(order(folder, cap, given), stdout)
    for number in range(count):
        writer.tell(LogUpdate(content=f"number {number}"))
    os.close(stdout)
    with os.fdopen(reader, "rb") as file:
        return file.read()


def read(folder: Path, cap: int = CAP) -> bytes | None:
    kept = Kept.open(folder, cap)
    if kept is None:
        return None
    found = b""
    while data := kept.read():
        found += data
    kept.close()
    return found


def test_what_is_on_stdout_is_in_the_copy_too(tmp_path: Path) -> None:
    said = write(tmp_path, 20)
    assert said.count(b"\n") == 20
    assert read(tmp_path) == said


def test_a_copy_at_its_cap_is_removed_and_one_line_says_so(tmp_path: Path) -> None:
    events = [parse(line) for line in write(tmp_path, 20, cap=1000).splitlines()]
    assert [event.seq for event in events] == list(range(1, 22))
    assert [event.content for event in events if "copy" in event.content] == [  # type: ignore[union-attr]
        "the copy of this job's channel is kept no longer: it has come to its cap"
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / COPY).mkdir()
    said = write(tmp_path, 2)
    assert said.count(b"\n") == 3
    assert b"kept no longer: File exists" in said


@pytest.mark.parametrize("case", ["no folder", "no container"])
def test_only_a_container_with_a_folder_has_one(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "out"
    if case == "no container":
        folder.mkdir()
    assert write(folder, 2, given="/job/in" if case == "no folder" else None).count(b"\n") == 2
    assert read(folder) is None


def linked(path: Path) -> None:
    path.with_name("secret").write_bytes(b"of the host\n")
    path.symlink_to("secret")


HOSTILE: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a link": linked,
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a socket": socket_at,
    "10 GiB": lambda path: sparse(path, 10 << 30),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_copy_is_not_read(tmp_path: Path, name: str) -> None:
    HOSTILE[name](tmp_path / COPY)
    assert read(tmp_path) is None


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / COPY).write_bytes(b"of the host\n")
    (tmp_path / "out").symlink_to("elsewhere")
    assert read(tmp_path / "out") is None


def test_only_what_was_there_when_it_was_opened_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_module, "STEP", 4)
    path = tmp_path / COPY
    path.write_bytes(b"first\n")
    kept = Kept.open(tmp_path, CAP)
    assert kept is not None
    with path.open("ab") as file:
        file.write(b"second\n")
    assert [kept.read(), kept.read(), kept.read()] == [b"firs", b"t\n", b""]
    kept.close()
