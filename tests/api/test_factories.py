"""Node factories: their signatures and docs, what they refuse, and the graphs that grow from them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes import stubs
from nodetool_jupyter.nodes.factories import root
from nodetool_jupyter.nodes.handles import assemble, recording

nodes: Any = nt.nodes


def test_a_factory_has_the_types_signature_and_docs() -> None:
    factory = nodes.boolean.Compare
    assert str(inspect.signature(factory)).startswith("(*, a: Any = 0, b: Any = 0, comparison: one of")
    assert factory.__doc__.startswith("Compare two values.")
    assert "Outputs: .output (bool)" in factory.__doc__
    assert factory.__name__ == "Compare"


@pytest.mark.parametrize("path", ["nodetool.boolean.Not", "lib.math"])
def test_roots_are_whole_names(path: str) -> None:
    found: Any = root(path.partition(".")[0])
    for word in path.split(".")[1:]:
        found = getattr(found, word)
    assert path in repr(found) or found.node_type.name == path


def test_namespaces_list_what_is_in_them() -> None:
    assert {"boolean", "lib", "text", "notebook", "nodetool"} <= set(dir(nodes))
    assert {"Not", "Compare"} <= set(dir(nodes.boolean))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: nodes.boolean.Nott, "there is no node type 'nodetool.boolean.Nott'; did you mean 'Not'?"),
        (lambda: nodes.boolaen, "did you mean 'boolean'?"),
        (lambda: nodes.boolean.Not(True), "nodetool.boolean.Not takes its properties by name: value=…"),
        (lambda: nodes.boolean.Not(valu=1), "has no property 'valu'; did you mean 'value'?"),
        (lambda: nodes.boolean.Not(value=nodes.control.If()), "has several outputs; say which: .if_true or .if_false"),
        (lambda: nodes.boolean.Not().outputt, "nodetool.boolean.Not has no output 'outputt'; did you mean 'output'?"),
        (lambda: nodes.boolean.All(values=[nodes.boolean.Not(), 1]), "'values' mixes nodes and values"),
        (lambda: nodes.boolean.All(values=[nodes.boolean.Not()]), "has a list of one node"),
        (lambda: nodes.boolean.IsNone(value={"a": nodes.boolean.Not()}), "has a dict with nodes in it"),
        (lambda: nodes.boolean.IsNone(value=object()), "cannot be written into a graph; pass it as an input instead"),
    ],
)
def test_what_cannot_be_is_refused_with_the_nearest_choice(act: Any, said: str) -> None:
    with pytest.raises((AttributeError, InvalidRequest, TypeError)) as caught:
        act()
    assert said in str(caught.value)


@pytest.mark.parametrize("act", [bool, list, iter])
def test_a_handle_is_no_value(act: Any) -> None:
    with pytest.raises(TypeError, match="before the workflow runs"):
        act(nodes.boolean.Not())


def test_a_graph_keeps_the_order_of_creation_and_readable_ids() -> None:
    first, second = nodes.constant.Integer(value=1), nodes.constant.Integer(value=2)
    made = assemble([nodes.boolean.Compare(b=first, a=second)])
    assert [node["id"] for node in made.graph["nodes"]] == ["integer", "integer_2", "compare"]
    assert [(edge["source"], edge["targetHandle"]) for edge in made.graph["edges"]] == [
        ("integer", "b"),
        ("integer_2", "a"),
    ]


def test_a_list_of_nodes_becomes_an_edge_each() -> None:
    ends = [nodes.boolean.Not(value=False), nodes.boolean.Not(value=False)]
    assert nt.run(nodes.boolean.All(values=ends)) == {"result": True}


def test_only_what_is_needed_is_in_the_graph() -> None:
    nodes.constant.Integer(value=1)
    assert len(assemble([nodes.boolean.Not()]).graph["nodes"]) == 1


def test_recording_collects_every_node() -> None:
    with recording() as made:
        nodes.boolean.Not(value=nodes.boolean.Not())
    assert len(made) == 2


def test_a_handle_knows_the_line_it_was_made_in() -> None:
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    handle = nodes.boolean.Not()
    assert f"line {line} of test_factories.py" in repr(handle)


def test_a_function_that_is_defined_anew_has_a_new_factory() -> None:
    def made(default: int) -> Any:
        def anew(x: int = default) -> int:
            return x

        nt.node(namespace="notebook")(anew)
        return nodes.notebook.anew

    assert made(1) is not made(2)
    assert nt.run(nodes.notebook.anew()) == {"result": 2}


def test_the_stub_file_is_what_would_be_written() -> None:
    assert stubs.TARGET.read_text(encoding="utf-8") == stubs.render(), "run: python -m nodetool_jupyter.nodes.stubs"
