"""Removing containers whose maker has ended: those with all of our labels, and no others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from nodetool_jupyter.execution.container.engine import ContainerEngine

_PREFIX = "org.nodetool.jupyter."
OURS, JOB, ATTEMPT = f"{_PREFIX}container", f"{_PREFIX}job", f"{_PREFIX}attempt"
OWNER, HOST, START = f"{_PREFIX}owner", f"{_PREFIX}host", f"{_PREFIX}start"
_KIND = "runner"


@dataclass(frozen=True, slots=True)
class Maker:
    """The process that made a container: ``owner`` names it on its ``host``, ``start`` tells it from a later one."""

    owner: str
    host: str
    start: str

    def labels(self) -> dict[str, str]:
        """Return the labels that all its containers have; raises ``ValueError`` when one would be empty."""
        found = {OURS: _KIND, OWNER: self.owner, HOST: self.host, START: self.start}
        if not all(found.values()):
            raise ValueError("a maker of containers has an owner, a host and a start")
        return found

    def labels_of(self, job_id: str, attempt: int) -> dict[str, str]:
        """Return the labels of the container of one attempt."""
        return {**self.labels(), JOB: job_id, ATTEMPT: str(attempt)}


def remove_of_job(engine: ContainerEngine, job_id: str) -> None:
    """Remove the containers of all attempts at a job, whoever made them."""
    for one in engine.ours({OURS: _KIND, JOB: job_id}):
        engine.remove(one.id)


def reap(engine: ContainerEngine, maker: Maker, *, keep: Collection[str] = ()) -> list[str]:
    """Remove the containers that a maker has left, but for those of the jobs in ``keep``; return their ids.

    A container is removed only when it has all labels of ours, with this maker's values, and names its job.
    """
    left = [one for one in engine.ours(maker.labels()) if one.labels.get(JOB) and one.labels[JOB] not in keep]
    for one in left:
        engine.remove(one.id)
    return [one.id for one in left]
