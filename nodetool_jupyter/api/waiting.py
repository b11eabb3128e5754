"""Waiting for jobs in the foreground, and what the stop button does to them.

The first interrupt cancels the jobs that are waited for and goes on waiting for their end, the second returns at
once. A job that outlives its owner is only left, and says how to follow it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType

from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.records import JobRecord

Tell = Callable[[str], object]


def in_python(job_id: str) -> None:
    """Say in the words of Python how a job that goes on is followed."""
    sys.stderr.write(f"Job {job_id} goes on; follow it with nt.job({job_id!r}), end it with .cancel().\n")


def wait(job_id: str, timeout: float | None = None, tell: Tell = in_python) -> JobRecord:
    """Wait for a job's end; an interrupt cancels the job, or leaves it, which ``tell`` is called for.

    Raises ``TimeoutError`` when the waiting took too long, ``KeyboardInterrupt`` when the job was left.
    """
    try:
        return manager().wait(job_id, timeout)
    except KeyboardInterrupt:
        if not stop([job_id], tell):
            raise KeyboardInterrupt(f"job {job_id} was left") from None
        return manager().wait(job_id)


async def async_wait(job_id: str) -> JobRecord:
    """Wait for a job's end on any event loop; cancelling the waiting cancels the job."""
    try:
        with _interruptible():
            return await manager().async_wait(job_id)
    except asyncio.CancelledError:
        stop([job_id])
        raise


async def wait_in_cell(job_id: str, tell: Tell = in_python) -> JobRecord:
    """Wait for a job's end in an awaited cell, where the stop button arrives as a cancelled task.

    Raises ``asyncio.CancelledError`` at a second interrupt, or when the job was only left.
    """
    with _interruptible():
        try:
            return await manager().async_wait(job_id)
        except asyncio.CancelledError:
            if not stop([job_id], tell):
                raise
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            return await manager().async_wait(job_id)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Hand interrupts on to the kernel's own handler and wake its loop; the second one cancels the task that waits.

    The kernel's handler (ipykernel 7.4 on tornado 6) leaves a note that a sleeping loop does not see, and it hands on
    only the first interrupt.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    if task is None or not callable(before) or threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts = 0

    def hand_on(number: int, frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        loop.call_soon_threadsafe(task.cancel if interrupts > 1 else _wake)
        if interrupts == 1:
            before(number, frame)

    signal.signal(signal.SIGINT, hand_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _wake() -> None:
    """Do nothing, on a loop that wakes up for it."""


def stop(job_ids: Iterable[str], tell: Tell = in_python) -> bool:
    """Cancel jobs that were waited for; ``False`` when one outlives its owner, and so was only left.

    ``tell`` is called with the id of each that was left.
    """
    cancelled = True
    for job_id in job_ids:
        if kept(job_id):
            tell(job_id)
            cancelled = False
        else:
            manager().cancel(job_id)
    return cancelled


def kept(job_id: str) -> bool:
    """Tell whether a job goes on without whoever submitted it; a threaded one never does."""
    if manager().get(job_id).strategy == "threaded":
        return False
    request = JobFolder(str(manager().places.data / "jobs"), job_id).read_request()
    return request is None or request.on_owner_exit != "cancel"


def end_all(job_ids: Sequence[str], tell: Callable[[str], object]) -> Callable[[], None]:
    """Call ``tell`` with each job's id as it ends, from another thread; returns a function that stops the telling."""
    loop = asyncio.new_event_loop()

    async def one(job_id: str) -> None:
        await manager().async_wait(job_id)
        tell(job_id)

    async def every() -> None:
        await asyncio.gather(*map(one, job_ids))

    task = loop.create_task(every())

    def work() -> None:
        asyncio.set_event_loop(loop)
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    def leave() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: every job has ended
            loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=work, name="nodetool-waiting", daemon=True).start()
    return leave
