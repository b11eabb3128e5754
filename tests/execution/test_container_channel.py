"""The channel of a container: what arrives of what was written, however it was cut, and what it may cost."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import ExecutionLost
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.execution.container import channel as container_channel
from nodetool_jupyter.execution.container.channel import ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims, Rates
from nodetool_jupyter.execution.container.frames import BEGINNING, Frames, Lines, Mend
from nodetool_jupyter.execution.container.kept import Kept
from nodetool_jupyter.execution.order import COPY
from tests.execution.container_scenery import claims, contents, frame, line_of, read_all

PATIENCE = 20.0

# -- frames and lines -------------------------------------------------------------------------------------------------


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(borders)]


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.binary(max_size=40)), max_size=12),
    st.lists(st.integers(0, 600), max_size=40),
)
def test_frames_give_what_was_in_them_however_they_are_cut(said: list[tuple[int, bytes]], places: list[int]) -> None:
    frames = Frames()
    pieces = [frames.feed(piece) for piece in cut(b"".join(frame(data, stream) for stream, data in said), places)]
    assert b"".join(piece.out for piece in pieces) == b"".join(data for stream, data in said if stream == 1)
    assert b"".join(piece.err for piece in pieces) == b"".join(data for stream, data in said if stream != 1)
    assert not frames.torn


@given(st.binary(min_size=1, max_size=40), st.integers(1, 47))
def test_a_frame_without_its_end_is_torn(data: bytes, length: int) -> None:
    whole = frame(data)
    frames = Frames()
    frames.feed(whole[: min(length, len(whole) - 1)])
    assert frames.torn


@pytest.mark.parametrize("head", [b"\0\0\0\0\0\0\0\1x", b"\4\0\0\0\0\0\0\1x", b"\1\0\0\1\0\0\0\1x", b"hello, world"])
def test_bytes_that_are_no_frames_are_refused(head: bytes) -> None:
    with pytest.raises(ExecutionLost, match="no stream of a container"):
        Frames().feed(head)


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"x" * 9, b"\n\n"]), max_size=30), st.lists(st.integers(0, 90)))
def test_lines_over_the_cap_are_dropped_and_counted(parts: list[bytes], places: list[int]) -> None:
    data, cap = b"".join(parts), 7
    lines = Lines(cap)
    found = [line for piece in cut(data, places) for line in lines.feed(piece)]
    *whole, rest = data.split(b"\n")
    long = [line for line in whole if len(line) > cap]
    assert found == [line for line in whole if len(line) <= cap]
    assert [(one.size, one.beginning) for one in lines.cuts()] == [(len(line), line[:BEGINNING]) for line in long]
    assert lines.rest() == (rest if len(rest) <= cap else b"")


@given(st.integers(1, 3000), st.integers(3 * BEGINNING, 5 * BEGINNING))
def test_of_a_line_over_the_cap_the_beginning_is_kept(step: int, size: int) -> None:
    data = bytes(n % 9 + 48 for n in range(size))
    lines = Lines(2 * BEGINNING)
    for place in range(0, size, step):
        lines.feed(data[place : place + step])
    lines.feed(b"\n")
    assert lines.cuts() == [(size, data[:BEGINNING])]


@given(st.lists(st.integers(1, 90), max_size=6), st.lists(st.integers(0, 900), max_size=30))
def test_lost_line_ends_are_put_back(sizes: list[int], places: list[int]) -> None:
    lines = [line_of(n, content='}{"seq":' * size) for n, size in enumerate(sizes, 1)]
    mend = Mend()
    found = b"".join([*(mend.feed(piece) for piece in cut(b"".join(lines), places)), mend.rest()])
    assert found == b"\n".join(lines)


# -- the channel ------------------------------------------------------------------------------------------------------


class Wire:
    """A container's end of an attached socket, written to on a thread of its own, and the channel at the other."""

    def __init__(self, found: Claims, **caps: Any) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.channel = ContainerChannel(found, **caps)
        self.sent = 0

    async def __call__(
        self, *pieces: bytes, first: bytes = b"", logged: bool = False, kept: Kept | None = None
    ) -> list[ChannelLine]:
        """Send these pieces, then nothing more, and return all lines."""
        self.channel.open(self.ours, asyncio.get_running_loop(), first, logged=logged, kept=kept)
        sender = threading.Thread(target=self._send, args=pieces)
        sender.start()
        try:
            async with asyncio.timeout(PATIENCE):
                return await read_all(self.channel)
        finally:
            self.channel.close()
            await asyncio.to_thread(sender.join, PATIENCE)

    def _send(self, *pieces: bytes) -> None:
        with self.theirs:
            for piece in pieces:
                self.theirs.sendall(piece)
                self.sent += len(piece)


def run(
    found: Claims, *pieces: bytes, first: bytes = b"", logged: bool = False, kept: Kept | None = None, **caps: Any
) -> list[ChannelLine]:
    return asyncio.run(Wire(found, **caps)(*pieces, first=first, logged=logged, kept=kept))


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "nodetool-container":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def framed(*lines: bytes, stream: int = 1, size: int = 32 * 1024) -> list[bytes]:
    data = b"".join(line + b"\n" for line in lines)
    return [frame(data[place : place + size], stream) for place in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 4096, 32 * 1024])
def test_no_line_is_lost_however_it_is_framed(size: int) -> None:
    count = 300 if size < 100 else 30_000
    lines = run(claims(), *framed(*(line_of(n) for n in range(1, count + 1)), size=size))
    assert [line.n for line in lines] == list(range(1, count + 1))
    assert contents(lines) == [f"line {n}" for n in range(1, count + 1)]


@pytest.mark.parametrize("size", [1, 1000])
def test_an_engines_log_is_read_though_line_ends_are_lost(size: int) -> None:
    said = b"".join([line_of(1), b"\n", line_of(2), line_of(3), b"\n", line_of(4, "job_update", status="completed")])
    pieces = [frame(said[place : place + size]) for place in range(0, len(said), size)]
    lines = run(claims(), *pieces, logged=True)
    assert [line.n for line in lines] == [1, 2, 3, 4]
    assert ev.ends(lines[-1].event)


def test_what_came_along_with_the_engines_answer_is_read_first() -> None:
    whole = frame(line_of(1) + b"\n" + line_of(2) + b"\n")
    lines = run(claims(), whole[11:], first=whole[:11])
    assert [line.n for line in lines] == [1, 2]


def test_stderr_becomes_warnings() -> None:
    lines = run(claims(), frame(b"first\nsec", 2), frame(line_of(1) + b"\n"), frame(b"ond\nand no end", 2))
    told = {line.event.content: line for line in lines if isinstance(line.event, ev.LogUpdate)}
    assert [text for text in told if text] == ["first", "second", "and no end"]
    assert {(line.n, line.event.severity) for text, line in told.items() if text} == {(OWN, "warning")}  # type: ignore[attr-defined]


def test_a_secret_on_stderr_is_masked_across_pieces() -> None:
    secret = "sk-0123456789abcdefghijklmnop"
    lines = run(
        claims(secrets=(secret,)), frame(f"it is {secret[:9]}".encode(), 2), frame(f"{secret[9:]}\n".encode(), 2)
    )
    assert contents(lines) == ["it is ••••"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (line_of(1) + b"\n" + line_of(2)[:20], "ends within a line"),
        (line_of(1) + b"\n" + line_of(2, "job_update", status="completed"), "ends within a line"),
        (line_of(1) + b"\n" + b"x" * 5000, "too long"),
        (line_of(1) + b"\n" + b"x" * 5000 + b"\n", "too long: 5,000 bytes"),
    ],
)
def test_a_line_without_a_right_end_is_told(data: bytes, told: str) -> None:
    lines = run(claims(), frame(data), line_cap=1000)
    assert sorted(line.n for line in lines) == [OWN, 1]
    assert any(told in text for text in contents(lines))


def test_what_follows_the_end_is_read_and_dropped_so_that_the_container_can_go_on() -> None:
    wire = Wire(claims())
    end = frame(line_of(1, "job_update", status="completed") + b"\n")
    lines = asyncio.run(wire(end, *framed(*(line_of(n) for n in range(2, 50_000)))))
    assert [line.n for line in lines] == [1]
    assert wire.sent > 4 * 1024**2


def test_the_end_is_the_last_of_its_batch() -> None:
    said = frame(b"no end", 2) + frame(b"x" * 2000 + b"\n" + line_of(1, "job_update", status="completed") + b"\n")
    lines = run(claims(), said, line_cap=1000)
    assert ev.ends(lines[-1].event)


def test_bytes_that_are_no_stream_are_told_to_the_reader() -> None:
    wire = Wire(claims())
    with pytest.raises(ExecutionLost, match="no stream of a container"):
        asyncio.run(wire(frame(line_of(1) + b"\n"), b"HTTP/1.1 500 Internal Server Error\r\n"))


def test_a_connection_that_breaks_is_known_from_one_that_ends() -> None:
    async def main() -> tuple[OSError | None, list[ChannelLine]]:
        ours, theirs = socket.socketpair()
        ours.sendall(b"an order that nobody reads")
        theirs.sendall(frame(line_of(1) + b"\n"))
        channel = ContainerChannel(claims())
        channel.open(ours, asyncio.get_running_loop())
        while not (lines := channel.read()):
            await channel.rung()
        theirs.close()
        lines += await read_all(channel)
        return channel.broken, lines

    broken, lines = asyncio.run(main())
    assert isinstance(broken, ConnectionResetError)
    assert [line.n for line in lines] == [1]


def test_a_reader_that_does_not_read_stops_the_container_and_nothing_is_lost() -> None:
    data = b"".join(framed(*(line_of(n, content="x" * 1000) for n in range(1, 20_001))))

    async def main() -> tuple[int, list[ChannelLine]]:
        ours, theirs = socket.socketpair()
        channel = ContainerChannel(claims(), behind=1024**2)
        channel.open(ours, asyncio.get_running_loop())
        theirs.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while True:
                sent += theirs.send(data[sent : sent + 65536])
        theirs.settimeout(None)
        rest = asyncio.ensure_future(asyncio.to_thread(_send_and_close, theirs, data[sent:]))
        lines = await read_all(channel)
        await rest
        return sent, lines

    sent, lines = asyncio.run(main())
    assert sent < 1024**2 + 4 * container_channel.STEP  # what the socket itself holds is less than one step
    assert [line.n for line in lines] == list(range(1, 20_001))


def _send_and_close(connection: socket.socket, data: bytes) -> None:
    with connection:
        connection.sendall(data)


@pytest.mark.parametrize("behind", [False, True])
def test_closing_lets_go_of_the_socket(behind: bool) -> None:
    async def main() -> bytes:
        ours, theirs = socket.socketpair()
        channel = ContainerChannel(claims(), behind=0)
        channel.open(ours, asyncio.get_running_loop())
        theirs.sendall(frame(line_of(1) + b"\n"))
        await channel.rung()
        if not behind:
            channel.read()
        channel.close()
        channel.close()
        with theirs:
            return await asyncio.to_thread(theirs.recv, 1)

    assert asyncio.run(main()) == b""


def test_too_many_bytes_without_a_line_are_an_end() -> None:
    found = claims(rates=Rates(size=(100_000, 1)))
    lines = run(found, *(frame(b"x" * 10_000) for _ in range(20)))
    assert isinstance(lines[-1].event, ev.JobUpdate)
    assert (lines[-1].event.reason, found.over) == ("output_limit", True)


# -- joined midway ----------------------------------------------------------------------------------------------------


def kept_of(folder: Path, *lines: bytes, torn: bytes = b"") -> Kept:
    (folder / COPY).write_bytes(b"".join(line + b"\n" for line in lines) + torn)
    kept = Kept.open(folder, 100_000)
    assert kept is not None
    return kept


def numbered(first: int, last: int) -> list[bytes]:
    return [line_of(n) for n in range(first, last + 1)]


@pytest.mark.parametrize("torn", [b"", line_of(7)[:30]])
@pytest.mark.parametrize("midway", [b"", line_of(3)[40:], line_of(3, content='{"seq":1}')[60:]])
@pytest.mark.parametrize("follows", [3, 4, 7])
def test_a_stream_goes_on_behind_what_was_kept(tmp_path: Path, torn: bytes, midway: bytes, follows: int) -> None:
    kept = kept_of(tmp_path, *numbered(1, 6), torn=torn)
    stream = (midway + b"\n" if midway else b"") + b"".join(line + b"\n" for line in numbered(follows, 9))
    lines = run(claims(after=2), frame(stream), kept=kept)
    assert [line.n for line in lines] == [3, 4, 5, 6, 7, 8, 9]


def test_what_a_container_that_has_ended_kept_is_all_there_is(tmp_path: Path) -> None:
    async def main() -> list[ChannelLine]:
        channel = ContainerChannel(claims(after=1))
        kept = kept_of(tmp_path, *numbered(1, 3), torn=line_of(4)[:30])
        channel.open(None, asyncio.get_running_loop(), kept=kept)
        return await read_all(channel)

    lines = asyncio.run(main())
    assert [line.n for line in lines] == [2, 3, OWN]
    assert "ends within a line" in contents(lines)[-1]


def test_a_channel_is_opened_anew_on_the_next_stream() -> None:
    async def main() -> list[ChannelLine]:
        channel = ContainerChannel(claims())
        lines: list[ChannelLine] = []
        for said in (numbered(1, 3), numbered(1, 5)):
            ours, theirs = socket.socketpair()
            _send_and_close(theirs, frame(b"\n".join([*said, b'{"seq":'])))
            channel.open(ours, asyncio.get_running_loop(), logged=True)
            while not channel.ended:
                lines += channel.read()
                if not channel.ended:
                    await channel.rung()
        return lines + channel.finish()

    lines = asyncio.run(main())
    assert [line.n for line in lines] == [1, 2, 3, 4, 5, OWN]


def test_refusals_are_told_again_once_what_was_read_before_is_behind(tmp_path: Path) -> None:
    kept = kept_of(tmp_path, line_of(1), b"told before", line_of(2))
    lines = run(claims(after=2), frame(line_of(3) + b"\nnew\n"), kept=kept)
    assert [(line.n, text) for line, text in zip(lines, contents(lines), strict=True)] == [
        (3, "line 3"),
        (OWN, "its container wrote a line that is not an event: new"),
    ]


# -- anything at all ----------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_TYPES = st.sampled_from([*ev._KNOWN, "newer", "gap", "job_update"])
_FIELDS = st.sampled_from(
    ["node_id", "status", "content", "seq", "time", "job_id", "attempt", "source", "duration", "result", "first"]
)
_HOSTILE = st.one_of(
    st.binary(max_size=60).map(lambda data: data.replace(b"\n", b"")),
    st.builds(
        lambda n, type_, fields: line_of(n, type_, **{k: v for k, v in fields.items() if k != "seq"}),
        st.integers(-2, 9),
        _TYPES,
        st.dictionaries(_FIELDS, _VALUES, max_size=5),
    ),
)


@given(st.lists(_HOSTILE, max_size=20), st.integers(0, 4))
def test_whatever_is_written_can_be_put_into_a_log(lines: list[bytes], after: int) -> None:
    told = claims("a", after=after).take(lines)
    numbers = [line.n for line in told if line.n != OWN]
    assert numbers == sorted(set(numbers))
    assert all(n > after for n in numbers)
    ends = [ev.ends(line.event) for line in told]
    assert not any(ends[:-1])
    for line in told:
        written = ev.dump_line(
            line.event, job_id="j", attempt=3, seq=8, time=line.time, source=line.n or None, body=line.body
        )
        found = ev.parse(written)
        assert (found.job_id, found.attempt, found.seq, found.source) == ("j", 3, 8, line.n or None)
