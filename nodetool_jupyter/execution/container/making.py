"""Making the container of an attempt, with a network of its own where it is to have one, and removing both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.plan import name_of
from nodetool_jupyter.execution.container.reaper import ATTEMPT, JOB, remove_of_job
from nodetool_jupyter.execution.container.sandbox import NO_NETWORK, Container
from nodetool_jupyter.execution.container.wire import Refusal


def make(engine: ContainerEngine, container: Container, context: AttemptContext) -> dict[str, str]:
    """Make a container, which does not run yet; returns its id as ``container``, that of its network as ``network``.

    Raises what the engine raises; nothing is left then.
    """
    made: dict[str, str] = {}
    try:
        if container.network != NO_NETWORK:
            for stale in engine.networks({name: container.labels[name] for name in (JOB, ATTEMPT)}):
                engine.remove_network(stale.id)  # of a start that died in between
            made["network"] = engine.create_network(container.network, container.labels)
        made["container"] = _create(engine, container, context)
    except BaseException:
        with suppress(NodetoolError):
            unmake(engine, made)
        raise
    return made


def _create(engine: ContainerEngine, container: Container, context: AttemptContext) -> str:
    create = partial(engine.create, container.body(), name_of(context), context.tell)
    try:
        return create()
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        # An owner died after it had made this container, and before the job's log knew of it.
        remove_of_job(engine, context.job_id, context.attempt)
        return create()


def unmake(engine: ContainerEngine, made: Mapping[str, Any]) -> None:
    """Remove what :func:`make` made, running or not; raises what the engine raises."""
    if "container" in made:
        engine.remove(made["container"])
    if "network" in made:
        engine.remove_network(made["network"])
