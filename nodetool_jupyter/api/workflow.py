"""A workflow as a user holds it: read from NodeTool's files, or put together in Python."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from nodetool_jupyter.engine.explain import Explanation, explain
from nodetool_jupyter.engine.resolve import NOWHERE
from nodetool_jupyter.engine.validate import validate
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, nearest
from nodetool_jupyter.graph import Graph, find_graph, read_graph, read_json
from nodetool_jupyter.nodes.handles import NodeHandle, Slot, as_slot, assemble

Ends = Mapping[str, NodeHandle | Slot] | NodeHandle | Slot


class Workflow:
    """A graph of nodes that can be run.

    ``Workflow(outputs={"result": handle})`` collects everything the handles depend on; a single handle stands for
    ``{"result": handle}``. ``lines`` maps node ids to where they were made, for workflows written in Python. Raises
    :class:`InvalidRequest` for outputs that are no handles.
    """

    def __init__(
        self, outputs: Mapping[str, NodeHandle | Slot] | NodeHandle | Slot, *, name: str | None = None
    ) -> None:
        given = outputs if isinstance(outputs, Mapping) else {"result": outputs}
        ends: list[NodeHandle] = []
        slots: dict[str, Slot] = {}
        for key, value in given.items():
            if not isinstance(value, (NodeHandle, Slot)):
                raise InvalidRequest(
                    f"output {key!r} is a {type(value).__name__}; an output is what a factory such as "
                    "nt.nodes.text.ToUppercase(…) returns"
                )
            if isinstance(value, NodeHandle) and (value._kind.role == "output" or not value._kind.outputs):
                ends.append(value)
            else:
                slots[key] = as_slot(value)
        made = assemble(ends, slots)
        self._set(made.graph, name=name, lines=made.lines)

    def _set(self, data: Mapping[str, Any], *, name: str | None = None, lines: dict[str, str] | None = None) -> None:
        self._data = data
        self._bare = find_graph(data)
        self.lines = lines or {}
        self.strict = lines is not None  # it was written in Python
        known, own_id = data.get("name"), data.get("id")
        self.workflow_id = own_id if isinstance(own_id, str) else ""
        self.name: str | None = name or (known if isinstance(known, str) and known else None)
        self.image: Any = data.get("image")  # for the docker strategy, which judges it

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, name: str | None = None) -> Self:
        """Read a workflow, a bare graph or a request; raises :class:`InvalidGraph` for what has no graph in it."""
        flow = cls.__new__(cls)
        flow._set(data, name=name)
        read_graph(flow._bare)
        return flow

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str | None = None) -> Self:
        """Read a workflow from JSON text; raises :class:`InvalidGraph`."""
        return cls.from_dict(read_json(text), name=name)

    @classmethod
    def from_yaml(cls, text: str | bytes, *, name: str | None = None) -> Self:
        """Read a workflow from YAML text; raises :class:`InvalidGraph`."""
        return cls.from_dict(read_data(text, yaml=True), name=name)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """Read a workflow from a JSON or YAML file.

        Raises :class:`InvalidRequest` when the file cannot be read, :class:`InvalidGraph` for what is in it.
        """
        where = Path(path).expanduser()
        text = read_file(where)
        stem = where.stem
        data = read_data(text, yaml=where.suffix.lower() in (".yaml", ".yml"))
        named = isinstance(data, Mapping) and data.get("name")
        return cls.from_dict(data, name=None if named else stem)

    @classmethod
    def from_nodes(cls, handles: Iterable[NodeHandle], *, name: str | None = None) -> Self:
        """Make a workflow of these nodes and what they depend on; raises :class:`InvalidGraph` for none at all."""
        made = assemble(handles)
        if not made.graph["nodes"]:
            raise InvalidGraph([Issue("no node was made; make some, such as nodetool.constant.String(value='…')")])
        flow = cls.__new__(cls)
        flow._set(made.graph, name=name, lines=made.lines)
        return flow

    @property
    def graph(self) -> Graph:
        """The graph, its form checked."""
        return read_graph(self._bare)

    @property
    def bare(self) -> dict[str, Any]:
        """The graph alone, as NodeTool writes it: ``nodes`` and ``edges``."""
        return dict(self._bare)

    def to_dict(self) -> dict[str, Any]:
        """Return what was read, whole and unchanged."""
        return copy.deepcopy(dict(self._data))

    def normalized(self) -> dict[str, Any]:
        """Return the graph with ids, types and ``sync_mode`` written out."""
        return self.graph.normalized()

    def validate(self, *, strict: bool | None = None) -> list[Issue]:
        """Return every fault at once, errors first; an empty list is a workflow that can run."""
        return validate(self.graph, strict=self.strict if strict is None else strict)

    def explanation(self, workers: Mapping[str, str] = NOWHERE) -> Explanation:
        """Return what can be said about the workflow, as data; ``workers`` are those named for nodes or types."""
        return explain(self.graph, strict=self.strict, workers=workers)

    def explain(self) -> str:
        """Return what can be said about the workflow: inputs, outputs, missing and renamed types, what it needs."""
        return self.explanation().text()

    def set(self, node_id: str, name: str, value: Any) -> None:
        """Give a node's property another value, for this object only.

        Raises :class:`InvalidRequest` when there is no such node.
        """
        data = copy.deepcopy(dict(self._data))
        bare = find_graph(data)
        nodes = {str(node.get("id")): node for node in bare["nodes"]}
        node = nodes.get(node_id)
        if node is None:
            raise InvalidRequest(f"the workflow has no node {node_id!r}; {nearest(node_id, nodes)}".rstrip("; "))
        # NodeTool's TypeScript side reads "properties", which win over "data".
        place = "properties" if node.get("properties") else "data"
        node[place] = {**(node.get(place) or {}), name: value}
        self._data, self._bare = data, bare

    def _repr_png_(self) -> tuple[object, object] | None:
        """Return its picture for a notebook; a terminal asks for none."""
        from nodetool_jupyter.widgets.summary import workflow_output

        shown = workflow_output(self.graph, self.name or "")
        return None if shown is None else (shown.data["image/png"], shown.metadata["image/png"])

    def __repr__(self) -> str:
        graph = self.graph
        title = f"Workflow {self.name!r}" if self.name else "Workflow"
        many = f"{len(graph.nodes)} node{'' if len(graph.nodes) == 1 else 's'}"
        lines = [f"<{title}, {many}>"]
        feeds: dict[str, list[str]] = {}
        for edge in graph.edges:
            feeds.setdefault(edge.target, []).append(f"{edge.targetHandle} ← {edge.source}")
        for node in graph.nodes[:40]:
            into = f"  ({', '.join(feeds[node.id])})" if node.id in feeds else ""
            lines.append(f"  {node.id}: {node.type}{into}")
        if len(graph.nodes) > 40:
            lines.append(f"  … and {len(graph.nodes) - 40} more")
        return "\n".join(lines)


def as_workflow(thing: object) -> Workflow:
    """Return the workflow that is meant by a Workflow, a mapping, a path, JSON text or a handle.

    Raises :class:`InvalidRequest` for anything else, and what reading raises.
    """
    if isinstance(thing, Workflow):
        return thing
    if isinstance(thing, Mapping):
        return Workflow.from_dict(thing)
    if isinstance(thing, (NodeHandle, Slot)):
        return Workflow(thing)
    if isinstance(thing, (str, bytes)) and thing.lstrip()[:1] in ("{", "[", b"{", b"["):
        return Workflow.from_json(thing)
    if isinstance(thing, (str, os.PathLike)):
        return Workflow.from_file(thing)
    if isinstance(thing, list):
        return Workflow.from_dict(thing)  # type: ignore[arg-type]  # refused there, by a sentence
    kind = type(thing).__name__
    raise InvalidRequest(f"a workflow is a Workflow, a dict, a path or a node, not a {kind}")


def read_file(where: Path) -> bytes:
    """Return a file's bytes; raises :class:`InvalidRequest` with the nearest name when it is not there."""
    try:
        return where.read_bytes()
    except FileNotFoundError:
        beside = [path.name for path in where.parent.glob("*")] if where.parent.is_dir() else []
        hint = nearest(where.name, beside) if beside else ""
        raise InvalidRequest(
            f"there is no file {str(where)!r}" + (f"; {hint}" if hint.startswith("did") else "")
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{str(where)!r} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def read_data(text: str | bytes, *, yaml: bool) -> Any:
    """Read JSON or YAML; raises :class:`InvalidGraph`."""
    return _read_yaml(text) if yaml else read_json(text)


def _read_yaml(text: str | bytes) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = text.decode() if isinstance(text, bytes) else text
        # A few aliases of aliases would unfold into gigabytes.
        if "*" in text and any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, loader)):
            raise InvalidGraph([Issue("YAML aliases (*name) are not read; write the value out")])
        return yaml.load(text, loader)  # noqa: S506  # both are the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidGraph([Issue(f"not YAML: {error.problem}{where}")]) from None
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidGraph([Issue(f"not YAML: {error}")]) from None
