"""Ten thousand items through two nodes."""

from __future__ import annotations

import asyncio

from benchmarks.graphs import request, stream
from benchmarks.measure import Figure, Figures, median_seconds
from nodetool_jupyter.jobs.manager import manager

ITEMS = 10_000


def _queues(items: int) -> None:
    """The floor: three asyncio tasks and the two bounded queues between them."""

    async def main() -> None:
        first: asyncio.Queue[int | None] = asyncio.Queue(256)
        second: asyncio.Queue[int | None] = asyncio.Queue(256)

        async def source() -> None:
            for item in range(items):
                await first.put(item)
            await first.put(None)

        async def middle() -> None:
            while (item := await first.get()) is not None:
                await second.put(item + 1)
            await second.put(None)

        async def sink() -> None:
            while await second.get() is not None:
                pass

        await asyncio.gather(source(), middle(), sink())

    asyncio.run(main())


def figures(*, soak: bool) -> Figures:
    jobs = manager()
    floor = ITEMS / median_seconds(lambda: _queues(ITEMS), 7)
    for users in (False, True):
        graph = stream(ITEMS, users=users)

        def run(graph: dict[str, object] = graph) -> None:
            job_id = jobs.submit(request(graph))
            assert jobs.wait(job_id, 120).status == "completed"

        seconds = median_seconds(run, 21 if soak else 9, 2)
        kind, reach = ("plain functions", ">= 25000") if users else ("built-in nodes", ">= 50000")
        yield Figure(f"10,000 items through 2 {kind}", ITEMS / seconds, "items/s", floor, reach)
