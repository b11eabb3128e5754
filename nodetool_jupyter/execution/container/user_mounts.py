"""What of this host a job may have mounted besides its own folders: what ``--mount`` names, and the cache of models.

A path is judged by what it leads to, links followed: it must lie below a folder that an administrator allows, and may
show neither the engine's socket, nor the jobs' data, nor the kernel's own file systems. Two paths are one where they
are the same folder, so that another mount of it is no way around.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution.container.sandbox import JOB, Mount, Sandbox

MODELS = "/models"  # HF_HOME inside
_KERNELS = ("/proc", "/sys", "/dev")
_TAKEN = (JOB, *_KERNELS, MODELS)
_SOCKETS = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
)


def read_mounts(texts: Iterable[str], policy: Sandbox) -> tuple[Mount, ...]:
    """Return what ``--mount`` asks for, as ``HOST:PATH``, ``HOST:PATH:ro`` or ``HOST:PATH:rw``.

    Raises :class:`InvalidRequest` with one sentence for what cannot be, or may not be by the policy.
    """
    found: list[Mount] = []
    for text in texts:
        host, target, writable = _split(text)
        if policy.folders is None:
            raise InvalidRequest(
                f"--mount: the sandbox {policy.name!r} mounts nothing of this host; leave one of the two out"
            )
        _check_target(target, [mount.target for mount in found])
        source = _resolve("--mount", host)
        _check_allowed(source, policy.folders)
        _check_harmless("--mount", source)
        found.append(Mount(str(source), target, writable=writable))
    return tuple(found)


def models_of(folder: str) -> tuple[Mount, ...]:
    """Return how a container sees the models of an HF_HOME folder; not all of it, for a token may lie in there.

    Raises :class:`InvalidRequest` for a folder that has no models, or may not be mounted.
    """
    if not folder:
        return ()
    name = "NODETOOL_MODEL_CACHE"
    source = _resolve(name, folder)
    _check_harmless(name, source)
    if not (source / "hub").is_dir():
        raise InvalidRequest(f"{name}: {source} is no cache of HuggingFace models, for it has no folder hub")
    return (Mount(str(_resolve(name, str(source / "hub"))), f"{MODELS}/hub"),)


def check_again(mounts: Sequence[Mount], policy: Sandbox, data: Path) -> None:
    """Judge mounts once more, just before they are made: paths may lead elsewhere by now; ``data`` is the jobs' folder.

    Raises :class:`InvalidRequest`.
    """
    for mount in mounts:
        name = "NODETOOL_MODEL_CACHE" if mount.target.startswith(f"{MODELS}/") else "--mount"
        source = _resolve(name, mount.source)
        if str(source) != mount.source:
            raise InvalidRequest(f"{name}: {mount.source} leads elsewhere since the job was submitted; submit it anew")
        if name == "--mount":
            _check_allowed(source, policy.folders or ())
        _check_harmless(name, source)
        if _shows(source, data) or _lies_in(source, data):
            raise InvalidRequest(f"{name}: {source} would show the data of all jobs in {data}; mount another folder")


def _split(text: str) -> tuple[str, str, bool]:
    host, target, mode = (*text.split(":"), "ro")[:3] if text.count(":") in (1, 2) else ("", "", "")
    if not host or not target or mode not in ("ro", "rw"):
        raise InvalidRequest(f"--mount: {text!r} cannot be read; write HOST:PATH, or HOST:PATH:rw")
    return host, target, mode == "rw"


def _check_target(target: str, others: Sequence[str]) -> None:
    if not target.startswith("/"):
        raise InvalidRequest(f"--mount: the path inside must begin with a slash, and {target!r} does not")
    if posixpath.normpath(target) != target or target.startswith("//"):
        raise InvalidRequest(f"--mount: the path inside, {target!r}, must be written without ., .. and further slashes")
    path = PurePosixPath(target)
    if target in ("/", "/tmp") or any(path.is_relative_to(taken) for taken in _TAKEN):  # noqa: S108
        raise InvalidRequest(f"--mount: {target} is the container's own; choose another path, such as /data")
    if target in others:
        raise InvalidRequest(f"--mount: two of them are to be at {target}; choose another path for one")


def _resolve(name: str, path: str) -> Path:
    """Return what a path leads to, if that is a folder or a file."""
    given = Path(path).expanduser()
    if not given.is_absolute():
        raise InvalidRequest(f"{name}: a folder of this host is named by its whole path, not as {path!r}")
    try:
        source = given.resolve(strict=True)
        mode = source.stat().st_mode
    except (OSError, RuntimeError, ValueError):  # not there, a circle of links, no path at all
        raise InvalidRequest(f"{name}: {path!r} is not there, or you may not see it") from None
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise InvalidRequest(f"{name}: {path!r} is neither a folder nor a file")
    return source


def _check_allowed(source: Path, folders: Sequence[str]) -> None:
    if not folders:
        raise InvalidRequest(
            f"--mount: nothing of this host may be mounted, so {source} may not; "
            "an administrator allows folders, such as DOCKER_ALLOWED_MOUNTS=/data:/srv/models"
        )
    if not any(Path(folder).is_absolute() and source.is_relative_to(Path(folder).resolve()) for folder in folders):
        raise InvalidRequest(
            f"--mount: {source} is not below a folder of which something may be mounted: {', '.join(folders)}"
        )


def _check_harmless(name: str, source: Path) -> None:
    if source == Path("/"):
        raise InvalidRequest(f"{name}: / is the whole host; mount a folder of it")
    if any(source.is_relative_to(kernels) for kernels in _KERNELS):
        raise InvalidRequest(f"{name}: {source} is the kernel's own; mount another folder")
    for socket in _sockets(os.environ):
        if _shows(source, socket):
            raise InvalidRequest(
                f"{name}: {source} would show the socket {socket}, and whoever has that has this host; "
                "mount another folder"
            )


def _sockets(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where engines may listen on this host."""
    scheme, separated, path = environ.get("DOCKER_HOST", "").partition("://")
    own = [path] if separated and scheme == "unix" else []
    runtime = environ.get("XDG_RUNTIME_DIR")
    rootless = [f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"] if runtime else []
    for name in (*_SOCKETS, *own, *rootless):
        with suppress(OSError, RuntimeError):
            yield Path(name).resolve()


def _shows(source: Path, guarded: Path) -> bool:
    """Tell whether somebody who is shown ``source`` sees ``guarded``."""
    return any(_same(source, one) for one in (guarded, *guarded.parents) if one != Path("/"))


def _lies_in(source: Path, folder: Path) -> bool:
    return any(_same(one, folder) for one in (source, *source.parents))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other
