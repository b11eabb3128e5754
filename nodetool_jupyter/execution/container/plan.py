"""What a job in a container asks for: first from the request alone, then with what the engine and the attempt add."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.errors import InvalidRequest, Unsupported
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.exchange import Exchange
from nodetool_jupyter.execution.container.files import container_user
from nodetool_jupyter.execution.container.image import check_fits, own_image
from nodetool_jupyter.execution.container.reaper import Maker
from nodetool_jupyter.execution.container.sandbox import IN, OUT, Container, Sandbox, profile
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.execution.subprocess import DEFINITIONS
from nodetool_jupyter.graph import find_graph, read_graph
from nodetool_jupyter.processes import boot_id, start_ticks
from nodetool_jupyter.request import DockerOptions, ResourceLimits, RunJobRequest, SubprocessOptions


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request asks of an engine: the image by the name it was given, and the policy with the job's limits."""

    request: RunJobRequest
    options: DockerOptions
    image: str
    sandbox: Sandbox

    @classmethod
    def of(cls, request: RunJobRequest) -> Plan:
        """Read a request; raises :class:`InvalidRequest` or :class:`Unsupported` for what cannot be."""
        options = read_options(DockerOptions, request)
        for name in ("nice", "file_size"):
            if getattr(request.limits, name) is not None:
                raise Unsupported(f"--{name.replace('_', '-')} cannot be kept by the docker strategy; leave it out")
        policy = profile(options.sandbox)
        image = options.image or default_image()
        if not policy.allows_image(image):
            raise InvalidRequest(f"the image {image!r} is not among those that may be run: {', '.join(policy.images)}")
        limits = request.limits
        policy = policy.with_limits(
            memory=limits.memory, cpus=limits.cpus, processes=limits.max_processes, open_files=limits.open_files
        )
        return cls(request, options, image, policy)

    def container(self, engine: ContainerEngine, context: AttemptContext, exchange: Exchange) -> Container:
        """Find the image, make the files ready, and say what container is wanted; blocks.

        Raises what the engine raises, :class:`Unsupported` for an image that does not fit, :class:`StorageError`.
        """
        facts = engine.facts()
        if context.gpus:
            facts.check_gpus()
        image = engine.pull(self.image, self.options.pull, on_progress=context.tell)
        own = (context.folder / DEFINITIONS).exists()
        check_fits(image, facts.architecture, emulates=facts.emulates, own_functions=own)
        user = self.sandbox.user or container_user()
        exchange.give(self.request, user)
        maker = Maker(owner=str(os.getpid()), host=boot_id(), start=str(start_ticks(os.getpid())))
        return Container(
            image=image.id,
            sandbox=self.sandbox,
            user=user,
            labels=maker.labels_of(context.job_id, context.attempt),
            mounts=exchange.mounts(),
            gpus=[gpu.uuid for gpu in context.gpus],
            environ=self.request.env,
            log_size=context.log_cap,
        )

    def order(self, context: AttemptContext) -> Order:
        """Return what the runner inside reads first on its stdin."""
        own = (context.folder / DEFINITIONS).exists()
        limits = ResourceLimits.model_validate({})
        inside = {"job_id": context.job_id, "cwd": "", "limits": limits, "interpreter": "python"}
        return Order(
            request=self.request.model_copy(update=inside),
            attempt=context.attempt,
            folder=OUT,
            given=f"{IN}/values",
            cap=context.log_cap,
            secrets=dict(context.secrets),
            definitions=f"{IN}/{DEFINITIONS}" if own else None,
            gpus=[gpu.index for gpu in context.gpus],
            options=self._of_runner(),
            left=context.left,
        )

    def _of_runner(self) -> dict[str, Any]:
        """Return those options that the runner inside keeps itself."""
        return self.options.model_dump(mode="json", include=set(SubprocessOptions.model_fields), exclude_none=True)

    def pushable(self) -> list[str]:
        """Return the names that take pushed values: inputs that were kept open, and triggers in any case."""
        resolved = resolve(read_graph(find_graph(self.request.graph)))
        triggers = [resolved.name_of(node) for node, kind in resolved.running() if kind.role == "trigger"]
        return [*self.options.open_inputs, *triggers]


def default_image() -> str:
    """Return the image that jobs run in unless they name one (DOCKER_IMAGE)."""
    return settings.get("DOCKER_IMAGE") or own_image()
