"""A job's progress in the place that started it: a display in a notebook, text in a terminal."""

from __future__ import annotations

import base64
import contextvars
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from nodetool_jupyter.events import Event
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import markup, summary, text, wording
from nodetool_jupyter.widgets.heading import heading, log_line
from nodetool_jupyter.widgets.roll import Roll
from nodetool_jupyter.widgets.terminal import TextView
from nodetool_jupyter.widgets.throttle import Alarm, Throttle, after

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

NODE_ROWS, LOG_LINES = 24, 3  # what a running job shows of its nodes and log


class Surface(Protocol):
    """Where a live view draws."""

    def show(self, data: dict[str, object]) -> None:
        """Show a bundle of media types, in place of the one before."""

    def add(self, data: dict[str, object]) -> None:
        """Show one more bundle, below."""


class LiveView:
    """Follows one job: shows it while it runs, and leaves its static summary.

    Make it in the cell or command that starts the job, because that is where it shows; then give it events from any
    thread. In a notebook it is one display, updated at most ten times a second and at the end replaced by the
    summary, with each picture as an output of its own. In a terminal it is a :class:`TextView`, which ``plain`` keeps
    from redrawing in place.
    """

    def __init__(
        self,
        graph: Graph | None = None,
        name: str = "",
        values: ValueStore | None = None,
        *,
        surface: Surface | None = None,
        stream: TextIO | None = None,
        plain: bool = False,
        monotonic: Callable[[], float] | None = None,
        alarm: Callable[[float, Callable[[], None]], Alarm] = after,
    ) -> None:
        self.state = JobState()
        self.values = values
        self._graph = graph
        self._name = name
        self._lock = threading.RLock()  # guards the state, and is held while a picture of it is made
        self._finished = False
        self._surface = surface if surface is not None or stream is not None else _notebook()
        self._text: TextView | None = None
        if self._surface is None:
            self._text = TextView(stream or sys.stdout, graph, name=name, values=values, plain=plain)
        # A display belongs to the cell whose context it is made in, whichever thread makes it.
        self._context = contextvars.copy_context()
        timing: dict[str, Any] = {} if monotonic is None else {"monotonic": monotonic}
        self._throttle = Throttle(self._draw, alarm=alarm, **timing)
        if self._surface is not None:
            self._draw()

    def apply(self, events: Iterable[Event]) -> None:
        """Take more events into account and show them soon; they may come from any thread, in the job's order."""
        with self._lock:
            before = self.state.seq
            for event in events:
                self.state.apply(event)
            changed = self.state.seq != before or before == 0
        if changed and not self._finished:
            self._throttle.ask()

    def finish(self) -> None:
        """Replace what is shown by the static summary of the state as it is now; nothing changes after that."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
        self._throttle.stop()
        if self._text is not None:
            with self._lock:
                self._text.close(self.state)
            return
        with self._lock:
            data = summary.bundle(self.state, self._graph, self.values, name=self._name)
            images = summary.pictures(self.state, self.values)
        self._context.run(self._leave, data, images)

    def _leave(self, data: dict[str, object], images: list[bytes]) -> None:
        assert self._surface is not None
        self._surface.show(data)
        for image in images:
            self._surface.add({"image/png": base64.b64encode(image).decode(), "text/plain": wording.PICTURE})

    def _draw(self) -> None:
        if self._text is not None:
            with self._lock:
                picture = self._text.compose(self.state)
            self._text.write(picture)
            return
        assert self._surface is not None
        with self._lock:
            data = live_bundle(self.state, self._graph, name=self._name)
        self._context.run(self._surface.show, data)


def live_bundle(state: JobState, graph: Graph | None = None, *, name: str = "") -> dict[str, object]:
    """Return a running job as the data of one display; it reads no files, so it may be made often."""
    return {"text/plain": text.render(state, graph, name=name), "text/html": live_html(state, graph, name=name)}


def live_html(state: JobState, graph: Graph | None = None, *, name: str = "") -> str:
    """Return a running job as html, of the same kind as its summary."""
    roll = Roll(state, graph)
    head = heading(state, roll, graph, name)
    tail = [log_line(line.severity, line.content) for line in list(state.log)[-LOG_LINES:]]
    return markup.page(
        [
            markup.headline(head),
            markup.trouble(head.trouble),
            f"<div>{markup.progress(roll.progress)}</div>" if state.started is not None and len(roll) else "",
            markup.node_table(roll.rows(NODE_ROWS)) if len(roll) else "",
            markup.lines("\n".join(tail)) if tail else "",
        ]
    )


class NotebookDisplay:
    """One output of a notebook cell that can be shown anew, from any thread."""

    def __init__(self) -> None:
        from IPython import display

        self._display: Any = display.display
        self._handle: Any = None

    def show(self, data: dict[str, object]) -> None:
        """Show a bundle in this place."""
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def add(self, data: dict[str, object]) -> None:
        """Show a bundle as an output of its own."""
        self._display(data, raw=True)


def _notebook() -> Surface | None:
    """Return a display when this runs in a kernel; a terminal's IPython has none."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return NotebookDisplay() if getattr(shell, "kernel", None) is not None else None
