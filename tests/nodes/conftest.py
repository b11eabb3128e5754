"""Modules that tests import or make; they are forgotten afterwards."""

from __future__ import annotations

import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str, str], Any]]:
    """Import modules from files in the test's folder; they are forgotten afterwards."""
    made: list[str] = []

    def write(name: str, source: str) -> Any:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        made.append(name)
        return __import__(name)

    sys.path.insert(0, str(tmp_path))
    yield write
    sys.path.remove(str(tmp_path))
    for name in [known for known in sys.modules if known.partition(".")[0] in made]:
        del sys.modules[name]


@pytest.fixture
def phantom() -> Iterator[types.ModuleType]:
    """A module that was made in this process, with a class and a function."""
    made = types.ModuleType("phantom")
    exec("class Model: pass\ndef model(): return 1\nlimit = 7", vars(made))
    sys.modules["phantom"] = made
    yield made
    del sys.modules["phantom"]
