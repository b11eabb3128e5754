"""Node types out of what a worker says of them, which is read with care: it is another program's word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nodetool_jupyter.nodes.kinds import MISSING, NodeType, Output, Property
from nodetool_jupyter.nodes.placed import Placement, placed
from nodetool_jupyter.nodes.types import ANY, TypeSpec, from_metadata

_TYPE = re.compile(r"(?!notebook\.)[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+", re.ASCII)  # a notebook's types are its own
_SLOT = re.compile(r"(?!__)[^\W\d][\w-]*")
_LONGEST = 200  # characters of a name
_DEEPEST = 20  # brackets in the name of a type
_MOST_VRAM = 1e6  # GiB
_PYTHON = {
    "Any": "any",
    "object": "any",
    "NoneType": "none",
    "None": "none",
    "tuple": "list",
    "set": "list",
    "frozenset": "list",
    "ndarray": "np_array",
    "Datetime": "datetime",
    "Date": "date",
}
_PLAIN = frozenset({"any", "bool", "bytes", "date", "datetime", "dict", "enum", "float", "int", "list", "none", "str"})
_MEDIA = {
    "DataframeRef": "dataframe",
    "NPArray": "np_array",
    "TorchTensor": "torch_tensor",
    "ColorRef": "color",
    "Model3DRef": "model_3d",
}


def node_types(worker: str, metadata: Iterable[Mapping[str, Any]]) -> list[NodeType]:
    """Return the node types that a worker describes, each placed there; those that cannot be are left out.

    ``metadata`` is in the form of ``discover``, from NodeTool's worker or ours, or what
    :func:`~nodetool_jupyter.nodes.metadata.describe` made of such a type.
    """
    found = []
    for data in metadata:
        name = data.get("node_type")
        if isinstance(name, str) and len(name) <= _LONGEST and _TYPE.fullmatch(name):
            with suppress(TypeError, ValueError, RecursionError):  # one that is badly described hides no others
                found.append(_node_type(worker, name, data))
    return found


def _node_type(worker: str, name: str, data: Mapping[str, Any]) -> NodeType:
    vram = data.get("requires_vram_gb")
    placement = Placement(
        worker=worker,
        node_type=name,
        streams=data.get("is_streaming_output") is True,
        secrets=tuple(dict.fromkeys([*_words(data, "required_settings"), *_words(data, "secrets")])),
        retry=data.get("retry") is True,
        requires_vram_gb=float(vram) if isinstance(vram, (int, float)) and 0 < vram < _MOST_VRAM else None,
    )
    outputs = {one["name"]: Output(one["name"], _type_of(one.get("type"))) for one in _slots(data, "outputs")}
    return placed(
        name,
        placement,
        properties={one["name"]: _property(one) for one in _slots(data, "properties")},
        outputs=outputs or {"output": Output("output")},
        description=_readable(data.get("description")),
        dynamic_inputs=data.get("is_dynamic") is True,
        dynamic_outputs=data.get("supports_dynamic_outputs") is True,
    )


def _property(data: Mapping[str, Any]) -> Property:
    spec, default = _type_of(data.get("type")), data.get("default")
    if isinstance(default, Mapping) and isinstance(default.get("type"), str):
        if spec.type == "any":  # a class of the worker's own, of which the default tells NodeTool's name
            spec = TypeSpec(default["type"][:_LONGEST])
        if not spec.type.startswith("hf.") and not default.get("uri") and not default.get("data"):
            default = None  # an empty reference; the worker has its own
    if data.get("required") is True:
        default = MISSING
    return Property(data["name"], replace(spec, optional=True) if default is None else spec, default)


def _type_of(data: Any) -> TypeSpec:
    """Return a type from NodeTool's TypeMetadata, or from the name that Python has for it.

    What nobody knows here is ``any``: whether a value fits is then for the worker to say.
    """
    if isinstance(data, Mapping):
        if data.get("type_args") or data.get("values"):
            return from_metadata(data)
        return replace(_type_of(data.get("type")), optional=data.get("optional") is True)
    if not isinstance(data, str) or len(data) > _LONGEST or data.count("[") > _DEEPEST:
        return ANY
    return _union(list(_split(data, "|")))


def _union(names: list[str]) -> TypeSpec:
    members = [_named(name.strip()) for name in names]
    if len(members) == 1:
        return members[0]
    real = tuple(dict.fromkeys(one for one in members if one.type != "none"))
    optional = len(real) < len(members)
    if len(real) == 1:
        return replace(real[0], optional=optional)
    return TypeSpec("any", optional=optional) if ANY in real else TypeSpec("union", real, optional=optional)


def _named(text: str) -> TypeSpec:
    name, bracket, inner = text.partition("[")
    name = name if name.startswith("hf.") else name.rpartition(".")[2]
    args = [part.strip() for part in _split(inner.removesuffix("]"), ",")] if bracket else []
    if name == "Optional":
        return replace(_union(args[:1]), optional=True)
    if name == "Union":
        return _union(args)
    known = _PYTHON.get(name) or _MEDIA.get(name) or name
    if known == "list":
        return TypeSpec("list", tuple(_type_of(arg) for arg in args[:1]))
    if known in _PLAIN or known in _MEDIA.values() or name.startswith("hf."):
        return TypeSpec(known)
    if name.endswith("Ref") and name.isidentifier():
        return TypeSpec(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removesuffix("Ref")).lower())
    return TypeSpec(name) if name.islower() and name.isidentifier() else ANY


def _split(text: str, at: str) -> Iterator[str]:
    """Cut a text at a character, but not within brackets."""
    depth = begin = 0
    for index, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if char == at and not depth:
            yield text[begin:index]
            begin = index + 1
    yield text[begin:]


def _slots(data: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    listed = data.get(key)
    for one in listed if isinstance(listed, (list, tuple)) else ():
        name = one.get("name") if isinstance(one, Mapping) else None
        if isinstance(name, str) and len(name) <= _LONGEST and _SLOT.fullmatch(name):
            yield one


def _words(data: Mapping[str, Any], key: str) -> list[str]:
    listed = data.get(key)
    found = listed if isinstance(listed, (list, tuple)) else ()
    return [one for one in found if isinstance(one, str) and one.isidentifier() and len(one) <= _LONGEST]


def _readable(text: object) -> str:
    """Return a description without what would steer a terminal."""
    return "".join(char for char in text if char.isprintable() or char == "\n") if isinstance(text, str) else ""
