"""Reading HTML tag by tag, from beginning to end, in time that grows with its length only.

The standard library's parser takes minutes over a few kilobytes of ``<a <a <a``; a page from the web may be hostile.
What is broken is read as a browser reads it: what cannot be a tag is text, a tag that never ends takes the rest along.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"<(?=[A-Za-z/!?])")
_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_BEFORE = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"([^\s/>][^\s/>=]*)(\s*=\s*)?")
_UNQUOTED = re.compile(r"[^\s>]*")
_COMMENT_END = re.compile(r"--!?>")
_BARE = frozenset({"script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"})
_WITH_ENTITIES = frozenset({"title", "textarea"})
_BARE_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _BARE}


class _Tag(NamedTuple):
    name: str
    attributes: dict[str, str]
    end: int


class TagReader:
    """Reads HTML and calls ``start``, ``end`` and ``text`` in order; a subclass says what they do."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Meet an opening tag; names are in small letters, the first of equal attributes counts."""

    def end(self, tag: str) -> None:
        """Meet a closing tag, whether or not one was opened."""

    def text(self, data: str) -> None:
        """Meet text, its entities resolved."""

    def read(self, html: str) -> None:
        """Read a page; never fails, whatever it is."""
        at = 0
        while at < len(html):
            mark = _MARK.search(html, at)
            where = mark.start() if mark else len(html)
            if where > at:
                self.text(unescaped(html[at:where]))
            at = self._markup(html, where) if mark else where

    def _markup(self, html: str, at: int) -> int:
        follows = html[at + 1]
        if follows not in "/!?":
            tag = _opening(html, at)
            if tag is None:
                return len(html)
            self.start(tag.name, tag.attributes)
            if tag.name == "svg" and html[tag.end - 2] == "/":
                self.end("svg")
            return self._bare(html, tag) if tag.name in _BARE else tag.end
        if html.startswith("<!--", at):
            return _after_comment(html, at)
        close = html.find(">", at)
        name = _NAME.match(html, at + 2) if follows == "/" else None
        if close >= 0 and name is not None:
            self.end(name[0].lower())
        return close + 1 if close >= 0 else len(html)

    def _bare(self, html: str, tag: _Tag) -> int:
        # Nothing inside a script or a title is a tag, up to its own end.
        end = _BARE_END[tag.name].search(html, tag.end)
        where = end.start() if end else len(html)
        inside = html[tag.end : where]
        self.text(unescaped(inside) if tag.name in _WITH_ENTITIES else inside)
        return where


def _opening(html: str, at: int) -> _Tag | None:
    name = _NAME.match(html, at + 1)
    assert name is not None
    at = name.end()
    attributes: dict[str, str] = {}
    while True:
        at = _end(_BEFORE, html, at)
        if at >= len(html):
            return None
        if html[at] == ">":
            return _Tag(name[0].lower(), attributes, at + 1)
        found = _ATTRIBUTE.match(html, at)
        assert found is not None
        at, value = found.end(), ""
        if found[2]:
            quote = html[at : at + 1]
            if quote in ('"', "'"):
                end = html.find(quote, at + 1)
                if end < 0:
                    return None
                value, at = html[at + 1 : end], end + 1
            else:
                begin, at = at, _end(_UNQUOTED, html, at)
                value = html[begin:at]
        attributes.setdefault(found[1].lower(), unescaped(value))


def _end(pattern: re.Pattern[str], html: str, at: int) -> int:
    found = pattern.match(html, at)
    return found.end() if found else at


def _after_comment(html: str, at: int) -> int:
    if html.startswith((">", "->"), at + 4):
        return html.index(">", at) + 1
    end = _COMMENT_END.search(html, at + 4)
    return end.end() if end else len(html)


def unescaped(text: str) -> str:
    """Return a text with entities such as ``&amp;`` resolved; what is none stays."""
    if "&" not in text:
        return text
    import html

    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return text
