"""The view of a job as a widget, for front-ends without our extension: an anywidget that draws what it is sent."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from nodetool_jupyter.widgets import control, pages
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.follower import Follower
from nodetool_jupyter.widgets.live import NotebookDisplay
from nodetool_jupyter.widgets.snapshot import Json

VIEW = "application/vnd.jupyter.widget-view+json"

_ASSETS = Path(__file__).parent / "assets"


class JobWidget(anywidget.AnyWidget):
    """One job's view; a front-end gets a snapshot as its state, then patches as messages.

    There is one for a job, however many cells show it, and it is closed when the last of them has ended.
    """

    _esm = (_ASSETS / "view.js").read_text("utf-8")
    _css = (_ASSETS / "view.css").read_text("utf-8")
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        super().__init__()
        self.on_msg(self._hear)

    def get_state(self, *given: Any, **named: Any) -> dict[str, Any]:
        """Return the traits for a front-end that begins to look: ``state`` is the snapshot of this moment."""
        found: dict[str, Any] = super().get_state(*given, **named)
        if "state" in found:
            found["state"] = self._follower.now()
        return found

    def send(self, content: Json, buffers: Any = None) -> None:
        """Send a message to every place where the widget shows."""
        super().send(content, buffers)

    def close(self) -> None:
        """Close the widget, and the one that ipywidgets made for its place on the page."""
        layout = self.layout
        super().close()
        layout.close()

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        match content.get("type"):
            case "follow":
                self._follower.add_sink(self)
            case "detail":
                pages.look(self.send, self._follower.id, str(content.get("node", "")))
            case "unfollow":
                pass  # it is closed by the kernel's side alone: other cells may show it too
            case _:
                self.send(control.answer(content))


class WidgetDisplay(NotebookDisplay):
    """An output that shows a job's widget, beside it what front-ends without widgets draw; at the end only that."""

    def __init__(self, follower: Follower) -> None:
        super().__init__()
        self._follower = follower
        self._widget: JobWidget | None = _borrow(follower)

    def show(self, data: dict[str, object]) -> None:
        """Show the widget; it draws the changes itself, so what stands beside it is not sent anew."""
        if self._widget is not None and self._handle is None:
            model = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
            super().show({VIEW: model, **data})

    def end(self, data: dict[str, object]) -> None:
        """Show the summary in the widget's place, for it needs no kernel."""
        super().show(data)
        if self._widget is not None:
            self._widget = None
            _give_back(self._follower)


_lock = threading.Lock()
_lent: dict[str, tuple[JobWidget, int]] = {}


def _borrow(follower: Follower) -> JobWidget:
    with _lock:
        widget, count = _lent.get(follower.id) or (JobWidget(follower), 0)
        _lent[follower.id] = (widget, count + 1)
    if not count:
        follower.add_sink(widget)
    return widget


def _give_back(follower: Follower) -> None:
    with _lock:
        widget, count = _lent[follower.id]
        if count > 1:
            _lent[follower.id] = (widget, count - 1)
            return
        del _lent[follower.id]
    feed.leave(follower.id, widget)
    widget.close()
