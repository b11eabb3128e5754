"""Text in pictures: one font, which comes with the package, so that a picture has the same bytes wherever it is drawn.

The font has Latin, Greek, Cyrillic, Arabic and Hebrew letters and many signs. Characters that it lacks, such as
Chinese ones and most emoji, are not drawn as empty boxes: each run of them is drawn as :data:`LACKING`, and whoever
draws it says so.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from nodetool_jupyter.widgets import wording

LACKING = "⋯"
_FONT = Path(__file__).with_name("assets") / "DejaVuSans.ttf"
_NEVER = "\U0010fffe"  # a code that no font has a character for
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
_SEAM = re.compile(r"[ _.-]\w|[a-z0-9][A-Z]")
_LONGEST = 400  # characters of a line that are looked at


def drawable(text: str) -> str:
    """Return one line of ``text`` as it can be drawn, every run of characters that cannot be as :data:`LACKING`."""
    shown: list[str] = []
    for character in wording.one_line(text[:_LONGEST]):
        if _has(character):
            shown.append(character)
        elif shown[-1:] != [LACKING]:
            shown.append(LACKING)
    return "".join(shown)


def says_something(text: str) -> bool:
    """Tell whether there is a letter or figure in ``text``."""
    return any(character.isalnum() for character in text)


def width(text: str, size: int) -> float:
    """Return how wide a drawable text is, in px."""
    return float(_font(text, size).getlength(text))


def cut(text: str, size: int, room: float) -> str:
    """Return as much of a drawable text as ``room`` px allow, with an ellipsis where it was cut; nothing for none."""
    if width(text, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(f"{text[:middle].rstrip()}…", size) <= room else (low, middle - 1)
    return f"{text[:low].rstrip()}…" if low else ""


def in_two(text: str, size: int, room: float) -> list[str]:
    """Return a drawable text as one line, or as two where it is too long and has a seam: ``a_name``, ``aName``."""
    if width(text, size) <= room:
        return [text]
    seams = [place for place in range(1, len(text)) if _SEAM.match(text, place - 1)]
    fits = [place for place in seams if width(text[:place].rstrip(), size) <= room]
    return [text[: fits[-1]].rstrip(), cut(text[fits[-1] :], size, room)] if fits else [cut(text, size, room)]


def wrap(text: str, size: int, room: float, most: int) -> list[str]:
    """Return a text as at most ``most`` drawable lines of at most ``room`` px, broken between words."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in drawable(paragraph).split():
            longer = f"{line} {word}" if line else word
            if line and width(longer, size) > room:
                lines.append(line)
                longer = word
            line = longer
            if len(lines) > most:
                break
        if line:
            lines.append(line)
    more = len(lines) > most
    kept = [cut(line, size, room) for line in lines[:most]]
    return [*kept[:-1], cut(f"{lines[most - 1]} …", size, room)] if more and kept else kept


def write(pen: Any, place: tuple[float, float], text: str, size: int, colour: str, anchor: str = "lm") -> None:
    """Draw a drawable text with a pen of Pillow's; ``anchor`` is Pillow's too."""
    pen.text((round(place[0]), round(place[1])), text, fill=colour, font=_font(text, size), anchor=anchor)


def _font(text: str, size: int) -> Any:
    return _loaded(size, not text.isascii() and any(map(_runs_left, text)))


@cache
def _loaded(size: int, both_ways: bool) -> Any:
    """Return the font; only text that runs from right to left takes the shaping of letters, which costs more."""
    from PIL import ImageFont

    engine = ImageFont.Layout.RAQM if both_ways else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(_FONT), size, layout_engine=engine)


def _runs_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


@cache
def _has(character: str) -> bool:
    if character.isascii():
        return True
    if _runs_left(character) and not _shapes():
        return False
    font = _loaded(16, False)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NEVER))


@cache
def _shapes() -> bool:
    """Tell whether this Pillow can put letters that run from right to left into their order and joined forms."""
    from PIL import features

    return bool(features.check("raqm") and features.check("fribidi"))
