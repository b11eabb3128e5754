"""``make up`` and ``make down``: Compose reads the file, and the worker that it starts can be used."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from tests.conftest import ROOT

pytestmark = pytest.mark.docker
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """The command: the plugin of docker where it is, else the older program."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=50, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose") is None:
        pytest.skip("neither docker compose nor docker-compose is here")
    return ["docker-compose"]


@pytest.fixture
def project(worker_image: str, compose: list[str]) -> Iterator[dict[str, str]]:
    """The variables of a project of its own, which is removed with all that it left."""
    name = f"nt-test-{secrets.token_hex(6)}"
    given = {"COMPOSE_PROJECT_NAME": name, "WORKER_IMAGE": worker_image, "WORKER_PORT": "0"}
    environ = {**{key: text for key, text in os.environ.items() if not key.startswith("NODETOOL_")}, **given}
    yield environ
    left = {**environ, "NODETOOL_WORKER_TOKEN": "none"}
    subprocess.run([*compose, "down", "-v", "-t", "5"], cwd=ROOT, env=left, check=True, capture_output=True, timeout=50)


def run(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=50, check=False)


def test_up_without_a_token_is_refused_by_one_sentence(project: dict[str, str]) -> None:
    done = run(project, "make", "up")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("set NODETOOL_WORKER_TOKEN to the token that clients must have")


def test_so_is_compose_itself(project: dict[str, str], compose: list[str]) -> None:
    done = run(project, *compose, "config")
    assert done.returncode != 0
    assert "set it to the token that clients must have" in done.stderr


def test_compose_reads_it(project: dict[str, str], compose: list[str]) -> None:
    environ = {**project, "NODETOOL_WORKER_TOKEN": secrets.token_hex(16)}
    done = run(environ, *compose, "--profile", "gpu", "config", "--services")
    assert sorted(done.stdout.split()) == ["worker", "worker-gpu"]


def test_up_starts_a_worker_and_down_ends_it(client: Any, project: dict[str, str], compose: list[str]) -> None:
    token = secrets.token_hex(16)
    environ = {**project, "NODETOOL_WORKER_TOKEN": token}
    assert run(environ, "make", "up").returncode == 0
    port = run(environ, *compose, "port", "worker", "7777").stdout.strip().rpartition(":")[2]
    label = f"com.docker.compose.project={project['COMPOSE_PROJECT_NAME']}"
    (container,) = client.containers.list(filters={"label": label})
    command = ["docker", "logs", "--follow", container.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as logs:
        assert logs.stdout is not None
        assert any(line.startswith("NODETOOL_WORKER_PORT=") for line in logs.stdout)
        logs.kill()

    async def nodes() -> int:
        async with asyncio.timeout(40):
            address = Address(f"ws://127.0.0.1:{port}", token)
            found = await WorkerClient.connect(lambda: WebSocketTransport.open(address))
            await found.close()
            return len(found.nodes)

    assert asyncio.run(nodes()) > 300
    assert container.exec_run(["touch", "/app/huggingface/model", "/app/data/job"]).exit_code == 0
    assert run(project, "make", "down").returncode == 0
    assert not client.containers.list(all=True, filters={"id": container.id})
