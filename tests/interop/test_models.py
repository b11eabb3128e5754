"""Models that a worker has on its disk: NodeTool's own worker and ours tell of them in the same shape."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.messages import Message
from nodetool_jupyter.bridge.stdio import StdioTransport
from tests.interop.conftest import peer

NAME = "ada/small-model"


class _ListModels(Message):
    TYPE = "models.list_cached"


def cached(folder: Path) -> None:
    """Lay a model into Hugging Face's cache, as its library does."""
    home = folder / "hub" / "models--ada--small-model"
    for name in ("blobs", "refs", f"snapshots/{'a' * 40}"):
        (home / name).mkdir(parents=True)
    (home / "refs" / "main").write_text("a" * 40)
    (home / "blobs" / ("0" * 64)).write_bytes(b"x" * 1000)
    (home / "snapshots" / ("a" * 40) / "model.safetensors").symlink_to(f"../../blobs/{'0' * 64}")


async def told_by(command: list[str], folder: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NODETOOL_", "HF_", "AUTH_"))}
    environ = {**kept, "HF_HOME": str(folder), "HF_HUB_OFFLINE": "1", "ENV": "test"}
    client = await WorkerClient.connect(lambda: StdioTransport.open(command, environ), again=False)
    try:
        (found,) = (await client.ask(_ListModels())).data["models"]
        assert isinstance(found, dict)
        return found
    finally:
        await client.close()


def test_a_model_on_disk_is_told_in_the_same_shape(tmp_path: Path) -> None:
    cached(tmp_path)
    peers = asyncio.run(
        told_by([peer("NODETOOL_PEER_VENV", ".venv-peer", "peer"), "-m", "nodetool.worker", "--stdio"], tmp_path)
    )
    ours = asyncio.run(told_by([sys.executable, "-m", "nodetool_jupyter.worker", "--stdio"], tmp_path))
    assert peers.pop("cache_path") == str(tmp_path / "hub" / "models--ada--small-model")
    assert ours.pop("cache_path") is None  # folders of the worker's machine are nobody's business
    assert (ours.pop("loaded"), ours.pop("in_use")) == (False, 0)
    assert {**peers, "size_on_disk": 0} == {**ours, "size_on_disk": 0}
    assert ours["repo_id"] == NAME
    assert abs(peers["size_on_disk"] - ours["size_on_disk"]) <= 40  # one of us counts the ref
