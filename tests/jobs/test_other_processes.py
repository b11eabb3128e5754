"""Several processes over one data folder: lists, commands, followers, deaths, adoption."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.errors import InvalidRequest, JobNotFound, NodetoolError, NotOwner
from nodetool_jupyter.jobs import control, identity, lease
from nodetool_jupyter.jobs.folder import Card, JobFolder
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import FakeExecution, Hold, Script, completed, fake_strategy, fault, set_clock
from tests.jobs.scenery import PATIENCE, line_of, request_for

Make = Callable[..., JobExecutionManager]
Start = Callable[[str], subprocess.Popen[str]]

RUNS_A_JOB = """
hold = Hold()
with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed({"a": 1})])) as fake:
    fake.attach = classmethod(JobExecution.attach.__func__)
    job = m.submit(RunJobRequest(strategy="fake", name="theirs"))
    hold.reached.wait(20)
    say(job)
    for line in sys.stdin:
        if line == "finish\\n": hold.release(); m.wait(job, 20); m.shutdown(); say("done")
        if line == "interrupt\\n": signal.raise_signal(signal.SIGINT)
        if line == "end\\n": break
"""


def tell(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def cannot_outlive(fake: type[FakeExecution]) -> None:
    """Let the fake strategy be as the threaded one: nothing of it is left when its process ends."""
    fake.attach = classmethod(FakeExecution.__mro__[1].attach.__func__)  # type: ignore[method-assign,attr-defined]


def test_another_process_lists_shows_and_cancels(manager: JobExecutionManager, other_process: Start) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])):
        job_id = manager.submit(request_for(name="ours"))
        hold.reached.wait(PATIENCE)
        manager._desk.indexer.flush()
        process = other_process(
            f"say(*[record.id for record in m.list()])\n"
            f"say(m.get({job_id[:6]!r}).name, m.state({job_id!r}).status)\n"
            f"say(m.cancel({job_id!r}))\n"
            f"say(m.wait({job_id!r}, 20).status)\n"
        )
        assert line_of(process) == job_id
        assert line_of(process) == "ours running"
        assert line_of(process) == "True"
        assert line_of(process) == "cancelled"
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED


def test_another_process_follows_events_as_they_come(manager: JobExecutionManager, other_process: Start) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed({"a": 5})])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        process = other_process(
            f"for event in m.events({job_id!r}, follow=True, timeout=20): say(event.seq, event.status)\n"
            f"say(m.result({job_id!r}))\n"
        )
        seen = [line_of(process) for _ in range(3)]
        hold.release()
        seen += [line_of(process) for _ in range(2)]
    assert seen == ["1 queued", "2 starting", "3 running", "4 completed", "{'a': 5}"]
    assert process.wait(PATIENCE) == 0
    assert list((manager.places.runtime / "bells").iterdir()) == []


def test_another_process_follows_on_its_own_loop(manager: JobExecutionManager, other_process: Start) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        process = other_process(
            f"async def go():\n    async for event in m.aevents({job_id!r}): say(event.status)\nasyncio.run(go())\n"
        )
        seen = [line_of(process) for _ in range(3)]
        hold.release()
        assert [*seen, line_of(process)] == ["queued", "starting", "running", "completed"]


def test_another_process_pushes_an_input(manager: JobExecutionManager, other_process: Start) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])) as fake:
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        process = other_process(
            "import numpy\n"
            f"m.push_input({job_id!r}, 'items', numpy.arange(3)); say('pushed')\n"
            "try: m.push_input(" + repr(job_id) + ", 'itms', 1)\n"
            "except Exception as error: say(type(error).__name__, error)\n"
        )
        assert line_of(process) == "pushed"
        assert line_of(process).startswith("InvalidRequest there is no streaming input 'itms'")
        ((_, value),) = fake.started[0].pushed
        assert list(value) == [0, 1, 2]
        hold.release()
        manager.wait(job_id, PATIENCE)


def test_a_killed_process_leaves_a_job_that_is_lost(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy() as fake:
        cannot_outlive(fake)
        manager = make_manager()
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason, record.name) == (Status.ERROR, "lost", "theirs")
    assert "retry" in str(record.error)
    found = list(manager.events(job_id))
    assert [event.seq for event in found] == list(range(1, len(found) + 1))


def test_a_death_is_noticed_while_it_happens(make_manager: Make, other_process: Start) -> None:
    with fake_strategy() as fake:
        cannot_outlive(fake)
        manager = make_manager()
        process = other_process(RUNS_A_JOB)
        job_id = line_of(process)
        watching = manager.events(job_id, follow=True, timeout=PATIENCE)
        assert getattr(next(watching), "status", "") == "queued"
        manager.adopt()  # returns when this manager knows the other's job, and so watches its owner
        process.kill()
        last = list(watching)[-1]
    assert (getattr(last, "status", ""), getattr(last, "reason", "")) == ("error", "lost")


def test_a_manager_that_comes_later_is_watched_too(make_manager: Make, other_process: Start) -> None:
    with fake_strategy() as fake:
        cannot_outlive(fake)
        manager = make_manager()
        process = other_process(RUNS_A_JOB)
        job_id = line_of(process)
        process.kill()
        assert manager.wait(job_id, PATIENCE).reason == "lost"


def test_a_living_owner_keeps_its_job(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    with fake_strategy() as fake:
        cannot_outlive(fake)
        manager = make_manager()
        assert manager.adopt() == []
        assert manager.get(job_id).status is Status.RUNNING
        tell(process, "finish")
        assert line_of(process) == "done"
        assert manager.result(job_id, PATIENCE) == {"a": 1}


def test_a_queued_job_of_a_dead_process_says_what_to_do(make_manager: Make, other_process: Start) -> None:
    process = other_process(
        "hold = Hold(); m._desk.queue._caps['fake'] = 1\n"
        "with fake_strategy(Script([hold])):\n"
        "    m.submit(RunJobRequest(strategy='fake')); hold.reached.wait(20)\n"
        "    say(m.submit(RunJobRequest(strategy='fake', retries=5))); sys.stdin.read()\n"
    )
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy() as fake:
        cannot_outlive(fake)
        record = make_manager().wait(job_id, PATIENCE)
        assert fake.started == []
    assert (record.status, record.reason) == (Status.ERROR, "lost")
    assert "before the job's turn came" in str(record.error)
    assert "job.retry()" in str(record.error)


def test_a_cancel_that_its_owner_did_not_live_to_do_is_done(make_manager: Make, other_process: Start) -> None:
    process = other_process(
        "hold = Hold()\n"
        "with fake_strategy(Script([events.JobUpdate(status='running'), hold], stubborn=True)):\n"
        "    job = m.submit(RunJobRequest(strategy='fake')); hold.reached.wait(20)\n"
        "    m.cancel(job); say(job); sys.stdin.read()\n"
    )
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy() as fake:
        cannot_outlive(fake)
        assert make_manager().wait(job_id, PATIENCE).status is Status.CANCELLED


def test_a_strategy_that_is_not_known_is_left_alone(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    manager = make_manager()
    assert manager.adopt() == []
    assert JobFolder(str(manager.places.data / "jobs"), job_id).epoch() == 1


def test_a_job_that_is_being_submitted_is_left_alone(manager: JobExecutionManager) -> None:
    adopted: list[object] = []
    with fake_strategy(Script([completed()])):
        for point in ("submit.before_request", "submit.before_log", "submit.before_index"):
            with fault(point, lambda: adopted.append(manager.adopt())):
                assert manager.wait(manager.submit(request_for()), PATIENCE).status is Status.COMPLETED
    assert adopted == [[], [], []]


def test_a_newer_request_is_left_alone(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy() as fake:
        cannot_outlive(fake)
        first = make_manager  # the folder is changed before any manager looks
        path = None
        for path in Path(process.args[2].split("data_dir='")[1].split("'")[0]).glob(f"jobs/{job_id}/request.json"):  # type: ignore[index,union-attr]
            data = json.loads(path.read_bytes())
            path.write_text(json.dumps({**data, "format": 99}))
        assert path is not None
        manager = first()
        assert manager.adopt() == []
        assert manager.get(job_id).status is Status.RUNNING


def test_two_adopters_make_one_end(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy() as fake:
        cannot_outlive(fake)
        managers = [make_manager() for _ in range(3)]
        for one in managers:
            one.adopt()
        found = [one.wait(job_id, PATIENCE).reason for one in managers]
    assert found == ["lost"] * 3
    lines = [event for event in managers[0].events(job_id) if getattr(event, "status", "") == "error"]
    assert len(lines) == 1


def test_a_job_that_outlives_its_process_is_gone_on_with(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    lines = [events.JobUpdate(status="running"), events.LogUpdate(content="after"), completed({"a": 2})]
    with fake_strategy(Script(lines)) as fake:
        fake.attachable = True
        manager = make_manager()
        assert manager.result(job_id, PATIENCE) == {"a": 2}
    sources = [event.source for event in manager.events(job_id) if event.source is not None]
    assert sources == [1, 2, 3]
    assert manager.state(job_id).attempt == 1


def test_an_attempt_that_cannot_be_found_is_lost(make_manager: Make, other_process: Start) -> None:
    process = other_process(RUNS_A_JOB)
    job_id = line_of(process)
    process.kill()
    process.wait()
    with fake_strategy(Script([completed()])):
        assert make_manager().wait(job_id, PATIENCE).reason == "lost"


def test_a_manager_that_leaves_lets_outliving_jobs_go_on(make_manager: Make) -> None:
    first, hold = make_manager(), Hold()
    running = events.JobUpdate(status="running")
    with fake_strategy(Script([running, hold]), Script([running, completed({"a": 3})])) as fake:
        fake.attachable = True
        job_id = first.submit(request_for(on_owner_exit="keep"))
        hold.reached.wait(PATIENCE)
        first.shutdown()
        folder = JobFolder(str(first.places.data / "jobs"), job_id)
        assert folder.owner() == (2, None)
        assert make_manager().result(job_id, PATIENCE) == {"a": 3}
        assert folder.epoch() == 3


def foreign(manager: JobExecutionManager) -> Identity:
    me = manager._desk.identity
    return Identity("f" * 16, "elsewhere", me.boot, me.namespace, 4321, 99)


def job_of(owner: Identity, manager: JobExecutionManager, tmp_path: Path) -> JobFolder:
    folder = JobFolder.create(str(manager.places.data / "jobs"), "theirs")
    folder.claim(1, Card(owner, tmp_path / "card"))  # first: a request is what makes the folder a job
    folder.write_request(request_for(job_id="theirs"))
    line = {"seq": 1, "attempt": 1, "time": 1.0, "job_id": "theirs", "type": "job_update", "status": "queued"}
    Path(folder.log).write_text(json.dumps(line) + "\n")
    return folder


def test_a_job_on_another_host_is_shown_as_such(manager: JobExecutionManager, tmp_path: Path) -> None:
    job_of(foreign(manager), manager, tmp_path)
    assert manager.get("theirs").owner == "process 4321 on elsewhere"
    with fake_strategy(), pytest.raises(NotOwner, match="elsewhere"):
        manager.cancel("theirs")


def test_a_job_on_another_host_is_taken_when_its_lease_has_run_out(make_manager: Make, tmp_path: Path) -> None:
    with set_clock() as clock, fake_strategy() as fake:
        cannot_outlive(fake)
        manager = make_manager()
        owner = foreign(manager)
        folder = job_of(owner, manager, tmp_path)
        theirs = lease.Lease(manager.places.data / "managers", owner.id)
        late = os.open(folder.log, os.O_WRONLY | os.O_APPEND)
        theirs.prolong()
        assert manager.adopt() == []
        clock.advance(50)
        theirs.prolong()
        assert manager.adopt() == []
        clock.advance(59)
        assert manager.adopt() == []
        clock.advance(2)
        manager.adopt()  # unless the manager's own look came first
        assert manager.wait("theirs", PATIENCE).reason == "lost"
        os.write(late, b"written too late\n")
        os.close(late)
        assert b"too late" not in Path(folder.log).read_bytes()


def test_a_lease_file_counts_up(tmp_path: Path) -> None:
    mine = lease.Lease(tmp_path, "m")
    found = []
    for _ in range(3):
        mine.prolong()
        found.append((tmp_path / "m.lease").read_bytes())
    mine.end()
    assert found == [b"1", b"2", b"3"]
    assert not (tmp_path / "m.lease").exists()


def socket_of(manager: JobExecutionManager) -> Path:
    manager.adopt()
    return manager.places.runtime / "managers" / f"{manager._desk.identity.id}.sock"


def test_the_socket_is_private(manager: JobExecutionManager) -> None:
    assert socket_of(manager).stat().st_mode & 0o777 == 0o600


def test_the_socket_answers_each_verb(manager: JobExecutionManager) -> None:
    path = socket_of(manager)
    with fake_strategy(Script([completed({"a": 1})])):
        job_id = manager.submit(request_for(name="n"))
        manager.wait(job_id, PATIENCE)
    assert control.call(path, "get", job_id=job_id)["name"] == "n"
    assert [row["id"] for row in control.call(path, "list", status=["completed"])] == [job_id]
    assert control.call(path, "state", job_id=job_id)["status"] == "completed"
    assert control.call(path, "cancel", job_id=job_id) is False
    assert control.call(path, "winding_down", job_id=job_id) is False


@pytest.mark.parametrize(
    ("verb", "args", "error"),
    [
        ("get", {"job_id": "nothing"}, JobNotFound),
        ("cancle", {}, InvalidRequest),
        ("get", {}, InvalidRequest),
        ("list", {"status": ["no"]}, InvalidRequest),
    ],
)
def test_the_socket_refuses_by_name(
    manager: JobExecutionManager, verb: str, args: dict[str, object], error: type[NodetoolError]
) -> None:
    with pytest.raises(error):
        control.call(socket_of(manager), verb, **args)


def test_the_socket_survives_rubbish(manager: JobExecutionManager) -> None:
    path = socket_of(manager)
    for rubbish in (b"\n", b"[]\n", b"\xff\xfe\n", b'{"verb": 5}\n', b"{}\n"):
        with socket.socket(socket.AF_UNIX) as connection, control.reachable(path) as short:
            connection.connect(short)
            connection.sendall(rubbish)
            assert json.loads(connection.makefile("rb").readline())["error"] == "InvalidRequest"
    assert control.call(path, "list") == []


def test_a_subscriber_gets_every_line(manager: JobExecutionManager) -> None:
    path, hold = socket_of(manager), Hold()

    async def read(job_id: str) -> list[dict[str, object]]:
        with control.reachable(path) as short:
            reader, writer = await asyncio.open_unix_connection(short)
        writer.write(json.dumps({"verb": "subscribe", "job_id": job_id, "after": 1}).encode() + b"\n")
        found = []
        while not (line := json.loads(await reader.readline())).get("end"):
            found.append(line)
            hold.release()
        writer.close()
        await writer.wait_closed()
        return found

    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        found = asyncio.run(read(job_id))
    assert [line["seq"] for line in found] == [2, 3, 4]


def test_a_socket_that_nobody_answers_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotOwner, match="does not answer"):
        control.call(tmp_path / "none.sock", "list")


def test_a_forked_child_cannot_use_its_parents_manager(manager: JobExecutionManager) -> None:
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            manager.submit(request_for())
            os.write(writable, b"submitted")
        except BaseException as error:
            os.write(writable, str(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writable)
    said = os.read(readable, 1000).decode()
    os.close(readable)
    assert "forked" in said
    assert identity.alive(manager._desk.identity, manager._desk.identity, manager.places.runtime) is True


def test_an_interrupted_process_ends_its_jobs_as_cancelled(make_manager: Make, other_process: Start) -> None:
    process = other_process("from nodetool_jupyter.jobs import manager as module\nmodule._manager = m\n" + RUNS_A_JOB)
    job_id = line_of(process)
    tell(process, "interrupt")  # from outside it could arrive just before a read that then sleeps through it
    process.wait(PATIENCE)
    record = make_manager().get(job_id)
    assert (record.status, record.reason) == (Status.CANCELLED, "killed")


def test_the_process_has_one_manager(other_process: Start) -> None:
    process = other_process(
        "from nodetool_jupyter.jobs.manager import manager\n"
        "one = manager(data_dir=m.places.data, runtime_dir=m.places.runtime)\n"
        "say(one is manager())\n"
        "one.shutdown(); say(one is manager(data_dir=m.places.data))\n"
    )
    assert (line_of(process), line_of(process)) == ("True", "False")
    assert process.wait(PATIENCE) == 0
