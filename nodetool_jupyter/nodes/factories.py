"""Node factories: ``nt.nodes.text.ToUppercase(text=…)`` puts a node of that type into a graph to come.

They are made from what is here and on known workers when first asked for, with a signature and a docstring, so that
completion and hover docs work as for any function. ``nt.nodes.text`` is short for ``nt.nodes.nodetool.text``.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.nodes.define import MISSING, NodeType
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.handles import NodeHandle
from nodetool_jupyter.nodes.registry import Types
from nodetool_jupyter.nodes.types import TypeSpec

Factory = Callable[..., NodeHandle]

_PYTHON: dict[str, type] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "text": str,
    "bytes": bytes,
    "list": list,
    "dict": dict,
}


class Namespace:
    """The node types and inner namespaces below one dotted name."""

    def __init__(self, path: str, known: Types = everywhere) -> None:
        self._path = path
        self._known = known
        self._made: dict[str, tuple[NodeType, Factory]] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        path = f"{self._path}.{name}"
        kind = self._known.get(path)
        if kind is None and _is_namespace(self._known, path):
            inner = self.__dict__[name] = Namespace(path, self._known)
            return inner
        if kind is None:
            hint = nearest(name, self.__dir__()) or self._known.suggestion(path)
            raise AttributeError(f"there is no node type {path!r}; {hint}".rstrip("; "))
        made = self._made.get(name)
        if made is None or made[0] is not kind:
            # A notebook function that was defined anew has another type under the same name.
            made = self._made[name] = (kind, factory_of(kind))
        return made[1]

    def __dir__(self) -> list[str]:
        return sorted({*_inner(self._known, self._path), *(kind.title for kind in self._types())})

    def _types(self) -> Iterator[NodeType]:
        return (kind for kind in self._known.types(f"{self._path}.") if kind.namespace == self._path)

    def __repr__(self) -> str:
        return f"<nodes {self._path}: {', '.join(self.__dir__())}>"


def _is_namespace(known: Types, path: str) -> bool:
    return any(space == path or space.startswith(f"{path}.") for space in known.namespaces())


def _inner(known: Types, path: str) -> set[str]:
    head = f"{path}."
    return {space[len(head) :].partition(".")[0] for space in known.namespaces() if space.startswith(head)}


_roots: dict[str, Namespace] = {}


def root(name: str, known: Types = everywhere) -> Namespace:
    """Return the namespace of this whole name: ``root("lib")`` is where ``lib.math.Add`` begins.

    Raises ``AttributeError`` when no node type's name begins so.
    """
    found = _roots.get(name) if known is everywhere else None
    if found is not None:
        return found
    if not _is_namespace(known, name) and name != "notebook":
        choices = {space.partition(".")[0] for space in known.namespaces()}
        raise AttributeError(f"there are no nodes {name!r}; {nearest(name, choices | _inner(known, 'nodetool'))}")
    made = Namespace(name, known)
    if known is everywhere:
        _roots[name] = made
    return made


def short(name: str) -> Namespace:
    """Return what ``nt.nodes.<name>`` is: a namespace of NodeTool's own, else one that begins so."""
    found = _roots.get(f"nodetool.{name}")
    if found is None:
        found = root(f"nodetool.{name}") if _is_namespace(everywhere, f"nodetool.{name}") else root(name)
    return found


def short_names() -> list[str]:
    """Return every name that ``nt.nodes`` has."""
    firsts = {space.partition(".")[0] for space in everywhere.namespaces()}
    return sorted({*_inner(everywhere, "nodetool"), *firsts, "notebook"})


def factory_of(kind: NodeType) -> Factory:
    """Return the function that puts a node of this type into a graph to come."""

    def factory(*args: Any, **values: Any) -> NodeHandle:
        if args:
            names = ", ".join(f"{name}=…" for name in list(kind.properties)[: len(args)]) or "none"
            raise InvalidRequest(f"{kind.name} takes its properties by name: {names}")
        if not kind.dynamic_inputs:
            for name in values:
                if name not in kind.properties:
                    hint = nearest(name, kind.properties) or "it has no properties"
                    raise InvalidRequest(f"{kind.name} has no property {name!r}; {hint}")
        return NodeHandle(kind, values)

    factory.__name__ = kind.title
    factory.__qualname__ = kind.name
    factory.__module__ = "nodetool_jupyter.nodes"
    factory.__doc__ = documentation(kind)
    factory.__signature__ = signature(kind)  # type: ignore[attr-defined]
    factory.node_type = kind  # type: ignore[attr-defined]
    return factory


def documentation(kind: NodeType) -> str:
    """Return the docstring of a node type's factory: what it does, its outputs, what it needs."""
    lines = [kind.description or f"Make a node of type {kind.name}.", ""]
    outputs = ", ".join(f".{slot.name} ({slot.type})" for slot in kind.outputs.values())
    lines.append(f"Outputs: {outputs or 'none'}" + (", one value after the other" if kind.streams_out else ""))
    lines.extend(
        f"Property {prop.name}: {prop.type}{', a stream' if prop.stream else ''}"
        for prop in kind.properties.values()
        if prop.stream or prop.type.type in ("enum", "union")
    )
    if kind.dynamic_inputs:
        lines.append("Takes any further inputs by name.")
    needs = [*kind.settings, *kind.secrets, *(["a GPU"] if kind.gpu else [])]
    if needs:
        lines.append(f"Needs: {', '.join(needs)}")
    if kind.placement is not None:
        asks = f", which asks for {', '.join(kind.placement.secrets)}" if kind.placement.secrets else ""
        lines.append(f"Runs on the worker {kind.placement.worker}{asks}")
    return "\n".join([*lines, f"Type: {kind.name}"])


def signature(kind: NodeType) -> inspect.Signature:
    """Return the signature of a node type's factory; every property is by name only."""
    parameters = [
        inspect.Parameter(
            prop.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if prop.default is MISSING else prop.default,
            annotation=_annotation(prop.type),
        )
        for prop in kind.properties.values()
        if prop.name.isidentifier() and not keyword.iskeyword(prop.name)
    ]
    if kind.dynamic_inputs:
        parameters.append(inspect.Parameter("inputs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters, return_annotation=NodeHandle)


def _annotation(spec: TypeSpec) -> Any:
    known = _PYTHON.get(spec.type)
    if known is not None and not spec.args:
        return known
    if spec.type == "any":
        return Any
    return _Spoken(str(spec))


class _Spoken:
    """An annotation that shows as NodeTool's name of a type."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text
