"""Patterns from a graph: JavaScript's regular expressions, run by the ``regex`` package under a time limit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

TIMEOUT = 5.0  # seconds for one call; a pattern that backtracks without end fails then

_NAMED = re.compile(r"\\.|\(\?<([A-Za-z_$][\w$]*)>", re.DOTALL)
_BACKREFERENCE = re.compile(r"\\k<([A-Za-z_$][\w$]*)>")
_CODE_POINT = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}")
_REPLACEMENT = re.compile(r"\$(\$|&|\d{1,2}|<[^>]*>)")


@lru_cache(maxsize=256)
def pattern(text: str, *, dotall: bool = False, ignorecase: bool = False, multiline: bool = False) -> Any:
    r"""Return the compiled pattern of a JavaScript (or Python) pattern.

    ``\d \w \s \b`` mean ASCII as in JavaScript, except that ``\s`` knows all blanks. Raises ``ValueError`` when it
    cannot be read.
    """
    import regex

    flags = regex.VERSION0
    flags |= regex.DOTALL if dotall else 0
    flags |= regex.IGNORECASE if ignorecase else 0
    flags |= regex.MULTILINE if multiline else 0
    try:
        return regex.compile(_translated(text, multiline), flags)
    except regex.error as error:
        raise ValueError(f"the pattern {text!r} does not read: {error}") from None


def searching(text: str, **flags: bool) -> Searcher:
    """Return the pattern, ready to search under the time limit."""
    return Searcher(text, pattern(text, **flags))


class Searcher:
    """A pattern whose every search ends: with a result, or with ``ValueError`` when the time is over."""

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self.compiled = compiled

    def first(self, text: str, *, whole: bool = False) -> Any:
        """Return the first match, or ``None``; with ``whole``, one of the whole text."""
        return self._timed(self.compiled.fullmatch if whole else self.compiled.search, text)

    def all(self, text: str) -> list[Any]:
        """Return every match."""
        return list(self._timed(lambda given, **limit: list(self.compiled.finditer(given, **limit)), text))

    def replace(self, text: str, replacement: str, count: int = 0) -> str:
        """Return ``text`` with ``count`` matches (0: all) replaced; ``$1``, ``$<name>`` and ``$&`` stand for groups."""
        return str(
            self._timed(
                lambda given, **limit: self.compiled.sub(lambda match: fill(replacement, match), given, count, **limit),
                text,
            )
        )

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """Return the pieces between matches, at most ``maxsplit`` + 1 unless that is 0; groups are kept as pieces."""
        return list(self._timed(lambda given, **limit: self.compiled.split(given, maxsplit, **limit), text))

    def _timed(self, act: Any, text: str) -> Any:
        try:
            return act(text, timeout=TIMEOUT, concurrent=True)
        except TimeoutError:
            raise ValueError(f"the pattern {self.text!r} took longer than {TIMEOUT:g} s on this text") from None


def fill(replacement: str, match: Any) -> str:
    """Return a replacement with JavaScript's ``$`` marks filled in; a mark that means nothing stays as it is."""

    def group(mark: re.Match[str]) -> str:
        name = mark.group(1)
        if name == "$":
            return "$"
        if name == "&":
            return str(match.group())
        try:
            return match.group(name[1:-1] if name[0] == "<" else int(name)) or ""
        except (IndexError, KeyError):
            return mark.group()

    return _REPLACEMENT.sub(group, replacement)


def _translated(text: str, multiline: bool) -> str:
    text = _BACKREFERENCE.sub(r"(?P=\1)", _CODE_POINT.sub(lambda match: re.escape(chr(int(match[1], 16))), text))
    named = _NAMED.sub(lambda match: f"(?P<{match[1]}>" if match[1] else match[0], text)
    return _classes(named, multiline)


_ASCII = {"d": "0-9", "w": "A-Za-z0-9_"}
_EDGE = "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))"


def _classes(text: str, multiline: bool) -> str:
    # JavaScript's \d, \w and \b know ASCII only while its \s knows every blank, which no flag of Python's says.
    pieces: list[str] = []
    inside, at = False, 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            pieces.append(_escape(text[at + 1], inside))
            at += 2
            continue
        if character == "[" and not inside:
            inside = True
            # "[]" and "[^]" are empty classes in JavaScript: nothing, and everything.
            for empty, meaning in (("[^]", r"[\s\S]"), ("[]", r"(?!)")):
                if text.startswith(empty, at):
                    character, inside = meaning, False
                    at += len(empty) - 1
                    break
        elif character == "[":
            character = r"\["
        elif character == "]":
            inside = False
        elif character == "$" and not inside and not multiline:
            # JavaScript's $ is the very end, Python's also stands before a last newline.
            character = r"(?!\n\Z)$"
        pieces.append(character)
        at += 1
    return "".join(pieces)


def _escape(letter: str, inside: bool) -> str:
    if letter in _ASCII:
        return _ASCII[letter] if inside else f"[{_ASCII[letter]}]"
    if letter in ("D", "W"):
        return rf"\{letter}" if inside else f"[^{_ASCII[letter.lower()]}]"
    if letter == "b":
        return r"\x08" if inside else _EDGE
    if letter == "B" and not inside:
        return f"(?!{_EDGE})"
    return {"/": "/", "-": r"\-"}.get(letter, f"\\{letter}")
