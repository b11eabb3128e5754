"""What an engine will be asked for a job, in its own words, before any engine is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

from nodetool_jupyter.execution.container.image import built_here
from nodetool_jupyter.execution.container.plan import Plan


def preview(plan: Plan) -> str:
    """Return the body of the engine's create call as JSON, and what in it only the engine can tell."""
    body = json.dumps(plan.draft().body(), indent=2, ensure_ascii=False)
    open_ = "\n".join(f"  {line}" for line in _open(plan))
    return f"The engine is asked to create (POST /containers/create):\n{body}\n\nOnly the engine can tell:\n{open_}"


def _open(plan: Plan) -> Iterator[str]:
    fetched = {"missing": "pulled if it is not", "always": "pulled in any case", "never": "never pulled"}
    how = fetched[plan.options.pull if not built_here(plan.image) else "never"]
    yield f"Image: whether {plan.image} is there and fits ({how}); it is then named by its id"
    yield "Labels: which job and attempt, and which process made it"
    if plan.request.gpus:
        yield "DeviceRequests: the UUIDs of the GPUs, and whether it can give any"
    if plan.sandbox.runtime:
        yield f"Runtime: whether it has {plan.sandbox.runtime}"
    if plan.sandbox.network:
        yield "NetworkMode: a bridge network of the job's own, made before the container and removed after it"
    yield "Mounts: an engine on another host gets a volume at /job in the place of the two folders"
