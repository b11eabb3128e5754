"""Node types out of what a worker says: its types read, its placement set, its word never trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.nodes.everywhere import placed_data
from nodetool_jupyter.nodes.from_worker import node_types
from nodetool_jupyter.nodes.kinds import MISSING, NodeType
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.placed import Placement
from nodetool_jupyter.nodes.registry import registry
from tests.bridge.known import ADD, COUNT

MODEL = {"type": "hf.thing", "repo_id": "somebody/thing", "path": None}
EMPTY = {"type": "image", "uri": "", "asset_id": None, "data": None, "metadata": None}


def one(**said: Any) -> NodeType:
    (kind,) = node_types("gpu", [{"node_type": "pack.Thing", **said}])
    return kind


def test_a_type_has_what_the_worker_said() -> None:
    (kind,) = node_types("gpu", [ADD])
    assert (kind.name, kind.title, kind.namespace) == ("pack.basic.Add", "Add", "pack.basic")
    assert {name: (str(prop.type), prop.default) for name, prop in kind.properties.items()} == {
        "a": ("float", 0.0),
        "b": ("float", 0.0),
    }
    assert [(slot.name, str(slot.type)) for slot in kind.outputs.values()] == [("output", "float")]
    assert kind.description == "Add two numbers.\nAs they come."
    assert kind.placement == Placement(worker="gpu", node_type="pack.basic.Add", secrets=("PACK_KEY",))


def test_a_type_that_streams_is_placed_so() -> None:
    (kind,) = node_types("gpu", [COUNT])
    assert (kind.streams_out, list(kind.outputs)) == (True, ["value", "total"])
    assert kind.placement == Placement(worker="gpu", node_type="pack.streams.Count", streams=True, requires_vram_gb=4.0)


TYPES: list[tuple[Any, str]] = [
    ("int", "int"),
    ("ImageRef", "image"),
    ("DataframeRef", "dataframe"),
    ("Model3DRef", "model_3d"),
    ("NPArray", "np_array"),
    ("numpy.ndarray", "np_array"),
    ("list", "list"),
    ("list[int]", "list[int]"),
    ("list[ImageRef]", "list[image]"),
    ("dict[str, Any]", "dict"),
    ("tuple[int, int]", "list[int]"),
    ("Any", "any"),
    ("object", "any"),
    ("SomeEnum", "any"),
    ("nodetool.metadata.types.AudioRef", "audio"),
    ("int | None", "int"),
    ("Optional[list[str]]", "list[str]"),
    ("int | str", "int or str"),
    ("Union[int, Any]", "any"),
    ("hf.text_generation", "hf.text_generation"),
    ("[" * 100, "any"),
    ("x" * 10_000, "any"),
    (5, "any"),
    ({"type": "list", "type_args": [{"type": "image"}]}, "list[image]"),
    ({"type": "enum", "values": ["a", "b"]}, "one of 'a', 'b'"),
    ({"type": "list[str]"}, "list[str]"),
]


@pytest.mark.parametrize(("said", "read"), TYPES, ids=[str(said)[:40] for said, _ in TYPES])
def test_types_are_read_in_both_spellings(said: Any, read: str) -> None:
    assert str(one(properties=[{"name": "x", "type": said, "default": 1}]).properties["x"].type) == read


DEFAULTS: list[tuple[dict[str, Any], str, Any, bool]] = [
    ({"type": {"type": "ImageRef"}, "default": EMPTY}, "image", None, True),
    ({"type": {"type": "TorchTensor"}, "default": {"type": "torch_tensor", "value": None}}, "torch_tensor", None, True),
    ({"type": {"type": "HFThing"}, "default": MODEL}, "hf.thing", MODEL, False),
    ({"type": {"type": "int"}, "default": 3}, "int", 3, False),
    ({"type": {"type": "int"}}, "int", None, True),
    ({"type": {"type": "int"}, "required": True}, "int", MISSING, False),
]


@pytest.mark.parametrize(("said", "read", "default", "optional"), DEFAULTS)
def test_a_default_is_kept_but_an_empty_reference_is_none(
    said: dict[str, Any], read: str, default: Any, optional: bool
) -> None:
    prop = one(properties=[{"name": "x", **said}]).properties["x"]
    assert (prop.type.type, prop.default, prop.type.optional) == (read, default, optional)


NO_TYPES = [
    {},
    {"node_type": 5},
    {"node_type": ""},
    {"node_type": "nodots"},
    {"node_type": "a..b"},
    {"node_type": "a.b c"},
    {"node_type": "a.b\x1b[2J"},
    {"node_type": "a." + "b" * 300},
    {"node_type": "notebook.mine"},
    {"node_type": "a.b", "properties": [{"name": "x", "type": {"type": "list", "type_args": 5}}]},
]


@pytest.mark.parametrize("said", NO_TYPES, ids=[str(said)[:60] for said in NO_TYPES])
def test_what_cannot_be_a_type_hides_no_others(said: dict[str, Any]) -> None:
    assert [kind.name for kind in node_types("gpu", [said, ADD])] == ["pack.basic.Add"]


def test_names_that_cannot_be_arguments_are_left_out() -> None:
    kind = one(properties=[{"name": "__ctx__"}, {"name": ""}, {"name": 1}, {}, 7, {"name": "fine"}])
    assert list(kind.properties) == ["fine"]


def test_a_description_steers_no_terminal() -> None:
    assert one(description="safe\x1b[2J\u202eword\nline").description == "safe[2Jword\nline"


@pytest.mark.parametrize("said", [["OK_NAME", "a b", 5, "", "x" * 300], "OK_NAME", None])
def test_only_names_of_secrets_are_asked_for(said: Any) -> None:
    placement = one(required_settings=said).placement
    assert placement is not None
    assert placement.secrets == (("OK_NAME",) if isinstance(said, list) else ())


FIELDS = ("flavour", "named", "dynamic_inputs", "dynamic_outputs", "properties", "outputs", "placement", "secrets")
PICTURE = {
    "node_type": "pack.Picture",
    "properties": [
        {"name": "image", "type": {"type": "ImageRef"}, "default": EMPTY},
        {"name": "mode", "type": {"type": "enum", "values": ["a"]}, "required": True},
    ],
    "outputs": [{"name": "images", "type": {"type": "list", "type_args": [{"type": "image"}]}}],
    "is_dynamic": True,
    "supports_dynamic_outputs": True,
    "retry": True,
}


@pytest.mark.parametrize("said", [ADD, COUNT, PICTURE], ids=lambda said: said["node_type"])
def test_a_type_arrives_whole_in_a_runner(said: dict[str, Any]) -> None:
    kinds = node_types("gpu", [said])
    sent = json.loads(json.dumps(placed_data([*kinds, *kinds, *registry.types("nodetool.boolean.")])))
    (again,) = node_types("gpu", sent.pop("gpu"))
    assert sent == {}
    assert [getattr(again, name) for name in FIELDS] == [getattr(kinds[0], name) for name in FIELDS]


def test_every_type_of_our_own_worker_can_be_placed() -> None:
    ours = [kind for kind in registry.types() if kind.role == "node" and kind.namespace != "notebook"]
    placed = {kind.name: kind for kind in node_types("gpu", [describe(kind) for kind in ours])}
    assert sorted(placed) == sorted(kind.name for kind in ours if "." in kind.name)
    for kind in ours:
        there = placed[kind.name]
        assert {name: prop.required for name, prop in there.properties.items()} == {
            name: prop.required for name, prop in kind.properties.items()
        }
        assert {name: slot.type.type for name, slot in there.outputs.items()} == {
            name: slot.type.type for name, slot in kind.outputs.items()
        }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KEYS = ("node_type", "properties", "outputs", "required_settings", "secrets", "description", "requires_vram_gb", "type")
SAID = st.dictionaries(st.sampled_from(KEYS), JSON)


@given(SAID, st.lists(st.fixed_dictionaries({"name": st.text(min_size=1, max_size=5), "type": JSON, "default": JSON})))
def test_whatever_a_worker_says_is_read_or_left_out(said: dict[str, Any], slots: list[dict[str, Any]]) -> None:
    found = node_types("gpu", [{**said, "node_type": "pack.Thing", "properties": slots}, ADD])
    assert found[-1].name == "pack.basic.Add"
    assert all(name.isprintable() and not name.startswith("__") for name in found[0].properties)
