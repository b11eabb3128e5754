"""What a job in a container asks for: first from the request alone, then with what the engine and the attempt add."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.engine.resolve import Resolved, resolve_request
from nodetool_jupyter.errors import InvalidRequest, Unsupported
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.container import gpu_use
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.exchange import Exchange
from nodetool_jupyter.execution.container.files import Folders, container_user
from nodetool_jupyter.execution.container.image import check_fits, own_image, split
from nodetool_jupyter.execution.container.reaper import Maker, container_name
from nodetool_jupyter.execution.container.sandbox import (
    IN,
    NO_NETWORK,
    OUT,
    Container,
    Mount,
    OwnVolume,
    Sandbox,
    profile,
)
from nodetool_jupyter.execution.container.user_mounts import MODELS, check_again, models_of, read_mounts
from nodetool_jupyter.execution.container.wire import TLS_VARIABLES
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.execution.placed import find_placed
from nodetool_jupyter.execution.subprocess import DEFINITIONS
from nodetool_jupyter.redact import scrub_environ
from nodetool_jupyter.request import DockerOptions, ResourceLimits, RunJobRequest, SubprocessOptions


@dataclass(frozen=True)
class Plan:
    """What a request asks of an engine: the image by name, the policy with the job's limits, folders of this host."""

    request: RunJobRequest
    options: DockerOptions
    image: str
    sandbox: Sandbox
    mounts: tuple[Mount, ...] = ()

    @classmethod
    def of(cls, request: RunJobRequest) -> Plan:
        """Read a request; raises :class:`InvalidRequest` or :class:`Unsupported` for what cannot be."""
        options = read_options(DockerOptions, request)
        for name in ("nice", "file_size"):
            if getattr(request.limits, name) is not None:
                raise Unsupported(f"--{name.replace('_', '-')} cannot be kept by the docker strategy; leave it out")
        policy = profile(options.sandbox)
        image = choose_image(options.image, policy)
        if options.network:
            policy = policy.with_network()
        limits = request.limits
        policy = policy.with_limits(
            memory=limits.memory,
            cpus=limits.cpus,
            processes=limits.max_processes,
            open_files=limits.open_files,
            shared_memory=options.shm_size,
            tmp=options.tmp_size,
        )
        return cls(request, options, image, policy, (*models_of(policy.models), *read_mounts(options.mounts, policy)))

    def check_workers(self) -> None:
        """Refuse nodes on workers in a container without a network; raises :class:`Unsupported`."""
        for node, kind in self._resolved.running():
            if kind.placement is not None and not self.sandbox.network:
                raise Unsupported(
                    f"node {node.id!r} ({node.type}) runs on the worker {kind.placement.worker!r}, which a container "
                    "without a network cannot reach; say --network, or use --strategy subprocess"
                )

    def container(self, engine: ContainerEngine, context: AttemptContext, exchange: Exchange) -> Container:
        """Find the image, make the files ready, and say what container is wanted; blocks.

        Raises what the engine raises, :class:`Unsupported` for an image that does not fit, :class:`StorageError`.
        """
        placed = find_placed(self.request, context)
        if (context.secrets or placed.secrets) and not engine.private:
            raise InvalidRequest(f"secrets are not sent to {engine.address} without TLS; set {TLS_VARIABLES}")
        self._check_place(engine, context.folder.parent.parent)
        facts = engine.facts()
        facts.check_runtime(self.sandbox.runtime)
        gpus = list(self.request.gpus or ()) if engine.remote else [gpu.uuid for gpu in context.gpus]
        if gpus:
            facts.check_gpus()
        image = engine.pull(self.image, self.options.pull, on_progress=context.tell)
        own = (context.folder / DEFINITIONS).exists()
        check_fits(image, facts.architecture, emulates=facts.emulates, own_functions=own)
        context.tell(f"image {self.image}, {image.digest or image.id}")
        user = self.sandbox.user or exchange.user
        exchange.give(self.request, user)
        maker = Maker.here(context.folder.parent.parent)
        labels = maker.labels_of(context.job_id, context.attempt)
        return self._made(
            image=image.id,
            user=user,
            labels={**labels, **gpu_use.labels(context.gpus, share=self.options.share_gpu)},
            mounts=exchange.mounts(labels),
            gpus=gpus,
            environ=self._environ([*context.secrets.values(), *placed.secrets]),
            log_size=context.log_cap,
            network=name_of(context) if self.sandbox.network else NO_NETWORK,
        )

    def draft(self) -> Container:
        """Say what container is wanted without asking any engine, as far as that is known before; for ``--dry-run``."""
        attempt = Folders(Path("<job>/attempts/1"))
        return self._made(
            image=self.image,
            user=self.sandbox.user or container_user(),
            labels={},
            mounts=attempt.mounts(),
            gpus=self.request.gpus or (),
            environ=self._environ(),
            log_size=settings.get_int("NODETOOL_LOG_CAP"),
            network=container_name("<job>", 1) if self.sandbox.network else NO_NETWORK,
        )

    def _made(self, *, mounts: Sequence[Mount | OwnVolume], **known: Any) -> Container:
        return Container(sandbox=self.sandbox, mounts=(*mounts, *self.mounts), **known)

    def _check_place(self, engine: ContainerEngine, data: Path) -> None:
        """Refuse folders of this host that this engine does not have, or that would show the jobs' data."""
        if engine.remote and self.mounts:
            names = ["NODETOOL_MODEL_CACHE"] if self.sandbox.models else []
            names += ["--mount"] if self.options.mounts else []
            raise InvalidRequest(
                f"{' and '.join(names)}: no folder of this host can be mounted by the engine at {engine.address}; "
                "leave it out"
            )
        check_again(self.mounts, self.sandbox, data)

    def _environ(self, secrets: Iterable[str] = ()) -> dict[str, str]:
        """Return the container's variables: settings its nodes declare, where its models are, what the user named."""
        declared = {name for _, kind in self._resolved.running() for name in kind.settings} - {"HF_HOME"}
        found = {name: settings.given(name) for name in sorted(declared)}
        if self.sandbox.models:
            found["HF_HOME"] = MODELS
            found["HF_HUB_OFFLINE"] = "" if self.sandbox.network else "1"
        around = {name: value for name, value in found.items() if value}
        return {**scrub_environ(around, secrets), **self.request.env}

    def order(self, context: AttemptContext) -> Order:
        """Return what the runner inside reads first on its stdin; may block."""
        placed = find_placed(self.request, context)
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
            placed=placed.types,
            ways={name: way.dump() for name, way in placed.ways.items()},
            definitions=f"{IN}/{DEFINITIONS}" if own else None,
            gpus=list(range(len(context.gpus or self.request.gpus or ()))),  # as CUDA counts them inside
            options=self._of_runner(),
            left=context.left,
        )

    def _of_runner(self) -> dict[str, Any]:
        """Return those options that the runner inside keeps itself."""
        return self.options.model_dump(mode="json", include=set(SubprocessOptions.model_fields), exclude_none=True)

    def pushable(self) -> list[str]:
        """Return the names that take pushed values: inputs that were kept open, and triggers in any case."""
        return [*self.options.open_inputs, *self._resolved.triggers()]

    @cached_property
    def _resolved(self) -> Resolved:
        return resolve_request(self.request)


def name_of(context: AttemptContext) -> str:
    """Return what the container of an attempt is called, and its network."""
    return container_name(context.job_id, context.attempt)


def choose_image(named: str | None, policy: Sandbox) -> str:
    """Return the whole name of an image, or the default one's; raises :class:`InvalidRequest` for one not allowed."""
    image = full_name(named) if named else default_image()
    if not policy.allows_image(image) and image != own_image():
        raise InvalidRequest(
            f"the image {image!r} is not among those that may be run: {', '.join(policy.images) or 'none'} "
            "(DOCKER_ALLOWED_IMAGES)"
        )
    return image


def default_image() -> str:
    """Return the image that jobs run in unless they name one (DOCKER_IMAGE)."""
    return settings.get("DOCKER_IMAGE") or own_image()


def full_name(image: str) -> str:
    """Return an image's name; one that is only a tag, such as ``:gpu``, is that tag of the default image."""
    return split(default_image())[0] + image if image.startswith(":") else image
