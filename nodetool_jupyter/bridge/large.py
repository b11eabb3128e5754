"""Large byte strings of a frame, apart from the rest of it: each is in memory once, on its way in and on its way out.

A codec that wants a frame whole has a blob three times: in what came, in the frame, and as the value. Here a frame is
read while it comes. Its large byte strings go straight to where they stay, and a mark takes the place of each in what
the codec reads.
"""

from __future__ import annotations

import io
import secrets
import struct
from collections.abc import Callable
from typing import Any

LARGE = 256 * 1024  # bytes, from which on a byte string stands apart
MOST_TOKENS = 10_000  # of a frame, behind which the rest of it is left to the codec
_DEEPEST = 4  # levels of maps and lists, from the data on, in which a large byte string is looked for
_WIDEST = 64  # entries of a map or list, above which it is not searched
_LOOKED_INTO = frozenset((dict, list, bytes, memoryview))
_CODE = 113
_SECRET = secrets.token_bytes(12)  # no peer can make a mark, because it never sees one
_INDEX = struct.Struct(">I")

Part = bytes | bytearray | memoryview


class Apart:
    """A frame that came, its large byte strings apart; its length is that of the frame as it was sent."""

    __slots__ = ("_bodies", "_size", "plain")

    def __init__(self, plain: bytearray, bodies: list[bytes], size: int) -> None:
        self.plain = plain
        self._bodies = bodies
        self._size = size

    def __len__(self) -> int:
        return self._size

    def body(self, code: int, data: bytes) -> bytes | None:
        """Return the byte string that a mark stands for; ``None`` for any other extension type."""
        if code != _CODE or not data.startswith(_SECRET) or len(data) != len(_SECRET) + _INDEX.size:
            return None
        index: int = _INDEX.unpack_from(data, len(_SECRET))[0]
        return self._bodies[index]


class Arriving:
    """Reads a frame of ``size`` bytes while it comes; :meth:`feed` it piece by piece, then ask :meth:`whole`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._plain = bytearray()
        self._next = 0  # where in what is plain the next token begins; behind its end while a token is skipped
        self._tokens = 0
        self._bodies: list[bytes] = []
        self._body: io.BytesIO | None = None
        self._wanted = 0  # bytes that the body still wants

    def feed(self, piece: Part) -> None:
        """Take the next bytes."""
        rest = memoryview(piece)
        self._left -= len(rest)
        while len(rest):
            if self._body is not None:
                rest = self._fill(self._body, rest)
            elif self._tokens > MOST_TOKENS:
                self._plain += rest
                return
            else:
                rest = self._scan(rest)

    def whole(self) -> Apart:
        """Return the frame, once all of it was fed."""
        return Apart(self._plain, self._bodies, self._size)

    def _fill(self, body: io.BytesIO, rest: memoryview) -> memoryview:
        taken = body.write(rest[: self._wanted])
        self._wanted -= taken
        if not self._wanted:
            self._plain += _mark(len(self._bodies))
            self._next = len(self._plain)
            self._bodies.append(body.getvalue())  # the buffer itself, not a copy
            self._body = None
        return rest[taken:]

    def _scan(self, rest: memoryview) -> memoryview:
        """Add bytes to what is plain, as far as the beginning of a large byte string; return those behind it."""
        plain = self._plain
        plain += rest
        while (at := self._next) < len(plain) and self._tokens <= MOST_TOKENS:
            head, length = _token(plain, at)
            if not head:  # its length has not come yet
                break
            self._tokens += 1
            begin = at + head
            still_to_come = self._left + len(plain) - begin
            if plain[at] in _BINARIES and LARGE <= length <= still_to_come:
                behind = memoryview(bytes(plain[begin:]))
                del plain[at:]
                # Memory that the system gives when it is written to: to claim a size costs a sender's peer nothing.
                self._body, self._wanted = io.BytesIO(bytes(length)), length
                return behind
            self._next = begin + length
        return rest[:0]


# How long the head of a token is, by its first byte, and how long what follows it. Where the length stands in the
# head, its form is in _LENGTHS.
_HEADS = bytearray([1] * 256)
_FOLLOWS = bytearray(256)
_LENGTHS: dict[int, tuple[struct.Struct, int]] = {}
_BINARIES = frozenset((0xC4, 0xC5, 0xC6))
for _byte, _follows in (
    *((0xA0 + length, length) for length in range(32)),  # short texts
    (0xCA, 4), (0xCB, 8), (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8), (0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8),
    (0xD4, 2), (0xD5, 3), (0xD6, 5), (0xD7, 9), (0xD8, 17), (0xDC, 2), (0xDD, 4), (0xDE, 2), (0xDF, 4),
):  # fmt: skip
    _FOLLOWS[_byte] = _follows
for _byte, _form, _more in (
    (0xC4, ">B", 0), (0xC5, ">H", 0), (0xC6, ">I", 0),  # byte strings
    (0xC7, ">B", 1), (0xC8, ">H", 1), (0xC9, ">I", 1),  # extension types, with a byte for which
    (0xD9, ">B", 0), (0xDA, ">H", 0), (0xDB, ">I", 0),  # texts
):  # fmt: skip
    _LENGTHS[_byte] = (struct.Struct(_form), _more)
    _HEADS[_byte] = 1 + struct.calcsize(_form)


def _token(plain: bytearray, at: int) -> tuple[int, int]:
    """Return the bytes of a token's head and of what follows it; (0, 0) while its head has not come whole.

    Maps and lists are heads only: what they hold are the tokens behind them.
    """
    first = plain[at]
    head = _HEADS[first]
    if head == 1:
        return 1, _FOLLOWS[first]
    if at + head > len(plain):
        return 0, 0
    form, more = _LENGTHS[first]
    return head, form.unpack_from(plain, at + 1)[0] + more


def _mark(index: int) -> bytes:
    return b"\xd8" + bytes([_CODE]) + _SECRET + _INDEX.pack(index)


class Stand:
    """Stands for a large byte string in a message, which the codec is not to copy."""

    __slots__ = ("body",)

    def __init__(self, body: Part) -> None:
        self.body = body


def stood_for(value: Any, depth: int = _DEEPEST + 1) -> Any:
    """Return a message with a :class:`Stand` for each large byte string; the same one where it has none."""
    kind = type(value)
    if kind is dict:
        if len(value) > _WIDEST:
            return value
        pairs: Any = value.items()
    elif kind is list:
        if len(value) > _WIDEST:
            return value
        pairs = enumerate(value)
    else:
        return Stand(value) if len(value) >= LARGE else value
    changed = None
    for place, item in pairs:
        if type(item) not in _LOOKED_INTO or not depth:
            continue
        new = stood_for(item, depth - 1)
        if new is not item:
            changed = value.copy() if changed is None else changed
            changed[place] = new
    return value if changed is None else changed


class Stands:
    """The stands that the codec came upon; ``plain`` is what it would ask about a value that it does not know."""

    __slots__ = ("_bodies", "_plain")

    def __init__(self, plain: Callable[[object], object]) -> None:
        self._plain = plain
        self._bodies: list[Part] = []

    def default(self, value: object) -> object:
        """Return what the codec is to pack for a value that it does not know."""
        if type(value) is not Stand:
            return self._plain(value)
        import msgpack

        self._bodies.append(value.body)
        return msgpack.ExtType(_CODE, _SECRET + _INDEX.pack(len(self._bodies) - 1))

    def parts(self, packed: bytes) -> list[Part]:
        """Return the frame as parts to send one after the other."""
        if not self._bodies:
            return [packed]
        found: list[Part] = []
        for index, body in enumerate(self._bodies):
            before, _, packed = packed.partition(_mark(index))
            found += [before + b"\xc6" + _INDEX.pack(len(body)), body]
        return [*found, packed] if packed else found
