"""Workers that are processes of one's own: real processes that do what a test says."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge import stdio
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.stdio import READY, StdioTransport
from nodetool_jupyter.errors import WorkerLost, WorkerUnreachable

TOP = f"""
import os, struct, sys, time
import msgpack
def ready(): print({READY!r}, file=sys.stderr, flush=True)
def read():
    head = sys.stdin.buffer.read(4)
    return msgpack.unpackb(sys.stdin.buffer.read(struct.unpack(">I", head)[0])) if head else None
def raw(body): sys.stdout.buffer.write(body); sys.stdout.buffer.flush()
def say(to, kind, data):
    body = msgpack.packb({{"type": kind, "request_id": to["request_id"], "data": data}})
    raw(struct.pack(">I", len(body)) + body)
def greet():
    say(read(), "discover", {{"protocol_version": 6, "nodes": []}})
    say(read(), "result", {{"protocol_version": 6}})
"""


def command(body: str) -> list[str]:
    return [sys.executable, "-c", TOP + body]


async def connect(body: str) -> WorkerClient:
    return await WorkerClient.connect(lambda: StdioTransport.open(command(body)), again=False)


async def test_a_process_is_spoken_to_and_ends_with_its_input() -> None:
    client = await connect("ready(); greet(); say(read(), 'result', {'outputs': {'pid': os.getpid()}}); read()")
    pid = (await client.execute(m.Execute(node_type="a.B"))).outputs["pid"]
    await client.close()
    assert not psutil.pid_exists(pid)


async def test_what_runs_is_finished_before_the_process_ends(tmp_path: Path) -> None:
    done = tmp_path / "done"
    client = await connect(f"ready(); greet()\nwhile read(): pass\nopen({str(done)!r}, 'w').close()")
    await client.close()
    assert done.exists()


async def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "STOP_GRACE", 0.1)
    client = await connect(
        "ready(); greet(); say(read(), 'result', {'outputs': {'pid': os.getpid()}}); time.sleep(600)"
    )
    pid = (await client.execute(m.Execute(node_type="a.B"))).outputs["pid"]
    await client.close()
    assert not psutil.pid_exists(pid)


async def test_a_program_that_is_not_there_is_told_of() -> None:
    with pytest.raises(WorkerUnreachable, match="the worker /no/such/python cannot be started: No such file"):
        await StdioTransport.open(["/no/such/python"])


async def test_a_process_that_ends_at_once_says_what_it_said() -> None:
    with pytest.raises(WorkerUnreachable, match=r"(?s)ended with 3 before it was ready; it said:\nno such module"):
        await StdioTransport.open(command("print('no such module', file=sys.stderr); sys.exit(3)"))


async def test_a_process_that_is_never_ready_is_ended() -> None:
    with pytest.raises(WorkerUnreachable, match=r"did not say within 0\.5 s that it is ready"):
        await StdioTransport.open(command("time.sleep(600)"), timeout=0.5)


ENDS = {
    "it exits": ("sys.exit(7)", "ended with 7"),
    "it is killed": ("os.kill(os.getpid(), 9)", "ended with -9"),
    "it stops inside a frame": ("raw(b'\\0\\0\\0\\5ab'); sys.exit(0)", "the pipe ended inside a frame"),
    "it says a length that cannot be": ("raw(b'\\xff' * 4); read(); read()", "exceeds max size"),
}


@pytest.mark.parametrize("case", ENDS)
async def test_a_process_that_breaks_off_ends_the_call(case: str) -> None:
    act, said = ENDS[case]
    client = await connect(f"ready(); greet(); read(); print('a last word', file=sys.stderr); {act}")
    with pytest.raises(WorkerLost, match=said):
        await client.execute(m.Execute(node_type="a.B"))
    await client.close()


async def test_what_it_writes_beside_its_frames_never_holds_it_up() -> None:
    chatter = "\nfor _ in range(2000): print('x' * 5000, file=sys.stderr)\nprint('y' * 3_000_000, file=sys.stderr)\n"
    client = await connect(f"ready(); greet(); request = read(){chatter}say(request, 'result', {{}}); read()")
    assert (await client.execute(m.Execute(node_type="a.B"))).outputs == {}
    await client.close()


async def test_its_environment_is_the_one_that_is_given() -> None:
    body = "ready(); greet(); say(read(), 'result', {'outputs': dict(os.environ)}); read()"
    path = {"PATH": os.environ["PATH"], "GIVEN": "yes"}
    transport = await StdioTransport.open(command(body), path)

    async def opened() -> StdioTransport:
        return transport

    client = await WorkerClient.connect(opened, again=False)
    environ = (await client.execute(m.Execute(node_type="a.B"))).outputs
    await client.close()
    assert {name for name in environ if not name.startswith(("LC_", "__"))} == {*path, *stdio.QUIET}


async def test_ctrl_c_here_is_no_ctrl_c_there() -> None:
    client = await connect("ready(); greet(); say(read(), 'result', {'outputs': {'group': os.getpgid(0)}}); read()")
    group = (await client.execute(m.Execute(node_type="a.B"))).outputs["group"]
    await client.close()
    assert group != os.getpgid(0)


async def test_many_calls_share_the_pipe() -> None:
    body = "ready(); greet()\nwhile (request := read()): say(request, 'result', {'outputs': request['data']['fields']})"
    client = await connect(body)
    asked = [client.execute(m.Execute(node_type="a.B", fields={"n": n})) for n in range(50)]
    assert [one.outputs["n"] for one in await asyncio.gather(*asked)] == list(range(50))
    await client.close()
