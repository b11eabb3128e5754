"""What this installation can do: versions, folders, GPUs and their locks, Docker, limits, threads and processes."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nodetool_jupyter import settings
from nodetool_jupyter.errors import (
    EngineUnavailable,
    GpuUnavailable,
    ImageMissing,
    InvalidRequest,
    NodetoolError,
    StorageError,
)
from nodetool_jupyter.execution import gpu_locks, gpus, spares
from nodetool_jupyter.execution.base import strategies
from nodetool_jupyter.execution.cgroup_place import find_place
from nodetool_jupyter.execution.container.engine import ContainerEngine, EngineFacts
from nodetool_jupyter.execution.container.image import check_fits
from nodetool_jupyter.execution.container.plan import default_image
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.mounts import is_local
from nodetool_jupyter.nodes.registry import registry

_PACKAGES = ("ipython", "ipykernel", "pydantic", "SQLAlchemy", "numpy", "Pillow", "pandas", "pyarrow", "torch")
_CONTROLLERS = {"memory": "--memory", "cpu": "--cpus", "pids": "--max-processes"}


def findings() -> list[tuple[str, str]]:
    """Return what was found, as rows of a word and a sentence."""
    rows = [("nodetool_jupyter", _version("nodetool-jupyter"))]
    rows.append(("python", f"{platform.python_version()} at {sys.executable}"))
    rows += [(f"package {name}", _version(name)) for name in _PACKAGES]
    rows += _folders()
    rows += _gpus()
    rows += _docker()
    rows.append(("strategies", ", ".join(strategies())))
    rows += _limits()
    rows.append(("waiting runners", _spares()))
    rows.append(("node families", f"{len(registry.namespaces())}: {', '.join(registry.namespaces())}"))
    rows += [(f"family {name}", f"does not load: {error}") for name, error in registry.load_errors.items()]
    caps = f"{settings.max_workflow_threads()} of each strategy (MAX_WORKFLOW_THREADS)"
    rows.append(("jobs at once", f"{caps}, of docker {settings.get_int('MAX_DOCKER_JOBS')} (MAX_DOCKER_JOBS)"))
    rows.append(("node functions at once", f"{settings.thread_pool_size()} (THREAD_POOL_SIZE)"))
    rows.append(("terminals", _terminals()))
    return rows


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _folders() -> Iterator[tuple[str, str]]:
    try:
        places = manager().places
    except (NodetoolError, OSError) as error:
        yield "folders", f"cannot be used: {error}"
        return
    for word, path in (("data folder", places.data), ("runtime folder", places.runtime)):
        yield word, f"{path} (mode {_mode(path)}, {'local' if is_local(path) else 'not known to be local'})"
    try:
        journal = manager().index_journal()
    except (NodetoolError, OSError) as error:
        yield "job index", f"cannot be used: {error}"
        return
    why = "write-ahead log" if journal == "wal" else "rollback journal, because the disk is not known to be local"
    yield "job index", f"{places.data / 'jobs.db'} ({why})"


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


def _gpus() -> Iterator[tuple[str, str]]:
    found = gpus.available()
    if not found:
        yield "GPUs", "none that this process sees"
    for gpu in found:
        yield f"GPU {gpu.index}", f"{gpu.name}, {gpu.memory / 2**30:.0f} GiB, {gpu.uuid}"
    if found:
        try:
            yield "GPU locks", f"{gpu_locks.folder()}, shared with the other users of this host (NODETOOL_GPU_LOCKS)"
        except StorageError as error:
            yield "GPU locks", f"cannot be used: {error}"


def _docker() -> Iterator[tuple[str, str]]:
    try:
        engine = ContainerEngine.connect(os.environ)
    except EngineUnavailable as error:
        yield "Docker engine", f"cannot be used: {error}"
        return
    with engine:
        try:
            facts = engine.facts()
        except EngineUnavailable as error:
            yield "Docker engine", f"cannot be used: {error}"
            return
        yield "Docker engine", f"{facts.version} at {engine.address}, {_rights(engine, facts)}"
        yield "Docker GPUs", _docker_gpus(engine, facts)
        yield "Docker image", _image(engine, facts)


def _rights(engine: ContainerEngine, facts: EngineFacts) -> str:
    if facts.rootless:
        return "rootless: it has no more rights than its user"
    where = "its host" if engine.remote else "this host"
    return f"with root's rights: whoever may ask it is root on {where}; a rootless engine is safer"


def _docker_gpus(engine: ContainerEngine, facts: EngineFacts) -> str:
    try:
        facts.check_gpus()
    except GpuUnavailable as error:
        here = engine.remote or gpus.available()
        return f"none: {error}" if here else "none: this machine has no GPU that can be used"
    return "can be given to containers with --gpus"


def _image(engine: ContainerEngine, facts: EngineFacts) -> str:
    ref = default_image()
    try:
        found = engine.image(ref)
        check_fits(found, facts.architecture, emulates=facts.emulates, own_functions=True)
    except (ImageMissing, EngineUnavailable, InvalidRequest) as error:
        return f"jobs cannot use it: {error}"
    return f"{ref}, {found.size / 2**20:.0f} MiB, fits this version and this Python (DOCKER_IMAGE)"


def _limits() -> Iterator[tuple[str, str]]:
    place = find_place()
    kept = () if place is None else [words for name, words in _CONTROLLERS.items() if name in place.folders]
    if place is not None and kept:
        yield "limits of a job", f"{', '.join(kept)} for all its processes together, by cgroup v{place.version}"
    rest = [words for words in _CONTROLLERS.values() if words not in kept]
    if rest:
        yield "limits of a process", f"{', '.join(rest)}: kept roughly, for each process, since no cgroup can be made"


def _spares() -> str:
    wanted, here = settings.get_int("NODETOOL_WARM_SPARES"), spares.waiting()
    modules = settings.get("NODETOOL_PRELOAD") or "nothing more"
    return f"{here} now, at most {wanted} (NODETOOL_WARM_SPARES); they import {modules} (NODETOOL_PRELOAD)"


def _terminals() -> str:
    asked = os.environ.get("NODETOOL_ENABLE_TERMINAL_WS")
    ours = "this package offers no terminal over a socket"
    if asked:
        ours += f"; NODETOOL_ENABLE_TERMINAL_WS={asked} is ignored"
    return f"{ours}; Jupyter's own are switched off with ServerApp.terminals_enabled=False"
