"""The bytes of stored values: whole, in part, only those that the job's log names, never as something that runs."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.server import values
from tests.server.stored import Kept, keep, keep_file, keep_now
from tests.server.talk import PATIENCE, Api

LARGE = 64 * values.PIECE  # bytes that no buffer of the system takes
Manager = Callable[[], JobExecutionManager]
CONTENT = bytes(range(256)) * 4  # of a value of bytes


@pytest.fixture
def kept(manager: Manager) -> Kept:
    return keep_now(manager, CONTENT)


# value, suffix, type, whether a browser may show it
FORMS = {
    "bytes": (CONTENT, "bin", "application/octet-stream", False),
    "array": (np.arange(10_000), "npy", "application/octet-stream", False),
    "picture": (Image.new("RGB", (9, 7), "red"), "png", "image/png", True),
    "long text": ("<script>alert(1)</script>" * 10_000, "json", "application/octet-stream", False),
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_value_is_sent_whole_under_a_type_that_nothing_runs(api: Api, manager: Manager, form: str) -> None:
    value, suffix, kind, shown = FORMS[form]
    kept = await keep(manager, value)
    answer = await api.get(kept.address)
    assert (answer.status, answer.body) == (200, kept.file.read_bytes())
    disposition = f'{"inline" if shown else "attachment"}; filename="{kept.ref}"'
    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    told = {name: answer.headers.get(name) for name in names}
    assert (kept.file.suffix, told) == (
        f".{suffix}",
        {"Content-Type": kind, "Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy


# what a runner may name a file, the type that it is sent as, how it is shown
SUFFIXES = {
    "html": ("application/octet-stream", "attachment"),
    "svg": ("application/octet-stream", "attachment"),
    "xml": ("application/octet-stream", "attachment"),
    "js": ("application/octet-stream", "attachment"),
    "pdf": ("application/octet-stream", "attachment"),
    "pkl": ("application/octet-stream", "attachment"),
    "json": ("application/octet-stream", "attachment"),
    "safetensors": ("application/octet-stream", "attachment"),
    "txt": ("text/plain", "inline"),
    "jpeg": ("image/jpeg", "inline"),
    "webm": ("video/webm", "inline"),
    "wav": ("audio/wav", "inline"),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_nothing_that_a_browser_would_run_is_shown(api: Api, manager: Manager, suffix: str) -> None:
    kept = await asyncio.to_thread(keep_file, manager, suffix, b"<script>alert(1)</script>")
    answer = await api.get(kept.address)
    kind, shown = answer.headers["Content-Type"], answer.headers["Content-Disposition"]
    assert (answer.status, kind.partition(";")[0], shown.partition(";")[0]) == (200, *SUFFIXES[suffix])


async def test_a_picture_comes_back_as_it_was(api: Api, manager: Manager) -> None:
    kept = await keep(manager, Image.new("RGB", (9, 7), "red"))
    with Image.open(io.BytesIO((await api.get(kept.address)).body)) as image:
        assert (image.size, image.getpixel((0, 0))) == ((9, 7), (255, 0, 0))


# asked for, status, first byte and the one behind the last
RANGES = {
    "first": ("bytes=0-99", 206, 0, 100),
    "middle": ("bytes=100-199", 206, 100, 200),
    "to the end": ("bytes=1000-", 206, 1000, 1024),
    "beyond the end": ("bytes=1000-9999", 206, 1000, 1024),
    "last": ("bytes=-24", 206, 1000, 1024),
    "more than all": ("bytes=-5000", 206, 0, 1024),
    "one byte": ("bytes=7-7", 206, 7, 8),
    "backwards": ("bytes=9-8", 200, 0, 1024),
    "several": ("bytes=0-1,4-5", 200, 0, 1024),
    "another unit": ("lines=0-1", 200, 0, 1024),
    "nothing": ("bytes=-", 200, 0, 1024),
    "no number": ("bytes=a-b", 200, 0, 1024),
    "negative": ("bytes=--5", 200, 0, 1024),
    "far too long": (f"bytes=0-{'9' * 5000}", 200, 0, 1024),
    "behind the end": ("bytes=1024-", 416, 0, 0),
    "none of the last": ("bytes=-0", 416, 0, 0),
}


@pytest.mark.parametrize("name", RANGES)
async def test_a_range_is_those_bytes(api: Api, kept: Kept, name: str) -> None:
    asked, status, begin, end = RANGES[name]
    answer = await api.with_headers(Range=asked).get(kept.address)
    told = {
        200: (CONTENT, None),
        206: (CONTENT[begin:end], f"bytes {begin}-{end - 1}/1024"),
        416: (answer.body, "bytes */1024"),
    }
    assert (answer.status, (answer.body, answer.headers.get("Content-Range"))) == (status, told[status])


async def test_a_range_that_is_not_there_is_a_problem(api: Api, kept: Kept) -> None:
    answer = await api.with_headers(Range="bytes=9999-").get(kept.address)
    assert (answer.code, answer.headers["Content-Type"]) == ("range_not_satisfiable", "application/json")


@pytest.mark.parametrize("same", [True, False], ids=["same", "another"])
async def test_a_range_of_another_value_is_the_whole(api: Api, kept: Kept, same: bool) -> None:
    etag = (await api.get(kept.address)).headers["ETag"]
    answer = await api.with_headers(Range="bytes=0-9", If_Range=etag if same else '"other"').get(kept.address)
    assert len(answer.body) == (10 if same else 1024)


async def test_what_is_known_is_not_sent_again(api: Api, kept: Kept) -> None:
    etag = (await api.get(kept.address)).headers["ETag"]
    answer = await api.with_headers(If_None_Match=etag).get(kept.address)
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)


async def test_head_tells_the_size_and_sends_nothing(api: Api, kept: Kept) -> None:
    answer = await api.ask("HEAD", kept.address)
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "1024")


async def test_nothing_is_compressed(api: Api, manager: Manager, jp_serverapp: Any) -> None:
    from tornado.web import GZipContentEncoding

    kept = await keep(manager, "a" * 100_000)
    jp_serverapp.web_app.add_transform(GZipContentEncoding)
    answer = await api.with_headers(Accept_Encoding="gzip", Range="bytes=0-9").get(kept.address)
    assert (answer.headers.get("Content-Encoding"), answer.body) == (None, b'"aaaaaaaaa')


async def test_a_value_in_a_large_value_is_found_too(api: Api, manager: Manager) -> None:
    kept = await keep(manager, {"text": "x" * 100_000, "inside": CONTENT})
    inner = (await api.get(kept.address)).json["inside"]["uri"]
    assert (await api.get(f"jobs/{kept.job}/{inner}")).body == CONTENT


async def test_a_file_that_no_event_names_is_not_found(api: Api, kept: Kept) -> None:
    other = kept.file.with_name("0123456789abcdef01234567.bin")
    other.write_bytes(b"left over")
    answer = await api.get(f"jobs/{kept.job}/values/{other.name}")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_value_of_another_job_is_not_found(api: Api, manager: Manager, kept: Kept) -> None:
    other = await keep(manager, b"other")
    (kept.folder / "values" / other.ref).write_bytes(b"planted")
    assert (await api.get(f"jobs/{kept.job}/values/{other.ref}")).status == 404


def _to_a_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/passwd")


def _to_a_link_of_a_neighbour(file: Path) -> None:
    file.rename(file.with_name("aside"))
    file.symlink_to("aside")


def _to_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _to_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _to_nothing(file: Path) -> None:
    file.unlink()


def _below_a_link(file: Path) -> None:
    moved = file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.symlink_to(moved)


CHANGES = {
    "link": _to_a_link,
    "link to a neighbour": _to_a_link_of_a_neighbour,
    "folder": _to_a_folder,
    "pipe": _to_a_pipe,
    "nothing": _to_nothing,
    "folder that is a link": _below_a_link,
}


@pytest.mark.parametrize("change", CHANGES)
async def test_only_a_regular_file_of_the_job_is_sent(api: Api, kept: Kept, change: str) -> None:
    CHANGES[change](kept.file)
    answer = await api.get(kept.address)
    assert (answer.status, answer.json["message"]) == (404, "this job has no such value")


async def test_a_large_value_arrives_whole(api: Api, manager: Manager) -> None:
    body = os.urandom(20 * values.PIECE + 1)
    kept = await keep(manager, body)
    assert (await api.get(kept.address)).body == body


class _Reader:
    """A client that sends a request over a bare socket, and reads nothing of the answer."""

    def __init__(self, api: Api, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.closed = asyncio.Event(), asyncio.Event()
        self.read = 0  # bytes that the server has read for it
        loop, read, close = asyncio.get_running_loop(), values.Stored.read, values.Stored.close

        def reading(stored: Any, position: int, count: int) -> bytes:
            self.read = position + count
            loop.call_soon_threadsafe(self.begun.set)
            return read(stored, position, count)

        def closing(stored: Any) -> None:
            close(stored)
            self.closed.set()

        monkeypatch.setattr(values.Stored, "read", reading)
        monkeypatch.setattr(values.Stored, "close", closing)
        address = urlsplit(api.url(kept.address))
        self.socket = socket.create_connection((str(address.hostname), int(address.port or 0)))
        headers = {"Host": address.netloc, **api.headers}
        lines = [f"GET {address.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())


async def test_a_reader_that_leaves_frees_the_file(api: Api, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = _Reader(api, await keep(manager, bytes(LARGE)), monkeypatch)
    await asyncio.wait_for(reader.begun.wait(), PATIENCE)
    reader.socket.close()
    await asyncio.wait_for(reader.closed.wait(), PATIENCE)


async def test_a_reader_that_takes_nothing_is_left_and_little_was_read_for_it(
    api: Api, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "PATIENCE", 0.2)
    reader = _Reader(api, await keep(manager, bytes(LARGE)), monkeypatch)
    with reader.socket:
        await asyncio.wait_for(reader.closed.wait(), PATIENCE)
    assert reader.read < LARGE // 2  # what the system's buffers take, and one piece
