"""What a hostile or careless node, a stopped process or a missing folder may do to a runner: jobs end truly."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter import clock
from nodetool_jupyter.eventlog.shorten import LogFull
from nodetool_jupyter.events import LogUpdate, NodeUpdate
from nodetool_jupyter.execution import spares
from nodetool_jupyter.execution.channel_reader import ChannelFile
from nodetool_jupyter.execution.channel_writer import ChannelWriter
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.sockets import reachable
from nodetool_jupyter.states import Status
from tests.execution.subprocess_scenery import (
    PATIENCE,
    Make,
    assert_ends,
    assert_true_end,
    gone,
    log_of,
    params_of,
    request_for,
    until_log,
)


@pytest.fixture(scope="module")
def make_manager() -> Iterator[Make]:
    made: list[JobExecutionManager] = []
    with tempfile.TemporaryDirectory(prefix="nt-") as folder:

        def make(**options: Any) -> JobExecutionManager:
            places = {"data_dir": Path(folder, "data"), "runtime_dir": Path(folder, "run")}
            made.append(JobExecutionManager(**{**places, "backoff": Backoff(base=0.001, cap=0.002), **options}))
            return made[-1]

        yield make
        for one in made:
            one.shutdown()


@pytest.fixture(scope="module")
def manager(make_manager: Make) -> JobExecutionManager:
    return make_manager()


def outcome(manager: JobExecutionManager, request: RunJobRequest) -> tuple[Status, str | None, str]:
    record = manager.wait(manager.submit(request), PATIENCE)
    assert_true_end(manager, record, record.status, record.reason)
    return record.status, record.reason, record.error or ""


def gives_one() -> Any:
    def give() -> int:
        return 1

    return give


def waits() -> Any:
    def wait(ctx: Any = None) -> int:
        import os

        ctx.log(f"it runs {os.getpid()}")
        ctx.wait(60)
        return 1

    return wait


# -- what a node may do to its guard ----------------------------------------------------------------------------------


def test_a_node_that_closes_every_descriptor_ends_as_killed(manager: JobExecutionManager) -> None:
    def close_all() -> int:
        import os

        os.closerange(0, 1024)
        return 1

    assert outcome(manager, request_for(close_all, options={"grace": 0.2}))[:2] == (Status.ERROR, "killed")


def test_closed_streams_do_not_keep_the_guard_busy(manager: JobExecutionManager) -> None:
    def close_streams() -> float:
        import os
        import threading
        from pathlib import Path

        def used() -> float:
            field = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
            return (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")

        os.close(1)
        os.close(2)
        before = used()
        threading.Event().wait(0.8)
        return used() - before

    used = manager.result(manager.submit(request_for(close_streams)), PATIENCE)["result"]
    assert isinstance(used, float)
    assert used < 0.2


def sends(data: bytes, times: int = 1) -> Any:
    """Return a node that writes to its guard what only the worker should."""

    def send() -> int:
        import os
        import socket
        import struct

        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
            try:
                found = socket.socket(fileno=os.dup(int(name)))
            except OSError:
                continue
            with found:
                peer = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                if peer == os.getppid():
                    found.sendall(data * times + b"\n")
                    return 1
        raise LookupError("there is no socket of the guard's")

    return send


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (b"garbage\n!garbage", 1),
        (b'=garbage\n={"id":7,"ok":null}\n=[]\n={}', 1),
        (b"\n\n\xff\xfe\n{}\n[]", 1),
        (b"x", 30_000_000),
    ],
    ids=["garbage", "answers", "bytes", "endless"],
)
def test_garbage_on_the_guards_socket_harms_nobody(manager: JobExecutionManager, data: bytes, times: int) -> None:
    assert manager.result(manager.submit(request_for(sends(data, times))), PATIENCE) == {"result": 1}


def test_garbage_in_a_channel_that_is_shortened_harms_nobody(make_manager: Make) -> None:
    manager = make_manager(log_cap=100_000)
    job_id = manager.submit(request_for(sends(b"garbage\n", 20_000)))
    assert manager.result(job_id, PATIENCE) == {"result": 1}


def test_a_worker_ended_by_a_signal_without_a_name_is_told(manager: JobExecutionManager) -> None:
    def end() -> int:
        import os

        os.kill(os.getpid(), 40)
        return 1

    status, reason, error = outcome(manager, request_for(end))
    assert (status, reason) == (Status.ERROR, "killed")
    assert "signal 40" in error


def test_a_guard_ended_by_a_signal_without_a_name_is_told(manager: JobExecutionManager) -> None:
    def end(ctx: Any = None) -> int:
        import os

        os.kill(os.getppid(), 40)
        ctx.wait(60)
        return 1

    status, reason, error = outcome(manager, request_for(end))
    assert (status, reason) == (Status.ERROR, "killed")
    assert "signal 40" in error


def test_a_worker_killed_with_unread_input_is_told_as_killed(manager: JobExecutionManager) -> None:
    flow = nt.Workflow(
        outputs={"all": nt.nodes.control.Collect(input_item=nt.nodes.input.IntegerInput(name="numbers"))}
    )
    job_id = manager.submit(
        RunJobRequest(strategy="subprocess", graph=dict(flow.bare), options={"open_inputs": ("numbers",)})
    )
    manager.push_input(job_id, "numbers", 1)
    (worker,) = psutil.Process(params_of(manager, job_id)["pid"]).children()
    worker.suspend()
    with socket.socket(socket.AF_UNIX) as caller, caller.makefile("rb") as answers:
        with reachable(manager.places.runtime / "runners" / f"{job_id}.1.sock") as short:
            caller.connect(short)
        for ask in ({"verb": "push_input", "name": "numbers", "value": 2}, {"verb": "status"}):
            caller.sendall(json.dumps(ask).encode() + b"\n")
        assert "ok" in json.loads(answers.readline())  # of the second: by now the first lies before the worker
    worker.kill()
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.ERROR, "killed")


def test_no_caller_can_end_a_guard(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(waits()))
    until_log(manager, job_id, "it runs")
    asks = (b"[" * 100_000, b'{"verb":"owner","pid":1e400,"ticks":1}', b'{"verb":"cancel","grace":NaN}')
    with socket.socket(socket.AF_UNIX) as caller, caller.makefile("rb") as answers:
        with reachable(manager.places.runtime / "runners" / f"{job_id}.1.sock") as short:
            caller.connect(short)
        for ask in asks:
            caller.sendall(ask + b"\n")
            assert json.loads(answers.readline())["error"] == "InvalidRequest"
    assert manager.cancel(job_id)
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")


# -- how a node may end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "what"),
    [
        ("import sys; sys.exit(0)", "node_failed", "SystemExit"),
        ("raise KeyboardInterrupt", "node_failed", "KeyboardInterrupt"),
        ("import asyncio; raise asyncio.CancelledError", "node_failed", "CancelledError"),
        ("def deeper(): return deeper()\ndeeper()", "node_failed", "RecursionError"),
        ("import os; os.abort()", "killed", "SIGABRT"),
        ("import os; os._exit(0)", "killed", "code 0"),
    ],
)
def test_no_way_out_of_a_node_is_a_success(manager: JobExecutionManager, code: str, reason: str, what: str) -> None:
    def leave(code: str) -> int:
        exec(code, {})
        return 1

    status, found, error = outcome(manager, request_for(leave, {"code": code}))
    assert (status, found) == (Status.ERROR, reason)
    assert what in error


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_of_processes_work_and_their_prints_are_heard(manager: JobExecutionManager, method: str) -> None:
    def pool(method: str) -> list[int]:
        import multiprocessing
        import os
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as executor:
            executor.submit(os.write, 1, b"from the pool\n").result()
            return list(executor.map(abs, [-1, -2]))

    job_id = manager.submit(request_for(pool, {"method": method}))
    assert manager.result(job_id, PATIENCE) == {"result": [1, 2]}
    assert "from the pool" in log_of(manager, job_id)


def test_a_child_that_a_node_left_does_not_hold_up_the_end(manager: JobExecutionManager) -> None:
    def leave_child() -> int | None:
        import multiprocessing
        import signal

        child = multiprocessing.get_context("fork").Process(target=signal.pause)
        child.start()
        return child.pid

    job_id = manager.submit(request_for(leave_child, options={"grace": 0.3}))
    pid = manager.result(job_id, PATIENCE)["result"]
    assert isinstance(pid, int)
    assert gone(pid)


# -- processes that are stopped or hang -------------------------------------------------------------------------------


def test_a_cancel_reaches_past_a_stopped_guard(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(waits(), options={"grace": 0.2}))
    until_log(manager, job_id, "it runs")
    worker = int(log_of(manager, job_id)[0].split()[-1])
    os.kill(params_of(manager, job_id)["pid"], signal.SIGSTOP)
    before = clock.monotonic()
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")
    assert gone(worker)
    assert clock.monotonic() - before < 10.0


def test_a_cancel_ends_a_stopped_worker(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(waits(), options={"grace": 0.2}))
    until_log(manager, job_id, "it runs")
    worker = int(log_of(manager, job_id)[0].split()[-1])
    os.kill(worker, signal.SIGSTOP)
    assert manager.cancel(job_id)
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")
    assert gone(worker)


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an interpreter that waits for ever in a child of its own, whose pid is in a file beside it."""
    monkeypatch.setenv("NODETOOL_WARM_SPARES", "0")
    script = tmp_path / "hanging"
    script.write_text(
        f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/draft\nmv {tmp_path}/draft {tmp_path}/child\nwait\n"
    )
    script.chmod(0o700)
    return str(script)


def takes(size: int, interpreter: str, **more: Any) -> RunJobRequest:
    def take(text: str) -> int:
        return len(text)

    return request_for(take, {"text": "x" * size}, interpreter=interpreter, options={"grace": 0.1}, **more)


@pytest.mark.parametrize("size", [10, 5_000_000], ids=["small", "larger than a socket takes"])
def test_the_start_timeout_ends_an_interpreter_that_hangs(
    manager: JobExecutionManager, hanging: str, size: int
) -> None:
    status, reason, _ = outcome(manager, takes(size, hanging, timeouts={"start": 0.5}))
    assert (status, reason) == (Status.ERROR, "timeout_start")
    assert_ends(int(Path(hanging).with_name("child").read_text()))


def test_a_cancel_while_a_large_order_is_sent(manager: JobExecutionManager, hanging: str) -> None:
    job_id = manager.submit(takes(5_000_000, hanging))
    for event in manager.events(job_id, follow=True, timeout=PATIENCE):
        if getattr(event, "status", None) == "starting":
            break
    assert manager.cancel(job_id)
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")
    assert_ends(params_of(manager, job_id)["pid"])


# -- folders that go --------------------------------------------------------------------------------------------------


def test_a_runtime_folder_that_is_removed_costs_no_end(tmp_path: Path) -> None:
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        job_id = manager.submit(request_for(waits(), options={"grace": 0.2}))
        until_log(manager, job_id, "it runs")
        shutil.rmtree(tmp_path / "run" / "runners")
        assert manager.cancel(job_id)
        assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")
    finally:
        manager.shutdown()


def test_a_job_folder_that_is_removed_ends_the_job_here(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(waits(), options={"grace": 0.2}))
    until_log(manager, job_id, "it runs")
    worker = int(log_of(manager, job_id)[0].split()[-1])
    shutil.rmtree(manager.places.job(job_id))
    manager.cancel(job_id)
    assert_ends(worker)
    assert manager.result(manager.submit(request_for(gives_one())), PATIENCE) == {"result": 1}


def test_sockets_of_a_deep_runtime_folder_are_reached(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d" * 40] * 5)
    deep.mkdir(parents=True)
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=deep / "run")
    try:
        job_id = manager.submit(request_for(waits()))
        until_log(manager, job_id, "it runs")
        assert manager.cancel(job_id)
        assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")
    finally:
        manager.shutdown()


# -- orders -----------------------------------------------------------------------------------------------------------


def test_a_path_with_entries_that_are_no_text_is_sent_without_them(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert manager.result(manager.submit(request_for(gives_one())), PATIENCE) == {"result": 1}


def test_numbers_that_are_none_reach_the_node(manager: JobExecutionManager) -> None:
    def look(number: float, other: float) -> str:
        return f"{number} {other}"

    request = request_for(look, {"number": float("nan"), "other": float("-inf")})
    assert manager.result(manager.submit(request), PATIENCE) == {"result": "nan -inf"}


def test_bytes_that_are_no_text_in_the_environment_reach_the_node(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[int]:
        import os

        return list(os.environb[b"ODD"])

    monkeypatch.setitem(os.environb, b"ODD", b"\xff\xfe")
    assert manager.result(manager.submit(request_for(look)), PATIENCE) == {"result": [255, 254]}


# -- numbers of a channel ---------------------------------------------------------------------------------------------


def channel(folder: Path, cap: int) -> tuple[ChannelWriter, ChannelFile]:
    path = folder / "channel.jsonl"
    request = RunJobRequest(strategy="subprocess", graph={"nodes": [], "edges": []}, job_id="job")
    writer = ChannelWriter(Order(request, channel=str(path), cap=cap), 1)
    return writer, ChannelFile(path, folder / "bell", 0)


def test_what_may_not_be_lost_is_read_from_a_shortened_channel(tmp_path: Path) -> None:
    writer, reader = channel(tmp_path, 40_000)
    for number in range(400):
        writer.tell(LogUpdate(content="x" * 200))
        if number % 40 == 20:
            writer.tell(NodeUpdate(node_id=str(number), node_name="a", node_type="b", status="running"))
    taken, last = [], 0
    while lines := reader.read():
        for line in lines:
            if line.n > last:  # as an owner takes them
                last = line.n
                taken.append(line.event)
    nodes = [event.node_id for event in taken if isinstance(event, NodeUpdate)]
    assert nodes == [str(number) for number in range(20, 400, 40)]
    assert sum(isinstance(event, LogUpdate) and "were dropped" in event.content for event in taken) == 1
    assert last == writer.n
    reader.close()


def test_no_number_is_given_twice_when_a_channel_is_full(tmp_path: Path) -> None:
    writer, reader = channel(tmp_path, 2000)
    with pytest.raises(LogFull):
        for number in range(100):
            writer.tell(NodeUpdate(node_id=str(number), node_name="a", node_type="b", status="running"))
    writer.tell(NodeUpdate(node_id="the last", node_name="a", node_type="b", status="completed"))
    lines = reader.read()
    assert [line.n for line in lines] == list(range(1, writer.n + 1))
    assert isinstance(lines[-1].event, NodeUpdate)
    assert lines[-1].event.node_id == "the last"
    reader.close()


# -- what stays in the owner ------------------------------------------------------------------------------------------


def test_jobs_leave_nothing_in_their_owner(manager: JobExecutionManager) -> None:
    def look() -> list[int]:
        _until_spare()
        gc.collect()
        process = psutil.Process()
        children = [child for child in process.children() if child.pid not in _spare_pids()]
        return [process.num_fds(), len(children), process.num_threads()]

    def run(count: int) -> None:
        for _ in range(count):
            job_id = manager.submit(request_for(gives_one()))
            manager.result(job_id, PATIENCE)
            assert_ends(params_of(manager, job_id)["pid"])

    run(4)  # until every thread of the manager's is there
    before = look()
    run(6)
    assert [then - now for now, then in zip(before, look(), strict=True) if then > now] == []


def _spare_pids() -> list[int]:
    return [spare.runner.pid for one in list(spares._of.values()) for spare in one._waiting]


def test_a_fork_of_the_kernel_holds_up_no_job(manager: JobExecutionManager) -> None:
    manager.result(manager.submit(request_for(gives_one())), PATIENCE)
    _until_spare()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)  # until the parent is done
        os._exit(0)
    try:
        assert manager.result(manager.submit(request_for(gives_one())), PATIENCE) == {"result": 1}
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(pid, 0)


def _until_spare() -> None:
    waiting = clock.monotonic() + PATIENCE
    while not spares.waiting():
        assert clock.monotonic() < waiting
        os.sched_yield()


def test_a_spare_that_hangs_does_not_hold_up_the_end_of_its_manager(tmp_path: Path) -> None:
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    manager.result(manager.submit(request_for(gives_one())), PATIENCE)
    before = clock.monotonic() + PATIENCE
    mine = spares._of[manager._desk.loop]
    while not mine._waiting:
        assert clock.monotonic() < before
        os.sched_yield()
    pid = mine._waiting[0].runner.pid
    os.kill(pid, signal.SIGSTOP)
    manager.shutdown()
    assert not psutil.pid_exists(pid)


def test_a_job_that_is_cancelled_while_its_runner_is_launched_leaves_no_child(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    launching, go = threading.Event(), threading.Event()
    launched: list[spares.Runner] = []
    launch = spares.launch

    def slow(*args: Any) -> spares.Runner:
        launching.set()
        assert go.wait(PATIENCE)
        launched.append(launch(*args))
        return launched[-1]

    monkeypatch.setattr(spares, "launch", slow)
    monkeypatch.setenv("NODETOOL_WARM_SPARES", "0")
    # Another name of the interpreter, for which there is no spare.
    job_id = manager.submit(request_for(gives_one(), interpreter=f"{Path(sys.executable).parent}/./python"))
    assert launching.wait(PATIENCE)
    assert manager.cancel(job_id)
    go.set()
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")
    deadline = clock.monotonic() + PATIENCE
    while not launched or psutil.pid_exists(launched[0].pid):
        assert clock.monotonic() < deadline
        os.sched_yield()


def test_a_repeated_cancel_gives_no_more_time(manager: JobExecutionManager) -> None:
    def ignore(ctx: Any = None) -> int:
        import threading

        ctx.log("it runs")
        threading.Event().wait(60)
        return 1

    job_id = manager.submit(request_for(ignore))
    until_log(manager, job_id, "it runs")
    with socket.socket(socket.AF_UNIX) as caller, caller.makefile("rb") as answers:
        with reachable(manager.places.runtime / "runners" / f"{job_id}.1.sock") as short:
            caller.connect(short)
        for grace in (0.2, 60.0):
            caller.sendall(json.dumps({"verb": "cancel", "grace": grace}).encode() + b"\n")
            assert json.loads(answers.readline()) == {"ok": None}
    assert_true_end(manager, manager.wait(job_id, PATIENCE), Status.CANCELLED, "cancelled_by_user")


def test_a_job_that_is_left_while_it_starts_is_not_lost(tmp_path: Path) -> None:
    places = {"data_dir": tmp_path / "data", "runtime_dir": tmp_path / "run"}
    first = JobExecutionManager(**places)
    job_id = first.submit(request_for(gives_one()))
    first.shutdown()
    second = JobExecutionManager(**places)
    try:
        assert second.result(job_id, PATIENCE) == {"result": 1}
    finally:
        second.shutdown()


def test_runners_of_another_user_are_refused(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(waits()))
    until_log(manager, job_id, "it runs")
    path = manager.places.runtime / "runners" / f"{job_id}.1.sock"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert manager.cancel(job_id)
    manager.wait(job_id, PATIENCE)
