"""What real containers write, as their owner's channel hands it over."""

from __future__ import annotations

import asyncio
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.execution.container.channel import LINE_CAP, ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims, Rates
from tests.execution.container_scenery import claims, contents, read_all

pytestmark = pytest.mark.docker
PATIENCE = 50.0
MIB = 1024**2

_SAY = """
import json, os, signal, sys, threading, time
def say(*numbers, **fields):
    lines = [json.dumps({"seq": n, "attempt": 1, "time": time.time(), "job_id": "x", "type": "log_update",
        "node_id": "", "node_name": "", "content": f"line {n}", "severity": "info", **fields}, separators=(",", ":"))
        for n in numbers]
    sys.stdout.write("".join(line + "\\n" for line in lines))
    sys.stdout.flush()
def end(n):
    say(n, type="job_update", status="completed")
"""
FLOOD = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for n in range(1, 100_001, 500): say(*range(n, n + 500))
end(100_001)
"""
ENDLESS = """
block = b'x' * (1 << 20)
left = 1 << 30
while left:
    left -= os.write(1, block[:min(left, len(block))])
os.write(1, b"\\n")
end(1)
"""
CLOSES = "say(1)\nos.close(1)\nos.close(2)\nsignal.pause()"
COMPLAINS = "sys.stderr.write('a complaint\\n')"
TWO_PARTS = """
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
say(*range(1, 1001))
while not over.is_set(): signal.pause()
say(*range(1001, 1011))
end(1011)
"""
LONG_LINES = TWO_PARTS.replace("1001, 1011)", "1001, 1011), content='x' * 100_000").replace(
    "1, 1001)", "1, 1001), content='y' * 40_000"
)
FORGES = """
say(1)
print('{"seq":2,"type":"gap","first":1,"last":1,"lines":1}', flush=True)
print('{"seq":9,"type":"job_update","status":"queued","params":{"container":"another"},"attempt":7}', flush=True)
print('{"seq":1,"type":"job_update","status":"completed"}', flush=True)
say(10, node_id="nobody")
end(11)
"""
FLOODS = "n = 0\nwhile True:\n    say(*range(n + 1, n + 501))\n    n += 500"


class Made:
    """A container that has not started yet, and its attached sockets."""

    def __init__(self, client: Any, container: Any) -> None:
        self.container = container
        self._host = client.api.base_url
        self._attached: list[socket.socket] = []

    def attach(self) -> tuple[socket.socket, bytes]:
        """Return a socket that is attached, and what of the stream came along with the engine's answer."""
        return self._ask("POST", "attach?stream=1&stdout=1&stderr=1", "1.1", "Connection: Upgrade\r\nUpgrade: tcp\r\n")

    def follow_log(self) -> tuple[socket.socket, bytes]:
        """Return the same of the engine's log from its beginning on, as an adopter reads it.

        To attach with the log before the stream loses what is written between the two. HTTP/1.0 has no chunks.
        """
        return self._ask("GET", "logs?follow=1&stdout=1&stderr=1", "1.0", "")

    def read_log(self) -> tuple[socket.socket, bytes]:
        """Return the same of the whole log of a container that has ended: who follows may be let go before its end."""
        self.container.wait()
        return self._ask("GET", "logs?stdout=1&stderr=1", "1.0", "")

    def _ask(self, verb: str, path: str, version: str, heads: str) -> tuple[socket.socket, bytes]:
        connection = socket.socket(socket.AF_UNIX)
        self._attached.append(connection)
        connection.connect("/var/run/docker.sock")
        path = f"/containers/{self.container.id}/{path}"
        connection.sendall(f"{verb} {path} HTTP/{version}\r\nHost: x\r\n{heads}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
        assert answer.split(b" ", 2)[1] in (b"101", b"200")
        return connection, answer.partition(b"\r\n\r\n")[2]

    def close(self) -> None:
        for connection in self._attached:
            connection.close()
        self.container.remove(force=True)


@pytest.fixture
def make(client: Any, image: str) -> Iterator[Callable[[str], Made]]:
    if urlsplit(client.api.base_url).scheme not in ("http+docker", "http+unix"):
        pytest.skip("these tests attach to an engine's own socket")
    word, made = uuid.uuid4().hex[:12], []

    def create(program: str) -> Made:
        container = client.containers.create(
            image,
            entrypoint=["python3", "-c", _SAY + program],
            name=f"nodetool-test-{word}-{len(made)}",
            labels={"nodetool.test": word},
            network_mode="none",
            log_config={"Type": "local", "Config": {"max-size": "64m", "max-file": "1", "compress": "false"}},
        )
        made.append(Made(client, container))
        return made[-1]

    yield create
    for one in made:
        one.close()


def listen(
    made: Made,
    found: Claims,
    act: Callable[[], object],
    how: Callable[[Made], tuple[socket.socket, bytes]] = Made.attach,
) -> list[ChannelLine]:
    """Attach, do something, and read to the end of the stream."""

    async def main() -> list[ChannelLine]:
        channel = ContainerChannel(found)
        connection, first = await asyncio.to_thread(how, made)
        channel.open(connection, asyncio.get_running_loop(), first, logged=how != Made.attach)
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(act)
                return await read_all(channel)
        finally:
            channel.close()

    return asyncio.run(main())


def test_no_line_of_a_flood_is_lost(make: Callable[[str], Made]) -> None:
    made = make(FLOOD)
    lines = listen(made, claims(), made.container.start)
    assert [line.n for line in lines] == list(range(1, 100_002))
    assert contents(lines) == [f"line {n}" for n in range(1, 100_001)]


def test_complaints_on_stderr_are_warnings(make: Callable[[str], Made]) -> None:
    made = make(COMPLAINS)
    found = claims()
    lines = listen(made, found, made.container.start)
    assert (contents(lines), list(found.said)) == (["a complaint"], ["a complaint"])


def test_a_gibibyte_without_a_line_end_takes_little_memory(make: Callable[[str], Made]) -> None:
    made = make(ENDLESS)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak that other tests have left
    before = _memory("VmRSS")
    lines = listen(made, claims(), made.container.start)
    assert _memory("VmHWM") - before < 3 * LINE_CAP
    assert [line.n for line in lines] == [OWN, 1]
    assert "too long: 1,073,741,824 bytes" in contents(lines)[0]


def _memory(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def test_a_container_that_closes_its_streams_is_silent_until_it_ends(make: Callable[[str], Made]) -> None:
    made = make(CLOSES)
    found = claims()

    async def main() -> list[ChannelLine]:
        channel = ContainerChannel(found)
        connection, first = made.attach()
        channel.open(connection, asyncio.get_running_loop(), first)
        made.container.start()
        lines: list[ChannelLine] = []
        async with asyncio.timeout(PATIENCE):
            while not lines:
                await channel.rung()
                lines = channel.read()
            await asyncio.to_thread(made.container.kill)
            return lines + await read_all(channel)

    assert [line.n for line in asyncio.run(main())] == [1]
    assert not found.ended


@pytest.mark.parametrize("program", ["flood", "two parts", "long lines"])
def test_an_adopter_goes_on_where_the_owner_before_stopped(make: Callable[[str], Made], program: str) -> None:
    made = make({"flood": FLOOD, "two parts": TWO_PARTS, "long lines": LONG_LINES}[program])

    async def first() -> list[ChannelLine]:
        channel = ContainerChannel(claims())
        connection, ahead = made.attach()
        channel.open(connection, asyncio.get_running_loop(), ahead)
        made.container.start()
        lines: list[ChannelLine] = []
        async with asyncio.timeout(PATIENCE):
            while len(lines) < 1000:
                await channel.rung()
                lines += channel.read()
        channel.close()
        return lines

    before = asyncio.run(first())
    lines = before + listen(made, claims(after=before[-1].n), lambda: made.container.kill("SIGTERM"), Made.follow_log)
    if not ev.ends(lines[-1].event):
        lines += listen(made, claims(after=lines[-1].n), lambda: None, Made.read_log)
    last = {"flood": 100_001}.get(program, 1011)
    assert [line.n for line in lines] == list(range(1, last + 1))
    assert ev.ends(lines[-1].event)


def test_forged_lines_do_no_harm(make: Callable[[str], Made]) -> None:
    made = make(FORGES)
    lines = listen(made, claims(), made.container.start)
    assert [line.n for line in lines if line.n != OWN] == [1, 11]
    assert ev.ends(lines[-1].event)
    assert b"another" not in b"".join(ev.dump(line.event) for line in lines)


def test_a_container_that_never_stops_writing_is_ended(make: Callable[[str], Made]) -> None:
    made = make(FLOODS)
    found = claims(rates=Rates(lines=(50_000, 100)))

    async def main() -> list[ChannelLine]:
        channel = ContainerChannel(found)
        connection, first = made.attach()
        channel.open(connection, asyncio.get_running_loop(), first)
        made.container.start()
        lines: list[ChannelLine] = []
        async with asyncio.timeout(PATIENCE):
            while not (lines and ev.ends(lines[-1].event)):
                await channel.rung()
                lines += channel.read()
        await asyncio.to_thread(made.container.kill)
        rest = await read_all(channel)
        channel.close()
        return lines + rest

    lines = asyncio.run(main())
    assert isinstance(lines[-1].event, ev.JobUpdate)
    assert lines[-1].event.reason == "output_limit"
    assert len(lines) <= 55_000
