"""What a reader of a web page sees, as text: plain, or with the marks of Markdown where they carry meaning."""

from __future__ import annotations

import re
import textwrap
from urllib.parse import urljoin

from nodetool_jupyter.nodes.tags import TagReader

_SILENT = frozenset({"script", "style", "title", "template", "noscript", "svg", "iframe", "noembed", "noframes"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "div", "dl", "dt", "dd", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "ol", "p", "pre", "section", "table",
    "ul",
})  # fmt: skip
_LINES = frozenset({"li", "tr", "br"})
_MARKS = {"b": "**", "strong": "**", "i": "_", "em": "_", "code": "`"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


def html_to_text(
    html: str, base_url: str = "", body_width: int = 0, *, images: bool = False, mailto: bool = False
) -> str:
    """Return what a reader of ``html`` sees: paragraphs apart, headings, lists and links marked as in Markdown.

    ``base_url`` makes addresses absolute, ``body_width`` wraps lines (0: not). ``images`` keeps pictures,
    ``mailto`` links to mail addresses.
    """
    reader = _MarkedReader(base_url, images, mailto)
    reader.read(html)
    paragraphs = reader.paragraphs()
    if body_width > 0:
        paragraphs = ["\n".join(_wrapped(line, body_width) for line in part.split("\n")) for part in paragraphs]
    return "\n\n".join(paragraphs)


def html_to_plain(html: str) -> str:
    """Return the text of ``html`` without any marks: paragraphs apart, items and rows on lines of their own."""
    reader = TextReader()
    reader.read(html)
    return "\n\n".join(reader.paragraphs())


def absolute(base_url: str, written: str) -> str:
    """Return an address as it is meant on a page of ``base_url``; one that cannot be read stays as written."""
    try:
        return urljoin(base_url, written) if base_url else written
    except ValueError:
        return written


def _wrapped(line: str, width: int) -> str:
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)


class TextReader(TagReader):
    """Gathers the text of a page; what is not shown to readers is left out."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.silent = self.preformatted = self.lists = 0

    def paragraphs(self) -> list[str]:
        """Return what was gathered, blank lines between paragraphs taken away."""
        text = "\n".join(line.rstrip(" \t") for line in "".join(self.pieces).split("\n"))
        return [part.strip("\n").rstrip() for part in re.split(r"\n{2,}", text) if part.strip()]

    def write(self, piece: str) -> None:
        """Add a piece of text as it is."""
        if piece:
            self.pieces.append(piece)

    @property
    def at_edge(self) -> bool:
        """Whether a blank here would stand at the beginning of a line, or beside another."""
        return not self.pieces or self.pieces[-1].endswith(("\n", " "))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin a block or a line where the tag does."""
        if tag in _SILENT:
            self.silent += 1
        elif self.silent:
            return
        elif tag in _BLOCKS:
            self.preformatted += tag == "pre"
            self.write("" if self.lists and tag in ("ul", "ol") else "\n\n")
            self.lists += tag in ("ul", "ol")
        elif tag in _LINES:
            self.write("\n")
        elif tag in ("td", "th") and not self.at_edge:
            self.write(" ")
        self.mark(tag, attributes)

    def end(self, tag: str) -> None:
        """End a block."""
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif self.silent:
            return
        elif tag in _BLOCKS:
            self.preformatted -= tag == "pre" and self.preformatted > 0
            self.lists -= tag in ("ul", "ol") and self.lists > 0
            self.write("" if self.lists else "\n\n")
        self.unmark(tag)

    def text(self, data: str) -> None:
        """Add text, its blanks as a reader sees them."""
        if self.silent:
            return
        if self.preformatted:
            self.write(data)
            return
        text = re.sub(r"\s+", " ", data)
        self.write(text.lstrip() if self.at_edge else text)

    def mark(self, tag: str, attributes: dict[str, str]) -> None:
        """Write what stands for a tag at its beginning."""

    def unmark(self, tag: str) -> None:
        """Write what stands for a tag at its end."""


class _MarkedReader(TextReader):
    def __init__(self, base_url: str, images: bool, mailto: bool) -> None:
        super().__init__()
        self.base_url, self.images, self.mailto = base_url, images, mailto
        self.numbers: list[int | None] = []
        self.links: list[str] = []

    def mark(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "a":
            self.open_link(attributes.get("href", ""))
        elif tag == "img" and self.images:
            address = absolute(self.base_url, attributes.get("src", ""))
            self.write(f"![{attributes.get('alt', '')}]({address})")
        elif tag in ("ul", "ol"):
            self.numbers.append(0 if tag == "ol" else None)
        elif tag == "li":
            self.write(self.bullet())
        else:
            self.write(_MARKS.get(tag) or _HEADINGS.get(tag, ""))

    def unmark(self, tag: str) -> None:
        if tag == "a" and self.links:
            address = self.links.pop()
            self.write(f"]({address})" if address else "")
        elif tag in ("ul", "ol") and self.numbers:
            self.numbers.pop()
        else:
            self.write(_MARKS.get(tag, ""))

    def bullet(self) -> str:
        if not self.numbers or self.numbers[-1] is None:
            return "* "
        self.numbers[-1] += 1
        return f"{self.numbers[-1]}. "

    def open_link(self, href: str) -> None:
        wanted = bool(href) and not href.startswith("#") and (self.mailto or not href.startswith("mailto:"))
        self.links.append(absolute(self.base_url, href) if wanted else "")
        self.write("[" if wanted else "")
