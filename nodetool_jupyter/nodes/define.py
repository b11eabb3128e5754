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
from collections.abc import Callable
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin, overload

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.context import NodeContext, Run, TrialRun
from nodetool_jupyter.nodes.kinds import (
    MISSING,
    NOTHING,
    Flavour,
    NodeType,
    Options,
    Output,
    Property,
    Role,
    Stream,
)
from nodetool_jupyter.nodes.types import from_annotation

__all__ = [
    "MISSING",
    "NOTHING",
    "Flavour",
    "Node",
    "NodeType",
    "Options",
    "Output",
    "Outputs",
    "Property",
    "Role",
    "Stream",
    "Trial",
    "declare",
    "declare_class",
    "family",
    "flavour_of",
    "node",
    "on_define",
    "read_class",
    "read_function",
]

F = TypeVar("F", bound=Callable[..., Any])


class Node:
    """A node type as a class, for what loads once: attributes are set before ``setup``, ``process`` does the work.

    ::

        class Embed(nt.Node):
            model: str = "all-MiniLM-L6-v2"

            def setup(self, ctx): self.net = load(self.model)
            def process(self, text: str) -> list[float]: return self.net(text)
            def teardown(self): self.net = None

    ``setup`` and ``teardown`` run once for each node of a job, ``process`` for each item. Where several items at once
    are quicker, ``process_batch(self, calls)`` may stand beside a plain ``process``: it gets the arguments of each of
    the calls that wait, and yields a result for each, in order. Declarations such as ``timeout`` go into the class
    statement: ``class Embed(nt.Node, gpu=True)``.
    """

    node_type: ClassVar[NodeType]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        if hasattr(cls, "process"):
            declare_class(cls, Options(**options))

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


def declare_class(cls: type[Node], options: Options) -> None:
    """Attach a node type to a class and make it known."""
    cls.node_type = read_class(cls, options)
    _announce(cls.node_type)


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
        requires=tuple(options.requires),
        extra=options.extra,
        permission=options.permission,
        refuses=options.refuses,
        streams_if=options.streams_if,
        contained=options.contained,
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
        batches=process.flavour == "plain" and hasattr(cls, "process_batch"),
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
