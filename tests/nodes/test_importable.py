"""What a fresh process could import, whatever this one has loaded."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.nodes.importable import Finder


@pytest.mark.parametrize("name", ["json", "json.decoder", "_thread", "os.path", "numpy", "numpy.linalg", "pytest"])
def test_installed_modules_are_found(name: str) -> None:
    assert Finder().finds(name)


@pytest.mark.parametrize("name", ["no_such_module", "no_such_module.inner"])
def test_unknown_modules_are_not_found(name: str) -> None:
    assert not Finder().finds(name)


def test_a_module_made_here_is_not_found(phantom: types.ModuleType) -> None:
    assert not Finder().finds("phantom")


def test_a_folder_of_its_name_does_not_make_it_found(
    phantom: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "phantom").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not Finder().finds("phantom")


def test_a_file_on_the_path_is_found_without_its_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "never_loaded.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Finder().finds("never_loaded")


def test_a_module_that_left_the_path_is_not_found(
    module: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module("left_behind", "")
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != str(tmp_path)])
    assert not Finder().finds("left_behind")


def test_what_a_module_makes_when_it_is_imported_is_found(module: Callable[[str, str], Any]) -> None:
    module("maker", "import sys, types\nsys.modules['maker.made'] = types.ModuleType('maker.made')")
    assert Finder().finds("maker.made")


def test_a_class_is_what_its_module_says() -> None:
    assert Finder().by_reference(Path)


def test_a_function_inside_another_is_not() -> None:
    def inner() -> None: ...

    assert not Finder().by_reference(inner)


def test_a_module_that_is_sent_whole_has_no_references(phantom: types.ModuleType) -> None:
    phantom.model.__module__ = "phantom"
    finder = Finder()
    finder.by_value.add("phantom")
    assert not finder.by_reference(phantom.model)
