"""The node types that graphs may use: what is here first, then what known workers have, by the workers' names."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.bridge.known_nodes import KnownNodes
from nodetool_jupyter.jobs.manager import data
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.nodes.everywhere import Everywhere, everywhere
from nodetool_jupyter.nodes.registry import registry
from tests.bridge.known import ADD, CONCAT, COUNT, known

LATER = {**ADD, "description": "Another's."}
OLD_NAME, NEW_NAME = "lib.pillow.enhance.AutoContrast", "lib.image.enhance.AutoContrast"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Give this process a data folder in which two workers are known."""
    known(tmp_path, b_second=[LATER, COUNT, CONCAT], a_first=[ADD])
    everywhere.read_from(lambda: tmp_path)
    yield tmp_path
    everywhere.read_from(data)


def worker_of(name: str) -> str | None:
    kind = everywhere.get(name)
    assert kind is not None
    return None if kind.placement is None else kind.placement.worker


@pytest.mark.parametrize(
    ("name", "worker"),
    [
        ("nodetool.text.Concat", None),  # it is here, so it runs here
        ("pack.basic.Add", "a_first"),
        ("pack.streams.Count", "b_second"),
    ],
)
def test_a_type_is_here_or_on_the_first_worker_that_has_it(home: Path, name: str, worker: str | None) -> None:
    assert worker_of(name) == worker


def test_a_type_that_is_here_too_can_be_asked_of_its_worker(home: Path) -> None:
    kind = everywhere.on_worker("nodetool.text.Concat", "b_second")
    assert kind is not None
    assert kind.description == "Theirs."
    assert everywhere.on_worker("nodetool.text.Concat", "a_first") is None
    assert everywhere.on_worker("nodetool.text.Concat", "nobody") is None


def test_an_old_name_is_found_under_the_one_that_holds_now(tmp_path: Path) -> None:
    files = known(tmp_path, gpu=[{"node_type": NEW_NAME}])
    kind = Everywhere(registry, files).on_worker(OLD_NAME, "gpu")
    assert kind is not None
    assert kind.name == NEW_NAME


def test_workers_are_told_by_name_and_by_type(home: Path) -> None:
    assert everywhere.workers() == ["a_first", "b_second"]
    assert everywhere.workers("pack.basic.Add") == ["a_first", "b_second"]
    assert everywhere.workers("pack.streams.Count") == ["b_second"]
    assert [kind.name for kind in everywhere.of_worker("b_second", "pack.")] == ["pack.basic.Add", "pack.streams.Count"]


def test_namespaces_and_types_are_those_of_all(home: Path) -> None:
    assert {"nodetool.text", "pack.basic", "pack.streams"} <= set(everywhere.namespaces())
    assert [kind.name for kind in everywhere.types("pack.")] == ["pack.basic.Add", "pack.streams.Count"]
    texts = {kind.name: kind for kind in everywhere.types("nodetool.text.")}
    assert texts["nodetool.text.Concat"] is registry.get("nodetool.text.Concat")


def test_what_is_here_knows_nothing_of_workers(home: Path) -> None:
    assert registry.get("pack.basic.Add") is None
    assert "pack.basic" not in registry.namespaces()
    assert (registry.workers(), registry.on_worker("pack.basic.Add", "a_first")) == ([], None)


@pytest.mark.parametrize(
    ("name", "worker", "says"),
    [
        ("pack.basic.Ad", None, "did you mean 'pack.basic.Add'?"),
        ("nodetool.text.Conca", None, "did you mean 'nodetool.text.Concat'?"),
        ("pack.streams.Counter", "b_second", "did you mean 'pack.streams.Count'?"),
        ("nodetool.text.Split", "a_first", "valid: pack.basic.Add"),
    ],
)
def test_the_nearest_type_is_named(home: Path, name: str, worker: str | None, says: str) -> None:
    assert everywhere.suggestion(name, worker) == says


def test_what_a_worker_has_now_counts(home: Path) -> None:
    before = everywhere.get("pack.basic.Add")
    assert everywhere.get("pack.basic.Add") is before
    known(home, a_first=[COUNT])
    assert worker_of("pack.basic.Add") == "b_second"
    assert worker_of("pack.streams.Count") == "a_first"


def test_a_definition_of_the_notebook_comes_before_a_worker(home: Path) -> None:
    @node(namespace="everywhere", name="Own")
    def own() -> int:
        return 1

    known(home, a_first=[{"node_type": "everywhere.Own"}])
    assert worker_of("everywhere.Own") is None


def test_a_file_that_cannot_be_read_hides_no_others_and_is_told_once(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "workers" / "a_first.json").write_text("torn")
    with caplog.at_level(logging.WARNING):
        assert worker_of("pack.basic.Add") == "b_second"
        assert worker_of("pack.basic.Add") == "b_second"
    assert caplog.text.count("what the worker a_first has is not known") == 1


def test_a_runner_knows_what_it_was_told_and_reads_no_file(tmp_path: Path) -> None:
    inside = Everywhere(registry, known(tmp_path, gpu=[ADD]))
    inside.settle({"cpu": [COUNT]})
    assert (inside.workers(), inside.get("pack.basic.Add")) == (["cpu"], None)
    kind = inside.get("pack.streams.Count")
    assert kind is not None
    assert kind.placement is not None
    assert kind.placement.worker == "cpu"
    inside.settle({})
    assert (inside.workers(), inside.get("pack.streams.Count")) == ([], None)


def test_a_data_folder_that_is_not_there_has_no_workers(tmp_path: Path) -> None:
    nobody = Everywhere(registry, KnownNodes(lambda: tmp_path / "none"))
    assert (nobody.workers(), nobody.get("pack.basic.Add")) == ([], None)
    assert nobody.get("nodetool.text.Concat") is not None


def test_factories_are_made_of_what_workers_have(home: Path) -> None:
    factory = nt.nodes.pack.basic.Add
    assert str(inspect.signature(factory)).startswith("(*, a: float = 0.0, b: float = 0.0)")
    assert factory.__doc__ is not None
    assert "Runs on the worker a_first, which asks for PACK_KEY" in factory.__doc__
    assert {"pack", "text"} <= set(dir(nt.nodes))
    assert dir(nt.nodes.pack) == ["basic", "streams"]


def test_a_factory_follows_what_the_worker_has_now(home: Path) -> None:
    before = nt.nodes.pack.basic.Add
    known(home, a_first=[{**ADD, "properties": []}])
    assert nt.nodes.pack.basic.Add is not before
    assert list(inspect.signature(nt.nodes.pack.basic.Add).parameters) == []


def test_looking_for_types_imports_no_client_of_workers() -> None:
    code = (
        "import sys; from nodetool_jupyter.nodes.everywhere import everywhere; everywhere.get('no.such.Thing');"
        "found = {'aiohttp', 'pydantic', 'msgpack', 'nodetool_jupyter.bridge.client'} & set(sys.modules);"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=50)
