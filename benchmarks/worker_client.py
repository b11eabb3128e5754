"""Our client beside a socket by hand, against NodeTool's worker and ours: 50 MiB there and back, as files."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Figure, Figures
from benchmarks.peers import MIB, Peer, most_of, ours, peer_python, theirs
from benchmarks.worker import SIZE, blob_in, blob_out_in_pieces
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.line import Transport
from nodetool_jupyter.bridge.websocket import WebSocketTransport


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory(prefix="nt-") as folder, ExitStack() as stack:
        peers = {"our worker": stack.enter_context(ours(Path(folder, "ours")))}
        python = peer_python()
        if python is not None:
            peers["NodeTool's worker"] = stack.enter_context(theirs(Path(folder, "theirs"), python))
        for name, peer in peers.items():
            yield from _of(name, peer, Path(folder), 9 if soak else 5)


def _of(name: str, peer: Peer, folder: Path, rounds: int) -> Figures:
    by_hand: list[list[float]] = [[], []]
    for _ in range(rounds):
        with peer.connected() as by:
            for place, work in enumerate((blob_in, blob_out_in_pieces)):
                by_hand[place].append(work(by))
    seconds, memory = asyncio.run(_by_client(peer, folder, rounds))
    for place, words in enumerate(("to", "from")):
        floor = statistics.median(by_hand[place])
        yield Figure(f"client: 50 MiB {words} {name}", statistics.median(seconds[place]), "s", floor)
        most = statistics.median(memory[place]) / MIB
        yield Figure(f"client: 50 MiB {words} {name}, extra memory", most, "MiB")


async def _by_client(peer: Peer, folder: Path, rounds: int) -> tuple[list[list[float]], list[list[int]]]:
    """Return the seconds and the extra bytes of each round, there and back."""

    async def opened() -> Transport:
        return await WebSocketTransport.open(Address(peer.url, peer.token))

    seconds: list[list[float]] = [[], []]
    memory: list[list[int]] = [[], []]
    body = folder / "body"
    body.write_bytes(os.urandom(MIB) * (SIZE // MIB))
    client = await WorkerClient.connect(opened)
    try:
        for _ in range(rounds):
            for place, work in enumerate((_to, _from)):
                with most_of(os.getpid()) as most:
                    start = time.perf_counter()
                    await work(client, body)
                    seconds[place].append(time.perf_counter() - start)
                memory[place].extend(most)
    finally:
        await client.close()
    return seconds, memory


async def _to(client: WorkerClient, body: Path) -> None:
    await client.execute(m.Execute(node_type="benchcheck.basic.Take"), files=[("image", body)])


async def _from(client: WorkerClient, body: Path) -> None:
    message = m.Execute(node_type="benchcheck.basic.Make", fields={"size": SIZE})
    with tempfile.TemporaryDirectory(dir=body.parent) as folder:
        found = await client.execute(message, folder=Path(folder))
        assert found.files["output"].stat().st_size == SIZE
