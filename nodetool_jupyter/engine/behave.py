"""What actors do, by kind of node: fire on values, read streams, take outputs, show previews, loop, obey control."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any

from nodetool_jupyter.engine.actor import Actor, AtOnce
from nodetool_jupyter.engine.call import Caller
from nodetool_jupyter.engine.gather import calls
from nodetool_jupyter.engine.inlet import Inlet
from nodetool_jupyter.engine.plan import Step
from nodetool_jupyter.engine.resolve import CONTROL
from nodetool_jupyter.nodes.types import wrong

Behaviour = Callable[[Actor], Coroutine[Any, Any, None]]


def behaviour_of(step: Step) -> Behaviour:
    """Choose what the actor of a step does."""
    if CONTROL in step.handles:
        return controlled
    if step.kind.role == "input":
        return enter
    if step.kind.role == "output":
        return leave
    if step.kind.role == "preview":
        return show
    if step.kind.role == "loop":
        return turn
    if step.kind.streams_in:
        return read
    return quick if _is_quick(step) else fire


def at_once_of(step: Step) -> AtOnce | None:
    """Choose what the actor of a step does when its values are all there, if that needs no waiting."""
    kind, handles = step.kind, step.handles.values()
    if any(handle.streaming or handle.stream or handle.name == CONTROL for handle in handles):
        return None
    if kind.role == "output" and not any(handle.media for handle in handles):
        return _leave_once
    if kind.role not in ("node", "input") or kind.streams_in or not _is_quick(step):
        return None
    return _enter_once if kind.role == "input" else _call_once


def _call_once(actor: Actor, arguments: dict[str, Any]) -> None:
    actor.begin()
    actor.emit(actor.step.kind.call(**{**actor.values, **arguments}))


def _enter_once(actor: Actor, arguments: dict[str, Any]) -> None:
    name, params = actor.step.input_name, actor.run.params
    _call_once(actor, {**arguments, "value": params[name]} if name in params else arguments)


def _leave_once(actor: Actor, arguments: dict[str, Any]) -> None:
    actor.begin()
    actor.send("output", arguments.get("value", actor.values.get("value")))


def _is_quick(step: Step) -> bool:
    """Tell whether a step's function may run at once, on the engine's loop, with nothing around it."""
    kind, handles = step.kind, step.handles
    plain = kind.inline and kind.flavour == "plain" and not kind.is_class and not kind.context_name
    alone = len(handles) <= 1 or not any(handle.streaming for handle in handles.values())
    return plain and alone and not step.media and not any(handle.media for handle in handles.values())


async def quick(actor: Actor) -> None:
    """Call a built-in function for each value of its one connected handle, or once with the values of all.

    What :func:`fire` does, for the case that most nodes of most graphs are: it costs half as much.
    """
    function, values, inlets = actor.step.kind.call, actor.values, list(actor.inlets.values())
    if len(inlets) != 1:
        arguments = dict(values)
        for inlet in inlets:
            found = await _next(actor, inlet)
            if not found:
                return
            arguments[inlet.handle.name] = found[0]
        actor.begin()
        actor.emit(function(**arguments))
        if actor.must_wait:
            await actor.room()
        return
    inlet = inlets[0]
    name, queue = inlet.handle.name, inlet.queue
    while True:
        while queue:
            actor.begin()
            actor.emit(function(**values, **{name: queue.popleft()}))
            if actor.must_wait:
                await actor.room()
        inlet.free()
        if inlet.open == 0:
            return
        if not queue:
            await actor.wait()


async def fire(actor: Actor) -> None:
    """Call the node's function for each set of values."""
    async with Caller(actor) as caller:
        async for batch in calls(actor):
            await caller.run(batch, last=actor.drained)


async def enter(actor: Actor) -> None:
    """Send the param that the job was submitted with, else the node's own value; then what is pushed into it."""
    name = actor.step.input_name or actor.step.id
    given = {"value": actor.run.params[name]} if name in actor.run.params else {}
    async with Caller(actor) as caller:
        pushed = actor.run.pushed.get(name)
        if pushed is None or given:
            async for batch in calls(actor):  # one empty call, unless an edge feeds a property
                await caller.run([{**arguments, **given} for arguments in batch])
        while pushed is not None:
            if pushed.values:
                values = list(pushed.values)
                pushed.values.clear()
                await caller.run([{"value": value} for value in values])
            elif pushed.ended:
                return
            else:
                await actor.wait()


async def leave(actor: Actor) -> None:
    """Hand every value to the workflow's output of this name."""
    async for batch in calls(actor):
        actor.begin()
        for arguments in batch:
            value = arguments.get("value", actor.values.get("value"))
            actor.send("output", value)
            if actor.must_wait:
                await actor.room()


async def show(actor: Actor) -> None:
    """Show every value."""
    async for batch in calls(actor):
        actor.begin()
        value = batch[-1].get("value", actor.values.get("value"))
        handle = actor.step.handles.get("value")
        if handle is not None and handle.media:
            value = actor.run.face.read(value, handle.media)
        actor.run.face.preview(actor.step.id, value)


async def read(actor: Actor) -> None:
    """Call the function once; it reads its streams itself."""
    streams = {name: inlet for name, inlet in actor.inlets.items() if inlet.handle.stream}
    plain = {name: inlet for name, inlet in actor.inlets.items() if name not in streams}
    arguments: dict[str, Any] = {}
    while len(arguments) < len(plain):
        for name, inlet in plain.items():
            if inlet.queue and name not in arguments:
                arguments[name] = inlet.queue.popleft()
        if len(arguments) < len(plain):
            if any(inlet.ended and name not in arguments for name, inlet in plain.items()):
                break
            await actor.wait()
    else:
        async with Caller(actor) as caller:
            await caller.read(arguments, streams)


async def turn(actor: Actor) -> None:
    """Send ``value``, take ``next`` back, until the condition is false or the turns are used up."""
    inlets, values = actor.inlets, dict(actor.values)
    value = values.get("initial")
    if "initial" in inlets:
        found = await _next(actor, inlets["initial"])
        if not found:
            return
        value = found[0]
    if "max_iterations" in inlets:
        found = await _next(actor, inlets["max_iterations"])
        values["max_iterations"] = found[0] if found else 0
    limit = max(1, int(values.get("max_iterations") or 1))
    actor.begin()
    for index in range(limit):
        actor.send("value", value)
        actor.send("index", index)
        actor.balance.loops[actor] = None
        found = await _next(actor, inlets["next"]) if "next" in inlets else [value]
        goes_on = await _next(actor, inlets["condition"]) if found and "condition" in inlets else found and [True]
        actor.balance.loops.pop(actor, None)
        value = found[0] if found else value
        if not goes_on or not goes_on[0]:
            break
    actor.send("done", value)
    actor.end_outputs_now()


async def _next(actor: Actor, inlet: Inlet) -> list[Any]:
    """Return the inlet's next value in a list, or an empty list when none will come."""
    while not inlet.queue:
        if inlet.open == 0:
            return []
        await actor.wait()
    value, media = inlet.queue.popleft(), inlet.handle.media
    inlet.free()
    return [actor.run.face.read(value, media) if media else value]


async def controlled(actor: Actor) -> None:
    """Run once for each run event, with the event's properties for that run only; data inputs are needed once."""
    base: dict[str, Any] = {}
    for name, inlet in actor.inlets.items():
        if name != CONTROL:
            found = await _next(actor, inlet)
            if not found:
                return
            base[name] = found[0]
    async with Caller(actor) as caller:
        async for properties in _events(actor):
            await caller.run([{**base, **properties}])


async def _events(actor: Actor) -> AsyncIterator[dict[str, Any]]:
    kind = actor.step.kind
    while found := await _next(actor, actor.inlets[CONTROL]):
        event = found[0]
        properties: Any = event
        if isinstance(event, Mapping) and "event_type" in event:
            if event["event_type"] == "stop":
                return
            properties = event.get("properties") or {}
        properties = dict(properties) if isinstance(properties, Mapping) else {}
        for name, value in properties.items():
            prop = kind.properties.get(name)
            if prop is None and not kind.dynamic_inputs:
                raise ValueError(f"a control event sets {name!r}, which {kind.name} does not have")
            fault = wrong(value, prop.type) if prop is not None else None
            if fault:
                raise ValueError(f"a control event sets {name!r}: {fault}")
        yield properties
        await asyncio.sleep(0)
