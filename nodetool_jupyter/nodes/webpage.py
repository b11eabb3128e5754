"""What stands in a web page: its links, pictures and sounds, what it says about itself, and its main part.

Nothing is ever fetched; addresses are only worked out.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from nodetool_jupyter.nodes.markup import TextReader, absolute, html_to_plain
from nodetool_jupyter.nodes.tags import TagReader

_HIDDEN_TEXT = frozenset({"script", "style", "template", "svg"})


class Link(NamedTuple):
    """A link of a page: its address as written, and its text."""

    href: str
    text: str


def links(html: str) -> list[Link]:
    """Return the links of a page in order."""
    reader = _Links()
    reader.read(html)
    return reader.found()


def is_internal(href: str, base_url: str) -> bool:
    """Tell whether a link stays on the site of ``base_url``: it names no host, or the same."""
    try:
        parts, home = urlsplit(href.strip()), urlsplit(base_url).netloc
    except ValueError:
        return False
    return parts.netloc.lower() == home.lower() if parts.netloc else not parts.scheme


def addresses(html: str, tag: str, base_url: str = "") -> list[str]:
    """Return the absolute addresses of what ``tag`` shows (``img``, ``video``, ``audio``), its sources among them."""
    reader = _Media(tag, base_url)
    reader.read(html)
    return reader.found


def about(html: str) -> dict[str, str]:
    """Return what a page says about itself: its ``title`` and, by name in small letters, its meta entries."""
    reader = _About()
    reader.read(html)
    return {**reader.entries, "title": " ".join(reader.title.split())}


def main_text(html: str) -> str:
    """Return the text of the part that a page is about, without what surrounds it.

    That is what stands in ``article`` and ``main`` or, in a page without them, in the body; navigation, headers and
    footers of the page, asides, controls and hidden parts are left out. A page of nothing else is taken whole.
    """
    reader = _Content()
    reader.read(html)
    for pieces in (reader.main, reader.body):
        reader.pieces = pieces
        found = reader.paragraphs()
        if found:
            return "\n\n".join(found)
    return html_to_plain(html)


class _Links(TagReader):
    def __init__(self) -> None:
        self.open: tuple[str, list[str]] | None = None
        self.silent = 0
        self.links: list[tuple[str, list[str]]] = []

    def found(self) -> list[Link]:
        return [Link(href, " ".join("".join(pieces).split())) for href, pieces in self.links]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.silent += tag in _HIDDEN_TEXT
        if tag == "a":
            self.open = (attributes["href"], []) if attributes.get("href") else None
            if self.open:
                self.links.append(self.open)
        elif tag == "br":
            self.text(" ")

    def end(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _HIDDEN_TEXT))
        if tag == "a":
            self.open = None

    def text(self, data: str) -> None:
        if self.open and not self.silent:
            self.open[1].append(data)


class _Media(TagReader):
    def __init__(self, tag: str, base_url: str) -> None:
        self.tag, self.base_url = tag, base_url
        self.inside = self.based = False
        self.found: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "base" and attributes.get("href") and not self.based:
            self.base_url, self.based = absolute(self.base_url, attributes["href"]), True
        if tag in ("picture", "video", "audio"):
            self.inside = tag == self.tag
        shows = tag == self.tag or (tag == "source" and self.inside)
        if shows and attributes.get("src", "").strip():
            self.found.append(absolute(self.base_url, attributes["src"].strip()))

    def end(self, tag: str) -> None:
        self.inside = self.inside and tag != self.tag


class _About(TagReader):
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.title = ""
        self.drawing = 0
        self.titled = self.in_title = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.drawing += tag == "svg"
        if tag == "title" and not self.drawing and not self.titled:
            self.titled = self.in_title = True
        name = attributes.get("name") or attributes.get("property")
        if tag == "meta" and name and "content" in attributes:
            self.entries.setdefault(name.strip().lower(), attributes["content"])

    def end(self, tag: str) -> None:
        self.drawing = max(0, self.drawing - (tag == "svg"))
        self.in_title = self.in_title and tag != "title"

    def text(self, data: str) -> None:
        if self.in_title:
            self.title += data


_MAIN = frozenset({"article", "main"})
_APART = frozenset({"nav", "aside", "footer", "button", "select", "textarea", "dialog", "datalist"})
_APART_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "banner"})
_HOLDERS = frozenset({"body", "div", "section", "header", "form", "table", "ul", "ol", "td", *_MAIN, *_APART})


class _Content(TextReader):
    def __init__(self) -> None:
        super().__init__()
        self.body = self.pieces
        self.main: list[str] = []
        self.holders: list[tuple[str, str]] = []
        self.opened = dict.fromkeys(_HOLDERS, 0)
        self.kinds = {"main": 0, "apart": 0, "": 0}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _HOLDERS and not self.silent:
            kind = self._kind(tag, attributes)
            self.holders.append((tag, kind))
            self.opened[tag] += 1
            self.kinds[kind] += 1
        super().start(tag, attributes)

    def end(self, tag: str) -> None:
        super().end(tag)
        # What was left open inside ends with what holds it; an end of what was never opened means nothing.
        while not self.silent and self.opened.get(tag):
            name, kind = self.holders.pop()
            self.opened[name] -= 1
            self.kinds[kind] -= 1
            if name == tag:
                break

    def _kind(self, tag: str, attributes: dict[str, str]) -> str:
        role = attributes.get("role", "").lower()
        if tag in _APART or "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true":
            return "apart"
        if role in _APART_ROLES or tag == "header":
            return "" if self.kinds["main"] else "apart"  # an article's own header has its title
        return "main" if tag in _MAIN or role == "main" else ""

    def write(self, piece: str) -> None:
        if piece and (not self.kinds["apart"] or piece.isspace()):  # what is left out still parts its neighbours
            self.body.append(piece)
            if self.kinds["main"]:
                self.main.append(piece)
