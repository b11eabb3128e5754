"""The health check of images: what it says of a worker that is well, of one that is not, and of none."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nodetool_jupyter.worker import health
from tests.execution.engine_scenery import write_certificates
from tests.worker.scenery import running


def test_a_worker_is_well() -> None:
    async def whole() -> str | None:
        async with running() as worker:
            return await asyncio.to_thread(health.fault, worker.port)

    assert asyncio.run(whole()) is None


def test_so_is_one_that_speaks_tls(tmp_path: Path) -> None:
    write_certificates(tmp_path)

    async def whole() -> str | None:
        async with running(certfile=tmp_path / "cert.pem", keyfile=tmp_path / "key.pem") as worker:
            return await asyncio.to_thread(health.fault, worker.port)

    assert asyncio.run(whole()) is None


def test_one_that_drains_is_not() -> None:
    async def whole() -> str | None:
        async with running() as worker:
            await worker.worker.drain()
            return await asyncio.to_thread(health.fault, worker.port)

    assert asyncio.run(whole()) == "the worker is not well: status 503"


def test_something_else_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert (health.fault(port) or "").startswith(f"what listens on port {port} does not answer: ")


def test_its_exit_code_and_its_word_are_the_check() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    command = [sys.executable, "-m", "nodetool_jupyter.worker.health", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"nothing listens on port {port}\n")
