"""One node at work: it waits for values, runs its function, and sends what comes out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine.inlet import Inlet
from nodetool_jupyter.engine.plan import Step
from nodetool_jupyter.nodes.define import NOTHING
from nodetool_jupyter.states import NodeStatus

if TYPE_CHECKING:
    from nodetool_jupyter.engine.ahead import AheadSession
    from nodetool_jupyter.engine.runner import WorkflowRunner

_ABSENT: Any = object()
BREATH = 256  # items sent without a wait, after which others get their turn


AtOnce = Callable[["Actor", dict[str, Any]], None]


class Outlet:
    """One edge as its sender sees it: where it goes, and how many values have passed."""

    __slots__ = ("count", "dirty", "edge_id", "inlet", "put")

    def __init__(self, edge_id: str, inlet: Inlet, source: int = 0) -> None:
        self.edge_id = edge_id
        self.inlet = inlet
        self.put = inlet.entry(source)
        self.count = 0
        self.dirty = False


class Actor:
    """One node of a run.

    It is started by its first value, or by the end of its last source. ``arrivals`` keeps the order of values across
    handles where that order matters (``on_any`` with several handles); elsewhere it is ``None``.
    """

    __slots__ = (
        "_waiter", "ahead", "arrivals", "at_once", "balance", "behave", "blocked", "failed", "fired", "inlets", "last",
        "outlets", "queued", "run", "sent", "step", "task", "values",
    )  # fmt: skip

    def __init__(
        self,
        run: WorkflowRunner,
        step: Step,
        behave: Callable[[Actor], Coroutine[Any, Any, None]],
        at_once: AtOnce | None = None,
    ) -> None:
        self.run = run
        self.balance = run.balance
        self.step = step
        self.behave = behave
        self.at_once = at_once
        self.queued = False
        self.values: dict[str, Any] = step.values
        self.inlets: dict[str, Inlet] = {name: Inlet(self, handle) for name, handle in step.handles.items()}
        self.outlets: dict[str, list[Outlet]] = {}
        self.arrivals: deque[Inlet] | None = None
        self.blocked: Inlet | None = None
        self.task: asyncio.Task[None] | None = None
        self.fired = False
        self.failed = False
        self.ahead: AheadSession | None = None
        self.sent = 0
        self.last: dict[str, Any] = {}
        self._waiter: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begin to live, unless the run is being stopped."""
        if self.run.stopping:
            return
        self.balance.active += 1
        if self.at_once is not None:
            self.queued = True
            self.run.ready(self)
        else:
            self.task = self.run.loop.create_task(self._live())

    def live_at_once(self) -> None:
        """Live a whole life without a task, where every value is there and nothing is to be waited for."""
        inlets = self.inlets
        for inlet in inlets.values():
            if inlet.open:  # its sender has not ended: more than one value may come
                self.task = self.run.loop.create_task(self._live())
                return
        broken = True
        try:
            if all(inlet.queue for inlet in inlets.values()):
                assert self.at_once is not None
                self.at_once(self, {name: inlet.queue.popleft() for name, inlet in inlets.items()})
                if self.must_wait:
                    self.task = self.run.loop.create_task(self._live(at_once=True))
                    return
                self.run.node_completed(self)
            broken = self.failed
        except BaseException as error:
            self.run.node_failed(self, error)
        self._leave(broken)

    def wake(self) -> None:
        """Look at the inlets again, because something came in or ended."""
        waiter = self._waiter
        if waiter is not None:
            if waiter.done():  # it was cancelled just now, and wait() will see that
                return
            self._waiter = None
            self.balance.active += 1
            waiter.set_result(None)
        elif self.task is None and not self.queued:
            self.start()

    async def wait(self) -> None:
        """Wait until something comes in or a source ends."""
        waiter = self._waiter = self.run.loop.create_future()
        self.balance.rest()
        try:
            await waiter
        except asyncio.CancelledError:
            if self._waiter is not None:
                self._waiter = None
                self.balance.active += 1
            raise

    async def room(self) -> None:
        """Wait until the inlet that was found full has room, and let others run now and then."""
        if self.run.outputs.storing:
            await self.run.outputs.stored()
        while self.blocked is not None:
            inlet, self.blocked = self.blocked, None
            if inlet.full:
                waiter = self.run.loop.create_future()
                inlet.waiters.append(waiter)
                self.balance.block(inlet)
                try:
                    await waiter
                except asyncio.CancelledError:
                    if waiter in inlet.waiters:
                        inlet.waiters.remove(waiter)
                        self.balance.unblock(inlet, 1)
                    raise
        if self.sent >= BREATH:
            self.sent = 0
            await asyncio.sleep(0)

    @property
    def drained(self) -> bool:
        """Whether nothing waits at any inlet and nothing more will come."""
        return all(inlet.ended for inlet in self.inlets.values())

    @property
    def must_wait(self) -> bool:
        """Whether :meth:`room` should be awaited before more is sent."""
        return self.blocked is not None or self.sent >= BREATH or self.run.outputs.storing

    def begin(self) -> None:
        """Report that the node runs, before its first call."""
        if not self.fired:
            self.fired = True
            step = self.step
            self.run.reporter.emit(
                ev.NodeUpdate(
                    node_id=step.id, node_name=step.label, node_type=step.kind.name, status=NodeStatus.RUNNING.value
                )
            )

    def emit(self, result: Any) -> None:
        """Send what one call returned, or one item that it yielded."""
        if result is NOTHING:
            return
        named = self.step.kind.named
        if named is None:
            self.send("output", result)
        elif named == "mapping":
            if not isinstance(result, dict):
                raise TypeError(
                    f"{self.step.kind.name} must return a dict of its outputs "
                    f"({', '.join(self.step.kind.outputs)}), not {type(result).__name__}"
                )
            for slot, value in result.items():
                if value is not NOTHING:
                    self._check_slot(slot)
                    self.send(slot, value)
        else:
            for slot in self.step.kind.outputs:
                value = getattr(result, slot, _ABSENT)
                if value is _ABSENT:
                    raise TypeError(
                        f"{self.step.kind.name} must return an object with its outputs "
                        f"({', '.join(self.step.kind.outputs)}), not {type(result).__name__}"
                    )
                if value is not NOTHING:
                    self.send(slot, value)

    def _check_slot(self, slot: str) -> None:
        kind = self.step.kind
        if slot not in kind.outputs and not kind.dynamic_outputs and slot not in self.outlets:
            raise TypeError(f"{kind.name} has no output {slot!r}; it has: {', '.join(kind.outputs)}")

    def send(self, slot: str, value: Any) -> None:
        """Put a value on every edge that leaves ``slot``."""
        self.sent += 1
        self.last[slot] = value
        for outlet in self.outlets.get(slot, ()):
            outlet.count += 1
            inlet = outlet.inlet
            if not outlet.dirty:
                self.run.edges.mark(outlet, self)
            outlet.put(value)
            if len(inlet.queue) >= inlet.capacity:
                self.blocked = inlet
        captures = self.step.captures
        if captures and slot in captures:
            self.run.outputs.take(self, captures[slot], value)

    async def _live(self, at_once: bool = False) -> None:
        """Live a whole life, or what is left of one that was lived at once and must wait for room."""
        run = self.run
        broken = True
        try:
            await (self.room() if at_once else self.behave(self))
            broken = self.failed
            if self.fired:
                run.node_completed(self)
        except asyncio.CancelledError:
            run.node_cancelled(self)
        except BaseException as error:
            run.node_failed(self, error)
        finally:
            self._leave(broken)

    def _leave(self, broken: bool) -> None:
        """Take nothing more, tell those behind that nothing more comes, and be counted out."""
        self.arrivals = None
        for inlet in self.inlets.values():
            inlet.shut()
        self._end_outputs(broken)
        self.run.actor_ended(self)
        self.last = {}

    def _end_outputs(self, broken: bool) -> None:
        for outlets in self.outlets.values():
            for outlet in outlets:
                self.run.edges.drained(outlet)
                outlet.inlet.end_source(broken)

    def end_outputs_now(self) -> None:
        """End the outputs of a loop before its body has ended, which waits for them."""
        self._end_outputs(False)
        self.outlets = {}

    def give_up_loop(self) -> None:
        """Tell a loop that nothing comes back from its body, which waits for the loop's end."""
        for name in ("next", "condition"):
            if name in self.inlets:
                self.inlets[name].open = 0
        self.wake()
