"""Nodes that run on a worker while their graph runs here: where such a node is, and what carries its calls there.

The engine runs a placed node like any other: its function asks the run, through its ctx, to call the worker. What the
run has for that comes from the strategy, as :class:`~nodetool_jupyter.nodes.launcher.Launcher` does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.nodes.kinds import NodeType, Output, Property
from nodetool_jupyter.nodes.types import TypeSpec

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.context import NodeContext

_CTX = "__ctx__"  # no worker's property is named so: its names are those of a Python class, or of a graph's handles


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a node runs: the name of a known worker, and the node type's name there.

    ``streams`` is whether one call may send more than one item. ``secrets`` are the names that the node may be given,
    and is, where the job was submitted with them. ``retry`` is whether a call may be made again that was in flight when
    the connection dropped. ``requires_vram_gb`` is in GiB of GPU memory. ``types`` are those of its properties.
    """

    worker: str
    node_type: str
    streams: bool = False
    secrets: tuple[str, ...] = ()
    retry: bool = False
    requires_vram_gb: float | None = None
    types: Mapping[str, TypeSpec] = field(default_factory=dict, compare=False, repr=False)


class WorkerCalls(Protocol):
    """Calls nodes on workers, for one run, on the run's own event loop.

    A call that is cancelled tells its worker, and returns when that has stopped or was given the time to.
    """

    async def open(self, placements: Collection[Placement]) -> None:
        """Connect to the workers of a run before any of its nodes runs.

        Raises :class:`~nodetool_jupyter.errors.BridgeError` with one sentence, or
        :class:`~nodetool_jupyter.errors.InvalidRequest` for a worker that is not known here.
        """

    async def call(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> Mapping[str, Any]:
        """Run a node once and return its values by slot.

        Raises :class:`~nodetool_jupyter.errors.BridgeError`, and :class:`~nodetool_jupyter.errors.NotStorable` for an
        input that has no form on the wire.
        """

    def stream(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Run a node that streams, and yield each item, values by slot, as it comes; raises what :meth:`call` does."""

    async def close(self, reason: str) -> None:
        """Tell the workers how the run ended (``completed``, ``failed`` or ``cancelled``), and leave them."""


def placed(
    name: str,
    placement: Placement,
    *,
    properties: Mapping[str, Property],
    outputs: Mapping[str, Output],
    description: str = "",
    dynamic_inputs: bool = False,
    dynamic_outputs: bool = False,
    timeout: float | None = None,
) -> NodeType:
    """Return the node type ``name`` whose calls go to a worker; properties and outputs are what the worker said."""
    placement = replace(placement, types={one.name: one.type for one in properties.values()})
    return NodeType(
        name=name,
        call=_streamed(placement) if placement.streams else _called(placement),
        description=description,
        properties=properties,
        outputs=outputs,
        flavour="async_generator" if placement.streams else "async",
        named="mapping",
        inline=True,  # it only waits, and the connection belongs to the run's own loop
        dynamic_inputs=dynamic_inputs,
        dynamic_outputs=dynamic_outputs,
        context_name=_CTX,
        timeout=timeout,
        placement=placement,
    )


def _called(placement: Placement) -> Callable[..., Any]:
    async def call(**inputs: Any) -> dict[str, Any]:
        context: NodeContext = inputs.pop(_CTX)
        return dict(await _calls(context, placement).call(placement, context.node_id, inputs, context))

    return call


def _streamed(placement: Placement) -> Callable[..., Any]:
    async def stream(**inputs: Any) -> AsyncGenerator[dict[str, Any], None]:
        context: NodeContext = inputs.pop(_CTX)
        async with aclosing(_calls(context, placement).stream(placement, context.node_id, inputs, context)) as items:
            async for item in items:
                yield dict(item)

    return stream


def _calls(context: NodeContext, placement: Placement) -> WorkerCalls:
    if context.workers is None:
        said = f"{placement.node_type} runs on the worker {placement.worker!r}, which cannot be reached from this run"
        raise Unsupported(said)
    return context.workers
