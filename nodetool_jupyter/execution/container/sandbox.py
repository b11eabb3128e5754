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

NOBODY = (65532, 65532)  # uid and gid of a job whose owner is root
JOB = "/job"
IN, OUT = f"{JOB}/in", f"{JOB}/out"
NO_NETWORK = "none"  # the engine's network that leads nowhere
_MIB = 1024**2
_DEVICES = "NVIDIA_VISIBLE_DEVICES"  # by which an image asks NVIDIA's runtime for GPUs, where that is the default one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The limits and the walls of a container; sizes in bytes.

    ``network`` is whether a container has a network of its own, ``networks`` whether a job may ask for one. ``images``
    are patterns of images that may be run, ``folders`` host folders of which a job may have something mounted, ``None``
    where it may not ask; ``models`` is the HF_HOME folder whose models it may read. ``runtime`` is another runtime of
    the engine, such as ``runsc``; ``executable_tmp`` lets programs be run from /tmp, as compilers of GPU kernels want.
    ``writable_root`` and ``capabilities`` are for images that cannot do without.
    """

    name: str = "default"
    memory: int = 2048 * _MIB
    cpus: float = 2.0
    processes: int = 256
    open_files: int = 4096
    shared_memory: int = 64 * _MIB
    tmp: int = 1024 * _MIB
    disk: int = 8192 * _MIB
    network: bool = False
    networks: bool = True
    writable_root: bool = False
    executable_tmp: bool = False
    capabilities: tuple[str, ...] = ()
    runtime: str | None = None
    user: tuple[int, int] | None = None
    images: tuple[str, ...] = ("*",)
    folders: tuple[str, ...] | None = ()
    models: str = ""

    def allows_image(self, image: str) -> bool:
        """Tell whether an image matches one of the patterns, as it is named or with the tag ``latest`` it means."""
        name = image.rpartition("/")[2]
        spellings = {image, image if ":" in name or "@" in name else f"{image}:latest"}
        return any(fnmatch.fnmatchcase(one, pattern) for one in spellings for pattern in self.images)

    def with_network(self) -> Self:
        """Return the policy with a network of the container's own; raises :class:`InvalidRequest` where none may be."""
        if not self.networks:
            raise InvalidRequest(f"--network: the sandbox {self.name!r} allows no network; leave one of the two out")
        return replace(self, network=True)

    def with_limits(
        self,
        *,
        memory: int | None = None,
        cpus: float | None = None,
        processes: int | None = None,
        open_files: int | None = None,
        shared_memory: int | None = None,
        tmp: int | None = None,
    ) -> Self:
        """Return the policy with the limits that a job asks for."""
        return replace(
            self,
            memory=self.memory if memory is None else memory,
            cpus=self.cpus if cpus is None else cpus,
            processes=self.processes if processes is None else processes,
            open_files=self.open_files if open_files is None else open_files,
            shared_memory=self.shared_memory if shared_memory is None else shared_memory,
            tmp=self.tmp if tmp is None else tmp,
        )


PROFILES: dict[str, Sandbox] = {
    "default": Sandbox(),
    "strict": Sandbox(
        name="strict",
        memory=1024 * _MIB,
        cpus=1.0,
        processes=64,
        open_files=1024,
        tmp=256 * _MIB,
        networks=False,
        folders=None,
    ),
    "trusted": Sandbox(name="trusted", writable_root=True, executable_tmp=True, processes=4096),
}


def profile(name: str, environ: Mapping[str, str] | None = None) -> Sandbox:
    """Return a named profile, with what the settings say in its place; the limits of ``strict`` are its own.

    Raises :class:`InvalidRequest` for an unknown name, or a setting that is no size or number.
    """
    found = PROFILES.get(name)
    if found is None:
        raise InvalidRequest(f"there is no sandbox {name!r}; {nearest(name, PROFILES)}")
    found = replace(
        found,
        images=settings.get_list("DOCKER_ALLOWED_IMAGES", environ=environ),
        runtime=settings.get("DOCKER_RUNTIME", environ) or None,
        models=settings.get("NODETOOL_MODEL_CACHE", environ),
    )
    if name == "strict":
        return found
    processes = settings.get_int("DOCKER_PIDS_LIMIT", environ=environ)
    return replace(
        found,
        memory=settings.get_size("DOCKER_MEMORY_LIMIT", environ),
        cpus=settings.get_number("DOCKER_CPU_LIMIT", environ),
        processes=processes if name != "trusted" else max(processes, found.processes),
        open_files=settings.get_int("DOCKER_NOFILE_LIMIT", environ=environ),
        shared_memory=settings.get_size("DOCKER_SHM_SIZE", environ),
        tmp=settings.get_size("DOCKER_TMP_SIZE", environ),
        disk=settings.get_size("DOCKER_DISK_LIMIT", environ),
        user=settings.get_user("DOCKER_USER", environ),
        folders=settings.get_list("DOCKER_ALLOWED_MOUNTS", ":", environ),
    )


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: a folder of the engine's host."""

    source: str
    target: str
    writable: bool = False

    def body(self) -> dict[str, Any]:
        """Return it in the engine's words."""
        found = {"Type": "bind", "Source": self.source, "Target": self.target, "ReadOnly": not self.writable}
        return {**found, "BindOptions": {"Propagation": "rprivate"}}  # 5.20


@dataclass(frozen=True, slots=True)
class OwnVolume:
    """A volume that is made with the container and goes with it: it has no name of its own, but labels."""

    target: str
    labels: Mapping[str, str]

    def body(self) -> dict[str, Any]:
        """Return it in the engine's words; what the image has at its place is not copied into it."""
        return {"Type": "volume", "Target": self.target, "VolumeOptions": {"NoCopy": True, "Labels": dict(self.labels)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container as the engine is to make it; ``body`` are the words of the engine's own interface.

    ``network`` is the name of the network that it is in, and in no other.
    """

    image: str
    sandbox: Sandbox
    user: tuple[int, int]
    labels: Mapping[str, str]
    mounts: Sequence[Mount | OwnVolume] = ()
    gpus: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    log_size: int = 64 * _MIB
    network: str = NO_NETWORK

    def body(self) -> dict[str, Any]:
        """Return what ``POST /containers/create`` is sent: no secret is in it, nor the graph and its inputs."""
        return {
            "Image": self.image,
            "Cmd": ["run", "--stdin", "--jsonl"],
            "User": "{}:{}".format(*self.user),
            "WorkingDir": "/tmp",  # noqa: S108  # a file system of the container's own
            "Env": [f"{name}={value}" for name, value in self._environ().items()],
            "Labels": dict(self.labels),
            "OpenStdin": True,
            "StdinOnce": False,  # an adopter attaches anew, and may push more inputs
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": False,
            "StopSignal": "SIGTERM",
            "NetworkDisabled": self.network == NO_NETWORK,
            "HostConfig": self._host(),
        }

    def _environ(self) -> dict[str, str]:
        """Return the environment; which GPUs there are is the engine's to say, whatever the image or the job does."""
        found = {name: value for name, value in self.environ.items() if name != _DEVICES}
        return found if self.gpus else {**found, _DEVICES: "void"}

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
                {"Name": "fsize", "Soft": sandbox.disk, "Hard": sandbox.disk},  # one file; for all see quota.py
            ],
            "CapDrop": ["ALL"],  # 5.4
            "CapAdd": list(sandbox.capabilities),
            "SecurityOpt": ["no-new-privileges"],  # 5.26; the default seccomp and AppArmor profiles stay
            "Privileged": False,  # 5.5
            "ReadonlyRootfs": not sandbox.writable_root,  # 5.13
            "Tmpfs": {"/tmp": self._tmp()},  # noqa: S108
            "NetworkMode": self.network,  # 5.30
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
