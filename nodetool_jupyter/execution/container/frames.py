"""What an engine sends of an attached container: frames of two streams, and the lines in them."""

from __future__ import annotations

import struct
from typing import NamedTuple

from nodetool_jupyter.errors import ExecutionLost

BEGINNING = 4096  # bytes that are kept of a line over the cap
_BORDER = b'}{"seq":'
_HEADER = struct.Struct(">II")
_OUT = 1 << 24  # the stream's number is the first of four bytes; the others are always 0
_ERR = (2 << 24, 3 << 24)  # 3: the engine's own word about the stream


class Said(NamedTuple):
    """What a container wrote on its two streams, in bytes of any cut."""

    out: bytes
    err: bytes


class Frames:
    """Takes an attached stream apart, whatever it is cut into; keeps no more than a header."""

    def __init__(self) -> None:
        self._head = b""  # of the next frame, as much as has come
        self._left = 0  # bytes of the present frame that are still to come
        self._stream = _OUT

    @property
    def torn(self) -> bool:
        """Whether the last frame has not ended."""
        return bool(self._head or self._left)

    def feed(self, data: bytes) -> Said:
        """Take the next bytes, and return the parts of payloads in them.

        Raises :class:`ExecutionLost` when they are no frames, as from a container with a terminal.
        """
        if self._head:
            data, self._head = self._head + data, b""
        out: list[bytes] = []
        err: list[bytes] = []
        place, end = 0, len(data)
        while place < end:
            if not self._left:
                if end - place < _HEADER.size:
                    self._head = data[place:]
                    break
                self._stream, self._left = _HEADER.unpack_from(data, place)
                if self._stream != _OUT and self._stream not in _ERR:
                    raise ExecutionLost(f"what the engine sent is no stream of a container: {data[place:][:16]!r}")
                place += _HEADER.size
            piece = data[place : place + self._left]
            (out if self._stream == _OUT else err).append(piece)
            place += len(piece)
            self._left -= len(piece)
        return Said(b"".join(out), b"".join(err))


class Mend:
    """Puts back line ends that the engine's log has lost: it keeps none behind a line of more than 16 KiB.

    In a runner's line the border between two of them can stand nowhere else: inside a text its quotes are escaped.
    """

    def __init__(self) -> None:
        self._held = b""  # what may be the beginning of a border

    def feed(self, piece: bytes) -> bytes:
        """Take the next bytes, and return what is sure by now."""
        data = (self._held + piece).replace(_BORDER, b"\n".join((_BORDER[:1], _BORDER[1:])))
        kept = next((n for n in range(len(_BORDER) - 1, 0, -1) if data.endswith(_BORDER[:n])), 0)
        self._held = data[len(data) - kept :]
        return data[: len(data) - kept]

    def rest(self) -> bytes:
        """Return what was held back: nothing follows."""
        held, self._held = self._held, b""
        return held


class Cut(NamedTuple):
    """A line that was longer than the cap: how long, and how it began."""

    size: int
    beginning: bytes


class Lines:
    """Puts lines together out of pieces; one over the cap is dropped while it comes, but for its beginning."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._rest = bytearray()
        self._size = 0  # of the line that has no end yet
        self._cuts: list[Cut] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next bytes, and return the lines that end in them, without their ends."""
        first, end, behind = piece.partition(b"\n")
        self._add(first)
        if not end:
            return []
        lines = self._finish()
        whole, end, rest = behind.rpartition(b"\n")
        if end:
            more = whole.split(b"\n")
            if len(whole) > self._cap:
                self._cuts += [Cut(len(line), line[:BEGINNING]) for line in more if len(line) > self._cap]
                more = [line for line in more if len(line) <= self._cap]
            lines += more
        self._add(rest)
        return lines

    def cuts(self) -> list[Cut]:
        """Return the lines that were dropped since the last call."""
        cuts, self._cuts = self._cuts, []
        return cuts

    def rest(self) -> bytes:
        """Return what there is of a line without an end: nothing follows."""
        return b"".join(self._finish())

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._cap:
            self._rest += piece
        elif len(self._rest) != BEGINNING:
            self._rest = (self._rest + piece[:BEGINNING])[:BEGINNING]

    def _finish(self) -> list[bytes]:
        line, size = bytes(self._rest), self._size
        self._rest, self._size = bytearray(), 0
        if size <= self._cap:
            return [line]
        self._cuts.append(Cut(size, line[:BEGINNING]))
        return []
