"""The subprocess strategy alone: what only a process of its own can do, and what can go wrong with one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest, JobCancelled, JobError, Unsupported
from nodetool_jupyter.events import LogUpdate, parse
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import ResourceLimits, RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.tree import RUNNER_ID
from tests.execution.subprocess_scenery import (
    PATIENCE,
    Make,
    assert_ends,
    assert_true_end,
    events_of,
    faulty_interpreter,
    gone,
    kill,
    log_of,
    one_node,
    params_of,
    request_for,
    until_log,
)


@pytest.fixture(scope="module")
def make_manager() -> Iterator[Make]:
    """Make managers over one data folder, for all tests here: each finds a spare runner most of the time."""
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


def outcome(manager: JobExecutionManager, request: RunJobRequest) -> tuple[Status, str | None, str | None]:
    record = manager.wait(manager.submit(request), PATIENCE)
    assert_true_end(manager, record, record.status, record.reason)
    return record.status, record.reason, record.error


# -- where it runs ----------------------------------------------------------------------------------------------------


def test_a_node_runs_in_another_process_of_the_same_interpreter(manager: JobExecutionManager) -> None:
    def where() -> list[Any]:
        import os
        import sys
        from pathlib import Path

        return [os.getpid(), sys.executable, str(Path.cwd()), sys.path]

    pid, executable, cwd, path = manager.result(manager.submit(request_for(where)), PATIENCE)["result"]  # type: ignore[misc]
    assert pid != os.getpid()
    assert (executable, cwd, path) == (sys.executable, str(Path.cwd()), sys.path)


def test_env_reaches_the_node_and_names_of_secrets_do_not(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[Any]:
        import os

        return [os.environ.get("COLOUR"), os.environ.get("SOME_TOKEN"), os.environ.get("PLAIN")]

    monkeypatch.setenv("SOME_TOKEN", "not-for-the-child")
    monkeypatch.setenv("PLAIN", "for-the-child")
    job_id = manager.submit(request_for(look, env={"COLOUR": "red"}))
    assert manager.result(job_id, PATIENCE) == {"result": ["red", None, "for-the-child"]}


def test_a_folder_that_is_gone_is_told(manager: JobExecutionManager, tmp_path: Path) -> None:
    job_id = manager.submit(request_for(lambda_of(1), cwd=str(tmp_path / "gone")))
    assert manager.result(job_id, PATIENCE) == {"result": 1}
    assert any("is not there" in line for line in log_of(manager, job_id))


def lambda_of(value: Any) -> Any:
    def give() -> Any:
        return value

    return give


def test_nothing_is_left_of_an_attempt_but_its_log_and_values(manager: JobExecutionManager) -> None:
    def big() -> Any:
        import numpy as np

        return np.arange(100_000, dtype="float32")

    job_id = manager.submit(request_for(big))
    found = manager.result(job_id, PATIENCE)["result"]
    assert np.array_equal(np.asarray(found), np.arange(100_000, dtype="float32"))
    folder = manager.places.job(job_id)
    assert {path.name for path in folder.iterdir()} == {
        "events.jsonl", "request.json", "owner.1", "notebook.pkl", "values"
    }  # fmt: skip
    assert [path.name for path in (manager.places.runtime / "runners").iterdir() if job_id in path.name] == []
    assert_ends(params_of(manager, job_id)["pid"])


# -- prints -----------------------------------------------------------------------------------------------------------


def test_prints_of_every_kind_become_log_lines(manager: JobExecutionManager) -> None:
    def talk() -> int:
        import os
        import subprocess
        import sys

        print("from python")
        os.write(1, b"from the descriptor\n")
        subprocess.run(["echo", "from a child"], check=True)
        print("to stderr", file=sys.stderr)
        os.write(1, b"without an end")
        return 1

    job_id = manager.submit(request_for(talk))
    manager.result(job_id, PATIENCE)
    lines = {event.content: event.severity for event in manager.events(job_id) if isinstance(event, LogUpdate)}
    assert lines == {
        "from python": "info",
        "from the descriptor": "info",
        "from a child": "info",
        "to stderr": "warning",
        "without an end": "info",
    }


def test_a_print_is_never_taken_for_an_event(manager: JobExecutionManager) -> None:
    forged = json.dumps({"type": "job_update", "status": "completed", "result": {"result": "forged"}, "seq": 99})

    def lie(line: str) -> str:
        import os

        print(line)
        os.write(1, b"!" + line.encode() + b"\n")
        return "honest"

    job_id = manager.submit(request_for(lie, {"line": forged}))
    assert manager.result(job_id, PATIENCE) == {"result": "honest"}
    assert log_of(manager, job_id) == [forged, "!" + forged]


def test_a_flood_of_prints_under_the_interpreters_lock_does_not_block(manager: JobExecutionManager) -> None:
    def flood() -> int:
        import ctypes

        # PyDLL keeps the interpreter's lock while the C library writes: 8 MB, more than any pipe holds.
        libc = ctypes.PyDLL(None)
        line = b"x" * 79 + b"\n"
        for _ in range(100):
            data = line * 1000
            while data:
                data = data[libc.write(1, data, len(data)) :]
        return 1

    job_id = manager.submit(request_for(flood))
    assert manager.result(job_id, PATIENCE) == {"result": 1}
    assert log_of(manager, job_id) == ["x" * 79] * 100_000


def test_lines_of_any_size_arrive(manager: JobExecutionManager) -> None:
    def speak(ctx: Any = None) -> int:
        ctx.log("a" * 5_000_000)
        ctx.chunk("b" * 3_000_000)
        return 1

    job_id = manager.submit(request_for(speak))
    manager.result(job_id, PATIENCE)
    sizes = {event.type: len(getattr(event, "content", "")) for event in events_of(manager, job_id)}
    assert (sizes["log_update"], sizes["chunk"]) == (5_000_000, 3_000_000)


def test_a_log_of_prints_over_its_cap_loses_its_middle_only(make_manager: Make) -> None:
    manager = make_manager(log_cap=200_000)

    def flood() -> int:
        for number in range(20_000):
            print(f"line {number}")
        return 1

    job_id = manager.submit(request_for(flood))
    assert manager.result(job_id, PATIENCE) == {"result": 1}
    lines = [line for line in log_of(manager, job_id) if line.startswith("line")]
    assert (lines[0], lines[-1]) == ("line 0", "line 19999")
    assert manager.places.job(job_id).joinpath("events.jsonl").stat().st_size < 400_000


def test_a_failing_node_tells_its_own_line(manager: JobExecutionManager) -> None:
    def fail() -> int:
        raise ValueError("this one")

    job_id = manager.submit(request_for(fail))
    with pytest.raises(JobError, match="this one") as caught:
        manager.result(job_id, PATIENCE)
    assert (caught.value.reason, caught.value.node_id) == ("node_failed", "fail")
    trace = events_of(manager, job_id)[-1].model_dump()["traceback"]
    assert 'raise ValueError("this one")' in trace


# -- deaths -----------------------------------------------------------------------------------------------------------


def test_a_node_that_exits_its_process_ends_the_job_as_killed(manager: JobExecutionManager) -> None:
    def leave() -> int:
        import os

        os._exit(3)

    status, reason, error = outcome(manager, request_for(leave))
    assert (status, reason) == (Status.ERROR, "killed")
    assert error is not None
    assert "exited with code 3" in error


def test_a_node_that_crashes_its_process_shows_where(manager: JobExecutionManager) -> None:
    def crash() -> int:
        import ctypes

        ctypes.string_at(0)
        return 1

    job_id = manager.submit(request_for(crash))
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.ERROR, "killed")
    assert "SIGSEGV" in (record.error or "")
    assert any("Segmentation fault" in line for line in log_of(manager, job_id))


def waits(ctx: Any = None) -> int:
    ctx.log("it runs")
    ctx.wait(60)
    return 1


def wait_function() -> Any:
    """Return the function above as one that must be sent by value, as a notebook's are."""

    def wait(ctx: Any = None) -> int:
        import os

        ctx.log(f"it runs {os.getpid()}")
        ctx.wait(60)
        return 1

    return wait


def test_a_killed_worker_ends_the_job(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(wait_function()))
    until_log(manager, job_id, "it runs")
    kill(int(log_of(manager, job_id)[0].split()[-1]))
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.ERROR, "killed")
    assert "SIGKILL" in (record.error or "")


def test_a_killed_guard_takes_its_worker_along(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(wait_function()))
    until_log(manager, job_id, "it runs")
    kill(params_of(manager, job_id)["pid"])
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.ERROR, "killed")
    assert gone(int(log_of(manager, job_id)[0].split()[-1]))


def test_a_killed_guard_leaves_no_double_forked_process(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(double_fork()))
    until_log(manager, job_id, "daemon")
    daemon = int(log_of(manager, job_id)[0].split()[-1])
    kill(params_of(manager, job_id)["pid"])
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.ERROR, "killed")
    assert gone(daemon)


def double_fork() -> Any:
    def fork_twice(ctx: Any = None) -> int:
        import subprocess
        import sys

        code = (
            "import os, signal, sys\n"
            "if os.fork(): os._exit(0)\n"
            "os.setsid()\n"
            "if os.fork(): os._exit(0)\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "print(os.getpid(), flush=True)\n"
            "os.close(1)\n"
            "signal.pause()\n"
        )
        made = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
        ctx.log(f"daemon {int(made.stdout)}")
        ctx.wait(60)
        return 1

    return fork_twice


def test_what_a_node_left_running_ends_with_the_job(manager: JobExecutionManager) -> None:
    def leave_one() -> int:
        import subprocess
        import sys

        return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True).pid

    pid = manager.result(manager.submit(request_for(leave_one)), PATIENCE)["result"]
    assert isinstance(pid, int)
    assert gone(pid)


def test_a_lost_runner_is_tried_again_if_asked(manager: JobExecutionManager, tmp_path: Path) -> None:
    once = str(tmp_path / "once")

    def die_once(path: str) -> str:
        import os
        from pathlib import Path

        if not Path(path).exists():
            Path(path).touch()
            os.kill(os.getpid(), 9)
        return "second"

    job_id = manager.submit(request_for(die_once, {"path": once}, retries=1))
    assert manager.result(job_id, PATIENCE) == {"result": "second"}
    assert events_of(manager, job_id)[-1].attempt == 2
    assert not (manager.places.job(job_id) / "attempts").exists()


def test_an_interpreter_that_is_gone_is_named(manager: JobExecutionManager) -> None:
    status, reason, error = outcome(manager, request_for(lambda_of(1), interpreter="/nonexistent/python"))
    assert (status, reason) == (Status.ERROR, "engine_unavailable")
    assert error is not None
    assert "/nonexistent/python" in error


def test_a_runner_that_cannot_start_says_why(manager: JobExecutionManager, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such luck' >&2\nexit 5\n")
    broken.chmod(0o700)
    status, reason, error = outcome(manager, request_for(lambda_of(1), interpreter=str(broken)))
    assert (status, reason) == (Status.ERROR, "internal")
    assert error is not None
    assert "code 5" in error
    assert "no such luck" in error


def test_a_channel_that_cannot_be_written_is_named(manager: JobExecutionManager, tmp_path: Path) -> None:
    act = "raise OSError(28, 'No space left on device')"
    interpreter = faulty_interpreter(tmp_path, "channel.mid_line", 2, act)
    status, reason, error = outcome(manager, request_for(lambda_of(1), interpreter=interpreter))
    assert (status, reason) == (Status.ERROR, "internal")
    assert error is not None
    assert "is the disk full?" in error


# -- cancel -----------------------------------------------------------------------------------------------------------


def test_a_node_may_save_when_it_is_cancelled(manager: JobExecutionManager, tmp_path: Path) -> None:
    def work(path: str, ctx: Any = None) -> int:
        from pathlib import Path

        ctx.log("it runs")
        try:
            ctx.wait(60)
        finally:
            assert ctx.cancelled
            Path(path).write_text("saved")
        return 1

    job_id = manager.submit(request_for(work, {"path": str(tmp_path / "saved")}))
    until_log(manager, job_id, "it runs")
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")
    assert (tmp_path / "saved").read_text() == "saved"


def test_a_node_that_ignores_everything_is_forced(manager: JobExecutionManager) -> None:
    def ignore(ctx: Any = None) -> int:
        import os
        import signal
        import threading

        ctx.log(f"it runs {os.getpid()}")
        threading.Event().wait(60)
        signal.pause()
        return 1

    job_id = manager.submit(request_for(ignore, options={"grace": 0.2}))
    until_log(manager, job_id, "it runs")
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")
    assert gone(int(log_of(manager, job_id)[0].split()[-1]))


def test_a_double_forked_process_ends_with_a_cancel(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(double_fork(), options={"grace": 0.2}))
    until_log(manager, job_id, "daemon")
    assert manager.cancel(job_id)
    record = manager.wait(job_id, PATIENCE)
    assert_true_end(manager, record, Status.CANCELLED, "cancelled_by_user")
    assert gone(int(log_of(manager, job_id)[0].split()[-1]))


@pytest.mark.parametrize("delay_events", range(6))
def test_a_cancel_at_any_moment_ends_as_cancelled(manager: JobExecutionManager, delay_events: int) -> None:
    """After 0, 1, 2 … lines of its log: before, while and after its runner is started."""
    job_id = manager.submit(request_for(wait_function()))
    for count, _ in enumerate(manager.events(job_id, follow=True, timeout=PATIENCE)):
        if count >= delay_events:
            break
    assert manager.cancel(job_id)
    with pytest.raises(JobCancelled):
        manager.result(job_id, PATIENCE)
    assert_true_end(manager, manager.get(job_id), Status.CANCELLED, "cancelled_by_user")


# -- limits -----------------------------------------------------------------------------------------------------------


def test_memory_over_its_limit_ends_as_out_of_memory(manager: JobExecutionManager) -> None:
    def take() -> int:
        held = [bytearray(16 * 1024 * 1024) for _ in range(64)]
        for one in held:
            one[::4096] = b"x" * len(one[::4096])
        return len(held)

    request = request_for(take, limits=ResourceLimits(memory=256 * 1024 * 1024))
    assert outcome(manager, request)[:2] == (Status.ERROR, "out_of_memory")


def test_limits_hold_in_the_process(manager: JobExecutionManager) -> None:
    def look() -> list[Any]:
        import os
        import resource

        return [os.nice(0), resource.getrlimit(resource.RLIMIT_NOFILE)[0]]

    before = os.nice(0)
    job_id = manager.submit(request_for(look, limits=ResourceLimits(nice=5, open_files=99)))
    assert manager.result(job_id, PATIENCE) == {"result": [before + 5, 99]}


def test_a_limit_beyond_the_systems_is_refused_before_anything_is_written(manager: JobExecutionManager) -> None:
    before = {path.name for path in (manager.places.data / "jobs").iterdir()}
    with pytest.raises(Unsupported, match="open-files"):
        manager.submit(request_for(lambda_of(1), limits=ResourceLimits(open_files=2**31)))
    assert {path.name for path in (manager.places.data / "jobs").iterdir()} == before


def test_wall_time_is_kept(manager: JobExecutionManager) -> None:
    request = request_for(wait_function(), timeouts={"run": 0.3}, options={"grace": 0.2})
    assert outcome(manager, request)[:2] == (Status.ERROR, "timeout_run")


# -- values and inputs ------------------------------------------------------------------------------------------------


def test_inputs_are_pushed_across_processes(manager: JobExecutionManager) -> None:
    flow = nt.Workflow(
        outputs={"all": nt.nodes.control.Collect(input_item=nt.nodes.input.IntegerInput(name="numbers"))}
    )
    request = RunJobRequest(strategy="subprocess", graph=dict(flow.bare), options={"open_inputs": ("numbers",)})
    job_id = manager.submit(request)
    manager.push_input(job_id, "numbers", 1)
    manager.push_input(job_id, "numbers", 2)
    with pytest.raises(InvalidRequest, match="number"):
        manager.push_input(job_id, "numbrs", 2)
    manager.push_input(job_id, "numbers", end=True)
    found = manager.result(job_id, PATIENCE)["all"]
    assert isinstance(found, list)
    assert found[-2:] == [1, 2]


def test_a_value_that_only_pickle_can_carry_comes_back(manager: JobExecutionManager) -> None:
    def make() -> Any:
        import fractions

        return {"third": fractions.Fraction(1, 3)}

    found = manager.result(manager.submit(request_for(make)), PATIENCE)["result"]
    assert str(found) == "{'third': Fraction(1, 3)}"


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_a_secret_stands_nowhere_but_in_the_node(manager: JobExecutionManager, tmp_path: Path) -> None:
    canary = "canary-0123456789-abcdefghij-KLMNOPQRST"
    manager.secrets.set("MY_SECRET", canary)

    def use(path: str, ctx: Any = None) -> bool:
        import base64
        import os
        import subprocess
        import sys
        from pathlib import Path

        secret = ctx.secret("MY_SECRET")
        print("secret is", secret)
        os.write(2, secret[:20].encode() + b"\n" + secret[20:].encode() + b"\n")
        ctx.log(base64.b64encode(secret.encode()).decode())
        ctx.chunk(secret[3:25])
        child = subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True)
        seen = (
            child.stdout + Path("/proc/self/environ").read_bytes() + Path(f"/proc/{os.getppid()}/environ").read_bytes()
        )
        seen += Path("/proc/self/cmdline").read_bytes() + Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
        Path(path).write_bytes(seen)
        raise ValueError(f"the secret was {secret}")

    job_id = manager.submit(request_for(use, {"path": str(tmp_path / "seen")}, secrets=("MY_SECRET",)))
    with pytest.raises(JobError):
        manager.result(job_id, PATIENCE)
    folder = manager.places.job(job_id)
    texts = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts["seen"] = (tmp_path / "seen").read_bytes()
    texts["error"] = str(manager.get(job_id).error).encode()
    runs = [canary[at : at + 16].encode() for at in range(len(canary) - 15)]
    assert [(name, run) for name, text in texts.items() for run in runs if run in text] == []
    assert len(texts["seen"]) > 100


def test_a_secret_from_a_variable_with_an_ordinary_name_is_in_no_environment(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(ctx: Any = None) -> list[bool]:
        import os
        from pathlib import Path

        secret = ctx.secret("GREETING").encode()
        places = [f"/proc/{pid}/environ" for pid in ("self", os.getppid())]
        return [*(secret in Path(place).read_bytes() for place in places), "GREETING" in os.environ]

    monkeypatch.setenv("GREETING", "nobody-may-know-this-0123456789")
    job_id = manager.submit(request_for(look, secrets=("GREETING",)))
    assert manager.result(job_id, PATIENCE) == {"result": [False, False, False]}


def test_a_function_that_holds_a_secret_is_refused(manager: JobExecutionManager) -> None:
    manager.secrets.set("HELD", "held-0123456789")
    held = manager.secrets.resolve(["HELD"])["HELD"]

    def hold() -> int:
        return len(held)

    before = {path.name for path in (manager.places.data / "jobs").iterdir()}
    with pytest.raises(InvalidRequest, match=r"ctx\.secret"):
        manager.submit(request_for(hold, secrets=("HELD",)))
    assert {path.name for path in (manager.places.data / "jobs").iterdir()} == before


# -- as a person calls it ---------------------------------------------------------------------------------------------


def run_stdin(text: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl", *words],
        input=text, capture_output=True, text=True, timeout=PATIENCE, check=False, env={**os.environ, **environ},
    )  # fmt: skip


GRAPH = {
    "nodes": [
        {"id": "a", "type": "nodetool.constant.String", "data": {"value": "hello"}},
        {"id": "b", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "a", "sourceHandle": "output", "target": "b", "targetHandle": "value"}],
}


@pytest.mark.parametrize(
    "wrapped", [GRAPH, {"name": "flow", "graph": GRAPH}, {"type": "run_job_request", "graph": GRAPH}]
)
def test_a_workflow_on_stdin_becomes_lines_on_stdout(wrapped: dict[str, Any]) -> None:
    done = run_stdin(json.dumps(wrapped, indent=2))
    assert (done.returncode, done.stderr) == (0, "")
    events = [parse(line) for line in done.stdout.splitlines()]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].model_dump()["result"] == {"result": "hello"}


def test_half_a_request_runs_nothing() -> None:
    done = run_stdin(json.dumps(GRAPH)[:-10])
    assert (done.returncode, done.stdout) == (1, "")
    assert "not JSON" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_on_stdin_is_nothing_to_do() -> None:
    done = run_stdin("")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failed_run_has_its_exit_code() -> None:
    broken = json.loads(json.dumps(GRAPH).replace("nodetool.constant.String", "nodetool.constant.Nothing"))
    done = run_stdin(json.dumps(broken))
    assert done.returncode == 1
    assert parse(done.stdout.splitlines()[-1]).model_dump()["reason"] == "invalid_graph"


def test_the_runners_id_reaches_what_it_starts(manager: JobExecutionManager) -> None:
    def look(name: str) -> str:
        import os

        return os.environ[name]

    job_id = manager.submit(request_for(look, {"name": RUNNER_ID}))
    assert manager.result(job_id, PATIENCE) == {"result": params_of(manager, job_id)["runner"]}


def test_a_dry_run_checks_without_running(tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(GRAPH))
    done = subprocess.run(
        [sys.executable, "-m", "nodetool_jupyter", "run", str(file), "--strategy", "subprocess", "--dry-run"],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "subprocess" in done.stdout


def test_one_node_helper_makes_what_the_tests_say() -> None:
    graph = one_node(lambda_of(1))
    assert [node["type"] for node in graph["nodes"]] == ["notebook.give", "nodetool.output.Output"]
