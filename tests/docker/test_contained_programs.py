"""ExecutePython and ExecuteBash in containers of their own, from jobs of every strategy."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from docker.errors import NotFound

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution.container.program import ContainerLauncher
from nodetool_jupyter.execution.container.reaper import HOME, JOB, home_name
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.nodes.launcher import Ended, Program
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from tests.docker.remote_scenery import Distant
from tests.engine.running import graph

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("image")]
PATIENCE = 30.0
BASH, PYTHON = "nodetool.code.ExecuteBash", "nodetool.code.ExecutePython"
LOCAL = pytest.mark.parametrize("strategy", ["threaded", "subprocess"])


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str, client: Any) -> Iterator[JobExecutionManager]:
    monkeypatch.setenv("DOCKER_IMAGE", image)
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()
    home = home_name(tmp_path / "data")
    for left in client.containers.list(all=True, filters={"label": f"{HOME}={home}"}) if home else ():
        left.remove(force=True)


@pytest.fixture
def launcher() -> ContainerLauncher:
    """A launcher of a run that nobody owns."""
    return ContainerLauncher(f"nt-test-{secrets.token_hex(6)}", 1, {}, None)


def asks(kind: str, code: str, stdin: str = "", strategy: str = "threaded", **more: Any) -> RunJobRequest:
    data = graph({"c": (kind, {"code": code, "stdin": stdin, **more.pop("values", {})})})
    return RunJobRequest.model_validate({"graph": data, "strategy": strategy, **more})


def said(manager: JobExecutionManager, request: RunJobRequest) -> tuple[str, str]:
    result = manager.result(manager.submit(request), PATIENCE)
    return result["c.stdout"], result["c.stderr"]


def error(manager: JobExecutionManager, request: RunJobRequest) -> str:
    return str(manager.wait(manager.submit(request), PATIENCE).error)


def containers(client: Any, job: str) -> list[Any]:
    found: list[Any] = client.containers.list(all=True, filters={"label": f"{JOB}={job}"})
    return found


@LOCAL
@pytest.mark.parametrize(
    ("kind", "code", "stdin", "expected"),
    [
        (BASH, "read -r line; echo ${line^^}; echo e >&2", "ann", ("ANN\n", "e\n")),
        (BASH, "", "", ("", "")),
        (PYTHON, "import sys; print(sys.stdin.read(), end='')", "línea\nzwei", ("línea\nzwei", "")),
    ],
    ids=["bash", "empty", "python"],
)
def test_what_a_program_says(
    manager: JobExecutionManager, strategy: str, kind: str, code: str, stdin: str, expected: tuple[str, str]
) -> None:
    assert said(manager, asks(kind, code, stdin, strategy)) == expected


def test_large_code_and_input_arrive_whole(manager: JobExecutionManager) -> None:
    code = f"import sys; print(len(sys.stdin.read()), len('''{'x' * 300_000}'''))"
    assert said(manager, asks(PYTHON, code, "é" * 2_000_000)) == ("2000000 300000\n", "")


def test_it_has_nothing_of_this_machine(manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDINARY", "ordinary word")
    code = "\n".join(
        [
            "import os, socket, pathlib",
            "print(os.getuid(), 'ORDINARY' in os.environ, os.environ['MINE'], [n for _, n in socket.if_nameindex()])",
            "status = pathlib.Path('/proc/self/status').read_text()",
            "print(status.split('CapEff:')[1].split()[0], os.access('/', os.W_OK))",
            "print([p for p in os.listdir('/job')] if os.path.exists('/job') else None)",
        ]
    )
    out, _ = said(manager, asks(PYTHON, code, env={"MINE": "my word"}))
    assert out == "65532 False my word ['lo']\n0000000000000000 False\nNone\n"


@pytest.mark.parametrize(
    ("kind", "code", "says"),
    [
        (BASH, "exit 3", "the script failed with exit code 3"),
        (PYTHON, "1 / 0", "the script failed with exit code 1: ZeroDivisionError: division by zero"),
        (PYTHON, "x = bytearray(1 << 30)", "the script took more memory than its container has"),
    ],
    ids=["code", "exception", "memory"],
)
def test_a_program_that_fails_fails_its_node(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch, kind: str, code: str, says: str
) -> None:
    monkeypatch.setenv("DOCKER_MEMORY_LIMIT", "128m")
    assert says in error(manager, asks(kind, code))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"image": "no/such:image"}, "the Docker engine has no image no/such:image; say docker pull no/such:image"),
        ({"image": "Not An Image"}, "is no name of an image"),
    ],
    ids=["absent", "no-name"],
)
def test_an_image_that_is_not_there_is_not_fetched(
    manager: JobExecutionManager, values: dict[str, str], says: str
) -> None:
    assert says in error(manager, asks(BASH, "true", values=values))


def test_an_image_that_an_administrator_does_not_allow_is_refused(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_ALLOWED_IMAGES", "lab/*")
    said = error(manager, asks(BASH, "true", values={"image": "debian:12"}))
    assert "the image 'debian:12' is not among those that may be run: lab/* (DOCKER_ALLOWED_IMAGES)" in said


def test_without_an_engine_the_nearest_choice_is_named(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert "none.sock" in (found := error(manager, asks(BASH, "true")))
    assert found.endswith("the nearest choice is execution_mode 'subprocess', which runs the code as you, without a "
                          "container around it")  # fmt: skip


def test_a_program_runs_on_an_engine_elsewhere(
    manager: JobExecutionManager, distant: Distant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in distant.environ.items():
        monkeypatch.setenv(name, value)
    assert said(manager, asks(BASH, "cat; echo e >&2", "in" * 50_000)) == ("in" * 50_000, "e\n")


def test_a_job_in_a_container_is_refused_before_it_runs(manager: JobExecutionManager) -> None:
    with pytest.raises(InvalidRequest, match="starts a container, which a job that is in a container itself cannot"):
        manager.submit(asks(BASH, "true", strategy="docker"))


@LOCAL
def test_a_cancel_ends_and_removes_its_container(manager: JobExecutionManager, client: Any, strategy: str) -> None:
    job = manager.submit(asks(BASH, "echo on; sleep 60", strategy=strategy))
    next(event for event in manager.events(job, follow=True, timeout=PATIENCE) if event.type == "chunk")
    (container,) = containers(client, job)
    assert container.attrs["HostConfig"]["NetworkMode"] == "none"
    manager.cancel(job)
    assert manager.wait(job, PATIENCE).status is Status.CANCELLED
    with suppress(NotFound):  # a thread may still be about it
        container.wait(condition="removed", timeout=10)
    assert containers(client, job) == []


def test_a_program_ends_with_a_worker_that_was_killed_and_is_cleared_away(
    manager: JobExecutionManager, client: Any
) -> None:
    job = manager.submit(asks(BASH, "echo on; sleep 600", strategy="subprocess"))
    next(event for event in manager.events(job, follow=True, timeout=PATIENCE) if event.type == "chunk")
    (container,) = containers(client, job)
    params = [event.params for event in manager.events(job) if getattr(event, "params", None)]
    for worker in psutil.Process(params[0]["pid"]).children():
        worker.kill()
    assert manager.wait(job, PATIENCE).status is Status.ERROR
    assert container.wait(timeout=10)["StatusCode"] == 137
    manager._caretaker.tidy()  # as a manager does soon after its start
    assert containers(client, job) == []


def test_neither_code_nor_input_is_told_to_the_engine(client: Any, launcher: ContainerLauncher) -> None:
    async def look() -> tuple[str, Ended]:
        heard = asyncio.Event()
        program = Program(argv=("bash",), code="echo secret-code; sleep 600", stdin="secret-input")
        running = asyncio.ensure_future(launcher.launch(program, lambda *_: heard.set()))
        await heard.wait()
        (container,) = await asyncio.to_thread(containers, client, launcher.job_id)
        told = str(await asyncio.to_thread(client.api.inspect_container, container.id))
        await asyncio.to_thread(container.kill)
        return told, await running

    told, ended = asyncio.run(look())
    assert ("secret" in told, ended) == (False, Ended(137, False))
    assert containers(client, launcher.job_id) == []


def test_the_loop_is_not_blocked(launcher: ContainerLauncher, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> Ended:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0.05
        return await launcher.launch(Program(argv=("bash",), code="echo hi"), lambda *_: None)

    asyncio.run(run())  # what is imported at its first use is there now
    caplog.clear()
    assert asyncio.run(run()) == Ended(0, False)
    assert [record.getMessage() for record in caplog.records if "took" in record.getMessage()] == []
