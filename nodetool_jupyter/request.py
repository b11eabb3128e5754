"""What is asked for when a job is submitted: the request, its limits, and each strategy's own options.

The same models make the magic's and the command line's options, their help and their completion. A request is stored
as it is with the job, so it never holds a secret: ``auth_token`` is read, and dropped.
"""

from __future__ import annotations

import os
import re
import sys
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from nodetool_jupyter.settings import read_size

FORMAT = 1  # of request.json; an adopter leaves alone what is newer


class ExecutionStrategy(StrEnum):
    """The built-in strategies; installed packages may add others by entry point."""

    THREADED = "threaded"
    SUBPROCESS = "subprocess"
    DOCKER = "docker"
    REMOTE = "remote"
    CLUSTER = "cluster"


_DURATION = re.compile(r"^\s*\d+(?:\.\d+)?\s*$|^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+$")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


def parse_duration(value: object) -> object:
    """Read a duration such as ``90``, ``"90s"``, ``"10m"`` or ``"1h30m"`` as seconds; other types pass through."""
    if not isinstance(value, str):
        return value
    if not _DURATION.match(value):
        raise ValueError(f"{value!r} is no duration; write seconds, or 90s, 10m, 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(value))


def parse_size(value: object) -> object:
    """Read a size such as ``4096``, ``"512m"`` or ``"4g"`` as bytes (powers of 1024); other types pass through."""
    return read_size(value) if isinstance(value, str) else value


def parse_gpus(value: object) -> object:
    """Read ``0``, ``"0,1"``, ``"device=0"``, a UUID, ``"all"`` or ``"none"`` as a tuple of device names."""
    if value is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return (str(value),)
    if isinstance(value, str):
        text = value.strip().strip("\"'").removeprefix("device=").strip("\"'")
        if text.lower() in ("none", ""):
            return ()
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(value, (list, tuple)):
        return tuple(str(part) for part in value)
    raise ValueError(f"{value!r} names no GPU; write 0, 0,1, device=0, a UUID, all or none")


Seconds = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, allow_inf_nan=False)]
Bytes = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]


def parse_names(value: object) -> object:
    """Read names with commas between them, alone or in a list, as a tuple; other types pass through."""
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, (list, tuple, set, frozenset)):
        return value
    parts = [part for item in value for part in (item.split(",") if isinstance(item, str) else [item])]
    return tuple(part.strip() if isinstance(part, str) else part for part in parts if part)


def parse_network(value: object) -> object:
    """Refuse the name of a network; other values pass through."""
    if isinstance(value, str) and value.lower() not in ("true", "false"):
        raise ValueError(f"a container has a network of its own or none, never {value!r}; say True or False")
    return value


Network = Annotated[bool, BeforeValidator(parse_network)]
Permission = Literal["shell", "python"]
Gpus = Annotated[tuple[str, ...], BeforeValidator(parse_gpus)]


class ResourceLimits(BaseModel):
    """What a job may use; NodeTool's names (``memory_mb``, ``time_seconds`` …) are read too."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    memory: Bytes | None = Field(None, description="memory, such as 4g")
    cpus: Annotated[float, Field(gt=0)] | None = Field(None, description="CPUs, such as 1.5")
    nice: Annotated[int, Field(ge=0, le=19)] | None = Field(None, description="niceness of its processes, 0 to 19")
    open_files: Annotated[int, Field(gt=0)] | None = Field(None, description="open files")
    max_processes: Annotated[int, Field(gt=0)] | None = Field(None, description="processes")
    file_size: Bytes | None = Field(None, description="size of one file it writes")

    @model_validator(mode="before")
    @classmethod
    def _nodetool_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = {key: value for key, value in data.items() if value is not None}
        for theirs, ours, factor in (("memory_mb", "memory", 1024**2), ("file_size_mb", "file_size", 1024**2)):
            if theirs in data:
                data[ours] = int(float(data.pop(theirs)) * factor)
        if "cpu_percent" in data:
            data["cpus"] = float(data.pop("cpu_percent")) / 100
        return data

    def asked(self) -> dict[str, Any]:
        """Return only the limits that were asked for."""
        return self.model_dump(exclude_none=True)


class Timeouts(BaseModel):
    """How long each stage may take, in seconds; ``None`` is without end."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    queue: Seconds | None = Field(None, description="in the queue")
    start: Seconds | None = Field(None, description="from leaving the queue to running")
    run: Seconds | None = Field(None, description="running, over all attempts")
    idle: Seconds | None = Field(None, description="running without any event")


class ThreadedOptions(BaseModel):
    """Options of the threaded strategy."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    fail_fast: bool = Field(False, description="stop the other branches when a node fails")
    open_inputs: tuple[str, ...] = Field((), description="inputs that stay open for push_input")
    share_gpu: bool = Field(False, description="share the GPUs with other jobs that share them")


class SubprocessOptions(ThreadedOptions):
    """Options of the subprocess strategy."""

    grace: Seconds = Field(5.0, description="time a cancelled job gets to save before it is forced to end")
    gpu_memory: Bytes | None = Field(None, description="memory it may use on each GPU, such as 8g")


class DockerOptions(SubprocessOptions):
    """Options of the docker strategy."""

    image: str | None = Field(None, description="image, or :TAG; default: the workflow's, DOCKER_IMAGE, our own")
    pull: Literal["missing", "always", "never"] = Field("missing", description="when to fetch the image")
    sandbox: Literal["default", "strict", "trusted"] = Field("default", description="what the container may do")
    network: Network = Field(False, description="give the container a network of its own; without it there is none")
    mounts: tuple[str, ...] = Field((), description="a folder of this host it may read, or with :rw write, at PATH")
    shm_size: Bytes | None = Field(None, description="shared memory, such as 1g")
    tmp_size: Bytes | None = Field(None, description="size of /tmp, which is in memory")


class RemoteOptions(DockerOptions):
    """Options of the remote strategy; those of the strategy that the worker is to use are passed on to it."""

    worker: str | None = Field(None, description="which known worker runs it")
    remote_strategy: Literal["subprocess", "docker", "threaded"] = Field(
        "subprocess", description="where the worker runs it"
    )
    away: Seconds = Field(3600.0, description="how long the worker may be out of reach before its job is given up")
    insecure: bool = Field(False, description="send secrets also where the way to the worker is not encrypted")


STRATEGY_OPTIONS: dict[str, type[BaseModel]] = {
    ExecutionStrategy.THREADED: ThreadedOptions,
    ExecutionStrategy.SUBPROCESS: SubprocessOptions,
    ExecutionStrategy.DOCKER: DockerOptions,
    ExecutionStrategy.REMOTE: RemoteOptions,
}


class RunJobRequest(BaseModel):
    """One job that is asked for: which workflow, with which inputs, where, and within which limits.

    NodeTool's names are read too (``execution_strategy``, ``job_type``, ``resource_limits``, ``api_url``), so a
    request file of theirs runs.
    """

    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
        defer_build=True,
        ser_json_inf_nan="constants",  # a NaN is no None
    )

    format: int = FORMAT
    type: Literal["run_job_request"] = "run_job_request"
    job_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] | None = None
    job_type: str = "workflow"
    name: str | None = None
    workflow_id: str = ""
    user_id: str = ""
    api_url: str | None = None
    graph: dict[str, Any] | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    strategy: str = Field(ExecutionStrategy.THREADED, validation_alias=AliasChoices("strategy", "execution_strategy"))
    options: dict[str, Any] = Field(default_factory=dict)
    gpus: Gpus | None = None
    limits: ResourceLimits = Field(
        default_factory=partial(ResourceLimits.model_validate, {}),
        validation_alias=AliasChoices("limits", "resource_limits"),
    )
    timeouts: Timeouts = Field(default_factory=partial(Timeouts.model_validate, {}))
    retries: Annotated[int, Field(ge=0, le=100)] = 0
    env: dict[str, str] = Field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    node_workers: dict[str, str] = Field(default_factory=dict)
    allow: Annotated[tuple[Permission, ...], BeforeValidator(parse_names)] = ()
    on_owner_exit: Literal["keep", "cancel"] | None = None
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    retry_of: str | None = None
    notebook: str | None = None  # whose kernel submitted it, as its server told; good for a link, and no more
    strict: bool = False
    interpreter: str = Field(default_factory=lambda: sys.executable)
    cwd: str = Field(default_factory=os.getcwd)

    @model_validator(mode="before")
    @classmethod
    def _nodetool_names(cls, data: Any) -> Any:
        """Read NodeTool's forms: null for what is absent, ``time_seconds`` among the limits."""
        if not isinstance(data, dict):
            return data
        data = {key: value for key, value in data.items() if value is not None and key != "auth_token"}
        limits = data.get("resource_limits")
        if isinstance(limits, dict) and "time_seconds" in limits:
            limits = dict(limits)
            seconds = limits.pop("time_seconds")
            data["resource_limits"] = limits
            if seconds is not None:
                data["timeouts"] = {"run": seconds, **(data.get("timeouts") or {})}
        return data

    @field_validator("strategy")
    @classmethod
    def _known_word(cls, value: str) -> str:
        if not re.match(r"^[a-z][a-z0-9_-]{0,63}$", value):
            raise ValueError(f"{value!r} is no strategy's name")
        return str(value)
