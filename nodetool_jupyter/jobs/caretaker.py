"""What a manager does besides running its jobs: adopt, watch others, keep its lease, answer, clean up, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nodetool_jupyter.errors import InvalidRequest, JobNotFound, NodetoolError, NotOwner
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.execution.base import OUTSIDE, find_strategy
from nodetool_jupyter.jobs import control, identity, lease
from nodetool_jupyter.jobs.adopt import Adopter
from nodetool_jupyter.jobs.attempts import Driver
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.ending import abandon, pay
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.neighbours import Neighbours
from nodetool_jupyter.jobs.opening import Options
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.retention import Retention

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.manager import JobExecutionManager

TRIES = 3  # of finding out who owns a job that others claim at the same time


class Caretaker:
    """Everything about other managers, and about the time when nobody manages."""

    def __init__(self, desk: Desk, driver: Driver, options: Options, manager: JobExecutionManager) -> None:
        self._desk = desk
        self.retention = Retention(desk, options)
        self._adopter = Adopter(desk, driver)
        self._lease = lease.Lease(desk.places.managers, desk.identity.id)
        self._neighbours = Neighbours(desk, desk.places.managers, self._look)
        socket = self._neighbours.socket(desk.identity)
        self._server = control.ControlServer(manager, socket, {"hello": self._neighbours.meet, "left": self._look})
        # Jobs that somebody here waits for; a manager that adopts only what it is asked for adopts no others.
        self._wanted: set[str] | None = set() if options.adopts == "asked" else None
        self._caring: set[asyncio.Task[None]] = set()
        self._tick: asyncio.TimerHandle | None = None
        self._swept = asyncio.Event()
        self._tidied = desk.places.read_only or options.adopts == "asked"
        self._stopped = False
        self._left = False  # whether jobs were left without an owner, of which the others must hear
        self._lease.prolong()

    def begin(self) -> None:
        """Begin to care; called on the loop."""
        self._spawn(self._begin)

    async def _begin(self) -> None:
        try:
            await self._server.start()
            await asyncio.to_thread(self.retention.empty_trash)
        finally:
            self._swept.set()
        await self.adopt()
        self._neighbours.meet()
        # They look again and find this manager, so that each watches the other.
        await asyncio.to_thread(self._neighbours.call, "hello")
        self._tick = self._desk.loop.call_later(lease.PERIOD, self._care)

    def _care(self) -> None:
        self._tick = self._desk.loop.call_later(lease.PERIOD, self._care)
        self._spawn(self._keep_house)

    async def _keep_house(self) -> None:
        await asyncio.to_thread(pay, self._desk)
        await asyncio.to_thread(self._lease.prolong)
        if self._adopter.foreign:
            await self.adopt()
        for job in tuple(self._desk.live.values()):
            if job.log.claimed:  # while this process was stopped, or could not be seen to live
                await abandon(self._desk, job)
        if not self._desk.places.read_only:
            await asyncio.to_thread(self.retention.prune)
        if not self._tidied:  # now and not sooner: the first job has the machine first
            self._tidied = True
            await asyncio.to_thread(self.tidy)

    def tidy(self) -> None:
        """Let strategies remove what dead owners have left outside of the data folder; blocks."""
        with suppress(FileNotFoundError):
            for path in (self._desk.places.data / OUTSIDE).iterdir():
                with suppress(InvalidRequest):  # of a package that is not installed any more
                    find_strategy(path.name).tidy(self._desk.places.data, self._has_ended)

    def _has_ended(self, job_id: str) -> bool | None:
        folder = JobFolder(self._desk.jobs, job_id)
        return read_tail(folder.log).terminal if folder.exists else None

    def _spawn(self, work: Callable[[], Awaitable[object]]) -> None:
        if self._stopped:
            return
        task = self._desk.loop.create_task(self._logged(work))
        self._caring.add(task)
        task.add_done_callback(self._caring.discard)

    async def _logged(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except (NodetoolError, OSError) as error:
            logger.warning("the manager of jobs could not do all its care: %s", error)
        except RuntimeError as error:  # no thread can be had while the interpreter ends
            logger.debug("the manager of jobs ends: %s", error)

    async def adopt(self) -> list[str]:
        """Adopt the jobs of dead managers, and watch the living ones; not before the trash is empty."""
        await self._swept.wait()
        adopted = await self._adopter.adopt(self._wanted)
        self._watch_owners()
        return adopted

    def _look(self) -> None:
        """See what can be adopted now, because a manager has died or left; called on the loop."""
        self._spawn(self.adopt)

    def _watch_owners(self) -> None:
        for owner in tuple(self._adopter.living):
            self._neighbours.watch(owner)
        self._adopter.living.clear()

    def attend(self, folder: JobFolder) -> None:
        """See to it that a job's end will be told, because somebody waits for it; from any thread."""
        with suppress(RuntimeError):  # the loop has stopped for good: this manager cares no more
            self._desk.loop.call_soon_threadsafe(self._spawn, partial(self.take, folder))

    async def take(self, folder: JobFolder) -> bool:
        """Own a job, if nobody living owns it, for as long as this manager works; tells whether it runs here then."""
        await self._swept.wait()
        if self._wanted is not None:
            self._wanted.add(folder.id)
        await self._adopter.adopt_one(folder)
        self._watch_owners()
        return folder.id in self._desk.live

    def owner_elsewhere(self, folder: JobFolder) -> Path | None:
        """Return the socket of a job's living owner; ``None`` when nobody owns it any more.

        Raises :class:`NotOwner` when the owner is on another host, or cannot be known.
        """
        _, owner = folder.owner()
        if owner is None or owner.id == self._desk.identity.id:
            return None
        lives = self._neighbours.lives(owner)
        if lives is None:
            raise NotOwner(f"job {folder.id} is owned by {owner}, which cannot be reached from here")
        return self._neighbours.socket(owner) if lives else None

    def cancel_elsewhere(self, manager: JobExecutionManager, job_id: str, reason: str, message: str | None) -> bool:
        """Cancel a job that this process does not run."""
        try:
            folder = JobFolder(self._desk.jobs, manager.get(job_id).id)
        except JobNotFound:
            return False
        for _ in range(TRIES):
            if folder.id in self._desk.live:
                return manager.cancel(folder.id, reason, message)
            if read_tail(folder.log).terminal:
                return False
            path = self.owner_elsewhere(folder)
            if path is not None:
                return bool(control.call(path, "cancel", job_id=folder.id, reason=reason, message=message))
            manager.on_loop(self.take(folder))  # another may be quicker, and is asked then
        raise NotOwner(f"nobody owns job {folder.id}, and it cannot be taken over from here")

    def remove(self, manager: JobExecutionManager, record: JobRecord) -> None:
        """Remove a job; one that nobody owns is brought to its true end first, if it has one."""
        if not record.status.terminal and record.id not in self._desk.live:
            folder = JobFolder(self._desk.jobs, record.id)
            if self.owner_elsewhere(folder) is None:
                manager.on_loop(self.take(folder))
                record = manager.get(record.id)
        self.retention.remove(record)

    def push_elsewhere(
        self, manager: JobExecutionManager, folder: JobFolder, name: str, value: object, end: bool
    ) -> None:
        """Send an input to a job that another process runs."""
        path = self.owner_elsewhere(folder)
        if path is None:
            if read_tail(folder.log).terminal or not manager.on_loop(self.take(folder)):
                raise InvalidRequest(f"job {folder.id} takes no input: it does not run")
            manager.push_input(folder.id, name, value, end=end)
            return
        control.call(path, "push_input", job_id=folder.id, name=name, value=folder.values().encode(value), end=end)

    async def stop(self) -> None:
        """Stop caring."""
        self._stopped = True
        if self._tick is not None:
            self._tick.cancel()
        for task in self._caring:
            task.cancel()
        await asyncio.gather(*self._caring, return_exceptions=True)
        await self._server.close()
        self._neighbours.close()

    def settle(self) -> None:
        """Claim nothing more; not called on the loop."""
        self._left = self._adopter.close()

    def left(self) -> None:
        """Take note that a job was left to whoever comes next."""
        self._left = True

    def leave(self) -> None:
        """Take away every trace of this manager but its jobs; called when the loop has stopped."""
        pay(self._desk)
        self._desk.indexer.close()
        self._desk.syncer.close()
        self._lease.end()
        self._desk.card.remove()
        identity.release(self._desk.identity, self._desk.places.runtime)
        if self._left:
            self._neighbours.call("left")
