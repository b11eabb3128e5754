"""How much room text takes in a terminal, and text cut or filled to an exact width."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200b\u200c\u200d\u2060")
_EMOJI_FORM = "\ufe0f"


def width(text: str) -> int:
    """Return how many columns ``text`` takes; East Asian wide characters and emoji take two."""
    return len(text) if text.isascii() else sum(_cells(character) for character in text)


def cut(text: str, room: int) -> str:
    """Return ``text``, shortened with an ellipsis where it takes more than ``room`` columns."""
    if width(text) <= room:
        return text
    if room <= 0:
        return ""
    taken, kept = 0, []
    for character in text:
        taken += _cells(character)
        if taken > room - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def fill(text: str, room: int, *, right: bool = False) -> str:
    """Return ``text`` in exactly ``room`` columns."""
    shown = cut(text, room)
    space = " " * (room - width(shown))
    return space + shown if right else shown + space


def _cells(character: str) -> int:
    if character in _JOINERS or unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 1 if character == _EMOJI_FORM else 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
