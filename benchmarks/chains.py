"""Chains of nodes: what one node costs, at two lengths."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from benchmarks.graphs import chain, request
from benchmarks.measure import Figure, Figures, median_seconds
from nodetool_jupyter.jobs.manager import manager


def _task_chain(length: int) -> None:
    """The floor for built-in nodes: as many asyncio tasks, each awaiting the one before."""

    async def link(before: asyncio.Future[int], after: asyncio.Future[int]) -> None:
        after.set_result(await before)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(length + 1)]
        tasks = [loop.create_task(link(a, b)) for a, b in pairwise(futures)]
        futures[0].set_result(1)
        await asyncio.gather(*tasks)

    asyncio.run(main())


def _thread_hops(length: int) -> None:
    """The floor for users' functions: as many calls in a thread, each awaited on an event loop."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            value = 0
            for _ in range(length):
                value = await loop.run_in_executor(pool, lambda n=value: n + 1)

    asyncio.run(main())


def figures(*, soak: bool) -> Figures:
    jobs = manager()
    for users in (False, True):
        for length in (100, 1000):
            graph = chain(length, users=users)
            floor = median_seconds(lambda n=length, u=users: _thread_hops(n) if u else _task_chain(n), 7)

            def run(graph: dict[str, object] = graph) -> None:
                assert jobs.wait(jobs.submit(request(graph)), 120).status == "completed"

            seconds = median_seconds(run, 21 if soak else 9, 2)
            kind = "users' functions" if users else "built-in nodes"
            reach = ">= 5000" if users else ">= 10000"
            yield Figure(f"chain of {length}, {kind}", length / seconds, "nodes/s", length / floor, reach)
