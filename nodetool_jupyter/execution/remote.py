"""The remote strategy: the whole job runs on a worker, which owns it there; here its log is followed and checked."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import clock, faults
from nodetool_jupyter import events as ev
from nodetool_jupyter.bridge.jobs import WorkerJobs
from nodetool_jupyter.errors import (
    BridgeError,
    ExecutionLost,
    InvalidRequest,
    NodetoolError,
    SecretMissing,
)
from nodetool_jupyter.execution import remote_link
from nodetool_jupyter.execution.base import AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.remote_link import Link, Patience
from nodetool_jupyter.execution.remote_log import RemoteLog, end_of, is_gone, named_before, named_in, own
from nodetool_jupyter.execution.remote_request import remote_options
from nodetool_jupyter.execution.remote_sending import Sending
from nodetool_jupyter.execution.remote_values import Given, Left
from nodetool_jupyter.execution.subprocess import Prepared, SubprocessJobExecution, prepare
from nodetool_jupyter.request import RemoteOptions, RunJobRequest

log = logging.getLogger(__name__)

CANCEL_AWAY = 60.0  # seconds that a worker which is away is waited for when its job is to end
ENDING = 10.0  # seconds beyond the grace until a cancelled job must have told its end
PARTING = 5.0  # seconds for what is only polite: removing a job that has ended
_background: set[asyncio.Task[None]] = set()


class RemoteJobExecution(JobExecution):
    """An attempt that a worker runs as a job of its own; this object follows that job's log."""

    strategy: ClassVar[str] = "remote"

    def __init__(self, params: dict[str, Any], link: Link, context: AttemptContext, after: int) -> None:
        self.params = params
        self.grace = params.get("grace", self.grace)
        self._context = context
        self._link: Link | None = link
        self._patience = Patience(link, params["worker"], params["away"], context.tell)
        self._log = RemoteLog(params["started"], context, self._patience, after)
        self._left = Left(context.folder, context.attempt)
        self._seen: list[Mapping[str, Any]] = []  # references that its events have named
        self._over = asyncio.Event()
        self._taken = False  # that what it left is here, or was refused
        self._submitted = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None  # of a job that was to end with its earlier owner
        if "job" in params:
            self._submitted.set()

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph and the options, and pack what the notebook defined; what the worker allows is its to say."""
        options = remote_options(request)
        launches = options.remote_strategy != "docker"
        return prepare(request, options, earlier, shared=False, launches=launches)

    @classmethod
    def preview(cls, request: RunJobRequest) -> str:
        """Return where the worker is to run it."""
        options = remote_options(request)
        whose = f"the worker {options.worker}" if options.worker else "the only worker that is known"
        return f"{whose} runs it by its strategy {options.remote_strategy}, if it lets you"

    @classmethod
    def declared_secrets(cls, prepared: object) -> Sequence[str]:
        """Return the names that the graph's nodes declare."""
        return SubprocessJobExecution.declared_secrets(prepared)

    @classmethod
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store the notebook's node types with the job; raises :class:`InvalidRequest` for an unknown worker."""
        if isinstance(prepared, Prepared) and isinstance(prepared.options, RemoteOptions):
            connections = remote_link.known(folder.parent.parent, str)
            remote_link.choose(connections, prepared.options.worker)
        SubprocessJobExecution.keep(prepared, folder, secrets)

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Write down which worker, send it what it lacks, and let it run the job."""
        options = remote_options(request)
        name, link = await _take(context, options.worker)
        params = {"worker": name, "away": options.away, "grace": options.grace, "started": clock.time()}
        execution = cls({**params, "left": context.left}, link, context, 0)
        try:
            try:
                jobs = await link.now()
            except Exception as error:
                raise (remote_link.not_begun(error, name) if remote_link.is_away(error) else error) from None
            _check_secrets(jobs, options, context)
            sending = await asyncio.to_thread(Sending.of, request, context, execution.params["left"])
            context.started(execution.params)
            faults.point("attempt.before_request")
            await execution._send(sending)
        except BaseException:
            await execution.close()
            raise
        return execution

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on with a job on a worker, which need not be there just now."""
        try:
            _, link = await _take(context, params["worker"])
        except InvalidRequest as error:
            raise ExecutionLost(f"it ran on a worker that is not known any more: {error}") from None
        execution = cls(params, link, context, after_n)
        execution._seen = await asyncio.to_thread(named_before, context)
        if context.owner is not None:  # nobody there could see that owner's end
            execution._ending = asyncio.ensure_future(execution.cancel(execution.grace))
        return execution

    async def _send(self, sending: Sending) -> None:
        """Submit the job, once, however often the worker has to be asked; what was begun is not left half done."""
        task = asyncio.ensure_future(sending.submit(self._patience))
        try:
            job_id = await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=PARTING)  # so that it is known what is to be ended there
            if task.done() and not task.cancelled() and task.exception() is None:
                self._has(task.result())
            task.cancel()
            raise
        self._has(job_id)
        self._context.started(self.params)

    def _has(self, job_id: str) -> None:
        self.params = {**self.params, "job": job_id}
        self._submitted.set()

    async def _send_again(self) -> None:
        """Submit a job whose owner ended before it knew the worker's answer; the key makes it the same job."""
        if clock.time() - self.params["started"] > Sending.KEY_HOLDS:
            raise ExecutionLost("its owner ended while it was submitted, so long ago that the worker may not know it")
        body = await asyncio.to_thread((self._context.folder / "request.json").read_bytes)
        request = RunJobRequest.model_validate_json(body)
        _check_secrets(await self._patience.jobs(), remote_options(request), self._context)
        await self._send(await asyncio.to_thread(Sending.of, request, self._context, self.params["left"]))

    @property
    def _job(self) -> str:
        return str(self.params["job"])

    @property
    def keeps_time(self) -> bool:
        """Always: the worker's own manager keeps the time, and what it says may come late when it was away."""
        return True

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the lines of the job's log there as they were checked; its end comes with its results."""
        claim: ChannelLine | None = None
        try:
            if not self._submitted.is_set():
                await self._send_again()
            async with aclosing(self._log.lines(self._job)) as told:
                async for lines in told:
                    if ev.ends(lines[-1].event):
                        claim = lines.pop()
                    for line in lines:
                        self._seen += named_in(line.event, self._context)
                    if lines:
                        yield lines
            if claim is None:
                raise ExecutionLost("the log there ended without saying how the job went")
            end = [claim] if self._log.flooded else await self._account(claim)
        except (ExecutionLost, BridgeError, InvalidRequest, SecretMissing) as error:
            end = [end_of(error, self.params)]
        yield end

    async def _account(self, claim: ChannelLine) -> list[ChannelLine]:
        """Fetch what the job left, and say how it ended."""
        assert isinstance(claim.event, ev.JobUpdate)
        self._over.set()
        await self._left.fetch(self._patience, self._job, [claim.event.result, self._seen])
        found = await asyncio.to_thread(self._left.collect, claim.event, self._seen)
        self._taken = True
        told = [own(ev.LogUpdate(content=text, severity="warning")) for text in found.warnings]
        assert found.claim is not None
        return [*told, claim._replace(event=found.claim)]

    async def cancel(self, grace: float) -> None:
        """Ask the worker to end the job, and wait until it has; one that is away is waited for, a minute at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_AWAY + grace + ENDING):
                await self._submitted.wait()
                try:
                    await self._patience.ask(lambda jobs: jobs.cancel(self._job, grace), CANCEL_AWAY)
                except NodetoolError as error:
                    if not is_gone(error):
                        self._context.tell(f"the job may still run on the worker, as {self._job}: {error}")
                    return
                async with asyncio.timeout(grace + ENDING):
                    await self._over.wait()

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into an input that was kept open, or end it."""
        if self._over.is_set():
            raise InvalidRequest("the job has ended")
        await self._submitted.wait()
        data = self._context.values.encode(value)
        given = await asyncio.to_thread(Given.of, self._context.values, data)
        body = json.dumps(data).encode()

        async def push(jobs: WorkerJobs) -> None:
            await given.bring(jobs)
            await jobs.push_input(self._job, name, body, end=end, values=given.digests)

        try:
            # Asked once: whether a value that was in flight at a drop has arrived cannot be told.
            await push(await self._patience.jobs(PARTING))
        except (BridgeError, TimeoutError) as error:
            raise InvalidRequest(str(error)) from None

    async def leave(self) -> None:
        """Let go of a job that goes on without us."""
        self._let_go()

    async def close(self) -> None:
        """End the job if it still runs, and let go of it."""
        link = self._link
        if link is not None and self._submitted.is_set() and not self._over.is_set():
            with suppress(NodetoolError, TimeoutError):
                async with asyncio.timeout(PARTING):
                    await (await link.soon(PARTING)).cancel(self._job, 0.0)
        self._over.set()
        self._let_go()

    def _let_go(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        link, self._link = self._link, None
        if link is not None:
            remote_link.drop(link)

    def forget(self) -> None:
        """Remove what came and was not taken, and the job on the worker, whose end is in the log here."""
        self.sweep(self._context.folder, self._context.runtime)
        if self._taken:  # else whoever looks for it there is to find it
            task = asyncio.get_running_loop().create_task(self._remove())
            _background.add(task)
            task.add_done_callback(_background.discard)

    async def _remove(self) -> None:
        """Remove the job there, if that can be done at once; else the worker does so when it is old."""
        with suppress(NodetoolError, TimeoutError):
            _, link = await _take(self._context, self.params["worker"])
            try:
                async with asyncio.timeout(PARTING):
                    await (await link.soon(PARTING)).remove(self._job)
            finally:
                remote_link.drop(link)

    @classmethod
    def sweep(cls, folder: Path, runtime: Path) -> None:
        """Remove what all attempts at a job left here besides their values."""
        shutil.rmtree(folder / "attempts", ignore_errors=True)

    @classmethod
    def shut_down(cls, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections of a loop."""
        remote_link.shut_down(loop)


async def _take(context: AttemptContext, worker: str | None) -> tuple[str, Link]:
    """Return a worker's name and the link to it; raises :class:`InvalidRequest` when it is not known."""
    data = context.folder.parent.parent
    connections = remote_link.known(data, context.secret)
    connection = await asyncio.to_thread(remote_link.choose, connections, worker)
    return connection.name, remote_link.take(data, connections, connection)


def _check_secrets(jobs: WorkerJobs, options: RemoteOptions, context: AttemptContext) -> None:
    if context.secrets and not jobs.private and not options.insecure:
        raise InvalidRequest(
            f"secrets are not sent to {jobs.client.host}, because the way there is not encrypted; use a wss:// address "
            "or a tunnel to this machine (ssh -L), or say --insecure"
        )
