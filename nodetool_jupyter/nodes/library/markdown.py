"""``lib.markdown``: taking headings, links, lists, code and tables out of a text in Markdown.

Texts come as they are written, with the marks of emphasis and code in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.types import Table

if TYPE_CHECKING:
    from markdown_it.token import Token

node = family("lib.markdown", inline=False)


def _tokens(markdown: str, *, inline: bool = False) -> list[Token]:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table")
    return (reader if inline else reader.disable("inline")).parse(markdown)


@node
def ExtractHeaders(markdown: str = "", max_level: int = 6) -> list[dict[str, Any]]:
    """Return the headings down to a level, with their level, text and number in order."""
    tokens = _tokens(markdown)
    found = [
        {"level": int(token.tag[1:]), "text": tokens[at + 1].content}
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and int(token.tag[1:]) <= max_level
    ]
    return [{**header, "index": index} for index, header in enumerate(found)]


@node
def ExtractLinks(markdown: str = "", include_titles: bool = True) -> list[dict[str, str]]:
    """Return the links with their addresses and titles; the title of a link without one is its text."""
    links: list[dict[str, str]] = []
    pieces: list[str] = []
    for token in (token for block in _tokens(markdown, inline=True) for token in block.children or []):
        if token.type == "link_open":
            links.append({"url": str(token.attrs["href"]), "title": str(token.attrs.get("title") or "")})
            pieces.clear()
        elif token.type == "link_close":
            links[-1]["title"] = (links[-1]["title"] or "".join(pieces)) if include_titles else ""
        else:
            pieces.append(" " if token.type in ("softbreak", "hardbreak") else token.content)
    return links


@node
def ExtractBulletLists(markdown: str = "") -> list[list[dict[str, str]]]:
    """Return the bulleted lists with the texts of their items; the items of a list within follow the outer one."""
    return [[{"text": text} for text in texts] for texts in _lists(markdown, "bullet_list")]


@node
def ExtractNumberedLists(markdown: str = "") -> list[list[str]]:
    """Return the numbered lists with the texts of their items; the items of a list within follow the outer one."""
    return list(_lists(markdown, "ordered_list"))


def _lists(markdown: str, wanted: Literal["bullet_list", "ordered_list"]) -> Iterator[list[str]]:
    found: list[list[list[str]]] = []
    kinds: list[str] = []
    items: list[list[str] | None] = []
    for token in _tokens(markdown):
        kind, _, edge = token.type.rpartition("_")
        if kind in ("bullet_list", "ordered_list"):
            if edge == "open":
                if kind == wanted and wanted not in kinds:
                    found.append([])
                kinds.append(kind)
            else:
                kinds.pop()
        elif token.type == "list_item_open":
            items.append([] if kinds[-1] == wanted else None)
            if items[-1] is not None:
                found[-1].append(items[-1])
        elif token.type == "list_item_close":
            items.pop()
        elif token.type == "inline" and items and items[-1] is not None:
            items[-1].append(" ".join(token.content.split("\n")))
    return (["\n".join(parts) for parts in one] for one in found)


@node
def ExtractCodeBlocks(markdown: str = "") -> list[dict[str, str]]:
    """Return the code between fences with its language; without one that is ``text``."""
    return [
        {"language": (token.info.split() or ["text"])[0], "code": token.content.removesuffix("\n")}
        for token in _tokens(markdown)
        if token.type == "fence"
    ]


@node
def ExtractTables(markdown: str = "") -> Table:
    """Return the first table as rows, each from the texts of the head to those of its cells."""
    rows: list[list[str]] = []
    for token in _tokens(markdown):
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(token.content)
    return {"rows": [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]}
