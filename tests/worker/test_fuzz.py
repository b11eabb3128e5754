"""Frames that nobody sends: changed, cut, nested, of wrong types. Nothing crashes, nothing hangs, no code is run."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nodetool_jupyter
from tests.worker.recorded import CASES, bytes_of
from tests.worker.scenery import Running, SocketClient, pack, running

SEEDS = [msgpack.packb(bytes_of(case["request"])) for name, case in CASES.items() if "request" in case
         and "50 MiB" not in name] or [pack("discover", "1"), pack("execute", "2", {"node_type": "x"})]  # fmt: skip
KINDS = ["discover", "worker.status", "execute", "execute.stream", "cancel", "job.start", "job.end", "provider.list",
         "models.list_cached", "models.evict", "blob.start", "blob.chunk", "blob.end", "comfy.execute"]  # fmt: skip
NODES = ["Add", "DivMod", "CountStream", "Echo", "BigBytes", "SolidImage", "BlobInfo", "Identity", "Fail", "Chatty"]

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=True) | st.text(max_size=20)
    | st.binary(max_size=20) | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=8)),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=10) | st.integers(0, 9), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
small = st.integers(-3, 40) | plain
fields = st.dictionaries(st.sampled_from(["a", "b", "count", "size", "width", "height", "value", "message"]), small)
asks = st.fixed_dictionaries(
    {"node_type": st.sampled_from([f"bridgecheck.basic.{node}" for node in NODES]) | plain},
    optional={
        "fields": fields | plain, "blobs": st.dictionaries(st.text(max_size=5), st.binary(max_size=20)) | plain,
        "secrets": plain, "node_id": plain, "job_id": plain, "blob_transfer": st.just("chunked-v1") | plain,
        "blob_input": st.just("chunked-input-v1"), "requires_vram_gb": plain,
    },
)  # fmt: skip
messages = st.fixed_dictionaries(
    {},
    optional={"type": st.sampled_from(KINDS) | plain, "request_id": st.text(max_size=3) | plain, "data": asks | plain},
)


async def survives(worker: Running, client: SocketClient, frames: list[bytes]) -> SocketClient:
    """Send frames, and prove that the worker still answers, on the same connection if it is still open."""
    for frame in frames:
        await client.raw(frame)
    request_id = "the end of it"
    try:
        await client.send("worker.status", {}, request_id)
        while (await client.next())["request_id"] != request_id:
            pass
    except ConnectionError:
        client = await worker.connect()
        assert (await client.ask("worker.status"))["type"] == "result"
    except TimeoutError:
        raise AssertionError(f"no answer; at work: {worker.worker.status('websocket')['queue']}") from None
    return client


def fuzz(rounds: list[list[bytes]]) -> None:
    async def whole() -> None:
        async with running(at_once=8) as worker:
            client = await worker.connect()
            for frames in rounds:
                client = await survives(worker, client, frames)
            assert worker.worker.desk.left_behind == 0

    asyncio.run(whole())


@settings(suppress_health_check=list(HealthCheck), max_examples=settings.default.max_examples // 2)  # type: ignore[union-attr]
@given(st.lists(messages, min_size=1, max_size=20))
def test_messages_of_any_form(frames: list[dict[str, Any]]) -> None:
    fuzz([[msgpack.packb(frame) for frame in frames]])


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """Return a frame with some bytes changed, cut out, doubled or put in."""
    body = bytearray(seed[:5000])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        kind = chance.randrange(5)
        if kind == 0 and body:
            body[min(at, len(body) - 1)] = chance.randrange(256)
        elif kind == 1:
            del body[at : at + chance.randint(1, 20)]
        elif kind == 2:
            body[at:at] = chance.randbytes(chance.randint(1, 8))
        elif kind == 3:
            body[at:at] = body[at : at + 30]
        else:  # what claims to be much larger than it is
            body[at:at] = chance.choice(
                [b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdf\x00\xff\xff\xff", b"\x91" * 200]
            )
    return bytes(body)


def mutations(count: int, start: int) -> list[list[bytes]]:
    chance = random.Random(start)
    frames = [mutated(chance.choice(SEEDS), chance) for _ in range(count)]
    return [frames[at : at + 100] for at in range(0, count, 100)]


def test_changed_frames() -> None:
    fuzz(mutations(1_000, 7))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_changed_frames() -> None:
    fuzz(mutations(10_000, 11))


def test_frames_that_are_bombs() -> None:
    deep = b"\x81\xa4data" + b"\x91" * 200_000 + b"\xc0"
    wide = msgpack.packb({"type": "execute", "data": [{}] * 1_100_000})
    claims = [b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\x81\xa4type\xdb\xff\xff\xff\xff"]
    fuzz([[deep], [wide], claims])


def test_nothing_in_the_worker_or_its_codec_can_run_what_it_reads() -> None:
    folder = Path(nodetool_jupyter.__file__).parent
    words = re.compile(r"import pickle|cloudpickle|\b(eval|exec)\(|yaml\.load|marshal|__import__|shelve")
    found = [
        f"{path.name}: {match[0]}"
        for name in ("worker", "bridge", "auth")
        for path in (folder / name).rglob("*.py")
        for match in words.finditer(path.read_text())
    ]
    assert found == []
