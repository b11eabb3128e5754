"""``nodetool workers``: connecting, listing and forgetting, as a person does it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bridge.known import ADD
from tests.bridge.peers import Side, Talk, peer, serving

TOKEN = "canary-token-77aa"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    unset = {name: text for name, text in os.environ.items() if not name.startswith("NODETOOL_")}
    return {**unset, "NODETOOL_HOME": str(tmp_path / "home"), "NODETOOL_RUNTIME": str(tmp_path / "run")}


def nodetool(home: dict[str, str], *words: str, **more: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "nodetool_jupyter", *words]
    done = subprocess.run(command, env={**home, **more}, capture_output=True, text=True, timeout=50)
    return done.returncode, (done.stdout or done.stderr).strip()


def beside(talk: Talk, home: dict[str, str], *lines: tuple[str, ...], **more: str) -> list[tuple[int, str]]:
    """Say lines while a worker runs; ``URL`` stands for its address."""

    async def run() -> list[tuple[int, str]]:
        async with peer(talk) as worker:
            told = []
            for words in lines:
                said = [worker.url if word == "URL" else word for word in words]
                code, text = await asyncio.to_thread(nodetool, home, *said, **more)
                told.append((code, text.replace(worker.url, "URL")))
            return told

    return asyncio.run(run())


def test_a_worker_is_connected_listed_and_forgotten(home: dict[str, str]) -> None:
    talk = serving(nodes=[{"node_type": "a.B"}])
    lines = (("workers", "connect", "gpu", "URL"), ("workers",), ("workers", "forget", "gpu"), ("workers",))
    connected, listed, forgotten, none = beside(talk, home, *lines)
    assert connected == (0, "worker gpu is known as URL; connected: protocol 6, 1 node type")
    assert listed[1].split() == ["worker", "address", "state", "protocol", "nodes", "gpu", "URL", "connected", "6", "1"]
    assert forgotten == (0, "worker gpu is forgotten")
    assert none[1].startswith("No workers are known")


def test_a_token_is_kept_among_the_secrets_and_never_shown(home: dict[str, str], tmp_path: Path) -> None:
    line = ("workers", "connect", "gpu", "URL", "--token-env", "MY_TOKEN")
    ((code, text),) = beside(serving(), home, line, MY_TOKEN=TOKEN)
    assert (code, TOKEN in text) == (0, False)
    assert TOKEN not in (tmp_path / "home" / "workers.json").read_text()
    secret = tmp_path / "home" / "secrets" / "MY_TOKEN"
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == (TOKEN, 0o600)


def test_a_worker_that_is_not_there_is_known_all_the_same(home: dict[str, str]) -> None:
    code, text = nodetool(home, "workers", "connect", "gpu", "ws://127.0.0.1:1")
    assert (code, text.endswith("but the worker at ws://127.0.0.1:1 cannot be reached: Connection refused")) == (
        0,
        True,
    )
    assert "unreachable" in nodetool(home, "workers")[1]


@pytest.fixture
def flow(tmp_path: Path) -> str:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps({"nodes": [{"id": "sum", "type": "pack.basic.Add"}], "edges": []}))
    return str(path)


@pytest.mark.parametrize("more", [[], ["--node-worker", "sum=default"]], ids=["nowhere else", "named"])
def test_a_worker_that_was_never_asked_is_asked_when_a_graph_needs_it(
    home: dict[str, str], flow: str, more: list[str]
) -> None:
    line = ("run", flow, "--dry-run", *more)

    async def run() -> tuple[int, str]:
        async with peer(serving(nodes=[ADD])) as worker:
            return await asyncio.to_thread(nodetool, home, *line, NODETOOL_WORKER_URL=worker.url)

    code, text = asyncio.run(run())
    assert (code, "pack.basic.Add on the worker default" in text) == (0, True), text
    assert nodetool(home, *line, NODETOOL_WORKER_URL="ws://127.0.0.1:1")[0] == 0  # known, whether it runs or not


def test_a_worker_at_another_address_is_asked_for_what_the_one_before_lacked(home: dict[str, str], flow: str) -> None:
    line = ("run", flow, "--dry-run")

    async def run() -> list[int]:
        async with peer(serving(nodes=[])) as one, peer(serving(nodes=[ADD])) as two:
            asked = [
                await asyncio.to_thread(nodetool, home, *line, NODETOOL_WORKER_URL=url)
                for url in (one.url, one.url, two.url)
            ]
            return [code for code, _ in asked]

    assert asyncio.run(run()) == [1, 1, 0]


@pytest.mark.parametrize(("protocol", "asked"), [(6, ["job.start", "execute", "job.end"]), (1, ["execute"])])
def test_a_run_without_a_manager_uses_the_known_workers_too(
    home: dict[str, str], protocol: int, asked: list[str]
) -> None:
    """Also one of the first version, which knows no jobs."""
    kinds = []

    async def add(side: Side, frame: dict[str, Any]) -> None:
        kinds.append(frame["type"])
        fields = frame["data"].get("fields", {})
        answer = {"outputs": {"output": sum(fields.values())}, "blobs": {}} if fields else {"job_id": "any"}
        await side.answer(frame, "result", **answer)

    nodes = [{"id": "sum", "type": "pack.basic.Add", "data": {"a": 1.5, "b": 2.0}}]
    nodes.append({"id": "out", "type": "nodetool.output.Output", "data": {"name": "out"}})
    edges = [{"source": "sum", "sourceHandle": "output", "target": "out", "targetHandle": "value"}]
    body = json.dumps({"nodes": nodes, "edges": edges})

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl"]
        return subprocess.run(command, env=home, input=body, capture_output=True, text=True, timeout=50)

    async def both() -> subprocess.CompletedProcess[str]:
        async with peer(serving(nodes=[ADD], execute=add, protocol=protocol)) as worker:
            await asyncio.to_thread(nodetool, home, "workers", "connect", "gpu", worker.url)
            return await asyncio.to_thread(run)

    done = asyncio.run(both())
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["status"], last["result"], kinds) == (0, "completed", {"out": 3.5}, asked), done


def test_a_worker_that_cannot_be_asked_is_told_beside_the_type(home: dict[str, str], flow: str) -> None:
    code, text = nodetool(home, "run", flow, NODETOOL_WORKER_URL="ws://127.0.0.1:1")
    assert (code, "unknown node type 'pack.basic.Add'" in text) == (1, True)
    assert "the worker 'default' cannot be asked what it has: the worker at ws://127.0.0.1:1 cannot be reached" in text


REFUSED = [
    (("workers", "connect", "gpu"), 2, "workers connect needs a url"),
    (("workers", "connect"), 2, "workers connect needs a name"),
    (("workers", "connect", "a b", "ws://h:1"), 2, "cannot be a worker's name"),
    (("workers", "connect", "default", "ws://h:1"), 2, "choose another name"),
    (("workers", "connect", "gpu", "ws://u:secretpw@h:1"), 2, "holds no name or password"),
    (("workers", "connect", "gpu", "ws://h:1", "--token-env", "NOT_SET"), 1, "the variable NOT_SET is not set"),
    (("workers", "connect", "gpu", "ws://h:1", "--kind", "other"), 2, "there is no kind 'other'"),
    (("workers", "forget", "gpu"), 1, "there is no stored worker 'gpu'"),
]


@pytest.mark.parametrize(("words", "code", "said"), REFUSED, ids=[" ".join(one[0]) for one in REFUSED])
def test_what_cannot_be_is_one_sentence(home: dict[str, str], words: tuple[str, ...], code: int, said: str) -> None:
    ended, text = nodetool(home, *words)
    assert (ended, said in text, "secretpw" in text, text.count("\n")) == (code, True, False, 0)
