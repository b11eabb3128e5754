"""What a manager does besides running its jobs: adopt, watch others, keep its lease, answer, clean up, leave."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nodetool_jupyter.errors import InvalidRequest, JobNotFound, NodetoolError, NotOwner
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.jobs import control, identity, lease
from nodetool_jupyter.jobs.adopt import Adopter
from nodetool_jupyter.jobs.attempts import Driver
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.jobs.opening import Options
from nodetool_jupyter.jobs.retention import Retention
from nodetool_jupyter.processes import start_ticks

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.manager import JobExecutionManager


class Caretaker:
    """Everything about other managers, and about the time when nobody manages."""

    def __init__(self, desk: Desk, driver: Driver, options: Options, manager: JobExecutionManager) -> None:
        self._desk = desk
        self.retention = Retention(desk, options)
        self._adopter = Adopter(desk, driver)
        self._lease = lease.Lease(self._managers, desk.identity.id)
        self._server = control.ControlServer(manager, self.socket(desk.identity), self._met)
        self._watched: dict[str, int] = {}  # id of a living manager -> its pidfd
        self._caring: set[asyncio.Task[None]] = set()
        self._tick: asyncio.TimerHandle | None = None
        self._swept = asyncio.Event()
        self._lease.prolong()

    @property
    def _managers(self) -> Path:
        return self._desk.places.data / "managers"

    def socket(self, of: Identity) -> Path:
        """Return where a manager answers."""
        return self._desk.places.runtime / "managers" / f"{of.id}.sock"

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
        for other in await asyncio.to_thread(self._others):
            self._watch(other)
            # They look again and find this manager, so that each watches the other.
            await asyncio.to_thread(control.greet, self.socket(other))
        self._tick = self._desk.loop.call_later(lease.PERIOD, self._care)

    def _care(self) -> None:
        self._tick = self._desk.loop.call_later(lease.PERIOD, self._care)
        self._spawn(self._keep_house)

    async def _keep_house(self) -> None:
        await asyncio.to_thread(self._lease.prolong)
        if self._adopter.foreign:
            await self.adopt()
        await asyncio.to_thread(self.retention.prune)

    def _spawn(self, work: Callable[[], Awaitable[object]]) -> None:
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
        adopted = await self._adopter.adopt()
        for owner in self._adopter.living:
            self._watch(owner)
        self._adopter.living.clear()
        return adopted

    def _met(self) -> None:
        def look() -> None:
            for other in self._others():
                self._watch(other)

        self._desk.loop.call_soon_threadsafe(look)

    def _others(self) -> list[Identity]:
        """Return the other managers that live here, and sweep away what dead ones left."""
        found = []
        for card in self._managers.glob("*.json"):
            other = Identity.parse(card.read_bytes()) if card.exists() else None
            if other is None or other.id == self._desk.identity.id:
                continue
            lives = identity.alive(other, self._desk.identity, self._desk.places.runtime)
            if lives:
                found.append(other)
            elif lives is False:
                for path in (
                    card,
                    card.with_suffix(".lease"),
                    self.socket(other),
                    self.socket(other).with_suffix(".lock"),
                ):
                    path.unlink(missing_ok=True)
        return found

    def _watch(self, other: Identity) -> None:
        """Learn of a manager's death when it happens."""
        if other.id in self._watched or other.pid == os.getpid() or not hasattr(os, "pidfd_open"):
            return
        try:
            descriptor = os.pidfd_open(other.pid)
        except OSError:
            self._spawn(self.adopt)
            return
        if start_ticks(other.pid) != other.ticks:
            os.close(descriptor)
            self._spawn(self.adopt)
            return
        self._watched[other.id] = descriptor
        self._desk.loop.add_reader(descriptor, self._died, other)

    def attend(self, folder: JobFolder) -> None:
        """See to it that a job's end will be told, because somebody waits for it; from any thread."""
        _, owner = folder.owner()
        lives = owner is not None and identity.alive(owner, self._desk.identity, self._desk.places.runtime)
        if owner is not None and lives:
            self._desk.loop.call_soon_threadsafe(self._watch, owner)
        elif lives is False:
            self._desk.loop.call_soon_threadsafe(self._spawn, self.adopt)

    def _died(self, other: Identity) -> None:
        self._unwatch(other.id)
        self._spawn(self.adopt)

    def _unwatch(self, manager_id: str) -> None:
        descriptor = self._watched.pop(manager_id)
        self._desk.loop.remove_reader(descriptor)
        os.close(descriptor)

    def owner_elsewhere(self, folder: JobFolder) -> Path | None:
        """Return the socket of a job's living owner; ``None`` when nobody owns it any more.

        Raises :class:`NotOwner` when the owner is on another host, or cannot be known.
        """
        _, owner = folder.owner()
        if owner is None or owner.id == self._desk.identity.id:
            return None
        lives = identity.alive(owner, self._desk.identity, self._desk.places.runtime)
        if lives is None:
            raise NotOwner(f"job {folder.id} is owned by {owner}, which cannot be reached from here")
        return self.socket(owner) if lives else None

    def cancel_elsewhere(self, manager: JobExecutionManager, job_id: str, reason: str, message: str | None) -> bool:
        """Cancel a job that this process does not run."""
        try:
            folder = JobFolder(self._desk.jobs, manager.get(job_id).id)
        except JobNotFound:
            return False
        if folder.id in self._desk.live:
            return manager.cancel(folder.id, reason, message)
        if read_tail(folder.log).terminal:
            return False
        path = self.owner_elsewhere(folder)
        if path is not None:
            return bool(control.call(path, "cancel", job_id=folder.id, reason=reason, message=message))
        manager.on_loop(self._adopter.adopt_one(folder))
        return folder.id in self._desk.live and manager.cancel(folder.id, reason, message)

    def push_elsewhere(self, folder: JobFolder, name: str, value: object, end: bool) -> None:
        """Send an input to a job that another process runs."""
        path = self.owner_elsewhere(folder)
        if path is None:
            raise InvalidRequest(f"job {folder.id} takes no input: it does not run")
        control.call(path, "push_input", job_id=folder.id, name=name, value=folder.values().encode(value), end=end)

    async def stop(self) -> None:
        """Stop caring."""
        if self._tick is not None:
            self._tick.cancel()
        for task in self._caring:
            task.cancel()
        await asyncio.gather(*self._caring, return_exceptions=True)
        await self._server.close()
        for manager_id in list(self._watched):
            self._unwatch(manager_id)

    def settle(self) -> None:
        """Claim nothing more; not called on the loop."""
        self._adopter.close()

    def leave(self) -> None:
        """Take away every trace of this manager but its jobs; called when the loop has stopped."""
        self._desk.indexer.close()
        self._desk.syncer.close()
        self._lease.end()
        self._desk.card.remove()
        identity.release(self._desk.identity, self._desk.places.runtime)
