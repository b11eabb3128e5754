"""A table of jobs that follows them: its pace, its times, its end."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets import live_table
from nodetool_jupyter.widgets.job_time import JobTime
from nodetool_jupyter.widgets.live_table import LiveTable, TerminalTable
from nodetool_jupyter.widgets.table import Line, lines_html, lines_text
from tests.widgets.showcase import START, Page, Story, completed, failed, refused, running
from tests.widgets.test_view_throttle import Clockwork

NODES = 4


class Source:
    """A job that is followed, whose events the test tells."""

    def __init__(self, job_id: str = "") -> None:
        self.state = JobState(job_id=job_id)
        self.lock = threading.RLock()
        self.pictures: list[Any] = []

    def add_picture(self, picture: Any) -> None:
        self.pictures.append(picture)

    def drop(self, look: Any) -> None:
        self.pictures.remove(look)

    def tell(self, story: Story) -> None:
        self.state = story.state
        for picture in self.pictures:
            picture.changed()
        if story.state.status.terminal:
            pictures, self.pictures = self.pictures, []
            for picture in pictures:
                picture.finish()


class Paper:
    def __init__(self) -> None:
        self.drawn: list[Sequence[Line]] = []
        self.as_of: float | None = None

    def draw(self, lines: Sequence[Line], as_of: float | None) -> None:
        self.drawn.append(lines)
        self.as_of = as_of

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """What the table says of each job: its state, its time and the note."""
        return [(line.look.word, *line.cells()[-2:]) for line in self.drawn[-1]]


class Bench:
    """A table of jobs that the test makes run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *records: JobRecord) -> None:
        self.clock = Clockwork()
        self.paper = Paper()
        self.sources: dict[str, Source] = {}
        monkeypatch.setattr(live_table, "JobTime", lambda: JobTime(self.clock.monotonic))
        monkeypatch.setattr(live_table._Entry, "_all_nodes", lambda self: NODES)
        self.table = LiveTable(
            records, self.paper, follow=self._follow, monotonic=self.clock.monotonic, alarm=self.clock.alarm
        )

    def _follow(self, job_id: str) -> Source:
        return self.sources.setdefault(job_id, Source())


def record(job_id: str, status: Status = Status.RUNNING) -> JobRecord:
    ended = START + 2 if status.terminal else None
    return JobRecord(job_id, status, f"job {job_id}", submitted=START, started=START, ended=ended)


def test_what_runs_is_followed_and_what_has_ended_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"), record("b", Status.COMPLETED))
    assert list(bench.sources) == ["a"]
    assert bench.paper.rows == [("running", "", ""), ("completed", "2.00 s", "")]


def test_a_running_job_shows_its_share_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"))
    bench.sources["a"].tell(running())
    bench.clock.pass_to(100.6)
    assert bench.paper.rows[0][2] == "35 %"
    assert lines_text(bench.paper.drawn[-1]).split("\n")[1].endswith("35 %")
    assert '<progress value="35" max="100"' in lines_html(bench.paper.drawn[-1])


def test_the_html_passes_the_sanitizer(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"))
    bench.sources["a"].tell(running())
    bench.clock.pass_to(100.6)
    assert refused(lines_html(bench.paper.drawn[-1])) == []
    assert Page(lines_html(bench.paper.drawn[-1])).cells[-1].endswith("35\xa0%")


def test_many_events_are_drawn_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"), record("b"))
    for number in range(1000):
        bench.sources["ab"[number % 2]].tell(running())
        bench.clock.pass_to(100 + number / 100)
    assert 18 <= len(bench.paper.drawn) <= 23


def test_time_goes_on_while_a_job_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"))
    bench.sources["a"].tell(running())
    bench.clock.pass_to(100.5)
    assert bench.paper.rows[0][1] == "1.20 s"
    bench.clock.pass_to(105.5)
    assert bench.paper.rows[0][1] == "6.20 s"


def test_the_time_of_a_long_job_is_drawn_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"))
    bench.sources["a"].tell(running())
    bench.clock.pass_to(200)
    before = len(bench.paper.drawn)
    bench.clock.pass_to(260)
    assert len(bench.paper.drawn) - before == 6


def test_with_its_last_job_the_table_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"), record("b"))
    bench.sources["a"].tell(completed())
    assert not bench.table.done.is_set()
    bench.sources["b"].tell(failed())
    assert bench.table.done.is_set()
    assert bench.paper.rows == [("completed", "2.50 s", ""), ("error", "2.00 s", "a node failed")]
    drawn = len(bench.paper.drawn)
    bench.clock.pass_to(500)
    assert len(bench.paper.drawn) == drawn


def test_a_table_says_when_it_was_so_until_it_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"))
    assert bench.paper.as_of is not None
    assert "newest first, as of 20" in lines_html(bench.paper.drawn[-1], bench.paper.as_of)
    bench.sources["a"].tell(completed())
    assert bench.paper.as_of is None


def test_a_closed_table_lets_go_of_its_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a"), record("b"))
    bench.table.close()
    assert [source.pictures for source in bench.sources.values()] == [[], []]
    drawn = len(bench.paper.drawn)
    bench.clock.pass_to(500)
    assert bench.table.done.is_set() and len(bench.paper.drawn) == drawn


def test_no_more_than_a_hundred_jobs_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, *(record(str(number)) for number in range(120)))
    assert len(bench.sources) == 100 and len(bench.paper.drawn[0]) == 120


def test_a_table_of_ended_jobs_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, record("a", Status.ERROR))
    assert bench.table.done.is_set() and len(bench.paper.drawn) == 1


def test_where_nothing_can_be_redrawn_the_table_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    surface = TerminalTable(stream)
    for _ in range(3):
        surface.draw(Bench(monkeypatch, record("a")).paper.drawn[-1], None)
    assert stream.getvalue() == ""
    surface.end()
    assert stream.getvalue().count("running") == 1
