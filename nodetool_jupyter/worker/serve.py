"""Running a worker from its start to its end: what is said, the signals, the drain."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.auth.choose import provider_for
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.worker.catalogue import FILES, Catalogue
from nodetool_jupyter.worker.core import Worker, leave, log
from nodetool_jupyter.worker.door import Door
from nodetool_jupyter.worker.http import HttpServer
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.stdio import serve_pipe, take_stdout

TURN = 0.0005  # seconds that a node's thread computes before the control loop gets its turn; Python's own is ten times


def run(options: WorkerOptions, token_file: Path) -> int:
    """Serve until a signal or the end of stdin; returns the exit code."""
    sys.setswitchinterval(TURN)
    if FILES not in options.permissions:
        settings.choose("NODETOOL_FILE_REFERENCES", "no")  # of jobs in processes of their own too
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    return asyncio.run(_serve_pipe(options) if options.stdio else _serve_http(options, token_file))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # what a worker says to those who started it


def _catalogue(options: WorkerOptions) -> Catalogue:
    _tell("Loading node packages...")
    catalogue = Catalogue(options.namespaces, options.permissions, registry)
    for fault in catalogue.load_errors:
        _tell(f"Warning: failed to import {fault['module']}: {fault['error']}")
    _tell(f"Loaded {len(catalogue.nodes)} nodes")
    return catalogue


async def _serve_pipe(options: WorkerOptions) -> int:
    out = take_stdout()
    worker = Worker(options, _catalogue(options))
    _tell("NODETOOL_STDIO_READY")
    worker.hosted.begin()
    work = asyncio.get_running_loop().create_task(serve_pipe(worker, out))
    stopped = _signals()
    waits: list[asyncio.Future[Any]] = [work, stopped]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        await worker.drain()
        work.cancel()
    return await _end(worker)


async def _serve_http(options: WorkerOptions, token_file: Path) -> int:
    chosen = provider_for(options.host, token_file)
    worker = Worker(options, _catalogue(options))
    server = HttpServer(worker, Door(chosen.provider, options))
    port = await server.start()
    stopped = _signals()
    if chosen.token_file is not None:
        _tell(f"{'A token was made; it' if chosen.made else 'The token'} is in {chosen.token_file}")
    _tell(f"Worker listening on {options.host}:{port}")
    with take_stdout() as out:
        out.write(f"NODETOOL_WORKER_PORT={port}\n".encode())
    worker.hosted.begin()
    await stopped
    log.info("draining: %d nodes run, %d requests wait", worker.desk.running, worker.desk.waiting)
    server.stop_listening()
    drain = asyncio.get_running_loop().create_task(worker.drain())
    again = _signals()
    waits: list[asyncio.Future[Any]] = [drain, again]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    await server.close()
    await chosen.provider.close()
    return await _end(worker)


async def _end(worker: Worker) -> int:
    await worker.leave_jobs()
    worker.close()
    if worker.desk.left_behind or worker.desk.running:
        leave(0)
    return 0


def _signals() -> asyncio.Future[None]:
    """Return a future that the next SIGTERM or SIGINT resolves."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not told.done():
            told.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        if os.name == "posix":
            loop.add_signal_handler(number, tell)
        else:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(tell))
    return told
