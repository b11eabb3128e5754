"""Our worker beside NodeTool's own in the same run: large blobs, small executes, blocked nodes, many connections.

NodeTool's is found by ``NODETOOL_PEER_VENV``, or where ``make peer`` puts it; without it the figures have no floor.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgpack

from benchmarks.measure import Figure, Figures
from benchmarks.peers import MIB, Client, Peer, ours, peer_python, theirs

SIZE = 50 * MIB
SMALL = 500
AT_ONCE = 1_000
ABANDONED = 500
PINGED = 45.0  # seconds after which a connection that answers no ping is gone: 20 until the ping, 10 to answer
ENDING = 20

Work = Callable[[Client], float]


def blob_in(client: Client) -> float:
    """Return the seconds of a blob to a node."""
    body = os.urandom(MIB) * (SIZE // MIB)
    wanted = {"output": zlib.crc32(body) ^ SIZE}
    packed = client.pack("execute", node_type="benchcheck.basic.Take", fields={}, blobs={"image": body})
    del body
    start = time.perf_counter()
    found = client.ask(packed)
    seconds = time.perf_counter() - start
    assert found["outputs"] == wanted
    return seconds


def blob_out(client: Client) -> float:
    """Return the seconds of a blob from a node."""
    start = time.perf_counter()
    client.send(client.node("Make", size=SIZE))
    came = client.receive()
    seconds = time.perf_counter() - start
    assert [len(blob) for blob in msgpack.unpackb(came)["data"]["blobs"].values()] == [SIZE]
    return seconds


def blob_out_in_pieces(client: Client) -> float:
    """Return the seconds of a blob from a node in the pieces of chunked-v1."""
    fields, start = {"size": SIZE}, time.perf_counter()
    found = client.ask(
        client.pack("execute", node_type="benchcheck.basic.Make", fields=fields, blob_transfer="chunked-v1")
    )
    seconds = time.perf_counter() - start
    assert found["blobs"] == {}
    return seconds


def trivial(client: Client) -> float:
    """Return the median seconds of an execute that does next to nothing."""
    times = []
    for _ in range(SMALL):
        packed = client.node("Add", a=1.0, b=2.0)
        start = time.perf_counter()
        client.send(packed)
        came = client.receive()
        times.append(time.perf_counter() - start)
        assert msgpack.unpackb(came)["data"]["outputs"] == {"output": 3.0}
    return statistics.median(times)


def status_beside_a_blocking_node(client: Client) -> float:
    """Return the seconds until a status is answered, 0.2 s after a node began to block for one second."""
    client.send(client.node("Block", seconds=1.0))
    time.sleep(0.2)
    start = time.perf_counter()
    client.send(client.pack("worker.status"))
    while "node_count" not in client.answer():
        pass
    seconds = time.perf_counter() - start
    if seconds < 0.5:
        client.answer()  # the node's, which else came before
    return seconds


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory(prefix="nt-") as folder, ExitStack() as stack:
        python = peer_python()
        peers = [stack.enter_context(ours(Path(folder, "ours")))]
        if python is not None:
            peers.append(stack.enter_context(theirs(Path(folder, "theirs"), python)))
        yield from _blobs(peers, 15 if soak else 7)
        yield from _small(peers, 15 if soak else 7)
        yield from _many(peers)
        yield from _abandoned(peers[0])
        yield from _ending(peers[0])


def _blobs(peers: list[Peer], rounds: int) -> Figures:
    works: dict[str, tuple[Work, str]] = {
        "50 MiB to a node": (blob_in, "<= 75, <= 0.5 x floor"),
        "50 MiB from a node": (blob_out, "<= 75, <= 0.5 x floor"),
        "50 MiB from a node in pieces": (blob_out_in_pieces, "<= 75"),
    }
    for name, (work, small) in works.items():
        seconds, memory = _beside(peers, work, rounds)
        yield Figure(f"worker: {name}", seconds[0], "s", _floor(seconds), "<= 1.0 x floor")
        memory = [one / MIB for one in memory]
        yield Figure(f"worker: {name}, extra memory", memory[0], "MiB", _floor(memory), small)


def _small(peers: list[Peer], rounds: int) -> Figures:
    works: dict[str, tuple[Work, str]] = {
        "trivial execute": (trivial, "<= 0.7"),
        "status beside a node that blocks": (status_beside_a_blocking_node, "<= 50"),
    }
    for name, (work, reach) in works.items():
        seconds = [1e3 * one for one in _beside(peers, work, rounds)[0]]
        yield Figure(f"worker: {name}", seconds[0], "ms", _floor(seconds), reach)


def _beside(peers: list[Peer], work: Work, rounds: int) -> tuple[list[float], list[float]]:
    """Return the medians of seconds and of extra bytes of each worker; they take turns, and the first round warms."""
    seconds: list[list[float]] = [[] for _ in peers]
    memory: list[list[int]] = [[] for _ in peers]
    for number in range(rounds + 1):
        for place, peer in enumerate(peers):
            with peer.connected() as client:
                client.ask(client.pack("worker.status"))
                with peer.most() as most:
                    took = work(client)
            if number:
                seconds[place].append(took)
                memory[place].extend(most)
    return [statistics.median(one) for one in seconds], [statistics.median(one) for one in memory]


def _floor(values: list[float]) -> float | None:
    return values[1] if len(values) > 1 else None


def _many(peers: list[Peer]) -> Figures:
    seconds, growth = [], []
    for peer in peers:
        with peer.connected() as client:
            _at_once(client)
            before = peer.memory()
            seconds.append(_at_once(client))
            growth.append(peer.memory() / before)
    yield Figure("worker: 1,000 executes at once", seconds[0], "s", _floor(seconds))
    yield Figure("worker: memory after 1,000 executes to before", growth[0], "times", _floor(growth), "0.9 to 1.1")


def _at_once(client: Client) -> float:
    """Send many executes without waiting for answers, and return the seconds until the last has come."""
    packed = b"".join(client.node("Add", a=1.0) for _ in range(AT_ONCE))
    sending = threading.Thread(target=client.send, args=(packed,))
    start = time.perf_counter()
    sending.start()
    for _ in range(AT_ONCE):
        assert client.answer()["outputs"] == {"output": 1.0}
    sending.join()
    return time.perf_counter() - start


def _abandoned(peer: Peer) -> Figures:
    def others() -> int:
        with peer.connected() as client:
            count: int = client.ask(client.pack("worker.status"))["connections"]
            return count - 1

    others()
    before = peer.memory()
    with ExitStack() as stack:
        for _ in range(ABANDONED):
            stack.enter_context(peer.connected(room=0))
        assert others() == ABANDONED
        each = (peer.memory() - before) / ABANDONED
        time.sleep(PINGED)
        left = others()
    yield Figure("worker: memory of an abandoned connection", each / 1024, "KiB", None, "<= 70")
    yield Figure(f"worker: abandoned connections left after {PINGED:g} s", left, "connections", None, "0")


def _ending(peer: Peer) -> Figures:
    with peer.connected() as client:
        for _ in range(ENDING):
            client.send(client.node("Block", seconds=1.0))
        time.sleep(0.5)
        peer.process.send_signal(signal.SIGTERM)
        answered = sum(client.answer()["outputs"] == {"output": "done"} for _ in range(ENDING))
    yield Figure(f"worker: of {ENDING} executes, lost at SIGTERM", ENDING - answered, "executes", None, "0")
    yield Figure("worker: exit code after SIGTERM", peer.process.wait(60), "", None, "0")
