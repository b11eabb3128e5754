"""The models a worker keeps in memory between nodes: listed, freed when asked, and on a timer when nobody uses them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock, settings
from nodetool_jupyter.nodes.embedding import models
from nodetool_jupyter.nodes.loaded_models import Key

_PREFIX = "models--"
# What NodeTool's worker (0.8.2) says of a model beside these, mostly null for one that is only on its disk.
_UNKNOWN = (
    "type", "path", "artifact_family", "artifact_component", "artifact_confidence", "artifact_evidence", "cache_path",
    "allow_patterns", "ignore_patterns", "description", "readme", "pipeline_tag", "tags", "has_model_index",
    "downloads", "likes", "trending_score",
)  # fmt: skip


class KeptModels:
    """Keeps the models of this process for ``ttl`` seconds after their last use (0: until they are asked away)."""

    def __init__(self, ttl: float) -> None:
        self._ttl = ttl
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        models.keep(self._became_idle)

    def listed(self) -> list[dict[str, Any]]:
        """Return the models on this machine's disk or in memory, as NodeTool's worker tells them, and more of ours.

        Folders are not told: ``cache_path`` is null.
        """
        home = Path(settings.get("HF_HUB_CACHE") or Path(settings.get("HF_HOME") or "~/.cache/huggingface", "hub"))
        found: dict[str, dict[str, Any]] = {}
        with suppress(OSError):
            for folder in sorted(home.expanduser().glob(f"{_PREFIX}*")):
                if (folder / "snapshots").is_dir():
                    name = name_of(folder / "snapshots" / "x")
                    found[name] = {**_described(name, _size(folder)), "loaded": False, "in_use": 0}
        for (folder, device), (users, _) in models.now().items():
            name = name_of(folder)
            entry = found.setdefault(name, _described(name, _size(folder)))
            entry |= {"loaded": True, "in_use": users, "device": device}
        return list(found.values())

    def evict(self, repo_id: str | None = None) -> list[str]:
        """Free the models that nobody uses now, or the one of this name, and return their names."""
        gone = models.free(lambda key, _: repo_id is None or name_of(key[0]) == repo_id)
        return _names(gone)

    def evict_of(self, job_id: str, node_ids: Iterable[str]) -> list[str]:
        """Free what only these nodes of a job have used."""
        return _names(models.free_of(job_id, node_ids))

    def close(self) -> None:
        """Keep nothing any more, and free what nobody uses."""
        if self._timer is not None:
            self._timer.cancel()
        models.keep(None)
        models.free(lambda key, since: True)

    def _became_idle(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the worker has ended
            self._loop.call_soon_threadsafe(self._set_timer)

    def _set_timer(self) -> None:
        idle = [since for users, since in models.now().values() if not users]
        if self._ttl > 0 and self._timer is None and idle:
            left = max(0.0, min(idle) + self._ttl - clock.monotonic())
            self._timer = self._loop.call_later(left, self._free_old)

    def _free_old(self) -> None:
        self._timer = None
        limit = clock.monotonic() - self._ttl
        self._loop.run_in_executor(None, self._free_until, limit)  # it collects garbage, which takes a while

    def _free_until(self, limit: float) -> None:
        models.free(lambda _, since: since <= limit)
        self._became_idle()


def name_of(folder: Path) -> str:
    """Return what a model is called: its name in Hugging Face's cache, else the last part of its folder."""
    for part in folder.parts:
        if part.startswith(_PREFIX):
            return part.removeprefix(_PREFIX).replace("--", "/")
    return folder.name


def _described(name: str, size: int) -> dict[str, Any]:
    known = {"id": name, "name": name, "repo_id": name, "downloaded": True, "size_on_disk": size}
    return {**dict.fromkeys(_UNKNOWN), **known}


def _names(keys: Iterable[Key]) -> list[str]:
    return sorted({name_of(folder) for folder, _ in keys})


def _size(folder: Path) -> int:
    """Return the bytes of a folder's files, each counted once where the cache links to it."""
    files = {path.resolve() for path in folder.rglob("*") if path.is_file()}
    return sum(path.stat().st_size for path in files)
