"""``nodetool.text``: building, cutting and reading texts.

The family is large: tests and searches are in :mod:`text_check`, patterns in :mod:`text_pattern`, templates in
:mod:`text_template`, changes of form in :mod:`text_form`.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from nodetool_jupyter.nodes.define import Stream, family
from nodetool_jupyter.nodes.library.text_check import *  # noqa: F403
from nodetool_jupyter.nodes.library.text_form import *  # noqa: F403  # the parts of one family
from nodetool_jupyter.nodes.library.text_pattern import *  # noqa: F403
from nodetool_jupyter.nodes.library.text_template import *  # noqa: F403
from nodetool_jupyter.nodes.plain import plain_text

node = family("nodetool.text")
slow_node = family("nodetool.text", inline=False)


@node
def Concat(a: Any = "", b: Any = "", **more: Any) -> str:
    """Join two texts, and any further inputs after them in their order."""
    return "".join(map(plain_text, (a, b, *more.values())))


@node
def Join(strings: list[Any] = [], separator: str = "") -> str:
    """Join a list of texts."""
    return separator.join(map(plain_text, strings))


@node
async def Collect(input_item: Stream[Any], separator: str = "") -> str:
    """Join a stream of texts."""
    return separator.join([plain_text(item) async for item in input_item])


@node
def Split(text: str = "", delimiter: str = ",") -> list[str]:
    """Cut a text at each delimiter; an empty delimiter cuts it into characters."""
    return text.split(delimiter) if delimiter else list(text)


@node
def Chunk(text: str = "", length: int = 100, overlap: int = 0, separator: str = " ") -> list[str]:
    """Cut a text into windows of ``length`` pieces between separators; neighbours share ``overlap`` pieces."""
    if length <= overlap or overlap < 0:
        raise ValueError(f"Chunk: overlap ({overlap}) must be at least 0 and below length ({length})")
    pieces = text.split(separator) if separator else list(text)
    return [separator.join(pieces[at : at + length]) for at in range(0, len(pieces), length - overlap)]


@node
def Replace(text: str = "", old: str = "", new: str = "") -> str:
    """Replace every occurrence of a text."""
    return text.replace(old, new)


@node
def Extract(text: str = "", start: int = 0, end: int = 0) -> str:
    """Return the part from ``start`` to ``end``; an end of 0 is the end of the text."""
    return text[start : end or None]


@node
def Slice(text: str = "", start: int = 0, stop: int = 0, step: int = 1) -> str:
    """Slice a text as Python does; a stop of 0 is open."""
    if step == 0:
        raise ValueError("Slice: step cannot be 0")
    return text[start : stop or None : step]


@node
def ToString(value: Any = None, mode: str = "str") -> str:
    """Write a value as text; mode ``repr`` writes JSON."""
    return json.dumps(value, ensure_ascii=False, default=str) if mode == "repr" else plain_text(value)


@node
def ParseJSON(text: str = "") -> Any:
    """Read JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"ParseJSON: the text is not JSON: {error}") from None


@node
def ExtractJSON(text: str = "", json_path: str = "$.*", find_all: bool = False) -> Any:
    """Read JSON and return what a path such as ``$.orders[0].total`` finds first, or with ``find_all`` all of it."""
    from nodetool_jupyter.nodes.jsonpath import find

    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"ExtractJSON: the text is not JSON: {error}") from None
    found = find(data, json_path)
    if find_all:
        return found
    if not found:
        raise ValueError(f"ExtractJSON: nothing is at {json_path!r}")
    return found[0]


@slow_node
def HtmlToText(
    html: str = "",
    base_url: str = "",
    body_width: int = 1000,
    ignore_images: bool = True,
    ignore_mailto_links: bool = True,
) -> str:
    """Return what a reader of a web page sees, with the marks of Markdown."""
    from nodetool_jupyter.nodes.markup import html_to_text

    return html_to_text(html, base_url, body_width, images=not ignore_images, mailto=not ignore_mailto_links)


@slow_node(requires=("tiktoken",))
def CountTokens(text: str = "", encoding: str = "cl100k_base") -> int:
    """Count the tokens a language model makes of a text."""
    tiktoken = import_module("tiktoken")
    return len(tiktoken.get_encoding(encoding).encode(text, disallowed_special=()))
