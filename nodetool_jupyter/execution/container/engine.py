"""The Docker engine as the rest of the house sees it.

Calls block, so that callers run them in threads; each has a deadline, and each failure is one sentence. What a
container is given, its environment above all, is in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from socket import socket
from typing import Any, Self

from nodetool_jupyter.errors import (
    EngineUnavailable,
    ExecutionLost,
    GpuUnavailable,
    ImageMissing,
    InvalidRequest,
    Unsupported,
    nearest,
)
from nodetool_jupyter.execution.container import image as images
from nodetool_jupyter.execution.container.image import ImageFacts
from nodetool_jupyter.execution.container.network import EngineNetworks
from nodetool_jupyter.execution.container.pull import fetch
from nodetool_jupyter.execution.container.storage import EngineStorage
from nodetool_jupyter.execution.container.wire import CALL, WORK, Refusal, Wire, by_labels, gone, id_part, part

_REF = re.compile(r"[A-Za-z0-9][\w.:@-]*(/[A-Za-z0-9][\w.:@-]*)*", re.ASCII)
_NO_GPUS = (
    "the Docker engine has no runtime for GPUs; install the NVIDIA Container Toolkit, say "
    "nvidia-ctk runtime configure --runtime=docker and restart the engine, or leave --gpus out"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What an engine says of itself; ``gpus`` is whether it can give containers some, by a runtime or by CDI."""

    version: str
    architecture: str
    runtimes: frozenset[str]
    rootless: bool
    emulates: bool
    gpus: bool

    @classmethod
    def read(cls, about: Mapping[str, Any], info: Mapping[str, Any]) -> Self:
        """Read the engine's answers about its version and itself."""
        runtimes = frozenset(info.get("Runtimes") or ())
        devices = [str(one.get("ID", "")) for one in info.get("DiscoveredDevices") or ()]
        return cls(
            version=about["Version"],
            architecture=about["Arch"],
            runtimes=runtimes,
            rootless="name=rootless" in (info.get("SecurityOptions") or ()),
            emulates="Docker Desktop" in info.get("OperatingSystem", ""),
            gpus="nvidia" in runtimes or any(one.startswith("nvidia.com/gpu") for one in devices),
        )

    def check_gpus(self) -> None:
        """Refuse GPUs that the engine cannot give to a container; raises :class:`GpuUnavailable`."""
        if not self.gpus:
            raise GpuUnavailable(_NO_GPUS)

    def check_runtime(self, name: str | None) -> None:
        """Refuse a runtime that the engine does not have; raises :class:`InvalidRequest` naming those that it has.

        One that containerd finds by its own name (``io.containerd.…``) is in no list.
        """
        if name and name not in self.runtimes and not name.startswith("io.containerd."):
            here = ", ".join(sorted(one for one in self.runtimes if not one.startswith("io.containerd.")))
            raise InvalidRequest(f"DOCKER_RUNTIME: the Docker engine has no runtime {name!r}; it has {here}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """Where a container is in its life; times are seconds since the epoch, ``exit_code`` is 0 until it has ended."""

    running: bool
    exit_code: int
    out_of_memory: bool
    error: str
    started: float | None
    finished: float | None
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFacts:
    """A container in a list."""

    id: str
    name: str
    labels: Mapping[str, str]
    running: bool


class StillRuns(EngineUnavailable):
    """A container has not ended in the time that it was waited for."""


class ContainerEngine(EngineStorage, EngineNetworks):
    """A Docker engine; made by :meth:`connect`, and safe to use from several threads.

    Every call raises :class:`EngineUnavailable` when the engine cannot do it, within five seconds if it is silent.
    """

    def __init__(self, wire: Wire, about: Mapping[str, Any]) -> None:
        self._wire = wire
        self._about = about

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> Self:
        """Reach the engine that DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH name, or this host's."""
        wire = Wire(environ)
        try:
            return cls(wire, wire.agree())
        except BaseException:
            wire.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept; streams of containers stay."""
        self._wire.close()

    @property
    def remote(self) -> bool:
        """Whether the engine may be on another host, so that no folder of this one can be mounted."""
        return self._wire.remote

    @property
    def private(self) -> bool:
        """Whether nobody on the way hears what is said to the engine: it is on this host, or TLS is spoken."""
        return self._wire.private

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables that name this engine; no secret is among them."""
        return self._wire.environ

    @property
    def address(self) -> str:
        """Where the engine is, as people write it."""
        return self._wire.address

    def facts(self) -> EngineFacts:
        """Return what the engine is and has; asked once."""
        return self._facts

    @cached_property
    def _facts(self) -> EngineFacts:
        return EngineFacts.read(self._about, self._wire.ask("GET", "/info"))

    def image(self, ref: str) -> ImageFacts:
        """Return what the engine knows of an image; raises :class:`ImageMissing`."""
        if not _REF.fullmatch(ref):
            raise InvalidRequest(f"{ref!r} is no name of an image")
        try:
            return ImageFacts.read(ref, self._wire.ask("GET", f"/images/{part(ref)}/json"))
        except Refusal as refusal:
            if refusal.status == 404:
                raise images.missing(ref) from None
            raise

    def pull(
        self,
        ref: str,
        policy: str = "missing",
        timeout: float = 600.0,
        on_progress: Callable[[str], None] = lambda text: None,
    ) -> ImageFacts:
        """Return an image, fetched from its registry as ``policy`` says: ``missing``, ``always`` or ``never``.

        Our own are never fetched: what bears their name in a registry is not ours. Raises :class:`ImageMissing`, also
        after ``timeout`` seconds; the credentials are those of ``docker login``.
        """
        if policy not in images.POLICIES:
            raise InvalidRequest(f"there is no pull policy {policy!r}; {nearest(policy, images.POLICIES)}")
        if policy != "always" or images.built_here(ref):
            try:
                return self.image(ref)
            except ImageMissing:
                if policy == "never" or images.built_here(ref):
                    raise
        elif not _REF.fullmatch(ref):
            raise InvalidRequest(f"{ref!r} is no name of an image")
        fetch(self._wire, ref, timeout, on_progress)
        return self.image(ref)

    def create(self, body: Mapping[str, Any], name: str, on_warning: Callable[[str], None] = lambda text: None) -> str:
        """Make a container of ``POST /containers/create``'s body, and return its id; it does not run yet.

        ``on_warning`` is told what the engine cannot honour, such as a limit. Raises :class:`ImageMissing`, and
        :class:`InvalidRequest` for what the engine refuses in the body.
        """
        try:
            made = self._wire.ask("POST", "/containers/create", query={"name": id_part(name)}, body=body, timeout=WORK)
        except Refusal as refusal:
            words = _without_environment(refusal.words, body.get("Env") or ())
            if refusal.status == 404 and "no such image" in words.lower():
                raise images.missing(str(body.get("Image"))) from None
            if refusal.status == 400 or "runtime" in words.lower():
                raise InvalidRequest(f"the Docker engine refuses such a container: {words}") from None
            raise Refusal(refusal.status, words) from None
        for warning in made.get("Warnings") or ():
            on_warning(str(warning))
        return str(made["Id"])

    def attach(self, id_: str, *, logs: bool) -> socket:
        """Return a container's stdin, stdout and stderr as one blocking socket; with ``logs`` from their beginning.

        What comes out are the engine's frames: a byte for the stream, three of nothing, the length in four, the bytes.
        It ends when the container does; shutting its write side ends the stdin of one made with ``StdinOnce``. Of a
        container that has ended it is the logs. Raises :class:`ExecutionLost` when there is no such container.
        """
        stream = self._attach(id_, logs, live=True)
        try:
            # The stream of a container that has ended before would never end.
            if not logs or self.state(id_).finished is None:
                return stream
        except BaseException:
            stream.close()
            raise
        stream.close()
        return self._attach(id_, logs, live=False)

    def _attach(self, id_: str, logs: bool, *, live: bool) -> socket:
        query = {"stream": int(live), "stdin": int(live), "stdout": 1, "stderr": 1, "logs": int(logs)}
        try:
            return self._wire.stream(f"/containers/{id_part(id_)}/attach", query)
        except Refusal as refusal:
            gone(id_, refusal)

    def start(self, id_: str) -> None:
        """Start a container; one that runs already is fine.

        Raises :class:`GpuUnavailable`, :class:`Unsupported` when its image cannot be run, :class:`ExecutionLost` when
        there is no such container.
        """
        try:
            self._wire.ask("POST", f"/containers/{id_part(id_)}/start", timeout=WORK)
        except Refusal as refusal:
            words = refusal.words
            if "could not select device driver" in words:
                raise GpuUnavailable(_NO_GPUS) from None
            if "executable file not found" in words or "exec format error" in words:
                raise Unsupported(f"the image cannot be run as a runner: {words}") from None
            if "such container" not in words:  # an engine also says 404 of a program that is not in the image
                raise
            gone(id_, refusal)

    def signal(self, id_: str, name: str) -> None:
        """Send a signal, such as ``SIGTERM``; a container that has ended, or is not there, is fine."""
        try:
            self._wire.ask("POST", f"/containers/{id_part(id_)}/kill", query={"signal": name})
        except Refusal as refusal:
            if refusal.status not in (404, 409):
                raise

    def state(self, id_: str) -> ContainerState:
        """Return where a container is in its life; raises :class:`ExecutionLost` when it is not there."""
        try:
            state = self._wire.ask("GET", f"/containers/{id_part(id_)}/json")["State"]
        except Refusal as refusal:
            gone(id_, refusal)
        return ContainerState(
            running=state["Running"],
            exit_code=state["ExitCode"],
            out_of_memory=state["OOMKilled"],
            error=state["Error"],
            started=_time(state["StartedAt"]),
            finished=_time(state["FinishedAt"]),
            paused=state["Paused"],
        )

    def exists(self, id_: str) -> bool:
        """Tell whether there is a container of that id or name, running or not."""
        try:
            self.state(id_)
        except ExecutionLost:
            return False
        return True

    def remove(self, id_: str) -> None:
        """End a container if it runs, and remove it with its own volumes; one that is not there is fine.

        When this returns, it is gone.
        """
        query = {"force": 1, "v": 1}
        try:
            self._wire.ask("DELETE", f"/containers/{id_part(id_)}", query=query, timeout=WORK)
        except Refusal as refusal:
            if refusal.status == 409 and "in progress" in refusal.words:
                self._until(id_, "removed", WORK)
            elif refusal.status != 404:
                raise

    def wait(self, id_: str, timeout: float) -> ContainerState:
        """Wait until a container has ended, and return its state then.

        Raises :class:`StillRuns` when it still runs after ``timeout`` seconds, :class:`ExecutionLost` when
        there is no such container.
        """
        try:
            self._until(id_, "not-running", timeout)
        except Refusal as refusal:
            gone(id_, refusal)
        except EngineUnavailable:  # it was silent so long, as it should be; if it hangs, that shows now
            pass
        state = self.state(id_)
        if state.running:
            raise StillRuns(f"the container {id_[:12]} has not ended in {timeout:g} s")
        return state

    def ending(self, id_: str) -> socket:
        """Return a blocking socket on which something comes, or which ends, when a container has ended.

        Raises :class:`ExecutionLost` when there is no such container.
        """
        try:
            return self._wire.stream(f"/containers/{id_part(id_)}/wait", {"condition": "not-running"})
        except Refusal as refusal:
            gone(id_, refusal)

    def _until(self, id_: str, condition: str, timeout: float) -> None:
        try:
            self._wire.ask("POST", f"/containers/{id_part(id_)}/wait", query={"condition": condition}, timeout=timeout)
        except Refusal as refusal:
            if refusal.status != 404 or condition != "removed":
                raise

    def ours(self, labels: Mapping[str, str]) -> list[ContainerFacts]:
        """Return the containers that have all of some labels, running or not."""
        found = self._wire.ask("GET", "/containers/json", query={"all": 1, **by_labels(labels)}, timeout=CALL)
        listed = [
            ContainerFacts(
                id=one["Id"],
                name=next(iter(one["Names"] or ("",))).lstrip("/"),
                labels=one["Labels"] or {},
                running=one["State"] in ("running", "paused", "restarting"),  # as the engine counts in its details
            )
            for one in found
        ]
        return [one for one in listed if labels.items() <= one.labels.items()]


def _time(text: str) -> float | None:
    """Read an engine's time; the year 1 is its word for never."""
    return None if text.startswith("0001-") else datetime.fromisoformat(text).timestamp()


def _without_environment(words: str, environment: Sequence[str]) -> str:
    """Return the engine's words, unless they repeat a variable of a container or its value."""
    pieces = {piece for variable in environment for piece in (variable, variable.partition("=")[2]) if piece}
    return "a variable of its environment is at fault" if any(piece in words for piece in pieces) else words
