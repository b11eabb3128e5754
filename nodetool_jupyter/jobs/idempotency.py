"""Idempotency keys: the same request under the same key makes one job, however often and from wherever it is sent."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.errors import Conflict
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.request import RunJobRequest

LIFETIME = 24 * 3600.0  # seconds a key means its first job
_NOT_THE_REQUEST = {"job_id", "interpreter", "cwd", "format", "type", "retry_of", "notebook"}


def take(data: Path, folder: JobFolder, request: RunJobRequest) -> str | None:
    """Take the request's key for the job in ``folder``; returns the id of an earlier job that holds it.

    The key is linked before the job's log is begun. Raises :class:`Conflict` when the key belongs to another
    request.
    """
    key = request.idempotency_key or ""
    path = data / "keys" / hashlib.sha256(f"{request.user_id}\0{key}".encode()).hexdigest()
    digest = _digest(request, folder)
    draft = Path(folder.path, "key")
    with open(draft, "x", opener=private_opener) as file:
        json.dump({"job_id": folder.id, "digest": digest, "time": clock.time()}, file)
    while True:
        try:
            os.link(draft, path)
        except FileExistsError:
            earlier = _read(path, data)
            if earlier is None:
                _set_aside(path)
                continue
            if earlier["digest"] != digest:
                raise Conflict(
                    f"the key {key!r} was used for another request, job {earlier['job_id']}: take a new one"
                ) from None
            return str(earlier["job_id"])
        return None


def _read(path: Path, data: Path) -> dict[str, Any] | None:
    """Return who holds a key; ``None`` when it has run out, or its job was removed or never came to be."""
    try:
        held: dict[str, Any] = json.loads(path.read_bytes())
        expired = clock.time() - held["time"] > LIFETIME
        gone = not (data / "jobs" / held["job_id"]).is_dir()
    except (OSError, ValueError, KeyError, TypeError):
        return None  # also what a power cut left half-written
    return None if expired or gone else held


def _set_aside(path: Path) -> None:
    aside = path.with_name(f".{path.name[:16]}.{os.urandom(6).hex()}")
    with suppress(FileNotFoundError):
        path.rename(aside)  # only one of many who find it old gets it; the others find the next
        aside.unlink()


def _digest(request: RunJobRequest, folder: JobFolder) -> str:
    """Return what makes two requests the same; large inputs count by their content, not by their random file names."""
    body = request.model_dump(mode="json", exclude=_NOT_THE_REQUEST)
    body["params"] = _by_content(body["params"], Path(folder.path))
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _by_content(data: Any, folder: Path) -> Any:
    if isinstance(data, list):
        return [_by_content(item, folder) for item in data]
    if not isinstance(data, dict):
        return data
    uri = data.get("uri")
    if isinstance(uri, str) and uri.startswith("values/") and ".." not in uri and (folder / uri).is_file():
        return {**data, "uri": hashlib.sha256((folder / uri).read_bytes()).hexdigest()}
    return {key: _by_content(value, folder) for key, value in data.items()}
