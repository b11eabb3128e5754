"""What a container may do: a typed policy with three named profiles, and the words in which the engine is asked.

The numbers in comments are items of the CIS Docker Benchmark 1.6.0.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from nodetool_jupyter import settings
from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.request import parse_size

NOBODY = (65532, 65532)  # uid and gid of a job whose owner is root
IN, OUT = "/job/in", "/job/out"
_MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The limits and the walls of a container; sizes in bytes.

    ``images`` are patterns of images that may be run, ``folders`` host folders of which something may be mounted;
    ``runtime`` is another runtime of the engine, such as ``runsc``; ``executable_tmp`` lets programs be run from /tmp,
    as compilers of GPU kernels want. ``writable_root`` and ``capabilities`` are for images that cannot do without.
    """

    name: str = "default"
    memory: int = 2048 * _MIB
    cpus: float = 2.0
    processes: int = 256
    open_files: int = 4096
    shared_memory: int = 64 * _MIB
    tmp: int = 1024 * _MIB
    network: str = "none"
    writable_root: bool = False
    executable_tmp: bool = False
    capabilities: tuple[str, ...] = ()
    runtime: str | None = None
    user: tuple[int, int] | None = None
    images: tuple[str, ...] = ("*",)
    folders: tuple[str, ...] = ()

    def allows_image(self, image: str) -> bool:
        """Tell whether an image matches one of the patterns."""
        return any(fnmatch.fnmatchcase(image, pattern) for pattern in self.images)

    def with_limits(
        self,
        *,
        memory: int | None = None,
        cpus: float | None = None,
        processes: int | None = None,
        open_files: int | None = None,
    ) -> Self:
        """Return the policy with the limits that a job asks for."""
        return replace(
            self,
            memory=self.memory if memory is None else memory,
            cpus=self.cpus if cpus is None else cpus,
            processes=self.processes if processes is None else processes,
            open_files=self.open_files if open_files is None else open_files,
        )


PROFILES: dict[str, Sandbox] = {
    "default": Sandbox(),
    "strict": Sandbox(
        name="strict", memory=1024 * _MIB, cpus=1.0, processes=64, open_files=1024, tmp=256 * _MIB, runtime=None
    ),
    "trusted": Sandbox(name="trusted", writable_root=True, executable_tmp=True, processes=4096),
}


def profile(name: str, environ: Mapping[str, str] | None = None) -> Sandbox:
    """Return a named profile, with what the DOCKER_* settings say in its place.

    Raises :class:`InvalidRequest` for an unknown name, or a setting that is no size or number.
    """
    found = PROFILES.get(name)
    if found is None:
        raise InvalidRequest(f"there is no sandbox {name!r}; {nearest(name, PROFILES)}")
    if name == "strict":
        return found
    return replace(
        found,
        memory=_size("DOCKER_MEMORY_LIMIT", found.memory, environ),
        cpus=_number("DOCKER_CPU_LIMIT", found.cpus, environ),
        processes=int(_number("DOCKER_PIDS_LIMIT", found.processes, environ)) if name != "trusted" else found.processes,
        shared_memory=_size("DOCKER_SHM_SIZE", found.shared_memory, environ),
        user=_user(settings.get("DOCKER_USER", environ)),
    )


def _size(name: str, default: int, environ: Mapping[str, str] | None) -> int:
    text = settings.get(name, environ)
    try:
        found: Any = parse_size(text) if text else default
    except ValueError as error:
        raise InvalidRequest(f"{name}: {error}") from None
    return int(found)


def _number(name: str, default: float, environ: Mapping[str, str] | None) -> float:
    text = settings.get(name, environ)
    try:
        number = float(text) if text else default
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise InvalidRequest(f"{name} must be a number above 0, not {text!r}")
    return number


def _user(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    user, _, group = text.partition(":")
    if not user.isdecimal() or not (group or user).isdecimal():
        raise InvalidRequest(f"DOCKER_USER must be numbers such as 1000:1000, not {text!r}")
    return int(user), int(group or user)


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: a folder of the engine's host, or with ``type="volume"`` a volume by name."""

    source: str
    target: str
    writable: bool = False
    type: str = "bind"

    def body(self) -> dict[str, Any]:
        """Return it in the engine's words."""
        found = {"Type": self.type, "Source": self.source, "Target": self.target, "ReadOnly": not self.writable}
        return {**found, "BindOptions": {"Propagation": "rprivate"}} if self.type == "bind" else found  # 5.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container as the engine is to make it; ``body`` are the words of the engine's own interface."""

    image: str
    sandbox: Sandbox
    user: tuple[int, int]
    labels: Mapping[str, str]
    mounts: Sequence[Mount] = ()
    gpus: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    log_size: int = 64 * _MIB

    def body(self) -> dict[str, Any]:
        """Return what ``POST /containers/create`` is sent: no secret is in it, nor the graph and its inputs."""
        return {
            "Image": self.image,
            "Cmd": ["run", "--stdin", "--jsonl"],
            "User": "{}:{}".format(*self.user),
            "WorkingDir": "/tmp",  # noqa: S108  # a file system of the container's own
            "Env": [f"{name}={value}" for name, value in self.environ.items()],
            "Labels": dict(self.labels),
            "OpenStdin": True,
            "StdinOnce": False,  # an adopter attaches anew, and may push more inputs
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": False,
            "StopSignal": "SIGTERM",
            "NetworkDisabled": self.sandbox.network == "none",
            "HostConfig": self._host(),
        }

    def _host(self) -> dict[str, Any]:
        sandbox = self.sandbox
        host: dict[str, Any] = {
            "Memory": sandbox.memory,  # 5.11
            "MemorySwap": sandbox.memory,  # the same: no swap on top
            "NanoCpus": round(sandbox.cpus * 1e9),  # 5.12
            "PidsLimit": sandbox.processes,  # 5.29
            "ShmSize": sandbox.shared_memory,
            "Ulimits": [
                {"Name": "nofile", "Soft": sandbox.open_files, "Hard": sandbox.open_files},  # 5.19
                {"Name": "core", "Soft": 0, "Hard": 0},  # a core file would hold the secrets
            ],
            "CapDrop": ["ALL"],  # 5.4
            "CapAdd": list(sandbox.capabilities),
            "SecurityOpt": ["no-new-privileges"],  # 5.26; the default seccomp and AppArmor profiles stay
            "Privileged": False,  # 5.5
            "ReadonlyRootfs": not sandbox.writable_root,  # 5.13
            "Tmpfs": {"/tmp": self._tmp()},  # noqa: S108
            "NetworkMode": sandbox.network,  # 5.30
            "IpcMode": "private",  # 5.17
            "CgroupnsMode": "private",
            "PidMode": "",  # 5.16
            "UTSMode": "",  # 5.21
            "Init": True,  # reaps what the runner's own reaper cannot see, and passes signals on
            "Mounts": [mount.body() for mount in self.mounts],
            "LogConfig": {"Type": "local", "Config": _log(self.log_size)},
            "AutoRemove": False,  # or the exit code and the word about memory would be gone before they are read
            "RestartPolicy": {"Name": "no"},  # 5.15
        }
        if sandbox.runtime is not None:
            host["Runtime"] = sandbox.runtime
        if self.gpus:
            devices = {"Count": -1} if list(self.gpus) == ["all"] else {"DeviceIDs": list(self.gpus)}
            host["DeviceRequests"] = [{**devices, "Capabilities": [["gpu"]]}]  # 5.18
        return host

    def _tmp(self) -> str:
        flags = ["rw", "nosuid", "nodev", "exec" if self.sandbox.executable_tmp else "noexec"]
        return ",".join([*flags, f"size={self.sandbox.tmp}", "mode=1777"])


def _log(size: int) -> dict[str, str]:
    """Return how the engine keeps what a container says; one file is never compressed."""
    return {"max-size": str(size), "max-file": "1", "compress": "false"}
