from __future__ import annotations

import contextvars
import io
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from nodetool_jupyter import events as ev
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets.live import LiveView, NotebookDisplay
from tests.widgets.showcase import Page, Story, chain, completed, failed, graph, running
from tests.widgets.test_view_throttle import Clockwork

CELL: contextvars.ContextVar[str] = contextvars.ContextVar("CELL", default="none")


class Output:
    """What a notebook cell shows: one display that is shown anew, and more below it."""

    def __init__(self) -> None:
        self.shown: list[dict[str, object]] = []
        self.added: list[dict[str, object]] = []
        self.cells: list[str] = []

    def show(self, data: dict[str, object]) -> None:
        self.shown.append(data)
        self.cells.append(CELL.get())

    def end(self, data: dict[str, object]) -> None:
        self.show(data)

    def add(self, data: dict[str, object], metadata: dict[str, object]) -> None:
        self.added.append(data)
        self.cells.append(CELL.get())

    @property
    def text(self) -> str:
        return Page(str(self.shown[-1]["text/html"])).text


def view(clockwork: Clockwork, output: Output, **more: object) -> LiveView:
    return LiveView(graph(), surface=output, monotonic=clockwork.monotonic, alarm=clockwork.alarm, **more)  # type: ignore[arg-type]


def test_a_display_is_there_before_the_first_event() -> None:
    output = Output()
    view(Clockwork(), output)
    assert "queued" in output.text and "photo" in output.text


def test_events_are_shown_as_they_come() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    live.apply(running().events)
    clockwork.pass_to(101)
    assert "running" in output.text and "43\xa0% tile 7" in output.text


def test_many_events_are_shown_ten_times_a_second_and_the_last_always() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    for number, event in enumerate(chain(500, 499).events):
        live.apply([event])
        clockwork.pass_to(100 + number / 1000)
    clockwork.pass_to(101.5)
    assert len(output.shown) <= 12
    assert "499 of 504 nodes" in output.text


def test_what_pages_draw_themselves_is_shown_seldom() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output, seldom=lambda: True)
    for number, event in enumerate(chain(500, 499).events):
        live.apply([event])
        clockwork.pass_to(100 + number / 100)
    assert len(output.shown) <= 2 + 10 / 2


def test_a_large_picture_is_shown_less_often() -> None:
    clockwork, output = Clockwork(), Output()
    graph = Graph.model_validate(
        {"nodes": [{"id": f"n{n}", "type": "a.B", "name": "long " * 40} for n in range(1500)], "edges": []}
    )
    live = LiveView(graph, surface=output, monotonic=clockwork.monotonic, alarm=clockwork.alarm)
    for number in range(1000):
        live.apply([ev.LogUpdate(content="x", seq=number + 1, time=1.0)])
        clockwork.pass_to(100 + number / 100)
    size = len(json.dumps(output.shown[-1]["application/vnd.nodetool.job+json"]))
    assert size > 400_000 and len(output.shown) * size < 10 * 500_000 + 2 * size


@pytest.mark.parametrize(("story", "status"), [(running(), "running"), (completed(), "completed"), (failed(), "error")])
def test_every_display_holds_the_snapshot(story: Story, status: str) -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    live.apply(story.events)
    clockwork.pass_to(100.5)
    live.finish()
    shown = [data["application/vnd.nodetool.job+json"] for data in output.shown]
    assert [one["job"]["status"] for one in shown] == ["queued", status, status]  # type: ignore[index]
    assert ["details" in one for one in shown] == [False, False, True]  # type: ignore[operator]


def test_events_that_were_seen_before_draw_nothing() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    live.apply(running().events)
    clockwork.pass_to(100.2)
    drawn = len(output.shown)
    live.apply(running().events)
    clockwork.pass_to(100.9)
    assert len(output.shown) == drawn


def test_time_goes_on_while_nothing_happens() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    live.apply(running().events)
    clockwork.pass_to(104.5)
    assert "1 of 4 nodes · 5.20 s" in output.text


def test_where_pages_tell_the_time_a_quiet_job_is_not_drawn_anew() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output, seldom=lambda: True)
    live.apply(running().events)
    clockwork.pass_to(103)
    drawn = len(output.shown)
    clockwork.pass_to(200)
    assert len(output.shown) == drawn


def test_at_the_end_the_summary_stands_in_its_place() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output, name="first run")
    live.apply(completed(mean=0.25).events)
    live.finish()
    assert "✓\xa0completed · first run" in output.text and "0.25" in output.text
    assert "0.25" in str(output.shown[-1]["text/plain"])


def test_after_the_end_nothing_changes() -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    live.apply(completed().events)
    live.finish()
    shown = len(output.shown)
    live.apply([*completed().log(9, "late").events])
    live.finish()
    clockwork.pass_to(200)
    assert len(output.shown) == shown


def test_pictures_are_outputs_of_their_own(tmp_path: Path) -> None:
    output, values = Output(), ValueStore(tmp_path)
    live = view(Clockwork(), output, values=values)
    live.apply(completed(photo=values.encode(Image.new("RGB", (8, 4)))).events)
    live.finish()
    assert [set(data) for data in output.added] == [
        {"image/png", "text/plain", "application/vnd.nodetool.picture+json"},  # the graph
        {"image/png", "text/plain"},
    ]
    assert str(output.added[1]["image/png"]).startswith("iVBORw0KGgo")


def test_whatever_thread_draws_the_display_belongs_to_its_cell(tmp_path: Path) -> None:
    output, values = Output(), ValueStore(tmp_path)
    drawn = threading.Event()

    def alarm(_seconds: float, call: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=lambda: (call(), drawn.set()))
        thread.cancel = lambda: None  # type: ignore[attr-defined]
        thread.start()
        return thread

    def cell() -> LiveView:
        CELL.set("A")
        return LiveView(graph(), values=values, surface=output, alarm=alarm)  # type: ignore[arg-type]

    live = contextvars.copy_context().run(cell)
    CELL.set("B")
    live.apply(completed(photo=values.encode(Image.new("RGB", (8, 4)))).events)
    assert drawn.wait(10)
    live.finish()
    assert output.cells == ["A"] * 5


def test_several_views_at_once_keep_their_jobs_apart() -> None:
    outputs = [Output() for _ in range(8)]
    stories = [
        Story(f"job{n}xxxxxx").job(0, "running").job(1, "completed", result={"n": f"value {n}"}) for n in range(8)
    ]
    lives = [LiveView(surface=output) for output in outputs]

    def follow(live: LiveView, story: Story) -> None:
        for event in story.events:
            live.apply([event])
        live.finish()

    threads = [threading.Thread(target=follow, args=pair) for pair in zip(lives, stories, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    for number, output in enumerate(outputs):
        assert f"job{number}xxxxxx" in output.text and f"value {number}" in output.text


def test_a_display_that_fails_ends_the_view_and_not_the_job(caplog: pytest.LogCaptureFixture) -> None:
    clockwork, output = Clockwork(), Output()
    live = view(clockwork, output)
    output.show = lambda data: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    live.apply(running().events)
    clockwork.pass_to(101)
    live.apply(completed().events)
    assert live.state.status == "completed" and "cannot be drawn" in caplog.text


def test_drawing_reads_no_stored_values(tmp_path: Path) -> None:
    clockwork, output = Clockwork(), Output()
    values = ValueStore(tmp_path)
    values.path = lambda data: pytest.fail("a file was looked for")  # type: ignore[method-assign, assignment]
    live = view(clockwork, output, values=values)
    live.apply(completed(big={"type": "json", "uri": "values/" + "a" * 24 + ".json", "size": 9}).events)
    clockwork.pass_to(101)
    assert len(output.shown) == 2


def test_without_a_kernel_it_is_text() -> None:
    stream = io.StringIO()
    live = LiveView(graph(), stream=stream)
    live.apply(failed().events)
    live.finish()
    assert stream.getvalue().split("\n")[-3].startswith("✗ error · china.jpg")


def test_ipython_in_a_terminal_is_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        live = LiveView(graph())
        live.apply(completed().events)
        live.finish()
        assert "✓ completed · china.jpg" in capsys.readouterr().out
        assert shell.display_pub.is_publishing is False
    finally:
        InteractiveShell.clear_instance()


def test_in_a_kernel_it_is_one_display_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[dict[str, object], dict[str, object]]] = []
    clockwork = Clockwork()
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, **more: sent.append((data, more)))
    try:
        live = LiveView(graph(), monotonic=clockwork.monotonic, alarm=clockwork.alarm)
        live.apply(running().events)
        clockwork.pass_to(100.5)
        live.finish()
    finally:
        InteractiveShell.clear_instance()
    of_job = [more for data, more in sent if "text/html" in data]
    assert len({more["transient"]["display_id"] for more in of_job}) == 1  # type: ignore[index]
    assert [bool(more.get("update")) for more in of_job] == [False, True, True]
    assert all(data["application/vnd.nodetool.job+json"]["v"] == 1 for data, _ in sent if "text/html" in data)  # type: ignore[index]


def test_a_picture_in_a_notebook_is_no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, **more: sent.append(more))
    try:
        NotebookDisplay().add({"image/png": "aGk="})
    finally:
        InteractiveShell.clear_instance()
    assert not sent[0].get("update")


def test_no_thread_is_left_when_a_view_is_finished() -> None:
    before = set(threading.enumerate())
    live = LiveView(surface=Output())
    live.apply(running().events)
    live.finish()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before


def test_the_real_output_is_not_written_while_a_surface_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveView(surface=Output())
    live.apply(completed().events)
    live.finish()
    assert capsys.readouterr().out == "" and "IPython" in sys.modules
