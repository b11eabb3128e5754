"""Running small graphs: a short way to write one, and to look at everything a run sent."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter.engine.outcome import Outcome
from nodetool_jupyter.engine.plan import make_plan
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.runner import RunSettings, WorkflowRunner
from nodetool_jupyter.engine.validate import check
from nodetool_jupyter.events import Event
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.values import ValueStore

SHORT = {
    "Reroute": "nodetool.control.Reroute",
    "ForEach": "nodetool.control.ForEach",
    "Collect": "nodetool.control.Collect",
    "If": "nodetool.control.If",
    "Loop": "nodetool.control.Loop",
    "Output": "nodetool.output.Output",
    "Input": "test.Input",
    "Preview": "nodetool.workflows.base_node.Preview",
    "Comment": "nodetool.workflows.base_node.Comment",
    "Group": "nodetool.workflows.base_node.Group",
    "IntegerInput": "nodetool.input.IntegerInput",
    "StringInput": "nodetool.input.StringInput",
    "Upper": "nodetool.text.ToUppercase",
}


def graph(nodes: Mapping[str, Any], *edges: str) -> dict[str, Any]:
    """Write a graph: ``{"a": "Reroute", "b": (kind, {"prop": 1}, {"sync_mode": "on_any"})}, "a.output b.value"``.

    A kind is a full name, a short one, or a function or class that was made a node.
    """
    made = []
    for node_id, what in nodes.items():
        kind, data, more = (*what, {}, {})[:3] if isinstance(what, tuple) else (what, {}, {})
        name = kind if isinstance(kind, str) else kind.node_type.name
        made.append({"id": node_id, "type": SHORT.get(name, name), "data": data, **more})
    return {"nodes": made, "edges": [edge(text) for text in edges]}


def edge(text: str) -> dict[str, Any]:
    """Read ``source.handle target.handle``; ``=>`` between them makes a control edge."""
    control = "=>" in text
    left, right = text.replace("=>", " ").split()
    source, _, slot = left.partition(".")
    target, _, handle = right.partition(".")
    plain = {"source": source, "sourceHandle": slot or "output", "target": target, "targetHandle": handle}
    if control:
        plain |= {"edge_type": "control", "targetHandle": "__control__"}
    return plain


@dataclass
class Ran:
    """What came of a run: its outcome and every line of its channel."""

    outcome: Outcome
    lines: list[tuple[int, float, Event]] = field(default_factory=list)

    @property
    def result(self) -> dict[str, Any]:
        """The outputs; fails unless the run completed."""
        assert self.outcome.status == "completed", self.outcome
        return self.outcome.result

    def events(self, kind: str, **fields: Any) -> list[Any]:
        """The events of one type whose fields are these."""
        return [
            event
            for _, _, event in self.lines
            if event.type == kind and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def statuses(self, node_id: str) -> list[str]:
        """What was said of a node, in order."""
        return [event.status for event in self.events("node_update", node_id=node_id)]

    def sent(self, name: str) -> list[Any]:
        """Every value that reached an output."""
        return [event.value for event in self.events("output_update", output_name=name)]


def run(
    data: Mapping[str, Any],
    *,
    during: Callable[[WorkflowRunner, list[Any]], Awaitable[None]] | None = None,
    runner_class: type[WorkflowRunner] = WorkflowRunner,
    **settings: Any,
) -> Ran:
    """Check, plan and run a graph to its end; ``during`` runs beside it."""
    resolved = resolve(read_graph(data))
    check(resolved)
    plan = make_plan(resolved, settings.get("open_inputs", ()))
    lines: list[Any] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(settings.pop("folder", name))

        async def main() -> Outcome:
            async with asyncio.timeout(30):
                given = RunSettings("job", ValueStore(folder / "values"), folder, **settings)
                runner = runner_class(plan, given, lines.extend)
                beside = asyncio.ensure_future(during(runner, lines)) if during else None
                outcome = await runner.run()
                if beside is not None:
                    await beside
                return outcome

        return Ran(asyncio.run(main()), lines)
