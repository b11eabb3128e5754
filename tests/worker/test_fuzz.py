"""Frames that nobody sends: changed, cut, nested, of wrong types. Nothing crashes, nothing hangs, no code is run."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nodetool_jupyter
from nodetool_jupyter.testing import fake_strategy
from tests.worker.hosting import PASS_ON, submit
from tests.worker.recorded import CASES, bytes_of
from tests.worker.scenery import Running, SocketClient, pack, running

SEEDS = [msgpack.packb(bytes_of(case["request"])) for name, case in CASES.items() if "request" in case
         and "50 MiB" not in name] or [pack("discover", "1"), pack("execute", "2", {"node_type": "x"})]  # fmt: skip
_KEPT = b"kept bytes"
_SOME_JOB = b"abcdefghij"  # stands for one that is there
_SHA = hashlib.sha256(_KEPT).hexdigest()
_NAMED = "values/0123456789abcdef.bin"
JOBS = {
    "jobs.submit": {
        "request": {"graph": PASS_ON, "params": {"x": {"type": "bytes", "uri": _NAMED, "asset_id": None}}},
        "idempotency_key": "k", "secrets": {"MY_KEY": "long enough"}, "values": {_NAMED: _SHA},
    },
    "jobs.list": {"status": ["running"], "limit": 3, "after": "WzEsICJhIl0"},
    "jobs.get": {"job_id": "abcdefghij"},
    "jobs.events": {"job_id": "abcdefghij", "after": 3, "follow": True},
    "jobs.cancel": {"job_id": "abcdefghij", "grace": 0.5},
    "jobs.retry": {"job_id": "abcdefghij", "secrets": {}},
    "jobs.push_input": {"job_id": "abcdefghij", "name": "items", "value": {"a": 1}, "end": False, "values": {}},
    "jobs.remove": {"job_id": "abcdefghij"},
    "values.get": {"job_id": "abcdefghij", "name": _NAMED, "offset": 1, "length": 2},
    "values.missing": {"digests": [_SHA]},
    "values.put": {"sha256": _SHA},
    "values.put_url": {"sha256": _SHA, "size": len(_KEPT)},
    "values.get_url": {"job_id": "abcdefghij", "name": _NAMED},
}  # fmt: skip
JOB_SEEDS = [
    *(pack(kind, "j", data) for kind, data in JOBS.items()),
    pack("jobs.submit", "j", {"request": json.dumps({"graph": PASS_ON}).encode()}),
    pack("jobs.submit", "j", {"request": {"graph": PASS_ON}}),
    pack("blob.start", "u", {"name": f"values/{_SHA}", "size": len(_KEPT)}),
    pack("blob.chunk", "u", {"name": f"values/{_SHA}", "offset": 0, "bytes": _KEPT}),
    pack("blob.end", "u", {"name": f"values/{_SHA}", "size": len(_KEPT), "sha256": _SHA}),
    pack("values.put", "u", {"sha256": _SHA}),
    pack("cancel", "j"),
]
KINDS = [*JOBS, "discover", "worker.status", "execute", "execute.stream", "cancel", "job.start", "job.end",
         "provider.list", "models.list_cached", "models.evict", "blob.start", "blob.chunk", "blob.end",
         "comfy.execute"]  # fmt: skip
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
        async with running(at_once=8, strategies=("fake",), data=Path(folder, "data")) as worker:
            faults: list[BaseException] = []
            worker.worker.log_fault = faults.append  # type: ignore[method-assign]
            client = await worker.connect()
            job = await submit(client)
            for frames in rounds:
                named = [frame.replace(_SOME_JOB, job["id"].encode()) for frame in frames]
                client = await survives(worker, client, named)
            assert faults == []
            assert worker.worker.desk.left_behind == 0

    with tempfile.TemporaryDirectory() as folder, fake_strategy():
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


def mutations(count: int, start: int, seeds: list[bytes]) -> list[list[bytes]]:
    chance = random.Random(start)
    frames = [mutated(chance.choice(seeds), chance) for _ in range(count)]
    return [frames[at : at + 100] for at in range(0, count, 100)]


def test_changed_frames() -> None:
    fuzz(mutations(1_000, 7, SEEDS))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_changed_frames() -> None:
    fuzz(mutations(10_000, 11, SEEDS))


ODD: list[Any] = [
    None, True, -1, 0, 2**63, 1e308, float("nan"), "", "x" * 300, "\0", "../..", "é", b"", b"{", b"[" * 5000, [], [[]],
    {}, {"": {}}, {"a": {"type": "json", "uri": _NAMED, "refers": True}}, [_SHA], {_NAMED: _SHA}, {"nodes": 3},
]  # fmt: skip


def bent(seed: bytes, chance: random.Random) -> bytes:
    """Return a frame that can be read, with something else in the place of one of its parts."""
    whole = part = msgpack.unpackb(seed, strict_map_key=False)
    while True:
        keys = list(part) if isinstance(part, dict) else range(len(part))
        key = chance.choice(keys)
        if isinstance(part[key], (dict, list)) and part[key] and chance.random() < 0.8:
            part = part[key]
        else:
            part[key] = chance.choice(ODD)
            return msgpack.packb(whole)


def whole_and_changed(count: int, start: int) -> list[list[bytes]]:
    """Return frames about jobs, some of them as they should be, so that there are jobs for the others to name."""
    chance = random.Random(start)
    change = [mutated, bent, bent, lambda seed, _: seed]
    frames = [chance.choice(change)(seed, chance) for seed in chance.choices(JOB_SEEDS, k=count)]
    return [frames[at : at + 100] for at in range(0, count, 100)]


def test_changed_frames_about_jobs() -> None:
    fuzz(whole_and_changed(1_000, 13))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_changed_frames_about_jobs() -> None:
    fuzz(whole_and_changed(10_000, 17))


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
