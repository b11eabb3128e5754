"""When a node fires and with which values: ``on_any``, ``zip_all``, and the plain cases between."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from nodetool_jupyter.engine.actor import Actor
from nodetool_jupyter.engine.inlet import Inlet
from nodetool_jupyter.engine.resolve import CONTROL

LIMIT = 256  # calls that are gathered at once


async def calls(actor: Actor) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the values of connected handles for the node's next calls, as many at a time as are there."""
    inlets = [inlet for name, inlet in actor.inlets.items() if name != CONTROL]
    if not inlets:
        yield [{}]
    elif len(inlets) == 1:
        async for batch in _single(actor, inlets[0]):
            yield batch
    elif actor.arrivals is not None:
        async for batch in _on_any(actor, inlets):
            yield batch
    else:
        async for batch in _zip_all(actor, inlets):
            yield batch


async def _single(actor: Actor, inlet: Inlet) -> AsyncIterator[list[dict[str, Any]]]:
    name, queue = inlet.handle.name, inlet.queue
    while True:
        if queue:
            batch = [{name: value} for value in queue]
            queue.clear()
            inlet.free()
            yield batch
        elif inlet.open == 0:
            return
        else:
            await actor.wait()


async def _on_any(actor: Actor, inlets: list[Inlet]) -> AsyncIterator[list[dict[str, Any]]]:
    """Wait for a value on every handle, then fire for each arrival with the latest of the others."""
    current: dict[str, Any] = {}
    arrivals: deque[Inlet] = actor.arrivals  # type: ignore[assignment]
    while True:
        batch: list[dict[str, Any]] = []
        while arrivals and len(batch) < LIMIT:
            inlet = arrivals.popleft()
            current[inlet.handle.name] = inlet.queue.popleft()
            if len(current) == len(inlets):
                batch.append(dict(current))
        for inlet in inlets:
            inlet.free()
        if batch:
            yield batch
        elif all(inlet.ended for inlet in inlets):
            return
        elif any(inlet.ended and inlet.handle.name not in current for inlet in inlets):
            await _discard(actor, inlets)
            return
        else:
            await actor.wait()


async def _zip_all(actor: Actor, inlets: list[Inlet]) -> AsyncIterator[list[dict[str, Any]]]:
    """Take one value from each streaming handle; the others keep their value."""
    streaming = [inlet for inlet in inlets if inlet.handle.streaming]
    steady = [inlet for inlet in inlets if not inlet.handle.streaming]
    kept: dict[str, Any] = {}
    while len(kept) < len(steady):
        for inlet in steady:
            if inlet.queue:
                kept[inlet.handle.name] = inlet.queue.popleft()
        if len(kept) < len(steady):
            if any(inlet.ended and inlet.handle.name not in kept for inlet in steady):
                await _discard(actor, inlets)
                return
            await actor.wait()
    if not streaming:
        yield [kept]
        return
    while True:
        ready = min(len(inlet.queue) for inlet in streaming)
        if ready:
            yield [
                {**kept, **{inlet.handle.name: inlet.queue.popleft() for inlet in streaming}}
                for _ in range(min(ready, LIMIT))
            ]
            for inlet in streaming:
                inlet.free()
        elif any(inlet.ended for inlet in streaming):
            await _discard(actor, inlets)
            return
        else:
            await actor.wait()


async def _discard(actor: Actor, inlets: list[Inlet]) -> None:
    """Read to the end what can no longer be paired, so that nobody waits for room here."""
    while True:
        for inlet in inlets:
            inlet.queue.clear()
            inlet.free()
        if actor.arrivals is not None:
            actor.arrivals.clear()
        if all(inlet.open == 0 for inlet in inlets):
            return
        await actor.wait()
