"""How a worker is to be: from the command's options, then the environment, then the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.auth.origins import LOOPBACK, is_loopback
from nodetool_jupyter.bridge.frames import blob_chunk_size, max_frame_size
from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.request import parse_gpus
from nodetool_jupyter.worker.bucket import BucketOptions, read_bucket_options
from nodetool_jupyter.worker.uploads import UploadLimits

CONTAINER = ("image", "mounts", "network", "trusted")  # what jobs may be let choose of their container
_HERE = ("subprocess", "docker", "threaded")
DRAIN = 30.0  # seconds that work has to end after SIGTERM


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker is started with; times are in seconds, sizes in bytes.

    ``at_once`` nodes run at a time, ``waiting`` more requests may wait of each connection and ``all_waiting`` of all;
    with all that they were sent these have ``inputs`` bytes of memory. ``permissions`` are those that nodes which need
    one have. ``job_ttl`` and ``model_ttl`` of 0 mean for ever.
    Of jobs, ``data`` is the folder (``None``: ``worker`` in the data folder), ``strategies`` are those that they may
    use, the first where they name none, ``allow_code`` the users who may send functions of their own, ``container``
    what they may choose of one; ``own_gpus`` are the GPUs that they may see, ``None`` for all.
    Values of more than ``bucket_above`` go through the bucket, if there is one.
    """

    host: str = "127.0.0.1"
    port: int = 0
    stdio: bool = False
    certfile: Path | None = None
    keyfile: Path | None = None
    namespaces: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    allowed_hosts: tuple[str, ...] = LOOPBACK
    allowed_origins: tuple[str, ...] = ()
    max_frame: int = 256 * 1024 * 1024
    chunk: int = 1024 * 1024
    at_once: int = 32
    waiting: int = 2_000
    all_waiting: int = 10_000
    inputs: int = 2 * 1024**3
    connections: int = 1_000
    job_ttl: float = 1800.0
    model_ttl: float = 600.0
    drain: float = DRAIN
    data: Path | None = None
    strategies: tuple[str, ...] = ("subprocess",)
    allow_code: tuple[str, ...] = ()
    container: tuple[str, ...] = ()
    own_gpus: tuple[Gpu, ...] | None = None
    uploads: UploadLimits = field(default_factory=UploadLimits)
    bucket: BucketOptions | None = None
    bucket_above: int = 8 * 1024 * 1024


def read_options(given: Mapping[str, Any]) -> WorkerOptions:
    """Return the options of a command line; raises :class:`InvalidRequest` for what cannot be."""
    host = given.get("host") or settings.get("NODETOOL_WORKER_HOST")
    port = int(given["port"]) if given.get("port") is not None else settings.get_int("NODETOOL_WORKER_PORT")
    if port > 65535:
        raise InvalidRequest(f"--port must be at most 65535, not {port}")
    certfile, keyfile = given.get("certfile"), given.get("keyfile")
    if keyfile and not certfile:
        raise InvalidRequest("--keyfile goes with --certfile")
    if given.get("stdio") and (certfile or given.get("port") is not None):
        raise InvalidRequest("--stdio has no address: leave out --port and --certfile")
    named = given.get("namespaces")
    hosts = settings.get_list("AUTH_ALLOWED_HOSTS")
    return WorkerOptions(
        host=host,
        port=port,
        stdio=bool(given.get("stdio")),
        certfile=Path(certfile) if certfile else None,
        keyfile=Path(keyfile) if keyfile else None,
        namespaces=_words(named) if named else settings.get_list("NODETOOL_WORKER_NAMESPACES"),
        permissions=_words(given.get("allow") or ""),
        allowed_hosts=(*hosts, *(LOOPBACK if is_loopback(host) else ())) or ("*",),
        allowed_origins=settings.get_list("AUTH_ALLOWED_ORIGINS"),
        max_frame=max_frame_size(),
        chunk=blob_chunk_size(),
        at_once=settings.get_int("NODETOOL_WORKER_AT_ONCE"),
        inputs=settings.get_size("NODETOOL_WORKER_INPUTS"),
        job_ttl=max(0.0, float(settings.get_int("NODETOOL_WORKER_JOB_TTL_SECONDS"))),
        model_ttl=float(settings.get_int("NODETOOL_WORKER_MODEL_TTL_SECONDS")),
        drain=float(given["drain"]) if given.get("drain") else DRAIN,
        **_of_jobs(given),
    )


def _of_jobs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are about whole jobs, their values and the GPUs."""
    data = given.get("data") or settings.get("NODETOOL_WORKER_DATA")
    chosen = _gpus(given.get("gpus"))
    return {
        "gpus": chosen,
        "own_gpus": chosen if given.get("gpus") is not None else None,
        "data": Path(data).expanduser().absolute() if data else None,
        "strategies": _strategies(given.get("strategies") or settings.get("NODETOOL_WORKER_STRATEGIES")),
        "allow_code": _words(given.get("allow_code") or ""),
        "container": _container(given.get("allow_container") or ""),
        "uploads": UploadLimits(
            each_user=settings.get_size("NODETOOL_WORKER_UPLOADS_OF_USER"),
            in_all=settings.get_size("NODETOOL_WORKER_UPLOADS"),
            ttl=float(settings.get_int("NODETOOL_WORKER_UPLOAD_TTL_SECONDS")),
        ),
        "bucket": read_bucket_options(),
        "bucket_above": settings.get_size("NODETOOL_WORKER_BUCKET_ABOVE"),
    }


def _gpus(text: str | None) -> tuple[Gpu, ...]:
    if text is None:
        return tuple(gpus.available())
    names = parse_gpus(text)
    assert isinstance(names, tuple)  # of a text
    return tuple(gpus.choose(names))


def _strategies(text: str) -> tuple[str, ...]:
    """Return the strategies that jobs may use; none for the word ``none``."""
    names = _words(text)
    if names == ("none",):
        return ()
    for name in names:
        if name not in _HERE:
            raise InvalidRequest(f"--strategies: there is no {name!r} here; {nearest(name, (*_HERE, 'none'))}")
    return names


def _container(text: str) -> tuple[str, ...]:
    names = _words(text)
    for name in names:
        if name not in CONTAINER:
            raise InvalidRequest(f"--allow-container: there is no {name!r}; {nearest(name, CONTAINER)}")
    return names


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
