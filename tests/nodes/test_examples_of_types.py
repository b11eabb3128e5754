"""Every built-in type has an example, and it is true: run as a graph, the node gives what the example says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import pytest

from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check_permissions
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes.examples import Picture, Tensor, example_of, examples_in
from nodetool_jupyter.nodes.registry import FAMILIES, registry
from tests.nodes.running_examples import MODEL_PACKAGE, ExampleError, graph_of, run_example, said_by

TYPES = {kind.name: kind for space in FAMILIES for kind in registry.types(f"{space}.") if kind.namespace == space}
EXAMPLES = {name: example for name in sorted(TYPES) if (example := example_of(name)) is not None}


def same(actual: Any, said: Any) -> bool:
    if isinstance(said, Picture):
        return (*actual.size, actual.mode) == (said.width, said.height, said.mode)
    if isinstance(said, Tensor):
        return actual.shape == said.array().shape and bool(abs(actual - said.array()).max(initial=0) < 1e-5)
    if isinstance(said, Mapping):
        return actual.keys() == said.keys() and all(same(actual[key], value) for key, value in said.items())
    if isinstance(said, list):
        return len(actual) == len(said) and all(map(same, actual, said))
    if isinstance(said, float):
        return math.isclose(actual, said, rel_tol=1e-6, abs_tol=1e-9)
    return type(actual) is type(said) and bool(actual == said)


def test_every_type_has_an_example():
    assert [name for name in TYPES if name not in EXAMPLES] == []


def test_every_example_is_one_of_a_type():
    assert [name for module in FAMILIES.values() for name in examples_in(module) if name not in TYPES] == []


def what_is_missing(name: str) -> str:
    """What the refusal of an example names that cannot run here, or nothing."""
    named = re.search(r"the package (\w+)", EXAMPLES[name].needs)
    wanted = [*TYPES[name].requires, *(named.groups() if named else ())]
    packages = [package for package in wanted if find_spec(package) is None]
    if packages or "a model" not in EXAMPLES[name].needs:
        return "".join(packages[:1])
    return "" if find_spec(MODEL_PACKAGE) is not None else "not on this machine"


MISSING = {name: missing for name in EXAMPLES if (missing := what_is_missing(name))}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in MISSING])
def test_example(name):
    kind, example = TYPES[name], EXAMPLES[name]
    sent = run_example(kind, example)
    if not example.varies:
        said = said_by(kind, example)
        assert {slot: values for slot, values in sent.items() if not same(values, said.get(slot))} == {}
        assert sent.keys() >= said.keys()


@pytest.mark.parametrize(("name", "missing"), MISSING.items())
def test_an_example_that_cannot_run_here_is_refused_and_says_what_is_missing(name, missing, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises((InvalidGraph, ExampleError), match=missing):
        run_example(TYPES[name], EXAMPLES[name])


@pytest.mark.parametrize("name", [name for name in EXAMPLES if TYPES[name].permission])
def test_an_example_that_needs_a_permission_is_refused_without_it(name):
    kind, example = TYPES[name], EXAMPLES[name]
    resolved = resolve(read_graph(graph_of(kind, example)))
    check_permissions(resolved, [kind.permission])
    with pytest.raises(InvalidRequest, match=f"needs the permission '{kind.permission}'"):
        check_permissions(resolved, [])
    assert kind.permission in example.needs
