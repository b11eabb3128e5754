"""The worker over its stdin and stdout: frames with their length before them, for a client that started it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.bridge.frames import read_with_length, with_length, write_all
from nodetool_jupyter.bridge.large import Part
from nodetool_jupyter.bridge.messages import Failure
from nodetool_jupyter.errors import BadFrame, FrameTooLarge
from nodetool_jupyter.worker.core import Worker
from nodetool_jupyter.worker.wording import failure


def take_stdout() -> BinaryIO:
    """Return stdout for frames; from now on what anybody prints goes to stderr."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return kept


class PipeWire:
    """Sends frames into a pipe, one after the other."""

    name = "stdio"

    def __init__(self, writer: asyncio.StreamWriter, limit: int) -> None:
        self._writer = writer
        self._limit = limit
        self._turn = asyncio.Lock()

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame; waits while the reader is behind."""
        async with self._turn:
            await write_all(self._writer, with_length(parts, self._limit))


async def serve_pipe(worker: Worker, out: BinaryIO) -> None:
    """Serve stdin until its end, and answer what was asked before; a frame that is too long ends it at once."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    wire = PipeWire(asyncio.StreamWriter(transport, protocol, None, loop), worker.options.max_frame)
    connection = worker.connect(wire, Identity("local", "stdio"))
    try:
        while (body := await read_with_length(reader, worker.options.max_frame)) is not None:
            await connection.hear(body)
    except FrameTooLarge as error:
        await connection.say(Failure(error=str(error), code="too_large"), None)
    except BadFrame as error:
        await connection.say(failure(error, "malformed"), None)
    except ConnectionError:
        connection.cancel_all(mute=True)
    await connection.idle()
    worker.disconnect(connection)
    transport.close()
