"""Nodes of known workers at the command line: listed and shown, said before a run, without any network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nodetool_jupyter import cli
from nodetool_jupyter.bridge.connections import Connections, make
from nodetool_jupyter.jobs import manager
from tests.bridge.known import ADD, CONCAT, COUNT, known


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Know one worker that was reached, and one that was not."""
    manager.let_go()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("NODETOOL_HOME", str(home))
    monkeypatch.setenv("NODETOOL_RUNTIME", str(tmp_path / "run"))
    monkeypatch.delenv("NODETOOL_WORKER_URL", raising=False)
    connections = Connections(lambda: home, lambda name: name)
    connections.add(make("gpu", "ws://127.0.0.1:1"))
    connections.add(make("new", "ws://127.0.0.1:1"))
    known(home, gpu=[ADD, COUNT, CONCAT])
    yield home
    manager.let_go()


@pytest.fixture
def flow(tmp_path: Path) -> str:
    path = tmp_path / "flow.json"
    nodes = [{"id": "sum", "type": "pack.basic.Add", "data": {"a": 1}}]
    path.write_text(json.dumps({"nodes": nodes, "edges": []}))
    return str(path)


SAID: list[tuple[list[str], list[str]]] = [
    (
        ["nodes", "list", "--worker", "gpu"],
        ["nodetool.text.Concat  Theirs.", "pack.basic.Add        Add two numbers.", "pack.streams.Count    Count."],
    ),
    (["nodes", "list", "pack.basic", "--worker", "gpu"], ["pack.basic.Add  Add two numbers."]),
    (
        ["nodes", "list", "pack"],
        ["pack.basic.Add      Add two numbers. (on the worker gpu)", "pack.streams.Count  Count. (on the worker gpu)"],
    ),
]


@pytest.mark.parametrize(("words", "lines"), SAID, ids=[" ".join(words) for words, _ in SAID])
def test_what_workers_have_is_listed(words: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 0
    assert capsys.readouterr().out.splitlines() == lines


def test_it_is_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nodes", "list", "--worker", "gpu", "--json"]) == 0
    found = {one["node_type"]: one for one in json.loads(capsys.readouterr().out)}
    assert (found["pack.basic.Add"]["worker"], found["pack.basic.Add"]["secrets"]) == ("gpu", ["PACK_KEY"])
    assert found["pack.streams.Count"]["is_streaming_output"] is True


def test_a_type_is_shown_with_its_worker(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nodes", "show", "pack.basic.Add"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("pack.basic.Add(*, a: float = 0.0, b: float = 0.0)\n\nAdd two numbers.")
    assert "Runs on the worker gpu, which asks for PACK_KEY" in shown


REFUSED = [
    (["nodes", "list", "--worker", "gpi"], 1, "there is no worker 'gpi'; did you mean 'gpu'?"),
    (["nodes", "list", "--worker", "new"], 2, "was not reached yet; see how it is with: nodetool workers"),
    (["nodes", "list", "pack.basic.Abb", "--worker", "gpu"], 2, "'pack.basic.Abb'; did you mean 'pack.basic.Add'?"),
    (["nodes", "show", "pack.basic.Ad"], 2, "did you mean 'pack.basic.Add'?"),
    (["run", "FLOW", "--node-worker", "sun=gpu"], 1, "is no node or type of the workflow; did you mean 'sum'?"),
    (["run", "FLOW", "--node-worker", "sum=gpi"], 1, "of which nothing is known here; did you mean 'gpu'?"),
    (["run", "FLOW", "--node-worker", "sum"], 2, "--node-worker"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "said"), REFUSED, ids=[" ".join(words) for words, _, _ in REFUSED])
def test_what_cannot_be_is_said(
    words: list[str], code: int, said: str, flow: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cli.main([flow if word == "FLOW" else word for word in words])
    assert (ended, said in capsys.readouterr().err) == (code, True)


def test_a_dry_run_says_where_each_node_runs_and_which_secrets_stay(
    flow: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", flow, "--dry-run"]) == 0
    told = {tuple(line.split(None, 2)[:2]): line.split(None, 2)[2:] for line in capsys.readouterr().out.splitlines()}
    assert told["node", "sum"] == ["pack.basic.Add on the worker gpu"]
    assert told["not", "sent"] == ["PACK_KEY, which the worker gpu asks for; --secret PACK_KEY sends it"]
