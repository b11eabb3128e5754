"""Reading what a command line names: a workflow, a bare graph or a request, from a file or from stdin."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nodetool_jupyter.api.options import sentence
from nodetool_jupyter.api.workflow import Workflow, read_data, read_file
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue
from nodetool_jupyter.request import RunJobRequest

REQUEST = "run_job_request"  # the type of a request in NodeTool's protocol


@dataclass(frozen=True, slots=True)
class Work:
    """What was read: the workflow, and the other fields of the request it stood in."""

    flow: Workflow
    request: dict[str, Any]


def read_work(name: str, *, request: bool = False) -> Work:
    """Read a file, or stdin for ``-``; a request is told by its ``type``, or by ``request``.

    Permissions that stand in a file count only where a request was asked for: what somebody takes for a workflow
    must not give itself any. Raises :class:`InvalidRequest` or :class:`InvalidGraph`.
    """
    where = Path("stdin" if name == "-" else name)
    text = sys.stdin.buffer.read() if name == "-" else read_file(where.expanduser())
    data = read_data(text, yaml=where.suffix.lower() in (".yaml", ".yml"))
    work = work_of(data, request=request, name=None if name == "-" else where.stem)
    if not request:
        work.request.pop("allow", None)
    return work


def work_of(data: Any, *, request: bool = False, name: str | None = None) -> Work:
    """Return the work that parsed JSON means; ``name`` is for a workflow that has none."""
    if not request and not (isinstance(data, Mapping) and data.get("type") == REQUEST):
        named = isinstance(data, Mapping) and data.get("name")
        return Work(Workflow.from_dict(data, name=None if named else name), {})
    if not isinstance(data, Mapping):
        raise InvalidRequest(f"a request is a mapping, not a {type(data).__name__}")
    return read_request(data)


def read_request(data: Mapping[str, Any]) -> Work:
    """Read a request, in NodeTool's names or ours; raises :class:`InvalidRequest` or :class:`InvalidGraph`."""
    try:
        request = RunJobRequest.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(sentence(error)) from None
    if request.graph is None:
        raise InvalidGraph([Issue("the request has no graph, and workflows are not looked up by id here")])
    fields = request.model_dump(exclude_unset=True, exclude={"graph"})
    return Work(Workflow.from_dict(request.graph, name=request.name), fields)
