"""A manager with a data folder of its own: its jobs use the workers that are known there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.nodes.everywhere import everywhere
from tests.bridge.known import ADD, known


@pytest.fixture(autouse=True)
def no_manager() -> Iterator[None]:
    module.let_go()
    yield
    module.let_go()


@pytest.mark.parametrize("own", [True, False])
def test_the_workers_are_those_of_the_managers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    known(tmp_path, theirs=[ADD])
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path))
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    known(mine, ours=[ADD])
    module.manager(data_dir=mine if own else None, runtime_dir=tmp_path / "run")
    assert everywhere.workers() == (["ours"] if own else ["theirs"])


def test_a_manager_that_is_yet_to_come_is_asked_by_its_preference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_preferred", {"data_dir": tmp_path})
    known(tmp_path, ours=[ADD])
    assert everywhere.workers() == ["ours"]
