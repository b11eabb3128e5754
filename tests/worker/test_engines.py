"""The threads of a worker: few, shared, and gone with it."""

from __future__ import annotations

import asyncio
import threading

from nodetool_jupyter.worker.engines import Engines

PATIENCE = 30.0


def test_runs_share_few_threads() -> None:
    engines, seen, done = Engines(2), set[int](), threading.Semaphore(0)
    release = threading.Event()

    async def work() -> None:
        seen.add(threading.get_ident())
        await asyncio.to_thread(release.wait, PATIENCE)
        done.release()

    for _ in range(10):
        engines.take().run(work)
    release.set()
    assert all(done.acquire(timeout=PATIENCE) for _ in range(10))
    engines.close()
    assert len(seen) == 2
    assert threading.get_ident() not in seen


def test_a_thread_ends_when_its_work_has() -> None:
    engines, threads, release = Engines(1), list[threading.Thread](), threading.Event()
    began = threading.Event()

    async def work() -> None:
        threads.append(threading.current_thread())
        began.set()
        await asyncio.to_thread(release.wait, PATIENCE)

    engines.take().run(work)
    assert began.wait(PATIENCE)
    engines.close()
    assert threads[0].is_alive()
    release.set()
    threads[0].join(PATIENCE)
    assert not threads[0].is_alive()


def test_a_thread_with_nothing_to_do_is_taken_first() -> None:
    engines = Engines(2)
    first, second = engines.take(), engines.take()
    assert first is not second
    second.release()
    assert engines.take() is second
    engines.close()


def test_what_waits_for_a_blocked_thread_is_taken_over_by_another() -> None:
    engines, release, blocked = Engines(2), threading.Event(), threading.Event()
    done = threading.Event()

    async def block() -> None:
        blocked.set()
        release.wait(PATIENCE)

    async def work() -> None:
        done.set()

    async def nothing() -> None:
        pass

    first, second = engines.take(), engines.take()
    first.run(block)
    assert blocked.wait(PATIENCE)
    first.run(work)
    second.run(nothing)  # the other has something to do, and then looks what else there is
    assert done.wait(PATIENCE)
    assert not release.is_set()
    release.set()
    engines.close()
