"""Nodes of known workers in a notebook: completed from files alone, and put into graphs by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.magics import body
from tests.bridge.known import ADD, COUNT, known
from tests.magics.test_completion import complete


@pytest.fixture(autouse=True)
def workers(shell: Any) -> Iterator[None]:
    files = known(manager().places.data, alpha=[ADD], beta=[ADD, COUNT])
    yield
    for name in ("alpha", "beta"):
        files.forget(name)


OFFERED = [
    ("%nodetool nodes pack.ba", ["%nodetool nodes pack.basic."]),
    ("%nodetool nodes pack.basic.A", ["%nodetool nodes pack.basic.Add"]),
    ("%nodetool nodes --worker al", ["%nodetool nodes --worker alpha"]),
    ("%nodetool run --node-worker pack.str", ["%nodetool run --node-worker pack.streams.Count="]),
    ("%nodetool run --node-worker pack.basic.Add=al", ["%nodetool run --node-worker pack.basic.Add=alpha"]),
    ("%%nodetool run\npack.basic.A", ["pack.basic.Add"]),
    ("%%nodetool run\npack.streams.Count(cou", ["pack.streams.Count(count="]),
    ("x = nt.nodes.pack.basic.A", ["x = nt.nodes.pack.basic.Add"]),
]


@pytest.mark.parametrize(("text", "found"), OFFERED, ids=[text for text, _ in OFFERED])
def test_what_workers_have_is_completed(shell: Any, text: str, found: list[str]) -> None:
    assert complete(shell, text) == found


def test_a_cell_begins_names_where_workers_do(shell: Any) -> None:
    flow = body.from_python(shell, "pack.basic.Add(a=1)")
    assert [(node["type"], node["data"]) for node in flow.bare["nodes"]] == [("pack.basic.Add", {"a": 1})]


def test_a_variable_of_the_notebook_comes_before_a_worker(shell: Any) -> None:
    shell.user_ns["pack"] = 5
    flow = body.from_python(shell, "nodetool.constant.Integer(value=pack)")
    assert flow.bare["nodes"][0]["data"] == {"value": 5}
    assert complete(shell, "%%nodetool run\npack.basic.A") == []


def test_the_nodes_of_a_worker_are_listed(shell: Any) -> None:
    listed = str(shell.run_line_magic("nodetool", "nodes --worker beta"))
    assert "pack.streams.Count" in listed
    assert "Runs on the worker beta" in str(shell.run_line_magic("nodetool", "nodes pack.basic.Add --worker beta"))
