"""What a node type is: plain data about its names, its handles and how it is run."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from nodetool_jupyter.nodes.types import ANY, TypeSpec

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.placed import Placement

T = TypeVar("T")
Flavour = Literal["plain", "async", "generator", "async_generator"]
Role = Literal["node", "input", "output", "preview", "layout", "loop", "trigger"]


class _Nothing:
    """The value of an output that sends nothing."""

    _only: ClassVar[_Nothing | None] = None

    def __new__(cls) -> _Nothing:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING = _Nothing()
"""Returned, or put into a slot, by a node that sends nothing there; ``None`` is a value and is sent."""


class Stream(Generic[T]):
    """A stream of values that a node reads itself: ``for item in stream``, or ``async for`` in an async function."""

    def __iter__(self) -> Iterator[T]:
        raise TypeError("this stream belongs to an async function: use 'async for'")

    def __aiter__(self) -> AsyncIterator[T]:
        raise TypeError("this stream belongs to a plain function: use 'for'")


class _MissingType:
    def __repr__(self) -> str:
        return "required"


MISSING: Any = _MissingType()


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node type; ``default`` is :data:`MISSING` when the property must be given."""

    name: str
    type: TypeSpec = ANY
    default: Any = MISSING
    stream: bool = False

    @property
    def required(self) -> bool:
        """Whether the property needs a value or an edge."""
        return self.default is MISSING


@dataclass(frozen=True, slots=True)
class Output:
    """One output handle of a node type."""

    name: str
    type: TypeSpec = ANY


@dataclass(frozen=True, slots=True, eq=False)
class NodeType:
    """What a node is: its names, its handles, and how to run it.

    ``call`` is the function, or for a class the class itself. ``named`` tells how results carry several outputs:
    ``None`` for a single ``output``, ``"mapping"`` for dicts by slot name, ``"fields"`` for objects with attributes.
    ``batches`` says that a class takes several calls at once, ``placement`` that it runs on a worker.
    """

    name: str
    call: Callable[..., Any]
    description: str
    properties: Mapping[str, Property]
    outputs: Mapping[str, Output]
    flavour: Flavour
    role: Role = "node"
    named: Literal["mapping", "fields"] | None = None
    inline: bool = False
    dynamic_inputs: bool = False
    dynamic_outputs: bool = False
    context_name: str | None = None
    setup_names: tuple[str, ...] = ()
    is_class: bool = False
    batches: bool = False
    timeout: float | None = None
    gpu: bool = False
    memory: int | None = None
    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    extra: str = ""
    permission: str = ""
    refuses: Callable[[Mapping[str, Any]], str] | None = None
    streams_if: Callable[[Mapping[str, Any]], bool] | None = None
    contained: Callable[[Mapping[str, Any]], bool] | None = None
    placement: Placement | None = None
    source: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        """The last part of the name."""
        return self.name.rsplit(".", 1)[-1]

    @property
    def namespace(self) -> str:
        """The name without its last part."""
        return self.name.rpartition(".")[0]

    @property
    def lacking(self) -> str:
        """What this type lacks here, as the end of a sentence that has the cure; empty when it can run."""
        for module in self.requires:
            if module not in sys.modules and find_spec(module) is None:
                cure = f"'nodetool-jupyter[{self.extra}]'" if self.extra else module
                return f"it needs the package {module}, which is not installed; pip install {cure}"
        return ""

    @property
    def streams_out(self) -> bool:
        """Whether one call may send many values."""
        return self.flavour in ("generator", "async_generator") or self.role == "loop"

    @property
    def streams_in(self) -> bool:
        """Whether the node reads a stream itself."""
        return any(prop.stream for prop in self.properties.values())


@dataclass(frozen=True, slots=True)
class Options:
    """What a declaration may say beyond the signature.

    ``timeout`` is in seconds for one call, ``memory`` in bytes; ``settings`` and ``secrets`` are names the node reads
    through its ctx; ``gpu`` says it wants one; ``inline`` is the author's promise that a call takes well under a
    millisecond and never waits. ``requires`` names top-level modules without which the type cannot run, ``extra`` the
    extra of this package that brings them; ``permission`` is what a job must be allowed before the type may run in it.
    Three functions are asked with the values that stand in a graph: ``refuses`` says why a node with them cannot run,
    ``streams_if`` whether one call of a generator may send more than one value, ``contained`` whether all that it runs
    is in a container of its own, so that it needs no permission.
    """

    name: str | None = None
    namespace: str | None = None
    timeout: float | None = None
    gpu: bool = False
    memory: int | None = None
    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    inline: bool = False
    role: Role = "node"
    requires: tuple[str, ...] = ()
    extra: str = ""
    permission: str = ""
    refuses: Callable[[Mapping[str, Any]], str] | None = None
    streams_if: Callable[[Mapping[str, Any]], bool] | None = None
    contained: Callable[[Mapping[str, Any]], bool] | None = None
