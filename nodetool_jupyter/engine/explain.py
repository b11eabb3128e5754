"""What a graph is, said before it runs: its nodes, what it takes and gives, what it needs, what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.engine.resolve import NOWHERE, Resolved, input_type, resolve
from nodetool_jupyter.engine.validate import MOST_GUESSES, judge
from nodetool_jupyter.errors import Issue
from nodetool_jupyter.graph import Graph, Node
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.registry import Types
from nodetool_jupyter.nodes.renamed import current_name


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a workflow; ``needed`` when it must be given because it has no value of its own."""

    name: str
    type: str
    value: Any = None
    needed: bool = False


@dataclass(slots=True)
class Explanation:
    """All that can be said about a graph without running it.

    ``missing`` maps unknown node types to a hint, ``migrated`` old names to those that hold here, ``settings`` the
    names that nodes read to whether they are set, ``workers`` the ids of nodes that run on a worker to its name, and
    ``offered`` the secrets that such nodes get where the job names them to the worker that asks for them.
    """

    nodes: list[tuple[str, str, str]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    migrated: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    settings: dict[str, bool] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    gpu: list[str] = field(default_factory=list)
    workers: dict[str, str] = field(default_factory=dict)
    offered: dict[str, str] = field(default_factory=dict)

    def missing_inputs(self, given: Collection[str] = ()) -> list[str]:
        """Return the inputs that have no value, ``given`` apart."""
        return [one.name for one in self.inputs if one.needed and one.name not in given]

    def text(self) -> str:
        """Return the explanation as lines for people."""
        lines = [f"{len(self.nodes)} node" + ("" if len(self.nodes) == 1 else "s"), *self._families()]
        lines += [f"input {one.name}: {one.type}{_value(one)}" for one in self.inputs]
        lines += [f"output {name}" for name in self.outputs]
        lines += [f"missing type {name}{f'; {hint}' if hint else ''}" for name, hint in self.missing.items()]
        lines += [f"renamed {old} is {new} here" for old, new in self.migrated.items()]
        lines += [f"setting {name} is {'set' if there else 'not set'}" for name, there in self.settings.items()]
        lines += [f"secret {name}" for name in self.secrets]
        lines += [
            f"secret {name}, which the worker {worker} asks for, if the job names it"
            for name, worker in self.offered.items()
        ]
        lines += [f"wants a GPU: {name}" for name in self.gpu]
        lines += [f"on the worker {worker}: {name}" for name, worker in self.workers.items()]
        lines += [f"{one.severity}: {one}" for one in self.issues]
        return "\n".join(lines)

    def _families(self) -> list[str]:
        """Return a line for each namespace, with the types in it that the graph uses."""
        used: dict[str, set[str]] = {}
        for _, _, kind in self.nodes:
            namespace, _, name = kind.rpartition(".")
            used.setdefault(namespace, set()).add(name)
        width = max(map(len, used), default=0)
        return [f"  {namespace:<{width}}  {', '.join(sorted(used[namespace]))}" for namespace in sorted(used)]


def _value(one: Input) -> str:
    if one.needed:
        return ", must be given"
    text = repr(one.value)
    return f" = {text if len(text) <= 60 else text[:57] + '…'}"


def explain(
    graph: Graph, *, strict: bool = False, known: Types = everywhere, workers: Mapping[str, str] = NOWHERE
) -> Explanation:
    """Look a graph over; nothing runs, and nothing is raised for a graph that cannot run.

    ``workers`` are those that a request names for nodes or types.
    """
    resolved = resolve(graph, known, workers)
    found = Explanation(issues=judge(resolved, strict=strict, known=known))
    for node in graph.nodes:
        found.nodes.append((node.id, node.label, node.type))
        kind = resolved.types.get(node.id)
        if kind is None and node.type not in found.missing:
            found.missing[node.type] = known.suggestion(node.type) if len(found.missing) < MOST_GUESSES else ""
        if current_name(node.type) != node.type:
            found.migrated[node.type] = current_name(node.type)
    for node, kind in resolved.running():
        _needs(found, node, kind)
        if kind.role == "input":
            found.inputs.append(_input(resolved, node, kind))
    found.outputs = output_names(resolved)
    return found


def _needs(found: Explanation, node: Node, kind: NodeType) -> None:
    for name in kind.settings:
        found.settings[name] = bool(settings.get(name))
    if kind.placement is not None:
        found.workers[node.id] = kind.placement.worker
        found.offered.update(dict.fromkeys(kind.placement.secrets, kind.placement.worker))
    found.secrets += [name for name in kind.secrets if name not in found.secrets]
    if kind.gpu:
        found.gpu.append(node.id)


def _input(resolved: Resolved, node: Node, kind: NodeType) -> Input:
    own = node.values.get("value")
    prop = kind.properties.get("value")
    spec = input_type(node, kind, "value")
    default = None if prop is None or prop.required else prop.default
    # Media inputs have an empty reference for a default, which is no value anybody means.
    empty = isinstance(default, dict) and not default.get("uri") and not default.get("data")
    needed = own is None and (default is None or empty)
    return Input(resolved.name_of(node), str(spec), default if own is None else own, needed)


def output_names(resolved: Resolved) -> list[str]:
    """Return the names under which results will stand."""
    named = [resolved.name_of(node) for node, kind in resolved.running() if kind.role == "output"]
    if named:
        return named
    names = []
    for node, kind in resolved.running():
        read = any(not edge.control for edge in resolved.out_of.get(node.id, ()))
        if not read and kind.role != "preview":
            slots = [*kind.outputs, *(node.dynamic_outputs or {})]
            stem = node.name or node.id
            names += [stem if len(slots) == 1 else f"{stem}.{slot}" for slot in slots]
    return names
