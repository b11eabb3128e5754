"""A terminal, or a stream that is none: how large it is, what it can show, and text that is drawn over itself."""

from __future__ import annotations

import os
from typing import TextIO

from nodetool_jupyter.widgets import cells, wording

PLAIN_SIZE = (80, 24)  # columns and lines where there is no terminal to ask


class Screen:
    """Where text is shown; :attr:`moves` tells whether it can be drawn over itself.

    Colours are left out with ``NO_COLOR`` in the environment; a stream whose encoding lacks our signs gets plainer
    ones.
    """

    def __init__(self, stream: TextIO, *, plain: bool = False) -> None:
        self._stream = stream
        self.moves = not plain and _is_terminal(stream)
        self.color = self.moves and not os.environ.get("NO_COLOR")
        self._drawn: list[int] = []  # columns of each line that stands there now

    def size(self) -> tuple[int, int]:
        """Return the columns and lines there are now."""
        if not self.moves:
            return PLAIN_SIZE
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return PLAIN_SIZE
        return columns or PLAIN_SIZE[0], lines or PLAIN_SIZE[1]

    def over(self, picture: str, columns: int) -> str:
        """Return what writes a picture over the one that stands there; it must be written before the next is made.

        A terminal that was made narrower meanwhile has broken those lines into more.
        """
        up = sum(max(1, -(-width // columns)) for width in self._drawn)
        lines = picture.split("\n")
        back = f"\x1b[{up}A\r" if up else ""
        self._drawn = [cells.width(_bare(line)) for line in lines]
        return back + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"

    def write(self, data: str) -> None:
        """Write text; may wait for a slow terminal."""
        if not data:
            return
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            data.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            data = "".join(_plainer(character, encoding) for character in data)
        self._stream.write(data)
        self._stream.flush()


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def _plainer(character: str, encoding: str) -> str:
    """Return what stands for a character in an encoding that may lack it, in as many columns."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        plain = character.translate(wording.ASCII)
        return plain if plain.isascii() else "?" * cells.width(character)
    except LookupError:
        return character.translate(wording.ASCII).encode("ascii", "replace").decode()
    return character


def _bare(line: str) -> str:
    """Return a line without the colours we put in; nothing else in it begins with an escape."""
    return "".join(part.partition("m")[2] if index else part for index, part in enumerate(line.split("\x1b")))
