"""Reading two streams at once, for the nodes that pair them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any


async def by_arrival(left: Any, right: Any) -> AsyncIterator[tuple[int, Any]]:
    """Yield ``(0, item)`` for each item of ``left`` and ``(1, item)`` for each of ``right``, as they come.

    Neither waits for the other, so that two branches of one stream cannot block each other. Items that came in the
    same moment are yielded left before right.
    """
    sources = (aiter(left), aiter(right))
    waiting = {asyncio.ensure_future(anext(source)): side for side, source in enumerate(sources)}
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in sorted(done, key=lambda known: waiting[known]):
                side = waiting.pop(future)
                try:
                    item = future.result()
                except StopAsyncIteration:
                    continue
                waiting[asyncio.ensure_future(anext(sources[side]))] = side
                yield side, item
    finally:
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
