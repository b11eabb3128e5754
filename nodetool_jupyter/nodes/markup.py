"""Reading HTML with the standard library: as plain text with the marks of Markdown where they carry meaning."""

from __future__ import annotations

import re
import textwrap
from html.parser import HTMLParser
from urllib.parse import urljoin

_SILENT = frozenset({"script", "style", "head", "template", "noscript", "svg"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "div", "dl", "dt", "dd", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "ol", "p", "pre", "section", "table",
    "ul",
})  # fmt: skip
_LINES = frozenset({"li", "tr", "br"})
_MARKS = {"b": "**", "strong": "**", "i": "_", "em": "_", "code": "`"}


def html_to_text(
    html: str, base_url: str = "", body_width: int = 0, *, images: bool = False, mailto: bool = False
) -> str:
    """Return what a reader of ``html`` sees: paragraphs apart, headings, lists and links marked as in Markdown.

    ``base_url`` makes addresses absolute, ``body_width`` wraps lines (0: not). ``images`` keeps pictures,
    ``mailto`` links to mail addresses.
    """
    reader = _Reader(base_url, images, mailto)
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t]+\n", "\n", "".join(reader.pieces))
    paragraphs = [part.strip("\n").rstrip() for part in re.split(r"\n{2,}", text) if part.strip()]
    if body_width > 0:
        paragraphs = ["\n".join(_wrapped(line, body_width) for line in part.split("\n")) for part in paragraphs]
    return "\n\n".join(paragraphs)


def _wrapped(line: str, width: int) -> str:
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)


class _Reader(HTMLParser):
    def __init__(self, base_url: str, images: bool, mailto: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.base_url, self.images, self.mailto = base_url, images, mailto
        self.pieces: list[str] = []
        self.silent = self.preformatted = 0
        self.lists: list[int | None] = []
        self.links: list[str] = []

    def write(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)

    @property
    def at_edge(self) -> bool:
        """Whether a blank here would stand at the beginning of a line, or beside another."""
        return not self.pieces or self.pieces[-1].endswith(("\n", " "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # a head need not be closed
            self.silent = 0
        if tag in _SILENT:
            self.silent += 1
        elif self.silent:
            return
        elif tag in _BLOCKS:
            self.open_block(tag)
        elif tag in _LINES:
            self.write("\n" + (self.bullet() if tag == "li" else ""))
        elif tag == "a":
            self.open_link(dict(attrs).get("href") or "")
        elif tag == "img" and self.images:
            given = dict(attrs)
            self.write(f"![{given.get('alt') or ''}]({self.address(given.get('src') or '')})")
        elif tag in ("td", "th") and not self.at_edge:
            self.write(" ")
        else:
            self.write(_MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif self.silent:
            return
        elif tag == "a" and self.links:
            address = self.links.pop()
            self.write(f"]({address})" if address else "")
        elif tag in _BLOCKS:
            self.preformatted -= tag == "pre" and self.preformatted > 0
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
            self.write("" if self.lists else "\n\n")
        else:
            self.write(_MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.preformatted:
            self.write(data)
            return
        text = re.sub(r"\s+", " ", data)
        self.write(text.lstrip() if self.at_edge else text)

    def open_block(self, tag: str) -> None:
        self.preformatted += tag == "pre"
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
            self.write("" if len(self.lists) > 1 else "\n\n")
            return
        self.write("\n\n" + (f"{'#' * int(tag[1])} " if tag[0] == "h" and tag[1:].isdigit() else ""))

    def bullet(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return "* "
        self.lists[-1] += 1
        return f"{self.lists[-1]}. "

    def open_link(self, href: str) -> None:
        wanted = bool(href) and not href.startswith("#") and (self.mailto or not href.startswith("mailto:"))
        self.links.append(self.address(href) if wanted else "")
        self.write("[" if wanted else "")

    def address(self, written: str) -> str:
        return urljoin(self.base_url, written) if self.base_url else written
