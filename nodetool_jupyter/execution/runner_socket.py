"""Speaking to a runner's guard: one question, one answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution.guard_socket import LONGEST
from nodetool_jupyter.sockets import reachable

ANSWER_TIME = 30.0  # seconds


async def ask(path: Path, verb: str, **args: Any) -> Any:
    """Ask the guard that listens at ``path``, and return its answer.

    Raises :class:`InvalidRequest` when it refuses, ``OSError`` when nobody answers.
    """
    async with asyncio.timeout(ANSWER_TIME):
        with reachable(path) as short:
            reader, writer = await asyncio.open_unix_connection(short, limit=LONGEST)
        try:
            writer.write(json.dumps({"verb": verb, **args}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
    if not line:
        raise ConnectionResetError("the runner has ended")
    answer = json.loads(line)
    if "error" in answer:
        raise InvalidRequest(answer["message"])
    return answer["ok"]
