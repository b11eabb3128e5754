"""Writes ``nodes/__init__.pyi``, from which editors complete the factories of the built-in node types.

``python -m nodetool_jupyter.nodes.stubs`` writes it anew; a test compares it with what this makes.
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.registry import FAMILIES, registry
from nodetool_jupyter.nodes.types import TypeSpec

TARGET = Path(__file__).with_name("__init__.pyi")
_HEAD = """\
# Written by "python -m nodetool_jupyter.nodes.stubs"; do not edit.
# ruff: noqa
# fmt: off
from typing import Any, Dict, List, Literal

from nodetool_jupyter.nodes.handles import NodeHandle as NodeHandle
from nodetool_jupyter.nodes.handles import Slot as Slot

_Node = NodeHandle | Slot
_List = List[Any]  # "list" is a namespace here, and "List" a node
_Dict = Dict[str, Any]
"""
_PLAIN = {"int": "int", "float": "float", "bool": "bool", "str": "str", "text": "str", "bytes": "bytes"}


def render() -> str:
    """Return the whole stub file."""
    kinds = [kind for space in FAMILIES for kind in registry.types(f"{space}.") if kind.namespace == space]
    kinds = sorted({kind.name: kind for kind in kinds}.values(), key=lambda kind: kind.name)
    parts = [_HEAD, *map(_handle, sorted({tuple(kind.outputs) for kind in kinds}))]
    spaces = sorted(
        {space for kind in kinds for space in _above(kind.namespace)}, key=lambda space: (-space.count("."), space)
    )
    parts += [_space(space, spaces, [kind for kind in kinds if kind.namespace == space]) for space in spaces]
    parts += [f"{name}: {_class_of(path)}\n" for name, path in _short_names(spaces)]
    parts.append("def __getattr__(name: str) -> Any: ...  # the notebook's own, and those of other packages\n")
    return "\n".join(parts)


def _above(space: str) -> Iterator[str]:
    """Yield a namespace and those it is in."""
    while space:
        yield space
        space = space.rpartition(".")[0]


def _short_names(spaces: Iterable[str]) -> list[tuple[str, str]]:
    firsts = {space: space for space in spaces if "." not in space}
    short = {
        space.partition(".")[2]: space for space in spaces if space.startswith("nodetool.") and space.count(".") == 1
    }
    return sorted({**firsts, **short}.items())


def _class_of(space: str) -> str:
    return "_" + "".join(word.title() for part in space.split(".") for word in part.split("_"))


def _handle_of(outputs: Sequence[str]) -> str:
    return "_Gives_" + ("_".join(outputs) or "nothing")


def _handle(outputs: Sequence[str]) -> str:
    slots = [f"    {name}: Slot" for name in outputs if _speakable(name)]
    return "\n".join([f"class {_handle_of(outputs)}(NodeHandle):", *(slots or ["    ..."]), ""])


def _space(space: str, spaces: Iterable[str], kinds: Iterable[NodeType]) -> str:
    inner = [other for other in spaces if other.rpartition(".")[0] == space]
    lines = [f"class {_class_of(space)}:"]
    lines += [f"    {other.rpartition('.')[2]}: {_class_of(other)}" for other in inner]
    for kind in kinds:
        lines += _method(kind)
    return "\n".join([*lines, ""])


def _method(kind: NodeType) -> list[str]:
    parameters = [
        f"{prop.name}: {_annotation(prop.type)} | _Node" + ("" if prop.required else " = ...")
        for prop in kind.properties.values()
        if _speakable(prop.name)
    ]
    star = ["*"] if parameters else []
    extra = ["**inputs: Any"] if kind.dynamic_inputs else []
    inside = ", ".join(["self", *star, *parameters, *extra])
    doc = kind.description.partition("\n")[0].replace("\\", "\\\\").replace('"""', "'''")
    return [f"    def {kind.title}({inside}) -> {_handle_of(tuple(kind.outputs))}:", f'        """{doc}"""']


def _annotation(spec: TypeSpec) -> str:
    if spec.type == "enum" and spec.values and all(isinstance(value, (str, int)) for value in spec.values):
        text = f"Literal[{', '.join(map(repr, spec.values))}]"
    elif spec.type == "union":
        text = " | ".join(dict.fromkeys(map(_annotation, spec.args)))
    else:
        text = {"list": "_List", "dict": "_Dict"}.get(spec.type) or _PLAIN.get(spec.type, "Any")
    return f"{text} | None" if spec.optional and "Any" not in text.split(" | ") else text


def _speakable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}\n")
