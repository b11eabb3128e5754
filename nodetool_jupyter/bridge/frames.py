"""Frames of NodeTool's worker protocol: each is one msgpack map, one WebSocket message, or a length and its bytes.

Both ends use this codec. What comes from a peer is bounded before it is built: its bytes, its depth, and how many
lists and maps it holds, because a byte can claim a whole empty map.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.bridge.large import LARGE, Apart, Arriving, Part, Stands, stood_for
from nodetool_jupyter.errors import BadFrame, FrameTooLarge, InvalidRequest

DEEPEST = 100  # maps and lists in one another
MOST_CONTAINERS = 1_000_000  # maps and lists in one frame
_PIECE = 256 * 1024  # bytes that go into or come out of a pipe at a time
_LENGTH = struct.Struct(">I")
_ID = b"\xaarequest_id"


def max_frame_size() -> int:
    """Return how many bytes a frame may have (NODETOOL_BRIDGE_MAX_FRAME_SIZE)."""
    return settings.get_int("NODETOOL_BRIDGE_MAX_FRAME_SIZE")


def blob_chunk_size() -> int:
    """Return how many bytes of a blob one frame carries (NODETOOL_BRIDGE_BLOB_CHUNK_SIZE, half a frame at most)."""
    return min(settings.get_int("NODETOOL_BRIDGE_BLOB_CHUNK_SIZE"), max_frame_size() // 2)


def encode(message: Mapping[str, Any], limit: int | None = None) -> bytes:
    """Return a message as a frame; where it may have large byte strings, :func:`encode_parts` spares their copies.

    Dates, decimals and UUIDs become text, sets lists, NumPy's scalars numbers; a datetime is a msgpack timestamp,
    UTC where it has no zone. Raises :class:`FrameTooLarge` above ``limit`` bytes (default: :func:`max_frame_size`) and
    :class:`InvalidRequest` for what msgpack cannot carry.
    """
    return b"".join(encode_parts(message, limit))


def encode_parts(message: Mapping[str, Any], limit: int | None = None) -> list[Part]:
    """Return what :func:`encode` does, in parts that belong one behind the other; large byte strings are not copied."""
    import msgpack

    stands = Stands(_plain)
    try:
        packed: bytes = msgpack.packb(stood_for(message), default=stands.default, datetime=True)
    except (TypeError, ValueError, OverflowError, UnicodeEncodeError) as error:
        raise InvalidRequest(f"this cannot be sent to a worker: {error}") from error
    parts = stands.parts(packed)
    limit = max_frame_size() if limit is None else limit
    if (size := sum(map(len, parts))) > limit:
        raise FrameTooLarge(f"Outgoing bridge frame exceeds max size ({size} > {limit})")
    return parts


def decode(body: Part | Apart | str, limit: int | None = None) -> dict[str, Any]:
    """Return the map that a frame holds; timestamps are datetimes in UTC, unknown extension types ``None``.

    Raises :class:`BadFrame` for anything else, with the request id that can be told from the bytes, and
    :class:`FrameTooLarge` above ``limit`` bytes (default: :func:`max_frame_size`). A text is no frame.
    """
    import msgpack

    limit = max_frame_size() if limit is None else limit
    if len(body) > limit:
        raise FrameTooLarge(f"Incoming bridge frame exceeds max size ({len(body)} > {limit})")
    count = _Count()
    plain, extension = (body.plain, body.body) if isinstance(body, Apart) else (body, _unknown_extension)
    try:
        message = msgpack.unpackb(
            plain,
            object_hook=count.one,
            list_hook=count.one,
            ext_hook=extension,
            strict_map_key=False,
            timestamp=3,
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise BadFrame(f"Malformed msgpack frame: {error}", request_id=salvage(plain)) from None
    if not isinstance(message, dict):
        raise BadFrame(f"Expected a msgpack map, got {type(message).__name__}")
    if count.n > 1 and _depth_exceeds(message, DEEPEST):
        raise BadFrame(f"Malformed msgpack frame: nested deeper than {DEEPEST}", request_id=salvage(plain))
    return message


def salvage(body: Part | str) -> str | None:
    """Return the request id of a frame that cannot be read, when a short text follows those very bytes."""
    if isinstance(body, str):
        return None
    head = bytes(body[: 64 * 1024])
    at = head.find(_ID) + len(_ID)
    if at < len(_ID) or at >= len(head):
        return None
    kind = head[at]
    if 0xA0 <= kind <= 0xBF:
        start, length = at + 1, kind - 0xA0
    elif kind == 0xD9 and at + 1 < len(head):
        start, length = at + 2, head[at + 1]
    else:
        return None
    text = head[start : start + length]
    try:
        return text.decode() if len(text) == length and length else None
    except UnicodeDecodeError:
        return None


def with_length(parts: Sequence[Part], limit: int | None = None) -> list[Part]:
    """Return a frame's parts with its length before them, four bytes, the highest first, as it goes over a pipe."""
    limit = max_frame_size() if limit is None else limit
    if (size := sum(map(len, parts))) > limit:
        raise FrameTooLarge(f"Outgoing bridge frame exceeds max size ({size} > {limit})")
    if size < LARGE:
        return [b"".join((_LENGTH.pack(size), *parts))]
    return [_LENGTH.pack(size), *parts]


async def write_all(writer: asyncio.StreamWriter, parts: Sequence[Part]) -> None:
    """Write parts into a pipe, so many bytes at a time that its buffer never has many of them."""
    for part in parts:
        body = memoryview(part)
        for at in range(0, len(body), _PIECE):
            writer.write(body[at : at + _PIECE])
            await writer.drain()


async def read_with_length(reader: asyncio.StreamReader, limit: int | None = None) -> bytes | Apart | None:
    """Read one frame from a pipe; ``None`` at its end.

    Raises :class:`FrameTooLarge` for a length above ``limit`` (nothing more can be read then), and
    :class:`BadFrame` when the pipe ends inside a frame.
    """
    limit = max_frame_size() if limit is None else limit
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > limit:
            raise FrameTooLarge(f"Incoming bridge frame exceeds max size ({length} > {limit})")
        if length < LARGE:
            return await reader.readexactly(length)
        frame = Arriving(length)
        while length:
            frame.feed(await reader.readexactly(step := min(length, _PIECE)))
            length -= step
        return frame.whole()
    except asyncio.IncompleteReadError as error:
        if not error.partial and error.expected == _LENGTH.size:
            return None
        raise BadFrame("the pipe ended inside a frame") from None


class _Count:
    """Counts the maps and lists of a frame while it is read, and ends the reading when there are too many."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0

    def one(self, container: Any) -> Any:
        self.n += 1
        if self.n > MOST_CONTAINERS:
            raise ValueError(f"more than {MOST_CONTAINERS} lists and maps")
        return container


def _unknown_extension(_code: int, _body: bytes) -> None:
    return None


_NESTED = frozenset((dict, list))


def _depth_exceeds(root: dict[Any, Any], most: int) -> bool:
    level: list[Any] = [root]
    for _ in range(most):
        below: list[Any] = []
        for container in level:
            inside = container.values() if type(container) is dict else container
            # One pass in C over the types; most containers hold only plain values.
            if not _NESTED.isdisjoint(map(type, inside)):
                below.extend(one for one in inside if type(one) in _NESTED)
        if not below:
            return False
        level = below
    return True


def _plain(value: object) -> object:
    """Return what stands for a value that msgpack does not know; raises ``TypeError`` when nothing does."""
    from decimal import Decimal
    from uuid import UUID

    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)  # only those without a zone come here
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        scalar: object = value.item()
        return scalar
    raise TypeError(f"a value of type {type(value).__name__} has no form in a frame")
