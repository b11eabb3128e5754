"""Lines out of a container: how many a second reach the manager's loop, and how long that cannot do anything else."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import nodetool_jupyter
from benchmarks.measure import Figure, Figures
from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.container.channel import STEP, ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims, Subject

LINES = 200_000
TICK = 0.001
IMAGE = os.environ.get("DOCKER_IMAGE") or f"nodetool-jupyter:{nodetool_jupyter.__version__}-runner"
ENGINE = "/var/run/docker.sock"
_WRITER = """
import os, sys, time
count = int(sys.argv[1])
for first in range(0, count, 200):
    data = b"".join(
        b'{"seq":%d,"attempt":1,"time":%.6f,"job_id":"abcdefghij","type":"log_update","node_id":"n","node_name":"say",'
        b'"content":"line %d of those that are written","severity":"info"}\\n' % (n + 1, time.time(), n)
        for n in range(first, first + 200)
    )
    while data:
        data = data[os.write(1, data):]
os.write(1, b'{"seq":%d,"attempt":1,"time":%.6f,"job_id":"abcdefghij","type":"job_update","status":"completed"}\\n'
    % (count + 1, time.time()))
"""


def figures(*, soak: bool) -> Figures:
    if not Path(ENGINE).exists():
        return
    repeats = 7 if soak else 3
    floor = statistics.median(_floor() for _ in range(repeats))
    floods = [asyncio.run(_flood()) for _ in range(repeats)]
    rate = statistics.median(flood.rate for flood in floods)
    yield Figure(f"{LINES} log_update out of a container", rate, "events/s", floor, ">= 40000")
    turn = max(flood.turn for flood in floods)
    yield Figure("longest that the loop is busy with a batch of them", turn * 1e3, "ms", None, "<= 20")
    late = statistics.median(flood.late for flood in floods)
    yield Figure("how late the loop is for others meanwhile, p99", late * 1e3, "ms")


class Flood(NamedTuple):
    """Lines a second from the first to the last, the loop's longest turn in CPU time, and how late it was for others.

    On a machine with fewer cores than it, the engine, the container and the loop's thread need, it is late for others
    for reasons of the machine.
    """

    rate: float
    turn: float
    late: float


@contextmanager
def _container(count: int) -> Iterator[tuple[socket.socket, bytes, list[str]]]:
    """Yield a socket that is attached to a container, what came along with the answer, and the command to start it."""
    name = f"nodetool-bench-{uuid.uuid4().hex[:12]}"
    make = ["docker", "create", "--network=none", "--log-driver=local", f"--name={name}", "--entrypoint=python3", IMAGE]
    subprocess.run([*make, "-c", _WRITER, str(count)], check=True, stdout=subprocess.DEVNULL)
    try:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(ENGINE)
        path = f"/containers/{name}/attach?stream=1&stdout=1&stderr=1"
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
        with connection:
            yield connection, answer.partition(b"\r\n\r\n")[2], ["docker", "start", name]
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, stdout=subprocess.DEVNULL)


def _floor() -> float:
    """Return lines a second that are read from the same stream, taken apart, and made Python values."""
    with _container(LINES) as (connection, _, start), subprocess.Popen(start, stdout=subprocess.DEVNULL):
        begin, data, count, rest = 0.0, b"", 0, b""
        stream = connection.makefile("rb", STEP)
        while head := stream.read(8):
            begin = begin or time.perf_counter()
            data = stream.read(int.from_bytes(head[4:], "big"))
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                json.loads(line)
            count += len(lines)
        seconds = time.perf_counter() - begin
    assert count == LINES + 1
    return count / seconds


async def _flood() -> Flood:
    """Take a flood and write each line as a job's log would have it."""
    loop = asyncio.get_running_loop()
    with _container(LINES) as (connection, first, start):
        subject = Subject(job_id="abcdefghij", attempt=1, nodes=frozenset("n"), started=time.time())
        channel = ContainerChannel(Claims(subject))
        channel.open(connection, loop, first)
        process = await asyncio.create_subprocess_exec(*start, stdout=subprocess.DEVNULL)
        late: list[float] = []
        ticking = asyncio.ensure_future(_tick(late))
        numbers: list[int] = []
        begin = longest = 0.0
        while numbers[-1:] != [LINES + 1]:
            await channel.rung()
            turn = time.thread_time()
            while lines := channel.read():
                begin = begin or time.perf_counter()
                b"".join([_as_log(line.n, line.event, line.body) for line in lines])
                numbers += [line.n for line in lines]
                longest = max(longest, time.thread_time() - turn)
                await asyncio.sleep(0)
                turn = time.thread_time()
        seconds = time.perf_counter() - begin
        ticking.cancel()
        channel.close()
        await process.wait()
    assert numbers == list(range(1, LINES + 2))
    return Flood(LINES / seconds, longest, sorted(late)[int(len(late) * 0.99)])


def _as_log(n: int, event: ev.Event, body: bytes | None) -> bytes:
    return ev.dump_line(event, job_id="abcdefghij", attempt=1, seq=n, time=1.0, source=n, body=body)


async def _tick(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - due)
