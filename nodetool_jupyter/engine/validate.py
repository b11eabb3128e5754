"""Everything that is wrong with a graph, found before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from nodetool_jupyter.engine.resolve import (
    CONTROL_OUTPUTS,
    WORKER,
    Resolved,
    has_output,
    input_type,
    output_type,
    property_of,
    resolve,
)
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, nearest
from nodetool_jupyter.graph import Edge, Graph, Node
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.registry import Types
from nodetool_jupyter.nodes.renamed import current_name
from nodetool_jupyter.nodes.types import fits, wrong

LOOP_RETURNS = frozenset({"next", "condition"})
LOOP_SENDS_AT_END = frozenset({"done"})
MOST_GUESSES = 20  # unknown types for which the nearest one is looked up, which takes some milliseconds
_END = "\0end"


def validate(graph: Graph, *, strict: bool = False, known: Types = everywhere) -> list[Issue]:
    """Return every fault of a graph, errors first.

    With ``strict``, as for graphs written in Python, an edge into a handle or a value for a property that the node
    type does not declare is an error; in NodeTool's own files it is a warning, because NodeTool drops it.
    """
    return judge(resolve(graph, known), strict=strict, known=known)


def check(resolved: Resolved, *, strict: bool = False, known: Types = everywhere) -> list[Issue]:
    """Return the warnings of a graph; raises :class:`InvalidGraph` with all its errors."""
    issues = judge(resolved, strict=strict, known=known)
    if any(issue.severity == "error" for issue in issues):
        raise InvalidGraph([issue for issue in issues if issue.severity == "error"])
    return issues


def judge(resolved: Resolved, *, strict: bool, known: Types) -> list[Issue]:
    """Return every fault of a resolved graph, errors first."""
    issues = [
        *_types(resolved, known),
        *_unused(resolved),
        *_refused(resolved, known),
        *(issue for node, kind in resolved.running() for issue in _values(resolved, node, kind, strict)),
        *_edges(resolved, strict),
        *_fan_in(resolved),
        *_names(resolved),
        *_cycles(resolved),
    ]
    return sorted(issues, key=lambda issue: issue.severity != "error")


def check_params(resolved: Resolved, params: Iterable[str]) -> None:
    """Refuse a param that no input node or trigger has; raises :class:`InvalidRequest`."""
    names = {resolved.name_of(node) for node, kind in resolved.running() if kind.role in ("input", "trigger")}
    for name in params:
        if name not in names:
            hint = nearest(name, names) or "the workflow has no inputs"
            raise InvalidRequest(f"the workflow has no input {name!r}; {hint}")


def _settled(resolved: Resolved, node: Node, kind: NodeType) -> dict[str, object]:
    """Return what a node's properties are when it runs, as far as no edge brings them."""
    fed = {edge.targetHandle for edge in resolved.into.get(node.id, ())}
    known = {name: prop.default for name, prop in kind.properties.items() if not prop.required}
    known |= {name: value for name, value in node.values.items() if value is not None}
    return {name: value for name, value in known.items() if name not in fed}


def check_permissions(resolved: Resolved, allowed: Collection[str], *, launches: bool = True) -> None:
    """Refuse a node that needs a permission which the job was not given; raises :class:`InvalidRequest`.

    What runs in a container of its own needs none, but a run that ``launches`` containers: one that is in a container
    itself does not.
    It stands apart from the graph's faults, because a graph does not say what its job is allowed. All strategies ask
    here, in the owner before anything is written, and in the runner: what else may forbid a node belongs here too.
    """
    for node, kind in resolved.running():
        contained = kind.contained is not None and kind.contained(_settled(resolved, node, kind))
        if contained and not launches:
            raise InvalidRequest(
                f"node {node.id!r} ({node.type}) starts a container, which a job that is in a container itself cannot; "
                "the nearest choice is execution_mode 'subprocess', which runs the code in the job's container"
            )
        if kind.permission and kind.permission not in allowed and not contained:
            raise InvalidRequest(
                f"node {node.id!r} ({node.type}) needs the permission {kind.permission!r}, because it can do whatever "
                f"you can; if you trust this workflow, submit it with allow=[{kind.permission!r}], or type "
                f"--allow {kind.permission}"
            )


def _types(resolved: Resolved, known: Types) -> Iterator[Issue]:
    unknown = 0
    for node in resolved.nodes.values():
        if node.id not in resolved.types:
            worker = resolved.asked.get(node.id)
            if worker is not None:
                yield Issue(_not_there(node, worker, known), node.id)
                continue
            error = known.load_errors.get(node.type.rpartition(".")[0])
            unknown += 1
            guess = known.suggestion(node.type) if unknown <= MOST_GUESSES and not error else ""
            why = f"its package does not load: {error}" if error else guess
            if node.type.startswith("notebook.") and not why.startswith("did you mean"):
                why = "a notebook's own nodes are known only where they were defined"
            yield Issue(f"unknown node type {node.type!r}; {why}".rstrip("; "), node.id)


def _not_there(node: Node, worker: str, known: Types) -> str:
    """Say why a node cannot run on the worker that was named for it."""
    names = known.workers()
    if worker in names:
        hint = known.suggestion(node.type, worker) or f"see: nodetool nodes list --worker {worker}"
        return f"the worker {worker!r} has no node type {node.type!r}; {hint}"
    hint = nearest(worker, names) or "connect it with: nodetool workers connect NAME URL"
    return f"it is to run on the worker {worker[:64]!r}, of which nothing is known here; {hint}"


def _unused(resolved: Resolved) -> Iterator[Issue]:
    """Find names that a request has workers for, and which mean nothing in the graph."""
    names = {node.id for node in resolved.graph.nodes} | {node.type for node in resolved.graph.nodes}
    names |= {current_name(node.type) for node in resolved.graph.nodes}
    for name, worker in resolved.workers.items():
        if name not in names:
            said = f"{name!r}, which is to run on the worker {worker!r}, is no node or type of the workflow"
            yield Issue(f"{said}; {nearest(name, names)}".rstrip("; "))


def _refused(resolved: Resolved, known: Types) -> Iterator[Issue]:
    for node, kind in resolved.running():
        what = kind.lacking if kind.requires else ""
        if what and (workers := known.workers(kind.name)):
            what = f"{what}; or run it on a worker: --node-worker {kind.name}={workers[0]}"
        if not what and kind.refuses is not None:
            what = kind.refuses(_settled(resolved, node, kind))
        if what:
            yield Issue(what, node.id, node.type)


def _values(resolved: Resolved, node: Node, kind: NodeType, strict: bool) -> Iterator[Issue]:
    values = node.values
    fed = {edge.targetHandle for edge in resolved.into.get(node.id, ())}
    for name, value in values.items():
        prop = kind.properties.get(name)
        if prop is None:
            placed = name == WORKER and node.id in resolved.asked
            if strict and not kind.dynamic_inputs and not placed:
                hint = nearest(name, kind.properties)
                yield Issue(f"it has no property {name!r}; {hint}".rstrip("; "), node.id, node.type, name)
        elif name not in fed:
            fault = wrong(value, prop.type)
            if fault is not None:
                yield Issue(fault, node.id, node.type, name)
    for name, prop in kind.properties.items():
        given = values.get(name) is not None or (name in values and prop.type.optional)
        if prop.required and name not in fed and not given:
            yield Issue("a value or an edge is required", node.id, node.type, name)


def _edges(resolved: Resolved, strict: bool) -> Iterator[Issue]:
    nodes = resolved.nodes
    for edge in resolved.edges:
        missing = [end for end in (edge.source, edge.target) if end not in nodes]
        for end in missing:
            yield Issue(f"edge {edge.key!r} names node {end!r}, which is not there; {nearest(end, nodes)}".rstrip("; "))
        if missing or edge.source not in resolved.types or edge.target not in resolved.types:
            continue
        yield from _handles(resolved, edge, strict)


def _handles(resolved: Resolved, edge: Edge, strict: bool) -> Iterator[Issue]:
    source, target = resolved.nodes[edge.source], resolved.nodes[edge.target]
    sends, takes = resolved.types[edge.source], resolved.types[edge.target]
    if edge.control:
        return
    if not has_output(source, sends, edge.sourceHandle) and edge.sourceHandle not in CONTROL_OUTPUTS:
        known = [*sends.outputs, *(source.dynamic_outputs or {})]
        hint = nearest(edge.sourceHandle, known)
        yield Issue(
            f"an edge leaves its output {edge.sourceHandle!r}, which it does not have; {hint}".rstrip("; "),
            source.id, source.type, edge.sourceHandle,
        )  # fmt: skip
        return
    if property_of(target, takes, edge.targetHandle) is None:
        hint = nearest(edge.targetHandle, takes.properties)
        yield Issue(
            f"an edge from {source.id!r} enters {edge.targetHandle!r}, which it does not have; {hint}".rstrip("; "),
            target.id, target.type, edge.targetHandle, "error" if strict else "warning",
        )  # fmt: skip
        return
    gives = output_type(source, sends, edge.sourceHandle)
    wants = input_type(target, takes, edge.targetHandle)
    gathers = wants.type == "list" and _several(resolved, edge)
    if gathers:
        wants = wants.args[0] if wants.args else type(wants)()
    if not fits(gives, wants):
        yield Issue(
            f"takes {wants}, but {source.id!r} ({source.type}) sends {gives} from {edge.sourceHandle!r}",
            target.id, target.type, edge.targetHandle,
        )  # fmt: skip


def _several(resolved: Resolved, edge: Edge) -> bool:
    same = [other for other in resolved.into[edge.target] if other.targetHandle == edge.targetHandle]
    return len(same) > 1


def _fan_in(resolved: Resolved) -> Iterator[Issue]:
    for node, kind in resolved.running():
        edges = resolved.data_edges_into(node.id)
        if len(edges) < 2:
            continue
        counts: dict[str, list[str]] = {}
        for edge in edges:
            counts.setdefault(edge.targetHandle, []).append(edge.source)
        for handle, sources in counts.items():
            prop = property_of(node, kind, handle)
            if len(sources) > 1 and prop is not None and prop.type.type != "list" and not prop.stream:
                yield Issue(
                    f"{len(sources)} edges enter it (from {', '.join(map(repr, sources))}), but it is no list",
                    node.id, node.type, handle,
                )  # fmt: skip


def _names(resolved: Resolved) -> Iterator[Issue]:
    seen: dict[tuple[str, str], str] = {}
    for node, kind in resolved.running():
        if kind.role not in ("output", "input", "trigger"):
            continue
        name = resolved.name_of(node)
        role = "output" if kind.role == "output" else "input"  # values are pushed to inputs and triggers by one name
        first = seen.setdefault((role, name), node.id)
        if first != node.id:
            yield Issue(f"node {first!r} has the same {role} name {name!r}", node.id, node.type, "name")


def _cycles(resolved: Resolved) -> Iterator[Issue]:
    """Find nodes that wait for themselves: what is left when nodes without open inputs are taken away in turn.

    A loop counts as two nodes, its turns and its end: what comes back into it, the end waits for, and only the end
    sends ``done``.
    """
    waits: dict[str, int] = dict.fromkeys(resolved.nodes, 0)
    after: dict[str, list[str]] = {}
    for node_id, kind in resolved.types.items():
        if kind.role == "loop" and node_id in waits:
            waits[node_id + _END] = 1
            after[node_id] = [node_id + _END]
    for edge in resolved.edges:
        if edge.source in resolved.nodes and edge.target in resolved.nodes:
            source = _end_of(resolved.types, edge.source, edge.sourceHandle in LOOP_SENDS_AT_END)
            target = _end_of(resolved.types, edge.target, edge.targetHandle in LOOP_RETURNS)
            waits[target] += 1
            after.setdefault(source, []).append(target)
    ready = [node_id for node_id, count in waits.items() if count == 0]
    _take_away(ready, waits, after)
    while waits:
        ring = _ring(waits, after)
        names = [node_id.removesuffix(_END) for node_id in ring]
        first = resolved.nodes[names[0]]
        path = " → ".join([*names, names[0]])
        yield Issue(
            f"a cycle: {path}; only edges into a Loop's 'next' and 'condition' may close one, and not from its 'done'",
            first.id, first.type,
        )  # fmt: skip
        for node_id in ring:
            waits[node_id] = 0
        _take_away(ring, waits, after)


def _take_away(ready: list[str], waits: dict[str, int], after: Mapping[str, list[str]]) -> None:
    """Remove nodes that wait for nobody, and those that then wait for nobody."""
    while ready:
        node_id = ready.pop()
        del waits[node_id]
        for target in after.get(node_id, ()):
            if waits.get(target, 0) > 0:
                waits[target] -= 1
                if waits[target] == 0:
                    ready.append(target)


def _end_of(types: Mapping[str, NodeType], node_id: str, at_end: bool) -> str:
    kind = types.get(node_id)
    return node_id + _END if at_end and kind is not None and kind.role == "loop" else node_id


def _ring(waits: Mapping[str, int], after: Mapping[str, list[str]]) -> list[str]:
    """Return one cycle among the nodes that wait for each other."""
    back = {
        target: source for source, targets in after.items() if source in waits for target in targets if target in waits
    }
    node_id = next(iter(back))
    seen: list[str] = []
    while node_id not in seen:
        seen.append(node_id)
        node_id = back[node_id]
    return list(reversed(seen[seen.index(node_id) :]))
