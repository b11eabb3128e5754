"""A run as it is typed, for magics and the command line: from a line that was read to a request and its inputs."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.api import catalog, submit
from nodetool_jupyter.api.grammar import BadLine, Line, value_of
from nodetool_jupyter.api.job import Job
from nodetool_jupyter.api.workflow import Workflow
from nodetool_jupyter.engine.explain import Explanation
from nodetool_jupyter.errors import nearest
from nodetool_jupyter.execution.base import find_strategy
from nodetool_jupyter.request import RunJobRequest


@dataclass(slots=True)
class Run:
    """A run that is ready to be submitted, or to be shown by ``--dry-run``."""

    flow: Workflow
    request: RunJobRequest
    inputs: dict[str, Any]

    def submit(self) -> Job:
        """Submit it; raises what :func:`nodetool_jupyter.api.submit.submit` raises."""
        return submit.start(self.flow, self.request, self.inputs)

    def dry(self) -> Explanation:
        """Check it as submitting would, and say what would run; raises what the strategy refuses."""
        submit.check_inputs(self.flow, self.inputs)
        submit.checked(self.flow, self.request, lambda: find_strategy(self.request.strategy).check(self.request))
        return self.flow.explanation(self.request.node_workers)


def prepare(line: Line, flow: Workflow, variables: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Run:
    """Make a run of a workflow and the options that were typed; ``variables`` are what ``--input K`` looks in.

    Raises :class:`BadLine`, or :class:`InvalidRequest` for an option that cannot be.
    """
    for place, text in (line.given.get("set") or {}).items():
        node_id, _, name = place.rpartition(".")
        flow.set(node_id, name, value_of(text))
    if line.given.get("strict"):
        flow.strict = True
    request = submit.request_for(flow, line.run_options(), fixed=fixed, typed=True)
    return Run(flow, request, inputs_of(line, variables))


def inputs_of(line: Line, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that were typed; raises :class:`BadLine` for a variable that is not there."""
    found = {}
    for name, text in (line.given.get("input") or {}).items():
        if text is None:
            if name not in variables:
                known = [word for word in variables if not word.startswith("_")]
                hint = nearest(name, known)
                hint = hint if hint.startswith("did") else f"write --input {name}=VALUE"
                raise BadLine(f"--input {name}: there is no variable {name!r}; {hint}")
            found[name] = variables[name]
        else:
            found[name] = value_of(text)
    return found


def targets_of(line: Line) -> list[tuple[str | None, str]]:
    """Return where outputs go: (``None`` for all or an output's name, variable); raises :class:`BadLine`."""
    targets: list[tuple[str | None, str]] = []
    given = line.given.get("output") or []
    for text in [given] if isinstance(given, str) else given:
        name, equals, variable = text.rpartition("=")
        if not variable.isidentifier() or keyword.iskeyword(variable):
            raise BadLine(f"--output: {variable!r} cannot be a variable's name")
        targets.append((name if equals else None, variable))
    return targets


def store(outputs: Mapping[str, Any], targets: list[tuple[str | None, str]]) -> dict[str, Any]:
    """Return the variables that outputs go into; raises :class:`BadLine` for an output that is not there."""
    variables: dict[str, Any] = {}
    for name, variable in targets:
        if name is not None and name not in outputs:
            raise BadLine(f"--output: there is no output {name!r}; {nearest(name, outputs) or 'there are none'}")
        variables[variable] = outputs if name is None else outputs[name]
    return variables


def dry_text(run: Run) -> str:
    """Return what ``--dry-run`` shows: a table of the run, and what its strategy adds."""
    table = catalog.columns(dry_table(run))
    added = find_strategy(run.request.strategy).preview(run.request)
    return f"{table}\n\n{added}" if added else table


def dry_table(run: Run) -> list[tuple[str, str]]:
    """Return what ``--dry-run`` says of any run, as rows of two: a word and what it is."""
    found = run.dry()
    request = run.request
    missing = found.missing_inputs({*run.inputs, *request.params})
    rows = [("workflow", run.flow.name or "(no name)"), ("strategy", request.strategy)]
    rows.append(("device", "cpu" if not request.gpus else "GPU " + ", ".join(request.gpus)))
    rows += [(f"node {node_id}", kind + _where(found.workers.get(node_id))) for node_id, _, kind in found.nodes]
    for one in found.inputs:
        value = run.inputs.get(one.name, request.params.get(one.name, one.value))
        shown = repr(value)
        rows.append(
            (f"input {one.name}", "missing" if one.name in missing else shown if len(shown) <= 60 else shown[:57] + "…")
        )
    rows += [("output", name) for name in found.outputs]
    rows += [("setting", f"{name} ({'set' if there else 'not set'})") for name, there in found.settings.items()]
    rows += [("secret", name) for name in dict.fromkeys([*found.secrets, *request.secrets])]
    for name, worker in found.offered.items():
        if name not in request.secrets:
            rows.append(("not sent", f"{name}, which the worker {worker} asks for; --secret {name} sends it"))
    rows += [("renamed", f"{old} is {new} here") for old, new in found.migrated.items()]
    return rows + [(one.severity, str(one)) for one in found.issues]


def _where(worker: str | None) -> str:
    return f" on the worker {worker}" if worker else ""
