"""The threads in which engines are asked: their own, because a silent engine keeps one of them for half a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_threads = ThreadPoolExecutor(32, thread_name_prefix="nodetool-docker")


async def aside(act: Callable[..., T], *args: object) -> T:
    """Do something that blocks without holding up the loop, or anybody else's blocking."""
    return await asyncio.get_running_loop().run_in_executor(_threads, act, *args)
