"""Large byte strings of a frame: the same frame as without them apart, and no copy of them."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.bridge import frames, large
from nodetool_jupyter.bridge.large import Apart, Arriving
from nodetool_jupyter.errors import BadFrame

MIB = 1 << 20
BODY = bytes(range(256)) * 4096

_PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=40)
)
VALUES = st.recursive(
    _PLAIN | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let byte strings of eight bytes be large."""
    monkeypatch.setattr(large, "LARGE", 8)
    yield


def came(body: bytes, step: int) -> Apart:
    arriving = Arriving(len(body))
    for at in range(0, len(body), step):
        arriving.feed(body[at : at + step])
    return arriving.whole()


def read(body: bytes | Apart) -> Any:
    """Return what a frame holds, or that it cannot be read."""
    try:
        return frames.decode(body)
    except BadFrame as error:
        return ("bad", error.request_id)


@pytest.mark.usefixtures("small")
@given(value=VALUES, step=st.integers(1, 50))
def test_a_frame_that_comes_in_pieces_is_the_same(value: Any, step: int) -> None:
    body = msgpack.packb({"v": value})
    assert frames.decode(came(body, step)) == frames.decode(body)


@pytest.mark.usefixtures("small")
@given(value=VALUES)
def test_what_is_sent_in_parts_is_the_same(value: Any) -> None:
    assert frames.decode(b"".join(frames.encode_parts({"v": value}))) == {"v": value}


@pytest.mark.usefixtures("small")
@given(
    body=st.binary(max_size=200) | st.builds(lambda v, cut: msgpack.packb({"v": v})[:-cut], VALUES, st.integers(1, 9))
)
def test_bytes_that_are_no_frame_are_no_frame_in_pieces(body: bytes) -> None:
    assert read(came(body, 7)) == read(body)


def test_a_message_with_large_bytes_is_packed_as_any_other() -> None:
    message = {"data": {"blobs": {"a": BODY, "b": [BODY, b"small"]}, "outputs": {"o": {"value": BODY}}, "last": 1}}
    assert b"".join(frames.encode_parts(message)) == msgpack.packb(message)
    assert frames.decode(came(msgpack.packb(message), 100_000)) == message


def test_large_bytes_are_sent_as_they_are() -> None:
    message = {"data": {"blobs": {"a": BODY}}}
    assert [part for part in frames.encode_parts(message) if part is BODY] == [BODY]
    assert message == {"data": {"blobs": {"a": BODY}}}


@pytest.mark.parametrize("data", [b"", b"x" * 16, b"x" * 12 + bytes(4)], ids=["nothing", "another", "with a number"])
def test_a_mark_that_a_peer_made_stands_for_nothing(data: bytes) -> None:
    body = msgpack.packb({"a": BODY, "b": msgpack.ExtType(large._CODE, data)})
    assert frames.decode(came(body, 100_000)) == {"a": BODY, "b": None}


def test_bytes_that_claim_more_than_the_frame_has_are_not_waited_for() -> None:
    body = b"\x81\xa1a\xc6\xff\xff\xff\xff" + BODY
    with pytest.raises(BadFrame, match="Malformed"):
        frames.decode(came(body, 100_000))


def test_a_frame_of_very_many_values_is_left_to_the_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "MOST_TOKENS", 10)
    message = {"numbers": list(range(100)), "body": BODY}
    assert frames.decode(came(msgpack.packb(message), 1000)) == message


def _most(work: Any) -> int:
    """Return the bytes that were allocated at most while ``work`` ran, above those before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = work()
        _, most = tracemalloc.get_traced_memory()
        del kept
    finally:
        tracemalloc.stop()
    return most - before


def test_fifty_mebibytes_that_come_are_in_memory_once() -> None:
    body = msgpack.packb({"data": {"blobs": {"a": bytes(50 * MIB)}}})

    def whole() -> dict[str, Any]:
        arriving, pieces = Arriving(len(body)), memoryview(body)
        for at in range(0, len(body), 256 * 1024):
            arriving.feed(pieces[at : at + 256 * 1024])
        return frames.decode(arriving.whole())

    assert 50 * MIB <= _most(whole) < 52 * MIB


def test_fifty_mebibytes_that_go_are_not_copied() -> None:
    message = {"data": {"blobs": {"a": bytes(50 * MIB)}}}
    assert _most(lambda: frames.encode_parts(message)) < MIB


async def test_a_large_frame_of_a_pipe_is_in_memory_once_too() -> None:
    reader = asyncio.StreamReader()
    message = {"data": {"blobs": {"a": BODY}}}
    for part in frames.with_length(frames.encode_parts(message)):
        reader.feed_data(bytes(part))
    reader.feed_eof()
    found = await frames.read_with_length(reader)
    assert isinstance(found, Apart)
    assert (frames.decode(found), await frames.read_with_length(reader)) == (message, None)
