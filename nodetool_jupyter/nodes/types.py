"""Types of handles: from Python annotations and NodeTool's metadata, and what fits into what.

NodeTool's names are used (``int``, ``str``, ``list``, ``image`` …). A Python annotation becomes one of them;
:data:`Image`, :data:`Table` and their like are annotations for media that load no library by themselves.
"""

from __future__ import annotations

import collections.abc as cabc
import datetime as dt
import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """The type of a handle; ``values`` lists the choices of an ``enum``, ``args`` the types of items or of a union.

    ``frame`` says that a function wants its tables as pandas DataFrames.
    """

    type: str = "any"
    args: tuple[TypeSpec, ...] = ()
    values: tuple[Any, ...] = ()
    optional: bool = False
    frame: bool = False

    def metadata(self) -> dict[str, Any]:
        """Return NodeTool's TypeMetadata."""
        plain: dict[str, Any] = {"type": self.type, "optional": self.optional}
        plain["type_args"] = [arg.metadata() for arg in self.args]
        if self.values:
            plain["values"] = list(self.values)
        return plain

    def __str__(self) -> str:
        if self.type == "enum":
            return f"one of {', '.join(map(repr, self.values))}"
        if self.type == "union":
            return " or ".join(map(str, self.args))
        return f"{self.type}[{', '.join(map(str, self.args))}]" if self.args else self.type


ANY = TypeSpec()


@dataclass(frozen=True, slots=True)
class Named:
    """Marks an annotation with the name of NodeTool's type."""

    type: str


if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Image

    Array: TypeAlias = np.ndarray[Any, Any]
    Table: TypeAlias = Any
    Color: TypeAlias = Any
    Date: TypeAlias = Any
    DateTime: TypeAlias = Any
else:
    Image = Annotated[Any, Named("image")]
    Array = Annotated[Any, Named("np_array")]
    Table = Annotated[Any, Named("dataframe")]
    Color = Annotated[Any, Named("color")]
    Date = Annotated[Any, Named("date")]
    DateTime = Annotated[Any, Named("datetime")]


def reference(name: str) -> Any:
    """Return an annotation for a reference of NodeTool's type ``name`` that is handed on unread (``video``, models)."""
    return Annotated[Any, Named(name)]


_BY_CLASS: dict[Any, str] = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "str",
    bytes: "bytes",
    list: "list",
    tuple: "list",
    set: "list",
    dict: "dict",
    type(None): "none",
    object: "any",
    dt.datetime: "datetime",
    dt.date: "date",
}
_BY_PATH = {
    "PIL.Image.Image": "image",
    "numpy.ndarray": "np_array",
    "pandas.DataFrame": "dataframe",
    "pandas.core.frame.DataFrame": "dataframe",
    "torch.Tensor": "torch_tensor",
    "nodetool_jupyter.values.Audio": "audio",
}
_LISTS = (cabc.Sequence, cabc.Iterable, cabc.Collection, cabc.Set, cabc.MutableSequence)


def from_annotation(annotation: Any) -> TypeSpec:
    """Return the type that a Python annotation means; what nobody knows is ``any``."""
    simple = _BY_CLASS.get(annotation) if isinstance(annotation, type) else None
    if simple is not None:
        return TypeSpec(simple)
    origin = get_origin(annotation)
    if origin is Annotated:
        for mark in get_args(annotation)[1:]:
            if isinstance(mark, Named):
                return TypeSpec(mark.type)
        return from_annotation(get_args(annotation)[0])
    if origin is Literal:
        return TypeSpec("enum", values=get_args(annotation))
    if origin in (Union, types.UnionType):
        return _union(get_args(annotation))
    if origin in (list, set, frozenset, *_LISTS):
        return TypeSpec("list", tuple(from_annotation(arg) for arg in get_args(annotation)[:1]))
    if origin is tuple:
        return TypeSpec("list")
    if origin in (dict, cabc.Mapping, cabc.MutableMapping):
        return TypeSpec("dict", tuple(from_annotation(arg) for arg in get_args(annotation)))
    if isinstance(annotation, type):
        return _from_class(annotation)
    return ANY


def _union(members: tuple[Any, ...]) -> TypeSpec:
    real = [member for member in members if member is not type(None)]
    optional = len(real) < len(members)
    if len(real) == 1:
        only = from_annotation(real[0])
        return replace(only, optional=optional)
    specs = tuple(dict.fromkeys(from_annotation(member) for member in real))
    if ANY in specs:
        return TypeSpec("any", optional=optional)
    return TypeSpec("union", specs, optional=optional)


def _from_class(cls: type) -> TypeSpec:
    if issubclass(cls, enum.Enum):
        return TypeSpec("enum", values=tuple(member.value for member in cls))
    for base in cls.__mro__:
        known = _BY_PATH.get(f"{base.__module__}.{base.__qualname__}")
        if known:
            return TypeSpec(known, frame=known == "dataframe")
    if issubclass(cls, PurePath):
        return TypeSpec("str")
    if typing.is_typeddict(cls) or issubclass(cls, Mapping):
        return TypeSpec("dict")
    if issubclass(cls, (list, tuple)):
        return TypeSpec("list")
    return ANY


def from_metadata(data: Any) -> TypeSpec:
    """Read NodeTool's TypeMetadata, or one of its short names such as ``"list[int]"``."""
    if isinstance(data, str):
        name, bracket, inner = data.partition("[")
        return TypeSpec(name or "any", (from_metadata(inner.rstrip("]")),) if bracket and inner.strip("]") else ())
    if not isinstance(data, Mapping):
        return ANY
    args = tuple(from_metadata(arg) for arg in data.get("type_args") or ())
    return TypeSpec(str(data.get("type") or "any"), args, tuple(data.get("values") or ()), bool(data.get("optional")))


_WIDER = {
    "float": {"int", "bool"},
    "int": {"bool", "float"},
    "bool": {"int"},
    "str": {"enum", "text"},
    "text": {"str", "enum"},
    "enum": {"str", "int", "float"},
    "list": {"np_array"},
    "datetime": {"date", "str"},
    "date": {"datetime", "str"},
    "dict": {"object", "record_type", "dataframe"},
    "object": {"dict"},
    "np_array": {"list", "torch_tensor"},
    "torch_tensor": {"np_array", "list"},
    "dataframe": {"list", "dict"},
    "color": {"str"},
}


def fits(source: TypeSpec, target: TypeSpec) -> bool:
    """Tell whether values of ``source`` may flow into ``target``; ``any`` goes both ways, ``int`` into ``float``."""
    if "any" in (source.type, target.type) or source.type == "none":
        return True
    if source.type == "union":
        return any(fits(member, target) for member in source.args)
    if target.type == "union":
        return any(fits(source, member) for member in target.args)
    if source.type != target.type:
        return source.type in _WIDER.get(target.type, ())
    if source.type == "list" and source.args and target.args:
        return fits(source.args[0], target.args[0])
    return True


_PYTHON: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "text": (str,),
    "list": (list, tuple, set, frozenset),
    "dict": (dict,),
}


def wrong(value: object, spec: TypeSpec) -> str | None:
    """Return what is wrong with a property's value, or ``None`` when it fits.

    ``None`` always fits: it means the default. Values of types that have no plain check here pass.
    """
    if value is None or spec.type == "any":
        return None
    if spec.type == "enum":
        if value in spec.values or not spec.values:
            return None
        return f"{_short(value)} is not {spec}"
    if spec.type == "union":
        return None if any(wrong(value, arg) is None for arg in spec.args) else f"{_short(value)} is not {spec}"
    allowed = _PYTHON.get(spec.type)
    if allowed is None:
        return None
    if isinstance(value, allowed) and not (isinstance(value, bool) and spec.type in ("int", "float")):
        if spec.type == "list" and spec.args and isinstance(value, (list, tuple)):
            return _wrong_item(value, spec.args[0])
        return None
    if spec.type == "int" and isinstance(value, float) and value.is_integer():
        return None
    if spec.type in ("list", "np_array") and hasattr(value, "__array__"):
        return None
    return f"{_short(value)} is not of type {spec}"


def _wrong_item(values: list[Any] | tuple[Any, ...], spec: TypeSpec) -> str | None:
    for index, item in enumerate(values):
        fault = wrong(item, spec)
        if fault is not None:
            return f"item {index}: {fault}"
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
