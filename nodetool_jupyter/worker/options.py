"""How a worker is to be: from the command's options, then the environment, then the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.auth.origins import LOOPBACK, is_loopback
from nodetool_jupyter.bridge.frames import blob_chunk_size, max_frame_size
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.request import parse_gpus

DRAIN = 30.0  # seconds that work has to end after SIGTERM


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker is started with; times are in seconds, sizes in bytes.

    ``at_once`` nodes run at a time, ``waiting`` more requests may wait of each connection and ``all_waiting`` of all;
    ``permissions`` are those that nodes which need one have. ``job_ttl`` and ``model_ttl`` of 0 mean for ever.
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
    connections: int = 1_000
    job_ttl: float = 1800.0
    model_ttl: float = 600.0
    drain: float = DRAIN


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
        gpus=_gpus(given.get("gpus")),
        allowed_hosts=(*hosts, *(LOOPBACK if is_loopback(host) else ())) or ("*",),
        allowed_origins=settings.get_list("AUTH_ALLOWED_ORIGINS"),
        max_frame=max_frame_size(),
        chunk=blob_chunk_size(),
        at_once=settings.get_int("NODETOOL_WORKER_AT_ONCE"),
        job_ttl=max(0.0, float(settings.get_int("NODETOOL_WORKER_JOB_TTL_SECONDS"))),
        model_ttl=float(settings.get_int("NODETOOL_WORKER_MODEL_TTL_SECONDS")),
        drain=float(given["drain"]) if given.get("drain") else DRAIN,
    )


def _gpus(text: str | None) -> tuple[Gpu, ...]:
    if text is None:
        return tuple(gpus.available())
    names = parse_gpus(text)
    assert isinstance(names, tuple)  # of a text
    return tuple(gpus.choose(names))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
