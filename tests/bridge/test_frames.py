"""The codec: what goes out comes in again, and what is no frame is refused, whatever it is."""

from __future__ import annotations

import asyncio
import math
import struct
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.errors import BadFrame, FrameTooLarge, InvalidRequest

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=30
)
MESSAGES = st.dictionaries(st.text(), VALUES, max_size=6)


@given(MESSAGES)
def test_a_message_comes_back_as_it_went(message: dict[str, Any]) -> None:
    assert frames.decode(frames.encode(message)) == message


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_map_or_refused(body: bytes) -> None:
    try:
        assert isinstance(frames.decode(body), dict)
    except BadFrame as error:
        assert error.request_id is None or isinstance(error.request_id, str)


@given(MESSAGES, st.data())
def test_a_mutated_frame_is_a_map_or_refused(message: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(frames.encode({"type": "execute", "request_id": "r1", "data": message}))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                body[at] = data.draw(st.integers(0, 255))
            case "cut":
                del body[at + 1 :]
            case "insert":
                body[at:at] = data.draw(st.binary(max_size=8))
    try:
        assert isinstance(frames.decode(bytes(body)), dict)
    except BadFrame as error:
        assert str(error).startswith(("Malformed msgpack frame:", "Expected a msgpack map, got "))


SENT = [
    (math.inf, math.inf),
    ({1, 2}, [1, 2]),
    ((1, 2), [1, 2]),
    (Decimal("1.50"), "1.50"),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (np.float32(0.5), 0.5),
    (np.int64(7), 7),
    (date(2026, 1, 2), "2026-01-02"),
    (datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 3, tzinfo=UTC)),
    (datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, tzinfo=UTC)),
    (bytearray(b"ab"), b"ab"),
    (memoryview(b"ab"), b"ab"),
    ({1: "a", "b": None}, {1: "a", "b": None}),
]


@pytest.mark.parametrize(("value", "came"), SENT, ids=[str(number) for number in range(len(SENT))])
def test_values_of_python_have_a_form(value: object, came: object) -> None:
    assert frames.decode(frames.encode({"v": value})) == {"v": came}


def test_an_unknown_extension_is_none() -> None:
    assert frames.decode(msgpack.packb({"v": msgpack.ExtType(42, b"abc")})) == {"v": None}


@pytest.mark.parametrize("value", [object(), 2**64, np.zeros(3), "\ud800", [[[object()]]]], ids=range(5))
def test_what_has_no_form_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^this cannot be sent to a worker: "):
        frames.encode({"v": value})


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidRequest):
        frames.encode({"v": endless})


REFUSED = [
    (b"", "Malformed msgpack frame: Unpack failed: incomplete input"),
    (b"\xc1\xff", "Malformed msgpack frame: "),
    ("text", "Malformed msgpack frame: a bytes-like object is required, not 'str'"),
    (b"\x05", "Expected a msgpack map, got int"),
    (b"\x92\x01\x02", "Expected a msgpack map, got list"),
    (b"\xc0", "Expected a msgpack map, got NoneType"),
    (b"\x80\x80", "Malformed msgpack frame: unpack(b) received extra data."),
    (b"\xdd\xff\xff\xff\xff", "Malformed msgpack frame: 4294967295 exceeds max_array_len(5)"),
    (b"\xc6\xff\xff\xff\xff", "Malformed msgpack frame: Unpack failed: incomplete input"),
    (b"\x81\x90\x01", "Malformed msgpack frame: unhashable type: 'list'"),
    (b"\x81\xa1\xff\x01", "Malformed msgpack frame: 'utf-8' codec"),
    (b"\x81\xa1a" + b"\x91" * 200_000 + b"\x01", "Malformed msgpack frame: "),
    (b"\x81\xa1a\xc7\x0c\xff" + b"\xff" * 12, "Malformed msgpack frame: "),
]


@pytest.mark.parametrize(("body", "said"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_is_no_frame_is_refused(body: bytes | str, said: str) -> None:
    with pytest.raises(BadFrame) as caught:
        frames.decode(body)
    assert str(caught.value).startswith(said)


def nested(depth: int) -> bytes:
    return b"\x81\xa1a" + b"\x91" * (depth - 1) + b"\x01"


def test_a_frame_is_nested_so_deep_and_no_deeper() -> None:
    assert frames.decode(nested(frames.DEEPEST))
    with pytest.raises(BadFrame, match="nested deeper than 100"):
        frames.decode(nested(frames.DEEPEST + 1))


def test_a_byte_that_claims_a_map_cannot_claim_millions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_CONTAINERS", 1000)
    body = msgpack.packb({"a": [{}] * 998})
    assert len(frames.decode(body)["a"]) == 998
    with pytest.raises(BadFrame, match="more than 1000 lists and maps"):
        frames.decode(msgpack.packb({"a": [{}] * 999}))


def test_a_frame_may_have_so_many_bytes_and_no_more() -> None:
    body = frames.encode({"a": b"x" * 100})
    assert frames.decode(body, len(body)) == {"a": b"x" * 100}
    assert frames.encode({"a": b"x" * 100}, len(body)) == body
    with pytest.raises(
        FrameTooLarge, match=rf"Incoming bridge frame exceeds max size \({len(body)} > {len(body) - 1}\)"
    ):
        frames.decode(body, len(body) - 1)
    with pytest.raises(
        FrameTooLarge, match=rf"Outgoing bridge frame exceeds max size \({len(body)} > {len(body) - 1}\)"
    ):
        frames.encode({"a": b"x" * 100}, len(body) - 1)


def test_a_piece_of_a_blob_is_half_a_frame_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (frames.max_frame_size(), frames.blob_chunk_size()) == (256 << 20, 1 << 20)
    monkeypatch.setenv("NODETOOL_BRIDGE_MAX_FRAME_SIZE", "100000")
    assert (frames.max_frame_size(), frames.blob_chunk_size()) == (100_000, 50_000)


KEY = b"\xaarequest_id"
SALVAGED = [
    (b"\x83" + KEY + b"\xa2r1" + b"\xc1", "r1"),
    (b"\x83" + KEY + b"\xd9\x02r2", "r2"),
    (b"\x83" + KEY + b"\xa5r1", None),
    (b"\x83" + KEY + b"\xa0", None),
    (b"\x83" + KEY + b"\xa1\xff", None),
    (b"\x83" + KEY + b"\x05", None),
    (b"\x83" + KEY, None),
    (b"nothing here", None),
    ("a text", None),
]


@pytest.mark.parametrize(("body", "found"), SALVAGED, ids=[str(number) for number in range(len(SALVAGED))])
def test_whose_a_broken_frame_was_is_told_where_it_can_be(body: bytes | str, found: str | None) -> None:
    assert frames.salvage(body) == found


def fed(*pieces: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return reader


async def test_frames_of_a_pipe_come_one_by_one_until_its_end() -> None:
    reader = fed(*(b"".join(frames.with_length([one])) for one in (b"one", b"", b"x" * 200_000)))
    got = [await frames.read_with_length(reader) for _ in range(4)]
    assert got == [b"one", b"", b"x" * 200_000, None]


@pytest.mark.parametrize("body", [b"\x00", b"\x00\x00\x00\x05abc"], ids=["in the length", "in the frame"])
async def test_a_pipe_that_ends_inside_a_frame_is_told_of(body: bytes) -> None:
    with pytest.raises(BadFrame, match="the pipe ended inside a frame"):
        await frames.read_with_length(fed(body))


async def test_a_length_above_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(FrameTooLarge, match=r"\(2147483648 > 268435456\)"):
        await frames.read_with_length(fed(struct.pack(">I", 2**31)))


def test_a_frame_that_is_too_large_does_not_go_over_a_pipe() -> None:
    with pytest.raises(FrameTooLarge):
        frames.with_length([b"abc"], 2)
