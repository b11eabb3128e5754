"""The view as a widget: a fresh state for whoever begins to look, one widget a job, nothing left behind."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.live import LiveView
from nodetool_jupyter.widgets.widget import VIEW, JobWidget, WidgetDisplay
from tests.engine.running import graph
from tests.widgets.test_view_feed import GATES, Drawn, gone, waits


@pytest.fixture
def job(request: pytest.FixtureRequest) -> Iterator[nt.Job]:
    name = request.node.name
    GATES[name] = threading.Event()
    yield nt.submit(graph({"w": (waits, {"gate": name})}), name="waiting")
    GATES.pop(name).set()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a notebook was given to show."""
    found: list[dict[str, Any]] = []

    class Handle:
        def update(self, data: dict[str, Any], **_: Any) -> None:
            found.append(data)

    def display(data: dict[str, Any], **_: Any) -> Handle:
        found.append(data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    return found


class Heard:
    """What a widget sent to its front-ends."""

    def __init__(self, widget: JobWidget) -> None:
        self.messages: list[dict[str, Any]] = []
        self._news = threading.Condition()
        send = widget.comm.send

        def listen(data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
            if data.get("method") == "custom":
                with self._news:
                    self.messages.append(data["content"])
                    self._news.notify_all()
            send(data, metadata, buffers)

        widget.comm.send = listen

    def until(self, kind: str) -> dict[str, Any]:
        with self._news:
            assert self._news.wait_for(lambda: kind in [one.get("type", "") for one in self.messages], 20)
        return next(one for one in self.messages if one.get("type") == kind)

    def answer(self) -> dict[str, Any]:
        return next(one for one in self.messages if "ok" in one)


def display(job: nt.Job) -> tuple[WidgetDisplay, LiveView]:
    follower = feed.begin(job.id)
    surface = WidgetDisplay(follower)
    view = LiveView(job.graph, "waiting", job.values, source=follower, surface=surface)
    feed.show(follower, view)
    return surface, view


def test_the_state_is_that_of_the_moment_it_is_asked_for(job: nt.Job) -> None:
    follower = feed.begin(job.id)
    widget = JobWidget(follower)
    assert widget.get_state()["state"]["job"]["id"] == job.id
    assert "state" not in widget.get_state("_esm")
    widget.close()
    feed.show(follower, Drawn())


def test_beside_the_widget_stands_what_others_draw(job: nt.Job, shown: list[dict[str, Any]]) -> None:
    surface, view = display(job)
    assert set(shown[0]) == {VIEW, "text/html", "text/plain", "application/vnd.nodetool.job+json"}
    view.finish()
    assert VIEW not in shown[1] and "text/html" in shown[1]
    assert surface._widget is None


def test_a_widget_hears_what_its_front_end_asks(job: nt.Job, shown: list[dict[str, Any]]) -> None:
    surface, view = display(job)
    assert surface._widget is not None
    widget, heard = surface._widget, Heard(surface._widget)

    def ask(content: dict[str, Any]) -> None:
        widget._handle_msg({"buffers": [], "content": {"data": {"method": "custom", "content": content}}})

    ask({"type": "follow", "job": job.id})
    assert heard.until("snapshot")["state"]["job"]["name"] == "waiting"
    ask({"type": "detail", "job": job.id, "node": "w"})
    assert heard.until("detail")["detail"]["name"] == "waits"
    ask({"id": 7, "type": "cancel", "job": job.id})
    assert heard.answer() == {"id": 7, "ok": True}
    job.wait(20)
    view.finish()


def test_cells_that_show_the_same_job_share_its_widget(job: nt.Job, shown: list[dict[str, Any]]) -> None:
    (first, one), (second, other) = display(job), display(job)
    assert first._widget is second._widget
    widget = first._widget
    assert widget is not None
    one.finish()
    assert widget.comm is not None
    other.finish()
    assert widget.comm is None


def test_a_job_that_ends_closes_its_widget(job: nt.Job, shown: list[dict[str, Any]]) -> None:
    surface, _ = display(job)
    widget = surface._widget
    assert widget is not None
    job.cancel()
    assert feed._follower(job.id).shown.wait(20)
    gone(job.id)
    assert widget.comm is None and "⊘ cancelled" in shown[-2]["text/plain"]


def test_a_hundred_views_that_were_closed_leave_nothing(job: nt.Job, shown: list[dict[str, Any]]) -> None:
    threads = set(threading.enumerate())  # besides those of the manager's pool, which come when they are needed
    widgets = weakref.WeakSet[JobWidget]()
    for _ in range(100):
        follower = feed.begin(job.id)
        surface = WidgetDisplay(follower)
        assert surface._widget is not None
        widgets.add(surface._widget)
        feed.show(follower, picture := Drawn())
        surface.end({})
        follower.drop(picture)
        gone(job.id)
    del surface, follower
    shown.clear()
    gc.collect()
    assert len(widgets) == 0
    assert {one for one in threading.enumerate() if not one.name.startswith("nodetool-jobs-aside")} <= threads
