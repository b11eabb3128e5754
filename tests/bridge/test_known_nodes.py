"""What known workers have, kept in private files: written when they are connected, read without them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from nodetool_jupyter.bridge import known_nodes
from nodetool_jupyter.bridge.connections import Connections, make
from nodetool_jupyter.bridge.known_nodes import KnownNodes
from nodetool_jupyter.bridge.reconnect import connect
from nodetool_jupyter.errors import StorageError, WorkerUnreachable
from tests.bridge.known import ADD, COUNT, known
from tests.bridge.peers import peer, serving


def nothing_secret(_name: str) -> str:
    return ""


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    return Connections(lambda: tmp_path, nothing_secret)


def test_what_was_said_is_there_for_another_process(tmp_path: Path) -> None:
    known(tmp_path, gpu=[ADD, COUNT], cpu=[])
    files = KnownNodes(lambda: tmp_path)
    found = files.load("gpu")
    assert found is not None
    assert (found.protocol_version, found.nodes, files.names()) == (6, (ADD, COUNT), ["cpu", "gpu"])


def test_the_files_are_private(tmp_path: Path) -> None:
    known(tmp_path, gpu=[ADD])
    folder = tmp_path / "workers"
    assert (folder.stat().st_mode & 0o777, (folder / "gpu.json").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_file_is_read_again_only_when_it_is_another(tmp_path: Path) -> None:
    files = known(tmp_path, gpu=[ADD])
    first = files.load("gpu")
    assert files.load("gpu") is first
    known(tmp_path, gpu=[COUNT])
    second = files.load("gpu")
    assert second is not None
    assert second.nodes == (COUNT,)


def test_what_json_has_no_form_for_is_left_out(tmp_path: Path) -> None:
    said = {**ADD, "properties": [{"name": "body", "default": b"\0"}]}
    found = known(tmp_path, gpu=[said]).load("gpu")
    assert found is not None
    assert found.nodes[0]["properties"] == [{"name": "body", "default": None}]


@pytest.mark.parametrize("name", ["", "..", "../gpu", "a/b", "gpu.json", "a" * 65, "ü", "a\0b"])
def test_what_is_no_workers_name_leads_to_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "gpu.json").write_text(json.dumps({"asked": 0, "protocol_version": 6, "nodes": []}))
    files = KnownNodes(lambda: tmp_path / "inner")
    assert files.load(name) is None
    files.forget(name)
    with pytest.raises(StorageError, match="cannot be a worker's name"):
        files.save(name, 6, [])
    assert (tmp_path / "gpu.json").exists()


DAMAGE = {
    "text": "no json",
    "a list": "[]",
    "no nodes": '{"asked": 0, "protocol_version": 6}',
    "nodes of another form": '{"asked": 0, "protocol_version": 6, "nodes": [1]}',
    "a version of another form": '{"asked": 0, "protocol_version": "6", "nodes": []}',
    "a time that is none": '{"asked": NaN, "protocol_version": 6, "nodes": []}',
    "nesting": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=list(DAMAGE))
def test_a_damaged_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    files = known(tmp_path, gpu=[ADD])
    (tmp_path / "workers" / "gpu.json").write_text(text)
    with pytest.raises(StorageError, match=r"gpu\.json cannot be read: .*; connect the worker once more"):
        files.load("gpu")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o622, 0o660])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    files = known(tmp_path, gpu=[ADD])
    (tmp_path / "workers" / "gpu.json").chmod(mode)
    with pytest.raises(StorageError, match="chmod 600"):
        files.load("gpu")


def test_a_worker_that_talks_too_much_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = known(tmp_path, gpu=[ADD])
    monkeypatch.setattr(known_nodes, "MOST", 1000)
    with pytest.raises(StorageError, match="1000 are kept at most"):
        files.save("gpu", 6, [ADD] * 10)
    assert len(files.load("gpu").nodes) == 1  # type: ignore[union-attr]


def test_the_worker_of_the_environment_is_known_while_the_environment_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = known(tmp_path, default=[ADD], gpu=[ADD])
    monkeypatch.setenv("NODETOOL_WORKER_URL", "ws://one:1")
    assert files.names() == ["default", "gpu"]
    monkeypatch.delenv("NODETOOL_WORKER_URL")
    assert files.names() == ["gpu"]


async def test_connecting_keeps_what_the_worker_has(connections: Connections) -> None:
    async with peer(serving(nodes=[ADD, COUNT], protocol=5)) as worker:
        await (await connect(connections, make("gpu", worker.url))).close()
    found = connections.nodes.load("gpu")
    assert found is not None
    assert [one["node_type"] for one in found.nodes] == ["pack.basic.Add", "pack.streams.Count"]
    assert (found.protocol_version, found.address) == (5, worker.url)


async def test_what_is_known_stays_when_the_worker_is_away(connections: Connections, tmp_path: Path) -> None:
    known(tmp_path, gpu=[ADD])
    with pytest.raises(WorkerUnreachable):
        await connect(connections, make("gpu", "ws://127.0.0.1:1"))
    assert connections.nodes.names() == ["gpu"]


async def test_a_worker_whose_nodes_cannot_be_kept_is_connected_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "workers").write_text("in the way")
    async with peer(serving(nodes=[ADD])) as worker:
        with caplog.at_level(logging.WARNING):
            client = await connect(Connections(lambda: tmp_path, nothing_secret), make("gpu", worker.url))
        assert list(client.nodes) == ["pack.basic.Add"]
        await client.close()
    assert "what the worker gpu has is not kept" in caplog.text


CHANGES: dict[str, tuple[Callable[[Connections], None], list[str]]] = {
    "the same again": (lambda known: known.add(make("gpu", "ws://one:1")), ["gpu"]),
    "another address": (lambda known: known.add(make("gpu", "ws://two:1")), []),
    "forgotten": (partial(Connections.forget, name="gpu"), []),
}


@pytest.mark.parametrize(("change", "left"), CHANGES.values(), ids=list(CHANGES))
def test_of_another_worker_nothing_is_known(
    connections: Connections, change: Callable[[Connections], None], left: list[str]
) -> None:
    connections.add(make("gpu", "ws://one:1"))
    connections.nodes.save("gpu", 6, [ADD])
    change(connections)
    assert connections.nodes.names() == left
