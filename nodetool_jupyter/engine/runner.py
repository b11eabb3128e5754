"""Running one planned graph: all actors together, their events out, cancel in."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.engine import placing
from nodetool_jupyter.engine.actor import Actor, AtOnce, Outlet
from nodetool_jupyter.engine.behave import at_once_of, behaviour_of
from nodetool_jupyter.engine.edges import EdgeCounts
from nodetool_jupyter.engine.face import Face
from nodetool_jupyter.engine.outcome import Outcome, message_of, own_frames, reason_of, traceback_of
from nodetool_jupyter.engine.outputs import Outputs
from nodetool_jupyter.engine.plan import Plan, Step
from nodetool_jupyter.engine.report import Reporter
from nodetool_jupyter.engine.second import SecondLoop
from nodetool_jupyter.engine.session import Session
from nodetool_jupyter.engine.stalls import Balance
from nodetool_jupyter.errors import InvalidRequest, NodeCancelled, nearest
from nodetool_jupyter.nodes.launcher import Launcher
from nodetool_jupyter.nodes.placed import WorkerCalls
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.states import NodeStatus, Reason, Status
from nodetool_jupyter.values import ValueStore

Deliver = Callable[[list[tuple[int, float, ev.Event]]], None]

AT_ONCE = 128  # actors that run without the loop doing anything else
PATIENCE = 0.1  # seconds that a cancelled function has to end on its own before the job ends without it


@dataclass(slots=True)
class Pushed:
    """Values pushed into a streaming input and not yet taken."""

    values: deque[Any] = field(default_factory=deque)
    ended: bool = False


@dataclass(slots=True)
class RunSettings:
    """What a run is given besides its plan.

    ``open_inputs`` names inputs that stay open for :meth:`WorkflowRunner.push_input`; ``folder`` is where ``scratch``
    folders are made; ``prints`` is the context in which a user's functions run; ``patience`` are the seconds that a
    cancelled function has to end on its own; ``launcher`` starts programs in containers, ``workers`` calls nodes on
    workers.
    """

    job_id: str
    values: ValueStore
    folder: Path
    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    redactor: Redactor = field(default_factory=Redactor)
    device: str = "cpu"
    gpus: tuple[str, ...] = ()
    fail_fast: bool = False
    open_inputs: tuple[str, ...] = ()
    prints: contextvars.Context | None = None
    patience: float = PATIENCE
    launcher: Launcher | None = None
    workers: WorkerCalls | None = None


class WorkflowRunner:
    """Runs one graph on the running loop of the thread that awaits :meth:`run`.

    ``deliver`` gets every event as ``(n, time, event)``, in batches, on that thread; the last one is the claim.
    :meth:`cancel` and :meth:`push_input` may be called from any thread.
    """

    def __init__(self, plan: Plan, settings: RunSettings, deliver: Deliver) -> None:
        self.plan = plan
        self.loop = asyncio.get_running_loop()
        self.settings = settings
        self.prints = settings.prints
        self.values = settings.values
        self.reporter = Reporter(self.loop, deliver, settings.redactor)
        self.outputs = Outputs(self.loop, settings.values, self.reporter, self.node_failed)
        self.balance = Balance()
        self.face = _face(plan, settings, self.reporter)
        self.params = {name: self.values.decode(value) for name, value in settings.params.items()}
        self.face.push_first(self.params)
        self.pushed = {name: Pushed() for name in settings.open_inputs if name in plan.inputs}
        self.balance.outside = len(self.pushed)
        self.sessions: set[Session] = set()
        self.edges = EdgeCounts(self.loop, self.reporter)
        self._ready: deque[Actor] = deque()
        self.stopping = False
        self._failure: Outcome | None = None
        self._left = 0
        self._finished: asyncio.Future[None] = self.loop.create_future()
        self._second: SecondLoop | None = None
        self._tell_wound_down: Callable[[], None] | None = None
        self.actors = [Actor(self, step, behaviour_of(step), self._at_once(step)) for step in plan.steps]
        self._connect()

    def _at_once(self, step: Step) -> AtOnce | None:
        return None if step.input_name in self.pushed else at_once_of(step)

    def _connect(self) -> None:
        for actor in self.actors:
            data = [inlet for inlet in actor.inlets.values() if not inlet.handle.stream]
            if actor.step.sync == "on_any" and len(data) > 1 and any(inlet.handle.streaming for inlet in data):
                actor.arrivals = deque()
            for slot, routes in actor.step.routes.items():
                actor.outlets[slot] = [
                    Outlet(route.edge_id, self.actors[route.target].inlets[route.handle], route.source)
                    for route in routes
                ]

    async def run(self) -> Outcome:
        """Run the graph to its end and return how it ended; never raises for what a node did."""
        began = clock.monotonic()
        try:
            self._failure = await placing.reach(self, self._finished)
            if self._failure is None and not self.stopping:
                await self._run_nodes()
        except asyncio.CancelledError:
            self.face.stop.set()
            self.stopping = True
        if self.stopping:
            await self._stop_actors()
        if self.winding_down:
            await self._let_go()
        outcome = self._outcome()
        await placing.leave(self, outcome)
        await self.edges.close()
        self._clean_up()  # before the claim: whoever hears it finds nothing left behind
        self.reporter.close(outcome.claim(clock.monotonic() - began))
        return outcome

    async def _run_nodes(self) -> None:
        self.reporter.emit(ev.JobUpdate(status=Status.RUNNING.value))
        self._left = len(self.actors)
        for actor in self.actors:
            if not actor.inlets or actor.step.kind.role == "loop":
                actor.start()
        if self._left:
            await self._finished
        if self.outputs.storing and not self.stopping:
            await self.outputs.stored()

    @property
    def exception(self) -> BaseException | None:
        """The exception of the node that failed; known before the claim is delivered."""
        return self._failure.exception if self._failure is not None else None

    def _outcome(self) -> Outcome:
        if self._failure is not None:
            return self._failure
        if self.stopping:
            return Outcome(Status.CANCELLED, Reason.CANCELLED_BY_USER)
        return Outcome(Status.COMPLETED, result=self.outputs.results)

    def ready(self, actor: Actor) -> None:
        """Run an actor soon, with others that need no task."""
        if not self._ready:
            self.loop.call_soon(self._run_ready)
        self._ready.append(actor)

    def _run_ready(self) -> None:
        """Run what is ready, and what becomes ready by it; now and then let the loop do other things."""
        for _ in range(AT_ONCE):
            if not self._ready or self.stopping:
                return
            self._ready[0].live_at_once()
            self._ready.popleft()  # only now, so that what it wakes does not call for another pass
        if self._ready:
            self.loop.call_soon(self._run_ready)

    # -- what actors tell -----------------------------------------------------------------------------------------

    def node_completed(self, actor: Actor) -> None:
        """Report that a node is done, with a preview of what it sent last."""
        if actor.failed:
            return
        self.reporter.settle(("progress", actor.step.id))
        self._node_update(actor, NodeStatus.COMPLETED, result=self.edges.previews.ended(actor))

    def node_cancelled(self, actor: Actor) -> None:
        """Report that a node was stopped."""
        if actor.fired and not actor.failed:
            self.reporter.settle(("progress", actor.step.id))
            self._node_update(actor, NodeStatus.CANCELLED)

    def node_failed(self, actor: Actor, error: BaseException) -> None:
        """Report that a node failed, and remember the first failure as the run's."""
        if isinstance(error, NodeCancelled) and self.stopping:
            self.node_cancelled(actor)
            return
        if actor.failed:
            return
        actor.begin()
        actor.failed = True
        text, trace = message_of(error), traceback_of(error)
        self.reporter.settle(("progress", actor.step.id))
        self._node_update(actor, NodeStatus.ERROR, error=text, traceback=trace)
        if self._failure is None:
            error.__traceback__ = own_frames(error)
            self._failure = Outcome(Status.ERROR, reason_of(error), text, trace, actor.step.id, error)
        if self.settings.fail_fast:
            self.face.stop.set()
            self._stop()

    def _node_update(self, actor: Actor, status: NodeStatus, **fields: Any) -> None:
        step = actor.step
        self.reporter.emit(
            ev.NodeUpdate(
                node_id=step.id, node_name=step.label, node_type=step.kind.name, status=status.value, **fields
            )
        )

    def actor_ended(self, actor: Actor) -> None:
        """Count an actor out; the last one ends the run."""
        self._left -= 1
        self.balance.rest()
        if self._left == 0 and not self._finished.done():
            self._finished.set_result(None)

    # -- from outside, any thread ---------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the run: nodes see ``ctx.cancelled``, those that wait are stopped at once."""
        self.face.stop.set()
        self.loop.call_soon_threadsafe(self._stop)

    def push_input(self, name: str, value: Any = None, *, end: bool = False) -> None:
        """Send a value to a trigger or an input that was kept open, or end it; raises :class:`InvalidRequest`."""
        value = self.values.decode(value)
        if self.face.push(name, value, end):
            return
        pushed = self.pushed.get(name)
        if pushed is None:
            hint = nearest(name, [*self.pushed, *self.plan.triggers]) or "no input of this job was kept open"
            raise InvalidRequest(f"input {name!r} takes no more values; {hint}")
        self.loop.call_soon_threadsafe(self._push, pushed, self.actors[self.plan.inputs[name]], value, end)

    def _push(self, pushed: Pushed, actor: Actor, value: Any, end: bool) -> None:
        if pushed.ended or self._finished.done():
            return
        if end:
            pushed.ended = True
            self.balance.outside -= 1
        else:
            pushed.values.append(value)
        if self._left:  # else it begins with the others, when their workers were reached
            actor.wake()

    def _stop(self) -> None:
        if not self._finished.done():
            self.stopping = True
            self._finished.set_result(None)

    async def _stop_actors(self) -> None:
        tasks = [actor.task for actor in self.actors if actor.task is not None and not actor.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _let_go(self) -> None:
        """Give functions that were asked to stop a moment; say which of them still run."""
        deadline = self.loop.time() + self.settings.patience
        for session in self.winding_down:
            while session.open and (left := deadline - self.loop.time()) > 0:
                try:
                    async with asyncio.timeout(left):
                        await session.wait()
                        session.results.clear()
                except TimeoutError:
                    break
        for session in self.winding_down:
            label = session.label
            self.face.log(session.node_id, f"{label} cannot be interrupted; its thread still winds down", "warning")

    # -- the end --------------------------------------------------------------------------------------------------

    def second_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop on which users' async functions run."""
        if self._second is None:
            self._second = SecondLoop()
        return self._second.loop

    def session_ended(self, session: Session) -> None:
        """Note that nothing of a session runs any more; called where it ran."""
        self.sessions.discard(session)
        if not self.winding_down:
            tell, self._tell_wound_down = self._tell_wound_down, None
            if tell is not None:
                self.face.remove_scratch()
                tell()

    @property
    def winding_down(self) -> list[Session]:
        """The sessions whose function still runs although the run is over."""
        return [session for session in list(self.sessions) if session.open and session.abandoned]

    def when_wound_down(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once nothing of the run is at work, from whatever thread; at once if that is so."""
        self._tell_wound_down = tell
        if not self.winding_down and self._tell_wound_down is not None:
            self._tell_wound_down = None
            tell()

    def _clean_up(self) -> None:
        if self._second is not None:
            self._second.close()
        if not self.winding_down:
            self.face.remove_scratch()
        for actor in self.actors:
            actor.outlets, actor.inlets, actor.values = {}, {}, {}


def _face(plan: Plan, settings: RunSettings, reporter: Reporter) -> Face:
    """Return the side of a run that its nodes see."""
    places = {step.id: step.index for step in plan.steps}
    face = Face(reporter, settings.values, settings.folder, settings.secrets, places, plan.triggers)
    face.job_id, face.env = settings.job_id, settings.env
    face.device, face.gpus = settings.device, settings.gpus
    face.launcher, face.workers = settings.launcher, settings.workers
    return face
