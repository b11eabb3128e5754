"""One node at work on an engine thread, and what it tells the control loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.bridge.messages import Chunk, Execute, Failure, Message, Progress, Result
from nodetool_jupyter.engine.outcome import Outcome
from nodetool_jupyter.engine.runner import RunSettings
from nodetool_jupyter.engine.single import NodeRunner, plan_node
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.states import Status
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.engines import Engine
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.replies import News
from nodetool_jupyter.worker.wire_values import Sent, WireStore, fields_of
from nodetool_jupyter.worker.wording import cancelled, failure, not_known

Ended = Callable[[Message], None]
log = logging.getLogger("nodetool_jupyter.worker")
_ENVELOPE = {"job_id", "attempt", "seq", "time", "source"}
_PASSED_ON = ("preview_update", "log_update", "binary_update", "notification", "chunk")


class SingleRun:
    """Runs the node that an :class:`Execute` asks for; made and told to :meth:`cancel` on the control loop.

    ``told`` gets progress and updates and, where ``stream`` says so, each item; it returns a future for an item, and
    the node goes on when that is done. ``ended`` gets the answer, once. Both are called on the control loop.
    """

    def __init__(
        self,
        ask: Execute,
        catalogue: Catalogue,
        folder: Path,
        *,
        stream: bool,
        options: WorkerOptions,
        told: Callable[[Message], asyncio.Future[None] | None],
        ended: Ended,
        wound_down: Callable[[], None],
    ) -> None:
        self._ask: Execute | None = ask
        self._workflow_id = ask.workflow_id
        self._title = ask.node_type.rpartition(".")[2]
        self._catalogue = catalogue
        self._folder = folder
        self._stream = stream
        self._options = options
        self._told = told
        self._ended = ended
        self._wound_down = wound_down
        self._control = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._runner: NodeRunner | None = None
        self._stopped = False
        self._engine: Engine | None = None

    def start(self, engine: Engine) -> None:
        """Begin on an engine thread, which is released at the end."""
        self._engine = engine
        engine.run(self._live)

    def cancel(self) -> None:
        """Ask the node to stop; it is answered when it has, or when it was left behind."""
        with self._lock:
            self._stopped = True
            runner = self._runner
        if runner is not None:
            runner.cancel()

    # -- on the engine thread -------------------------------------------------------------------------------------

    async def _live(self) -> None:
        answer: Message
        runner = None
        try:
            runner, answer = await self._run()
        except NodetoolError as error:
            answer = failure(error)
        except BaseException as error:
            log.error("a node could not be run", exc_info=error)
            answer = failure(error, "internal")
        whole = runner is None or not runner.winding_down
        self._post(self._finish, answer, whole)  # in one go: to wake another thread costs more than most nodes
        del answer  # its bytes belong to whoever sends them
        if runner is not None and not whole:
            runner.when_wound_down(lambda: self._post(self._wound_down))

    async def _run(self) -> tuple[NodeRunner | None, Message]:
        ask, self._ask = self._ask, None  # a blob lives no longer than the node needs it
        assert ask is not None
        kind = self._catalogue.get(ask.node_type)
        if kind is None:
            return None, not_known(ask.node_type, self._catalogue.suggestion(ask.node_type))
        node_id = ask.node_id or ""
        fields = fields_of(kind, ask.fields, ask.blobs)
        plan = plan_node(kind.name, node_id, fields, allow=self._options.permissions, known=self._catalogue.known)
        plan.steps[0].label = kind.title
        gpus = self._options.gpus if kind.gpu else ()
        settings = RunSettings(
            job_id=ask.job_id or "",
            device=f"cuda:{gpus[0].index}" if gpus else "cpu",
            gpus=tuple(str(gpu.index) for gpu in gpus),
            values=WireStore(),
            folder=self._folder,
            secrets=ask.secrets,
            env={"NODETOOL_WORKFLOW_ID": ask.workflow_id or "", "NODETOOL_USER_ID": ask.user_id or "1"},
            redactor=Redactor(ask.secrets.values()),
        )
        del ask, fields
        buffered = not (self._stream and kind.streams_out)
        runner = NodeRunner(plan, settings, self._deliver, None if buffered else self._give)
        with self._lock:
            self._runner = runner
            stopped = self._stopped
        if stopped:
            runner.cancel()
        outcome = await runner.run()
        try:
            return runner, await self._answer(runner, outcome, settings.redactor)
        finally:
            runner.forget()
            with self._lock:
                self._runner = None

    async def _answer(self, runner: NodeRunner, outcome: Outcome, redactor: Redactor) -> Message:
        if outcome.status is Status.CANCELLED:
            return cancelled()
        if outcome.exception is not None:
            log.debug("a node failed", exc_info=outcome.exception)  # the client gets no traceback
            said = failure(outcome.exception)
            return said.model_copy(update={"error": redactor.text(said.error)}) if redactor else said
        if outcome.status is not Status.COMPLETED:
            return Failure(error=outcome.error or "the node failed", code="internal")
        if not self._stream:
            sent = Sent(runner.take_last())
            return Result(outputs=sent.outputs, blobs=sent.blobs)
        last = runner.take_last()
        if last:  # a node that does not stream: its value is the one item
            await self._give(last)
        return Result()

    async def _give(self, item: dict[str, Any]) -> None:
        """Hand an item over and wait until it was sent."""
        sent = Sent({slot: value for slot, value in item.items() if value is not None})
        if not sent.outputs:
            return
        message = Chunk(outputs=sent.outputs, blobs=sent.blobs)
        del sent, item
        done = asyncio.get_running_loop().create_future()
        self._post(self._tell_item, message, asyncio.get_running_loop(), done)
        del message
        await done

    def _deliver(self, lines: list[tuple[int, float, ev.Event]]) -> None:
        known = (_message_of(event, self._title, self._workflow_id) for _, _, event in lines)
        messages = [message for message in known if message is not None]
        if messages:
            self._post(self._tell_all, messages)

    def _post(self, call: Callable[..., Any], *arguments: Any) -> None:
        try:
            self._control.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the control loop is closed: the worker has ended
            return

    # -- on the control loop --------------------------------------------------------------------------------------

    def _finish(self, answer: Message, whole: bool) -> None:
        if self._engine is not None:
            self._engine.release()
        self._ended(answer)
        if whole:
            self._wound_down()

    def _tell_all(self, messages: list[Message]) -> None:
        for message in messages:
            self._told(message)

    def _tell_item(self, message: Message, loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]) -> None:
        def resolve() -> None:
            if not done.done():
                done.set_result(None)

        def release(_: object = None) -> None:
            try:
                loop.call_soon_threadsafe(resolve)
            except RuntimeError:  # the node's loop is gone, and nobody waits
                return

        sent = self._told(message)
        if sent is None:
            release()
        else:
            sent.add_done_callback(release)


def _message_of(event: ev.Event, title: str, workflow_id: str | None) -> Message | None:
    """Return what a client is told of an event of the run; ``None`` for what only our own jobs have."""
    if isinstance(event, ev.NodeProgress):
        return Progress(progress=event.progress, total=event.total, message=event.message)
    if event.type not in _PASSED_ON or getattr(event, "output", None) is not None:
        return None
    data = event.model_dump(exclude=_ENVELOPE)
    data.pop("output", None)
    if isinstance(event, ev.LogUpdate):
        data |= {"node_name": event.node_name or title, "workflow_id": workflow_id}
    return News(body=data)
