"""Writes the catalogue of node types in ``docs/reference/nodes``: a page a namespace, each type with a picture.

``python -m docs.reference.catalogue``, from the top of the checkout, writes it anew; a test compares its pages with
what this makes. Pictures are made by running the examples, as the tests do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from docs.reference.depictions import card_of, given_files, made_files, make_pictures, sample_files
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.examples import Example, example_of
from nodetool_jupyter.nodes.examples.written import spoken, written
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import FAMILIES, home, registry
from nodetool_jupyter.nodes.renamed import NAMESPACES
from nodetool_jupyter.nodes.renamed import TYPES as RENAMED
from nodetool_jupyter.nodes.types import from_metadata

TARGET = Path(__file__).with_name("nodes")
COMMAND = "python -m docs.reference.catalogue"
_INDEX = """\
# The built-in node types

{count} types in {spaces} families. Names, properties and meaning are NodeTool's, so that its workflow files run here;
where we differ on purpose stands in [differences.md](../differences.md). Only [lib.tensor](lib.tensor.md) is our own. A
family is loaded when one of its types is first used.

Every type has an example, which the tests run. In a notebook `%nodetool nodes TYPE` shows the same, in a terminal
`nodetool nodes show TYPE`; `nodetool nodes list --coverage` says what of NodeTool's own library is here.

On the pictures, a circle is a handle for one value and a diamond is one for a stream. Examples that are given a picture
are given one of these, `photo`, `portrait` and `mask`:

{samples}

| family | types | what it is for |
|---|--:|---|
"""


@cache
def types() -> dict[str, list[NodeType]]:
    """Return the types of every built-in namespace."""
    found = {
        space: [kind for kind in registry.types(f"{space}.") if kind.namespace == space] for space in sorted(FAMILIES)
    }
    return {space: kinds for space, kinds in found.items() if kinds}


def pages() -> dict[str, str]:
    """Return every text of the catalogue, pages and cards, by its file's path."""
    made = {"README.md": index()}
    for space, kinds in types().items():
        made[f"{space}.md"] = page(space, kinds)
        for kind in kinds:
            example = example_of(kind.name)
            if example is not None and not _pictures(kind, example):
                made[_card_file(kind)] = card_of(kind, example)
    return made


def pictures() -> dict[str, bytes]:
    """Return every picture of the catalogue by its file's path; runs the examples that make one and can run here."""
    made = sample_files()
    for kinds in types().values():
        for kind in kinds:
            example = example_of(kind.name)
            if example is not None and made_files(kind, example) and not kind.lacking:
                made |= make_pictures(kind, example)
    return made


def index() -> str:
    """Return the page that names every family."""
    spaces = types()
    samples = " ".join(_image(name, Path(name).stem) for name in sample_files())
    head = _INDEX.format(count=sum(map(len, spaces.values())), spaces=len(spaces), samples=samples)
    rows = [f"| [{space}]({space}.md) | {len(kinds)} | {_purpose(space)} |" for space, kinds in spaces.items()]
    return head + "\n".join(rows) + "\n"


def page(space: str, kinds: list[NodeType]) -> str:
    """Return the page of one namespace."""
    old = [f"`{name}.*`" for name, now in NAMESPACES.items() if now == space]
    also = f" The old names {' and '.join(old)} mean the same." if old else ""
    head = [
        f"# {space}",
        "",
        f"{_purpose(space)}{also} [All families](README.md)",
        "",
        "| type | what it does |",
        "|---|---|",
    ]
    rows = [f"| [{kind.title}](#{kind.title.lower()}) | {_cell(_first(kind))} |" for kind in kinds]
    return "\n".join([*head, *rows, *(line for kind in kinds for line in section(kind))]) + "\n"


def section(kind: NodeType) -> Iterator[str]:
    """Yield the lines about one type."""
    yield from ("", f"## {kind.title}", "", _prose(kind.description), "")
    example = example_of(kind.name)
    if example is not None:
        text = spoken(kind, example)
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
        yield from (_shown(kind, example), "", f"{fence}python", text, fence, "")
    properties = describe(kind)["properties"]
    if properties:
        yield from ("| property | type | default |", "|---|---|---|", *map(_row, properties), "")
    yield " ".join(_remarks(kind))


def _row(plain: dict[str, Any]) -> str:
    spec = re.sub(r"'([^']+)'", r"`\1`", str(from_metadata(plain["type"]))).replace("''", '`""`')
    default = plain.get("default")
    if isinstance(default, dict) and default.get("type") == "color":
        default = default["value"]  # as people write it
    return f"| `{plain['name']}` | {_cell(spec)} | {_code(written(default, 60))} |"


def _remarks(kind: NodeType) -> Iterator[str]:
    streams = [f"`{prop.name}`" for prop in kind.properties.values() if prop.stream]
    if streams:
        yield f"Reads {' and '.join(streams)} as {'streams' if len(streams) > 1 else 'a stream'}."
    if kind.dynamic_inputs:
        yield "Takes any further inputs by name."
    outputs = ", ".join(f"`{slot.name}` ({slot.type})" for slot in kind.outputs.values() if slot.type.type != "none")
    if outputs:
        yield f"Gives {outputs}{', one value after the other' if kind.streams_out else ''}."
    if kind.dynamic_outputs:
        yield "Further outputs have the names that the graph gives them."
    if kind.extra:
        yield f"Needs the extra `{kind.extra}`: `pip install 'nodetool-jupyter[{kind.extra}]'`."
    if kind.permission:
        where = ", but not in a container" if kind.contained is not None else ""
        yield f"Needs the permission `{kind.permission}`{where}: `--allow {kind.permission}`."
    if kind.gpu:
        yield "Wants a GPU."
    wants = [*kind.settings, *kind.secrets]
    if wants:
        yield f"Reads {', '.join(f'`{name}`' for name in wants)}."
    old = [name for name, now in RENAMED.items() if now == kind.name]
    if old:
        yield f"Old name{'s' if len(old) > 1 else ''}: {', '.join(f'`{name}`' for name in old)}."


def _shown(kind: NodeType, example: Example) -> str:
    if not _pictures(kind, example):
        return _image(_card_file(kind), f"the node {kind.title} with the values of the example")
    before = [_image(name, Path(name).stem) for name in given_files(example)]
    after = [_image(name, f"{Path(name).stem}: {said}") for name, said in made_files(kind, example).items()]
    return " ".join([*before, *(["→"] if before and after else []), *after])


def _pictures(kind: NodeType, example: Example) -> bool:
    return bool(given_files(example) or made_files(kind, example))


def _image(name: str, alternative: str) -> str:
    return f'<img src="{name}" alt="{escape(alternative)}">'


def _card_file(kind: NodeType) -> str:
    return f"pictures/{kind.namespace}/{kind.title}.svg"


def _purpose(space: str) -> str:
    doc = import_module(home(space) or "").__doc__ or ""
    text = " ".join(doc.partition("\n\n")[0].split()).partition(": ")[2]
    return _prose(text[:1].upper() + text[1:])


def _first(kind: NodeType) -> str:
    return _prose(kind.description.partition("\n")[0])


def _prose(text: str) -> str:
    """Return a docstring's text as Markdown: code in single backticks, nothing that reads as a tag."""
    parts = re.split(r"(``.+?``)", text, flags=re.DOTALL)
    return "".join(_code(part[2:-2]) if part.startswith("``") else escape(part, quote=False) for part in parts)


def _code(text: str) -> str:
    mark = "``" if "`" in text else "`"
    return f"{mark}{_cell(text)}{mark}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write(target: Path = TARGET) -> Iterator[str]:
    """Write the catalogue, remove what no longer belongs to it, and yield what was done."""
    texts, images = pages(), pictures()
    files: dict[str, Any] = {**{name: text.encode() for name, text in texts.items()}, **images}
    for name, body in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    named = {name for text in texts.values() for name in re.findall(r'<img src="([^"]+)"', text)} | files.keys()
    for path in sorted(target.rglob("*")):
        if path.is_file() and path.relative_to(target).as_posix() not in named:
            path.unlink()
            yield f"removed {path}"
    yield f"{target}: {len(files)} files, {sum(map(len, files.values())) // 1024} KiB"


if __name__ == "__main__":
    for said in write():
        sys.stdout.write(f"{said}\n")
