"""The files of an attempt on an engine that shares no folder with us: what is sent when, and what faults lead to."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost, InvalidRequest, NodetoolError, StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.container.archive import pack, pack_files
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.exchange import CarriedVolume, MountedFolders, exchange_of
from nodetool_jupyter.execution.container.plan import Plan
from nodetool_jupyter.execution.container.sandbox import NOBODY
from nodetool_jupyter.execution.container.wire import Wire
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore

GONE = EngineUnavailable("the engine hung up")


class Engine:
    """Keeps what is sent to a container, and gives what a test says it left; ``fault`` is raised instead."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.left = b""
        self.fault: NodetoolError | None = None
        self.asked = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def put_archive(self, id_: str, folder: str, archive: Iterable[bytes]) -> None:
        self.meanwhile()
        body = b"".join(archive)
        if self.fault is not None:
            raise self.fault
        if body:
            with tarfile.open(fileobj=io.BytesIO(body)) as file:
                self.sent.append(file.getnames())

    def get_archive(self, id_: str, path: str) -> Iterator[bytes]:
        self.asked += 1
        half = len(self.left) // 2
        yield self.left[:half]
        if self.fault is not None:
            raise self.fault
        yield self.left[half:]


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def carried(engine: Engine, job: Path) -> CarriedVolume:
    made = CarriedVolume(cast(ContainerEngine, engine), job, 1)
    made.give(RunJobRequest(), NOBODY)
    return made


def leave(engine: Engine, folder: Path, value: object) -> Any:
    """Store a value as a container would, and return its reference."""
    store = ValueStore(folder / "values")
    data = store.encode(value)
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as file:
        file.add(folder / "values", "values")
    engine.left = body.getvalue()
    return data


def test_what_was_sent_is_not_sent_again(engine: Engine, carried: CarriedVolume, job: Path) -> None:
    one, two = (ValueStore(job / "values").encode(value) for value in (b"1", b"2"))
    carried.give_values("c", one)
    carried.give_values("c", [one, two])
    carried.give_values("c", [two])
    assert engine.sent == [[f"in/{one['uri']}"], [f"in/{two['uri']}"]]


def test_what_could_not_be_sent_is_sent_with_the_next(engine: Engine, carried: CarriedVolume, job: Path) -> None:
    data = ValueStore(job / "values").encode(b"1")
    engine.fault = GONE
    with pytest.raises(EngineUnavailable):
        carried.give_values("c", data)
    engine.fault = None
    carried.give_values("c", data)
    assert engine.sent == [[f"in/{data['uri']}"]]


def test_a_sending_that_nobody_wants_any_more_is_cut_short(engine: Engine, carried: CarriedVolume) -> None:
    engine.meanwhile = carried.stop
    with pytest.raises(ExecutionLost, match="nobody wants it any more"):
        carried.send("c")
    assert engine.sent == []


def test_results_without_files_need_no_reading(engine: Engine, carried: CarriedVolume) -> None:
    claim = JobUpdate(status="completed", result={"a": 1})
    assert (carried.collect("c", claim, []).claim, engine.asked) == (claim, 0)


def test_results_are_read_anew_by_who_was_cut_off(
    engine: Engine, carried: CarriedVolume, job: Path, tmp_path: Path
) -> None:
    data = leave(engine, tmp_path, b"x" * 50_000)
    (job / "attempts/1/out/values").mkdir()
    (job / "attempts/1/out" / data["uri"]).write_bytes(b"half")
    found = carried.collect("c", JobUpdate(status="completed", result={"a": data}), []).claim
    assert found is not None and found.result is not None
    assert ValueStore(job / "values").decode(found.result) == {"a": b"x" * 50_000}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(GONE, "engine_unavailable"), (ExecutionLost("it is not there"), "lost")],
    ids=["engine", "container"],
)
def test_results_that_cannot_be_read_are_no_results(
    engine: Engine, carried: CarriedVolume, job: Path, tmp_path: Path, fault: NodetoolError, reason: str
) -> None:
    data = leave(engine, tmp_path, b"x" * 50_000)
    engine.fault = fault
    found = carried.collect("c", JobUpdate(status="completed", result={"a": data}), []).claim
    assert found is not None
    assert (found.status, found.reason, found.result) == ("error", reason, None)
    assert found.error == f"it completed, and its results could not be read: {fault}"
    assert [*(job / "values").iterdir(), *(job / "attempts/1").glob("out/values/*")] == []


@pytest.mark.parametrize("status", ["completed", "error"])
def test_previews_that_cannot_be_read_are_a_warning(
    engine: Engine, carried: CarriedVolume, tmp_path: Path, status: str
) -> None:
    data = leave(engine, tmp_path, b"x" * 50_000)
    engine.fault = GONE
    found = carried.collect("c", JobUpdate(status=status), [data])
    assert found.claim == JobUpdate(status=status)
    assert found.warnings == [
        f"{data['uri']} was not taken out of the container: it could not be read out of the container: {GONE}"
    ]


@pytest.mark.parametrize(("remote", "kind"), [(False, MountedFolders), (True, CarriedVolume)])
def test_the_engine_decides_how_files_travel(job: Path, remote: bool, kind: type) -> None:
    assert type(exchange_of(cast(ContainerEngine, SimpleNamespace(remote=remote)), job, 1)) is kind


# -- archives ---------------------------------------------------------------------------------------------------------


def test_an_archive_of_some_files_has_no_folders(carried: CarriedVolume, job: Path) -> None:
    path = job / "attempts/1/in/values/some.bin"
    path.write_bytes(b"x" * 1000)
    with tarfile.open(fileobj=io.BytesIO(b"".join(pack_files(carried._folders, [path])))) as file:
        assert [(one.name, one.size, one.mode, one.uid) for one in file] == [("in/values/some.bin", 1000, 0o444, 0)]


def test_an_input_that_cannot_be_read_is_named(carried: CarriedVolume, job: Path) -> None:
    with pytest.raises(StorageError, match=r"an input cannot be read from .*/values/none\.bin: No such file"):
        list(pack_files(carried._folders, [job / "attempts/1/in/values/none.bin"]))


def test_an_input_that_grows_shorter_meanwhile_is_named(carried: CarriedVolume, job: Path) -> None:
    path = job / "attempts/1/in/values/some.bin"
    path.write_bytes(bytes(3 << 20))
    archive = pack(carried._folders, NOBODY)
    for piece in archive:
        if not any(piece):  # the first of its bytes
            path.write_bytes(b"")
            break
    with pytest.raises(StorageError, match="grew shorter meanwhile"):
        list(archive)


# -- who listens on the way -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("unix:///run/docker.sock", True),
        ("tcp://127.0.0.1:2375", True),
        ("tcp://localhost:2375", True),
        ("tcp://[::1]:2375", True),
        ("tcp://192.0.2.1:2375", False),
        ("tcp://localhost.example.org:2375", False),
    ],
)
def test_without_tls_only_this_host_is_private(host: str, private: bool) -> None:
    wire = Wire({"DOCKER_HOST": host})
    wire.close()
    assert wire.private is private


def test_secrets_do_not_travel_in_the_clear(carried: CarriedVolume, job: Path) -> None:
    engine = cast(ContainerEngine, SimpleNamespace(private=False, remote=True, address="tcp://192.0.2.1:2375"))
    request = RunJobRequest(graph={"nodes": [], "edges": []}, strategy="docker")
    context = AttemptContext("job", 1, job, ValueStore(job / "values"), lambda _: None, secrets={"TOKEN": "word"})
    with pytest.raises(
        InvalidRequest, match=r"not sent to tcp://192\.0\.2\.1:2375 without TLS; set DOCKER_TLS_VERIFY=1"
    ):
        Plan.of(request).container(engine, context, carried)
