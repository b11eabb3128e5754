"""Which node types there are, and how they are found."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from nodetool_jupyter.nodes import registry as module
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.nodes.registry import FAMILIES, Registry, registry


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pretend that other packages offer node types."""

    def offer(**namespaces: str) -> None:
        points = [
            EntryPoint(name.replace("_", "."), target, "nodetool_jupyter.nodes") for name, target in namespaces.items()
        ]
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
        module._installed.cache_clear()

    yield offer
    monkeypatch.undo()
    module._installed.cache_clear()


def test_a_type_is_found_by_its_name() -> None:
    found = registry.get("nodetool.text.ToUppercase")
    assert found is not None
    assert found.call("a") == "A"
    assert registry.get("nodetool.text.Nope") is None
    assert registry.get("no.such.Thing") is None


def test_a_family_is_imported_only_when_it_is_asked_for() -> None:
    code = (
        "import sys; from nodetool_jupyter.nodes.registry import registry;"
        "loaded = lambda: [m for m in sys.modules if m.startswith('nodetool_jupyter.nodes.library.')];"
        "assert loaded() == [], loaded();"
        "registry.get('nodetool.boolean.Not');"
        "assert 'nodetool_jupyter.nodes.library.boolean' in loaded();"
        "assert 'nodetool_jupyter.nodes.library.image' not in loaded(), loaded()"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=50)


@pytest.mark.parametrize("namespace", sorted(FAMILIES))
def test_every_family_loads_and_has_types(namespace: str) -> None:
    kinds = [kind for kind in registry.types(namespace + ".") if kind.namespace == namespace]
    assert kinds
    assert all(kind.description for kind in kinds)


def test_a_type_defined_later_is_known_and_a_second_definition_takes_its_place() -> None:
    @node(namespace="registry", name="thing")
    def first() -> int:
        return 1

    @node(namespace="registry", name="thing")
    def second() -> int:
        return 2

    found = registry.get("registry.thing")
    assert found is not None
    assert found.call is second


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nodetool.text.ToUpercase", "did you mean 'nodetool.text.ToUppercase'?"),
        ("text.ToUppercase", "did you mean 'nodetool.text.ToUppercase'?"),
        ("nodetool.texts.Concat", "did you mean 'nodetool.text.Concat'?"),
    ],
)
def test_the_nearest_type_is_named(name: str, says: str) -> None:
    assert registry.suggestion(name) == says


def test_another_package_may_offer_types(installed: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_nodes.py").write_text(
        "from nodetool_jupyter.nodes.define import node\n@node(namespace='their.pack')\ndef Thing(x: int = 1) -> int:\n    return x\n"  # noqa: E501
    )
    monkeypatch.syspath_prepend(tmp_path)
    installed(their_pack="their_nodes")
    fresh = Registry()
    assert "their.pack" in fresh.namespaces()
    found = fresh.get("their.pack.Thing")
    assert found is not None
    assert found.name == "their.pack.Thing"


def test_a_package_that_fails_breaks_nothing_and_is_noted(installed: Any) -> None:
    installed(their_broken="no_such_module_at_all")
    fresh = Registry()
    assert fresh.get("their.broken.Thing") is None
    assert fresh.load_errors == {"their.broken": "ModuleNotFoundError: No module named 'no_such_module_at_all'"}
    assert fresh.get("nodetool.boolean.Not") is not None


def test_types_are_listed_by_prefix_in_order() -> None:
    names = [kind.name for kind in registry.types("nodetool.boolean.")]
    assert names == sorted(names)
    assert "nodetool.boolean.Not" in names
    assert all(name.startswith("nodetool.boolean.") for name in names)
