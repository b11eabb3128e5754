"""The kernel is killed, and its subprocess jobs go on: found, followed from where they were, ended once."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.events import JobUpdate, LogUpdate, dump_line
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.processes import boot_id, pid_namespace
from nodetool_jupyter.states import Status
from tests.execution.subprocess_scenery import (
    PATIENCE,
    Make,
    assert_ends,
    assert_true_end,
    events_of,
    gone,
    kill,
    log_of,
    params_of,
    until_log,
)

Start = Callable[[str], subprocess.Popen[str]]

PRELUDE = """
import os, sys, signal
import nodetool_jupyter as nt
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.jobs.backoff import Backoff
def say(*words): print(*words, flush=True)
m = JobExecutionManager(data_dir=DATA, runtime_dir=RUN, backoff=Backoff(base=0.001, cap=0.002))

@nt.node(namespace="notebook")
def count(start: str, go: str, to: int, ctx=None) -> int:
    "Count, waiting at two named pipes that the test opens: before the first number, and in the middle."
    ctx.log(f"pid {os.getpid()}")
    for number in range(to):
        if number == 0: open(start).close()
        if number == to // 2: open(go).close()
        ctx.log(f"number {number}")
    return to

def submit(name, start, go, to=20, **more):
    graph = nt.Workflow(outputs={"result": nt.nodes.notebook.count(start=start, go=go, to=to)}).bare
    return m.submit(RunJobRequest(strategy="subprocess", graph=dict(graph), name=name, **more))
"""


@pytest.fixture
def make_manager(tmp_path: Path) -> Iterator[Make]:
    made: list[JobExecutionManager] = []

    def make() -> JobExecutionManager:
        options = {"data_dir": tmp_path / "data", "runtime_dir": tmp_path / "run"}
        made.append(JobExecutionManager(**options, backoff=Backoff(base=0.001, cap=0.002)))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        places = f"DATA, RUN = {str(tmp_path / 'data')!r}, {str(tmp_path / 'run')!r}\n"
        command = [sys.executable, "-c", places + PRELUDE + code]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def pipes(tmp_path: Path) -> tuple[str, str]:
    names = str(tmp_path / "start"), str(tmp_path / "go")
    for name in names:
        os.mkfifo(name)
    return names


def let(pipe: str) -> None:
    """Let a node go on that waits at a named pipe."""
    with Path(pipe).open("w"):
        pass


def word(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def submitted(kernel: Start, pipes: tuple[str, str], more: str = "") -> tuple[subprocess.Popen[str], str]:
    process = kernel(f"say(submit('theirs', {pipes[0]!r}, {pipes[1]!r}{more}))\nsys.stdin.read()")
    return process, word(process)


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def assert_whole(manager: JobExecutionManager, job_id: str, to: int = 20) -> None:
    """Check that a counting job has completed once, with every number once and in order."""
    assert manager.result(job_id, PATIENCE) == {"result": to}
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.COMPLETED, None)
    assert log_of(manager, job_id)[1:] == [f"number {number}" for number in range(to)]
    sources = [event.source for event in events_of(manager, job_id) if event.source is not None]
    assert sources == list(range(1, len(sources) + 1))


def test_a_job_goes_on_when_its_kernel_is_killed(make_manager: Make, kernel: Start, pipes: tuple[str, str]) -> None:
    process, job_id = submitted(kernel, pipes)
    reader = make_manager()
    until_log(reader, job_id, "pid")
    let(pipes[0])
    until_log(reader, job_id, "number 9")
    killed(process)
    let(pipes[1])
    assert_whole(reader, job_id)


def test_a_job_that_ended_while_nobody_lived_is_completed(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes)
    say_pid = word_of_log(tmp_path, job_id)
    killed(process)
    let(pipes[0])
    let(pipes[1])
    assert_ends(say_pid)
    assert_whole(make_manager(), job_id)


def word_of_log(tmp_path: Path, job_id: str) -> int:
    """Return the pid of the job's guard, as its log has it, once the node waits at its first pipe."""
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    until_log(manager, job_id, "pid")
    pid = params_of(manager, job_id)["pid"]
    manager.shutdown()
    return int(pid)


def pid_of_worker(tmp_path: Path, job_id: str) -> int:
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    pid = int(log_of(manager, job_id)[0].split()[-1])
    manager.shutdown()
    return pid


def test_the_next_kernel_takes_the_job_over_at_its_start(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes)
    word_of_log(tmp_path, job_id)
    killed(process)
    manager = make_manager()
    let(pipes[0])
    until_log(manager, job_id, "number 9")
    assert manager.get(job_id).owner == f"process {os.getpid()} on {os.uname().nodename}"
    let(pipes[1])
    assert_whole(manager, job_id)


def test_the_end_of_a_runner_without_an_owner_is_proved(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes)
    guard = word_of_log(tmp_path, job_id)
    killed(process)
    kill(guard)
    manager = make_manager()
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.ERROR, "lost")
    assert gone(int(log_of(manager, job_id)[0].split()[-1]))


def test_a_lost_attempt_is_tried_again_by_the_adopter(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes, ", retries=1")
    guard = word_of_log(tmp_path, job_id)
    worker = os.pidfd_open(pid_of_worker(tmp_path, job_id))
    killed(process)
    kill(guard)
    assert select.select([worker], [], [], PATIENCE)[0]  # or it might still open the pipe
    os.close(worker)
    manager = make_manager()
    let(pipes[0])
    let(pipes[1])
    assert manager.result(job_id, PATIENCE) == {"result": 20}
    assert events_of(manager, job_id)[-1].attempt == 2


def test_a_queued_job_of_a_dead_kernel_is_started(make_manager: Make, kernel: Start, pipes: tuple[str, str]) -> None:
    process = kernel(
        "m._desk.queue._caps['subprocess'] = 1\n"
        f"say(submit('first', {pipes[0]!r}, {pipes[1]!r}, options={{'grace': 0.2}}))\n"
        "@nt.node(namespace='notebook')\ndef later() -> str: return 'later'\n"
        "graph = nt.Workflow(outputs={'result': nt.nodes.notebook.later()}).bare\n"
        "say(m.submit(RunJobRequest(strategy='subprocess', graph=dict(graph))))\nsys.stdin.read()"
    )
    first, queued = word(process), word(process)
    killed(process)
    manager = make_manager()
    assert manager.result(queued, PATIENCE) == {"result": "later"}
    assert manager.cancel(first)
    assert manager.wait(first, PATIENCE).status is Status.CANCELLED


def test_a_cancel_reaches_a_job_without_an_owner(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes, ", options={'grace': 0.2}")
    word_of_log(tmp_path, job_id)
    killed(process)
    manager = make_manager()
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")
    assert gone(int(log_of(manager, job_id)[0].split()[-1]))


def test_a_cancel_from_another_process(make_manager: Make, kernel: Start, pipes: tuple[str, str]) -> None:
    _, job_id = submitted(kernel, pipes, ", options={'grace': 0.2}")
    manager = make_manager()
    until_log(manager, job_id, "pid")
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")


def test_a_job_that_is_to_end_with_its_kernel_does(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    process, job_id = submitted(kernel, pipes, ", on_owner_exit='cancel', options={'grace': 0.2}")
    guard = word_of_log(tmp_path, job_id)
    killed(process)
    assert_ends(guard)
    manager = make_manager()
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "killed")


def test_a_kernel_that_shuts_down_leaves_its_job(make_manager: Make, kernel: Start, pipes: tuple[str, str]) -> None:
    process = kernel(
        f"say(submit('theirs', {pipes[0]!r}, {pipes[1]!r}))\nsys.stdin.readline()\nm.shutdown()\nsay('left')\n"
    )
    job_id = word(process)
    manager = make_manager()
    until_log(manager, job_id, "pid")
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert word(process) == "left"
    let(pipes[0])
    let(pipes[1])
    assert_whole(manager, job_id)


def test_five_jobs_are_followed_at_once(make_manager: Make, kernel: Start, tmp_path: Path) -> None:
    names = [(str(tmp_path / f"start{k}"), str(tmp_path / f"go{k}")) for k in range(5)]
    for pair in names:
        for name in pair:
            os.mkfifo(name)
    process = kernel(
        f"m._desk.queue._caps['subprocess'] = 5\nfor pair in {names!r}: say(submit('one', *pair))\nsys.stdin.read()"
    )
    jobs = [word(process) for _ in names]
    reader = make_manager()
    for job_id, pair in zip(jobs, names, strict=True):
        until_log(reader, job_id, "pid")
        let(pair[0])
        until_log(reader, job_id, "number 9")
    killed(process)
    for pair in names:
        let(pair[1])
    for job_id in jobs:
        assert_whole(reader, job_id)


def test_an_owner_that_was_stopped_for_long_gives_way(
    make_manager: Make, kernel: Start, pipes: tuple[str, str], tmp_path: Path
) -> None:
    """Its job was claimed meanwhile: when it goes on, it must neither write nor end what the new owner follows."""
    process, job_id = submitted(kernel, pipes)
    word_of_log(tmp_path, job_id)
    os.kill(process.pid, signal.SIGSTOP)
    manager = make_manager()
    folder = manager._lookup.folder(job_id)
    assert folder.claim(folder.epoch() + 1, manager._desk.nobody)
    os.kill(process.pid, signal.SIGCONT)
    manager.on_loop(manager._caretaker._adopter.adopt_one(folder))
    let(pipes[0])
    let(pipes[1])
    assert_whole(manager, job_id)


def test_ends_are_written_once_by_whoever_adopts(make_manager: Make, kernel: Start, pipes: tuple[str, str]) -> None:
    process, job_id = submitted(kernel, pipes)
    managers = [make_manager(), make_manager()]
    until_log(managers[0], job_id, "pid")
    killed(process)
    let(pipes[0])
    let(pipes[1])
    for manager in managers:
        assert_whole(manager, job_id)
    ends = [e for e in events_of(managers[0], job_id) if isinstance(e, JobUpdate) and Status(e.status).terminal]
    assert len(ends) == 1
    assert sum(isinstance(event, LogUpdate) for event in events_of(managers[0], job_id)) == 21


ATTACHED = """
import asyncio, json, pathlib, sys
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.subprocess import SubprocessJobExecution
from nodetool_jupyter.values import ValueStore
params, folder, run = json.loads(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
async def go():
    context = AttemptContext("thejob", 1, folder, ValueStore(folder / "values"), lambda _: None, runtime=run)
    execution = await SubprocessJobExecution.attach(params, 0, context)
    async for lines in execution.channel():
        for line in lines: print(line.n, line.event.type, getattr(line.event, "reason", None))
    await execution.leave()
asyncio.run(go())
"""


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("where", [{"host": "elsewhere"}, {"namespace": "1"}, {"boot": "before"}])
def test_a_runner_out_of_reach_is_lost_unless_its_channel_holds_its_end(
    tmp_path: Path, where: dict[str, str], claimed: bool
) -> None:
    here = {"host": os.uname().nodename, "boot": boot_id(), "namespace": pid_namespace()}
    params = {"pid": 2**22 - 1, "ticks": 1, "runner": "f" * 32, "grace": 1.0, **here, **where}
    channel = tmp_path / "attempts" / "1" / "out" / "channel.jsonl"
    channel.parent.mkdir(parents=True)
    (tmp_path / "runners").mkdir()
    lines = [JobUpdate(status="running"), JobUpdate(status="completed", result={})][: 1 + claimed]
    channel.write_bytes(
        b"".join(
            dump_line(line, job_id="thejob", attempt=1, seq=n, time=float(n), source=None)
            for n, line in enumerate(lines, 1)
        )
    )
    command = [sys.executable, "-c", ATTACHED, json.dumps(params), str(tmp_path), str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.splitlines()
    assert said == ["1 job_update None", "2 job_update " + ("None" if claimed else "lost")]


def test_another_kernel_may_try_a_job_with_notebook_functions_again(
    make_manager: Make, kernel: Start, pipes: tuple[str, str]
) -> None:
    process = kernel(
        "@nt.node(namespace='notebook')\ndef only_there() -> str: return 'from the other notebook'\n"
        "graph = nt.Workflow(outputs={'result': nt.nodes.notebook.only_there()}).bare\n"
        "say(m.submit(RunJobRequest(strategy='subprocess', graph=dict(graph))))\nsys.stdin.read()"
    )
    job_id = word(process)
    manager = make_manager()
    manager.wait(job_id, PATIENCE)
    killed(process)
    again = manager.retry(job_id)
    assert manager.result(again, PATIENCE) == {"result": "from the other notebook"}
    assert manager.get(again).retry_of == job_id
