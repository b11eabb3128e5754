"""At every named point a kernel, a runner, an adopter or a reader is killed; afterwards each job has one true end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nodetool_jupyter import faults
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.crash_scenery import (
    KERNEL,
    MARK,
    assert_all_end,
    assert_no_line_lost,
    assert_nothing_left,
    assert_one_true_end,
    let,
    snapshot,
    whole_lines,
)
from tests.execution.subprocess_scenery import PATIENCE, Make, faulty_interpreter, log_of
from tests.jobs.others import Other

Start = Callable[[str], Other]

QUICK = "options={'grace': 0.2}"
SHORTENING = {"log.before_shorten"}  # has a test of its own: what may be cut is gone then


@dataclass(frozen=True)
class Case:
    """Who is killed where, in the middle of what, and what is true of the job afterwards.

    ``point`` is where the kernel is killed, when it passes it for the time ``passes``; ``torn`` leaves half a line in
    the log then. ``runner`` is where every runner of the job kills itself. ``truth`` is the status of the job, or the
    reason of its error; ``runs`` is how often its node began to run, if that is known.
    """

    point: str
    truth: str = "completed"
    scene: str = "submit"
    passes: int = 1
    torn: bool = False
    runner: str = ""
    retries: int = 0
    exits: str = ""
    runs: int | None = 1

    def __str__(self) -> str:
        words = [self.scene, self.point, str(self.passes) if self.passes > 1 else "", "torn" if self.torn else ""]
        return "-".join(word for word in [*words, self.runner, "again" if self.retries else "", self.exits] if word)

    @property
    def arming(self) -> str:
        """What the kernel executes to have itself killed."""
        if not self.point:
            return "None"
        act = "tear" if self.torn and self.scene != "adopt" else "die"
        return f"{act}()" if self.point == NOW else f"arm({self.point!r}, {self.passes}, {act})"


NOW = "now"  # killed where it stands, at no point of the product
CASES = [
    # Before a job is whole there is none; from then on it runs.
    Case("submit.before_request", "none", runs=0),
    Case("submit.before_log"),
    Case("submit.before_index"),
    Case("attempt.before_start"),
    Case("log.mid_line", passes=2),  # the line with the identity of its runner
    Case("attempt.before_request"),
    Case("attempt.after_start"),
    Case("log.mid_line", passes=3),
    Case("log.mid_line", passes=3, torn=True),
    Case("terminal.before_log"),
    Case("terminal.before_index"),
    # One that is to end with its kernel does so, whether it had a runner or not.
    Case("submit.before_index", "cancelled", exits="cancel", runs=0),
    Case("attempt.before_request", "cancelled", exits="cancel", runs=0),
    Case("attempt.after_start", "cancelled", exits="cancel", runs=None),
    # While it runs.
    Case(NOW, scene="hold"),
    Case("cancel.after_request", "cancelled", scene="cancel"),
    Case("log.mid_line", "cancelled", scene="cancel", passes=2),  # the runner was told, and its end is not written
    Case("terminal.before_log", "cancelled", scene="cancel"),
    Case("terminal.before_index", "cancelled", scene="cancel"),
    # Between two attempts.
    Case(NOW, scene="pause", runs=2),
    Case("attempt.before_start", scene="retry", passes=2, runs=2),
    Case("attempt.after_start", scene="retry", passes=2, runs=2),
    Case("terminal.before_log", scene="retry", runs=2),
    # While it is removed.
    Case("remove.after_rename", "none", scene="remove"),
    # While it is adopted.
    Case("claim.before_link", scene="adopt"),
    Case("claim.after_link", scene="adopt"),
    Case("claim.before_cut", scene="adopt", torn=True),
    Case("attempt.before_start", scene="adopt"),
    Case("attempt.after_start", scene="adopt"),
    Case("cancel.after_request", "cancelled", scene="adopt and cancel"),
    Case("terminal.before_log", "cancelled", scene="adopt and cancel"),
    Case("terminal.before_index", "cancelled", scene="adopt and cancel"),
    # While it is read.
    Case(NOW, scene="read"),
    # Its runner, under a living owner.
    Case("", "killed", runner="channel.mid_line", runs=None),
    Case("", "killed", runner="channel.before_claim"),
    Case("", "killed", runner="value.mid_file"),
    Case("", runner="channel.after_claim"),
    Case("", "killed", runner="channel.before_claim", retries=1, runs=2),
    # Its runner, and its owner before.
    Case("attempt.after_start", "lost", runner="channel.mid_line", runs=None),
    Case("attempt.after_start", "killed", runner="channel.before_claim"),
    Case("attempt.after_start", "killed", runner="value.mid_file"),
    Case("attempt.after_start", runner="channel.after_claim"),
    Case("attempt.after_start", "killed", runner="channel.before_claim", retries=1, runs=2),
]

# What the kernel does; ARM stands for what has it killed, MORE for options of the request.
SCENES = {
    "submit": "m = manager(); ARM; submit(MORE)",
    "hold": f"m = manager(); submit(gate='gate', {QUICK}); until('number 9'); ARM",
    "cancel": f"m = manager(); submit(gate='gate', {QUICK}); until('number 9'); ARM; m.cancel('thejob')",
    "retry": "m = manager(); ARM; submit(fails='fails', retries=3)",
    "pause": "m = manager(); m._desk.backoff = Backoff(1000, 1000); submit(fails='fails', retries=3); "
    "next(e for e in m.events('thejob', follow=True) if 'follows' in str(getattr(e, 'message', ''))); ARM",
    "remove": "m = manager(); submit(); m.wait('thejob', 20); ARM; m.remove('thejob')",
    "adopt": "ARM; m = manager(); m.adopt()",
    "adopt and cancel": "ARM; m = manager(); m.cancel('thejob')",
    "read": "m = manager(); until('number 9'); ARM",
}
OPEN = ("hold", "adopt", "read")  # scenes after which the job is let through its gate


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.setenv("NODETOOL_WARM_SPARES", "0")  # a spare that was never used would only take the time to start it
    return str(tmp_path)


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
def kernel(mark: str, tmp_path: Path) -> Iterator[Start]:
    started: list[Other] = []

    def start(code: str) -> Other:
        started.append(Other(tmp_path, f"HERE = {str(tmp_path)!r}\n{KERNEL}\n{code}\n"))
        return started[-1]

    yield start
    for one in started:
        one.close()


def play(case: Case, kernel: Start, tmp_path: Path) -> Other:
    """Play a scene up to the death of its victim; returns the kernel that is alive, or died last."""
    os.mkfifo(tmp_path / "gate")
    owner: Other | None = None
    if case.scene in ("adopt", "adopt and cancel", "read"):
        last = "die()" if case.scene != "read" else "None"
        owner = kernel(SCENES["hold"].replace("ARM", "tear()" if case.torn else last))
        if case.scene == "read":
            owner.ready()
        else:
            assert owner.process.wait(PATIENCE) == -9
    more = f"retries={case.retries}"
    if case.exits:
        more += f", on_owner_exit={case.exits!r}, gate='gate', {QUICK}"
    if case.runner:
        more += f", interpreter={faulty_interpreter(tmp_path, case.runner)!r}"
    victim = kernel(SCENES[case.scene].replace("ARM", case.arming).replace("MORE", more))
    if not case.point:
        return victim.ready()
    assert victim.process.wait(PATIENCE) == -9
    return owner if owner is not None and case.scene == "read" else victim


def bring_to_its_end(case: Case, manager: JobExecutionManager, owner: Other, tmp_path: Path) -> None:
    """Let the job go on, and wait until its owner has let go of it."""
    if case.scene in OPEN:
        let(tmp_path / "gate")
    if owner.process.poll() is None:
        owner.ask("m.wait('thejob', 20).status")
        owner.ask("m.shutdown()")  # when it has written the job's row
    elif case.truth != "none":
        manager.adopt()
        manager.wait("thejob", PATIENCE)


def assert_truth(manager: JobExecutionManager, truth: str) -> None:
    if truth == "none":
        print("ADOPTED", manager.adopt(), dict(manager._desk.live))
        assert manager.list() == []
        assert list((manager.places.data / "trash").iterdir()) == []
        return
    assert [record.id for record in manager.list()] == ["thejob"]
    assert_one_true_end(manager, "thejob", truth)
    assert_no_line_lost(manager, "thejob")
    assert_nothing_left(manager, "thejob")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_crash_leaves_the_truth(case: Case, kernel: Start, make_manager: Make, tmp_path: Path, mark: str) -> None:
    folder = tmp_path / "data" / "jobs" / "thejob"
    owner = play(case, kernel, tmp_path)
    before = whole_lines(folder / "events.jsonl")
    manager = make_manager()
    bring_to_its_end(case, manager, owner, tmp_path)
    assert_truth(manager, case.truth)
    assert whole_lines(folder / "events.jsonl").startswith(before)
    assert case.runs is None or len(trail(tmp_path)) == case.runs
    found = snapshot(folder)
    owner.close()
    manager.shutdown()
    second = make_manager()
    second.adopt()
    assert_truth(second, case.truth)
    assert snapshot(folder) == found
    second.shutdown()
    assert_all_end(mark)


def test_a_kill_while_a_log_is_shortened_leaves_a_whole_one(
    kernel: Start, make_manager: Make, tmp_path: Path, mark: str
) -> None:
    os.mkfifo(tmp_path / "gate")
    victim = kernel("m = manager(log_cap=16384); arm('log.before_shorten'); submit(gate='gate', fill=200)")
    assert victim.process.wait(PATIENCE) == -9
    manager = make_manager()
    manager.adopt()
    let(tmp_path / "gate")
    manager.wait("thejob", PATIENCE)
    assert_one_true_end(manager, "thejob", "completed")
    assert_nothing_left(manager, "thejob")
    numbers = [line for line in log_of(manager, "thejob") if line.startswith("number")]
    assert (numbers[0], numbers[-1]) == ("number 0", "number 19")
    assert {path.name for path in manager.places.job("thejob").iterdir()} == {
        "events.jsonl", "request.json", "notebook.pkl", "owner.1", "owner.2", "values"
    }  # fmt: skip


def trail(tmp_path: Path) -> str:
    path = tmp_path / "trail"
    return path.read_text() if path.exists() else ""


def test_every_point_has_a_case() -> None:
    assert {*(case.point for case in CASES), *(case.runner for case in CASES)} - {"", NOW} == faults.POINTS - SHORTENING
