"""Defining node types: ``@node`` on functions, ``Node`` for things that load once.

A node type is read off an ordinary signature: parameters are its properties, the return annotation its outputs::

    @nt.node
    def shout(text: str, times: int = 1, ctx=None) -> str:
        return text.upper() * times

Several outputs by name come from a ``TypedDict``, dataclass or ``NamedTuple``; a generator streams; a parameter
annotated ``Stream[T]`` receives a stream; ``**inputs`` accepts any further handle; ``ctx`` is the
:class:`~nodetool_jupyter.nodes.context.NodeContext`. The decorated function stays an ordinary function.
"""

from __future__ import annotations

import collections.abc as cabc
import dataclasses
import inspect
import sys
import typing
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, get_args, get_origin, overload

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.context import NodeContext, Run, TrialRun
from nodetool_jupyter.nodes.types import ANY, TypeSpec, from_annotation

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

Flavour = Literal["plain", "async", "generator", "async_generator"]
Role = Literal["node", "input", "output", "preview", "layout", "loop"]


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
    timeout: float | None = None
    gpu: bool = False
    memory: int | None = None
    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
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
    millisecond and never waits.
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


class Node:
    """A node type as a class, for what loads once: class attributes are set before ``setup``, ``process`` does the work.

    ::

        class Embed(nt.Node):
            model: str = "all-MiniLM-L6-v2"

            def setup(self, ctx): self.net = load(self.model)
            def process(self, text: str) -> list[float]: return self.net(text)
            def teardown(self): self.net = None

    ``setup`` and ``teardown`` run once for each node of a job, ``process`` for each item. Declarations such as
    ``timeout`` go into the class statement: ``class Embed(nt.Node, gpu=True)``.
    """

    node_type: ClassVar[NodeType]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        if hasattr(cls, "process"):
            cls.node_type = read_class(cls, Options(**options))
            _announce(cls.node_type)

    def setup(self, ctx: NodeContext) -> None:
        """Load what ``process`` needs."""

    def teardown(self) -> None:
        """Free what ``setup`` loaded."""


_defined: dict[str, NodeType] = {}
_listeners: list[Callable[[NodeType], None]] = []


def on_define(listener: Callable[[NodeType], None]) -> None:
    """Call ``listener`` for every node type that was or will be defined; the registry does."""
    _listeners.append(listener)
    for node_type in list(_defined.values()):
        listener(node_type)


def _announce(node_type: NodeType) -> None:
    _defined[node_type.name] = node_type
    for listener in _listeners:
        listener(node_type)


@overload
def node(function: F, /) -> F: ...


@overload
def node(
    *,
    name: str | None = None,
    namespace: str | None = None,
    timeout: float | None = None,
    gpu: bool = False,
    memory: int | None = None,
    settings: tuple[str, ...] = (),
    secrets: tuple[str, ...] = (),
    inline: bool = False,
) -> Callable[[F], F]: ...


def node(function: Any = None, /, **options: Any) -> Any:
    """Make a node type of a function; the function itself stays as it is.

    Options are those of :class:`Options`. ``function.node_type`` is the type, ``function.try_(…)`` runs the function
    with a ctx whose reports it collects in ``function.try_.reports``. Raises :class:`InvalidRequest` for a signature
    that cannot be a node's.
    """
    if function is None:
        return lambda found: declare(found, Options(**options))
    return declare(function, Options(**options))


def declare(function: F, options: Options) -> F:
    """Attach a node type to ``function`` and make it known."""
    node_type = read_function(function, options)
    function.node_type = node_type  # type: ignore[attr-defined]
    function.try_ = Trial(node_type)  # type: ignore[attr-defined]
    _announce(node_type)
    return function


class Trial:
    """Runs a node function by hand, with a ctx of its own."""

    def __init__(self, node_type: NodeType) -> None:
        self._type = node_type
        self.reports: list[tuple[str, Any]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function with a ctx; what it reports is in ``reports`` afterwards."""
        run: Run = TrialRun()
        self.reports = run.reports  # type: ignore[attr-defined]
        if self._type.context_name:
            kwargs[self._type.context_name] = NodeContext(run, "trial", self._type.title, self._type.secrets)
        return self._type.call(*args, **kwargs)


class _Family(Protocol):
    @overload
    def __call__(self, function: F, /) -> F: ...
    @overload
    def __call__(self, **options: Any) -> Callable[[F], F]: ...


def family(namespace: str, *, inline: bool = True) -> _Family:
    """Return a decorator for the node types of one namespace of the built-in library.

    With ``inline`` its plain functions run on the engine's own thread: only for those well under 1 ms.
    """

    def decorate(function: Any = None, /, **options: Any) -> Any:
        settled = Options(**{"namespace": namespace, "inline": inline, **options})
        if function is None:
            return lambda found: declare(found, settled)
        return declare(function, settled)

    return decorate


def read_function(function: Callable[..., Any], options: Options) -> NodeType:
    """Read a node type off a function's signature."""
    hints = _hints(function)
    properties, context_name, dynamic = _properties(function, hints)
    flavour = flavour_of(function)
    outputs, named, dynamic_outputs = _outputs(_item_annotation(hints.get("return", Any), flavour))
    return NodeType(
        name=_type_name(function, options),
        call=function,
        description=inspect.getdoc(function) or "",
        properties=properties,
        outputs=outputs,
        flavour=flavour,
        role=options.role,
        named=named,
        inline=options.inline,
        dynamic_inputs=dynamic,
        dynamic_outputs=dynamic_outputs,
        context_name=context_name,
        timeout=options.timeout,
        gpu=options.gpu,
        memory=options.memory,
        settings=tuple(options.settings),
        secrets=tuple(options.secrets),
    )


def read_class(cls: type[Node], options: Options) -> NodeType:
    """Read a node type off a class: its annotated attributes and the signature of ``process``."""
    process = read_function(cls.process, dataclasses.replace(options, name=options.name or cls.__name__))  # type: ignore[attr-defined]
    own = {}
    for name, annotation in _hints(cls).items():
        if get_origin(annotation) is not ClassVar and not name.startswith("_") and name != "node_type":
            own[name] = Property(name, from_annotation(annotation), getattr(cls, name, MISSING))
    return dataclasses.replace(
        process,
        name=_type_name(cls, options),
        call=cls,
        description=inspect.getdoc(cls) or "",
        properties={**own, **process.properties},
        setup_names=tuple(own),
        is_class=True,
    )


def flavour_of(function: Callable[..., Any]) -> Flavour:
    """Tell how a function gives its results."""
    if inspect.isasyncgenfunction(function):
        return "async_generator"
    if inspect.isgeneratorfunction(function):
        return "generator"
    return "async" if inspect.iscoroutinefunction(function) else "plain"


def _hints(thing: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except (NameError, TypeError, AttributeError):
        # A forward reference that cannot be found here is no reason to refuse a node: its type is then "any".
        raw = dict(getattr(thing, "__annotations__", {}))
        return {name: Any if isinstance(value, str) else value for name, value in raw.items()}


def _properties(function: Callable[..., Any], hints: dict[str, Any]) -> tuple[dict[str, Property], str | None, bool]:
    properties: dict[str, Property] = {}
    context_name, dynamic = None, False
    for name, parameter in inspect.signature(function).parameters.items():
        annotation = hints.get(name, Any)
        if name == "self":
            continue
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            dynamic = True
        elif parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            raise InvalidRequest(f"{function.__qualname__}: a node's parameters have names; {parameter} has none")
        elif name == "ctx" or annotation is NodeContext:
            context_name = name
        else:
            stream = annotation is Stream or get_origin(annotation) is Stream
            item = (get_args(annotation) or (Any,))[0] if stream else annotation
            default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
            if stream and default is MISSING:
                default = None
            properties[name] = Property(name, from_annotation(item), default, stream)
    return properties, context_name, dynamic


_ITERATORS = (
    cabc.Iterator, cabc.Generator, cabc.AsyncIterator, cabc.AsyncGenerator, cabc.Iterable, cabc.AsyncIterable, Stream,
)  # fmt: skip


def _item_annotation(annotation: Any, flavour: Flavour) -> Any:
    if flavour in ("generator", "async_generator") and get_origin(annotation) in _ITERATORS:
        return (get_args(annotation) or (Any,))[0]
    return annotation


def _outputs(annotation: Any) -> tuple[dict[str, Output], Literal["mapping", "fields"] | None, bool]:
    if typing.is_typeddict(annotation):
        hints = _hints(annotation)
        return {name: Output(name, from_annotation(_unwrapped(hint))) for name, hint in hints.items()}, "mapping", False
    if isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or hasattr(annotation, "_fields")):
        hints = _hints(annotation)
        return {name: Output(name, from_annotation(hint)) for name, hint in hints.items()}, "fields", False
    if annotation is Outputs:
        return {"output": Output("output")}, "mapping", True
    return {"output": Output("output", from_annotation(annotation))}, None, False


def _unwrapped(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) in (typing.Required, typing.NotRequired) else hint


class Outputs(dict[str, Any]):
    """The return annotation of a node whose outputs are named by the graph: a dict of slot -> value."""


def _type_name(thing: Any, options: Options) -> str:
    own = options.name or thing.__name__
    if "." in own:
        return own
    namespace = options.namespace
    if namespace is None:
        module = getattr(thing, "__module__", "") or "__main__"
        declared = getattr(sys.modules.get(module), "NODE_NAMESPACE", None)
        namespace = declared or ("notebook" if module in ("__main__", "builtins") else module.rsplit(".", 1)[-1])
    return f"{namespace}.{own}"
