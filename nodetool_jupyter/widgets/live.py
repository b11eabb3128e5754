"""A job's progress in the place that started it: a display in a notebook, text in a terminal."""

from __future__ import annotations

import contextvars
import json
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from nodetool_jupyter import clock
from nodetool_jupyter.events import Event
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import markup, pace, summary, text
from nodetool_jupyter.widgets.detail import final
from nodetool_jupyter.widgets.heading import heading, log_line
from nodetool_jupyter.widgets.job_time import JobTime
from nodetool_jupyter.widgets.roll import Roll
from nodetool_jupyter.widgets.snapshot import MEDIA_TYPE, About, Json, Snapshots
from nodetool_jupyter.widgets.terminal import TextView
from nodetool_jupyter.widgets.throttle import INTERVAL, Alarm, Throttle, after

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

NODE_ROWS, LOG_LINES = 24, 3  # what a running job shows of its nodes and log
SELDOM = 2.0  # seconds between two updates of a display that pages draw themselves
BYTES = 500_000  # a second that an update of a display may cost


class Source(Protocol):
    """Where a view finds the state that it shows, and the snapshots of it."""

    state: JobState
    lock: threading.RLock

    def now(self) -> Json:
        """Return the snapshot of this moment."""

    def last(self) -> Json:
        """Return the snapshot that stays."""


class Told:
    """The source of a view that is given its events."""

    def __init__(self, about: About) -> None:
        self.state = JobState()
        self.lock = threading.RLock()
        self._snapshots = Snapshots(about)

    def now(self) -> Json:
        """Return the snapshot of this moment."""
        return self._snapshots.of(self.state)

    def last(self) -> Json:
        """Return the snapshot that stays."""
        return final(self._snapshots, self.state)


class Surface(Protocol):
    """Where a live view draws."""

    def show(self, data: dict[str, object]) -> None:
        """Show a bundle of media types, in place of the one before."""

    def end(self, data: dict[str, object]) -> None:
        """Show a bundle in its place that stays."""

    def add(self, data: dict[str, object], metadata: dict[str, object]) -> None:
        """Show one more bundle, below."""


class LiveView:
    """Shows one job while it runs, and leaves its static summary.

    Make it in the cell or command that starts the job, because that is where it shows; then give it events from any
    thread, or a ``source`` whose state it draws when :meth:`changed` says so. In a notebook it is one display, updated
    at most ten times a second, seldom where ``seldom`` says that pages draw the job themselves, and at the end replaced
    by the summary, with the graph and each picture as outputs of their own. In a terminal it is a :class:`TextView`,
    which ``plain`` keeps from redrawing in place.
    """

    def __init__(
        self,
        graph: Graph | None = None,
        name: str = "",
        values: ValueStore | None = None,
        *,
        source: Source | None = None,
        seldom: Callable[[], bool] = lambda: False,
        surface: Surface | None = None,
        stream: TextIO | None = None,
        plain: bool = False,
        monotonic: Callable[[], float] | None = None,
        alarm: Callable[[float, Callable[[], None]], Alarm] = after,
    ) -> None:
        self._source = source or Told(About(name, graph=graph, values=values))
        self.values = values
        self._graph = graph
        self._name = name
        self._lock = self._source.lock  # held while a picture of the state is made
        self._seldom = seldom
        self._size = 0
        self._finished = False
        self._surface = surface if surface is not None or stream is not None else _notebook()
        self._text: TextView | None = None
        if self._surface is None:
            self._text = TextView(stream or sys.stdout, graph, name=name, values=values, plain=plain)
        # A display belongs to the cell whose context it is made in, whichever thread makes it.
        self._context = contextvars.copy_context()
        timing: dict[str, Any] = {} if monotonic is None else {"monotonic": monotonic}
        if self._surface is not None and monotonic is None:
            timing["turn"] = pace.kernel.turn
        self._time = JobTime(monotonic or clock.monotonic)
        self._throttle = Throttle(self._draw, interval=self._interval, tick=self._tick, alarm=alarm, **timing)
        if self._surface is not None:
            self._draw()

    @property
    def state(self) -> JobState:
        """The state that is shown."""
        return self._source.state

    def apply(self, events: Iterable[Event]) -> None:
        """Take more events into account and show them soon; they may come from any thread, in the job's order."""
        with self._lock:
            before = self.state.seq
            for event in events:
                self.state.apply(event)
            changed = self.state.seq != before or before == 0
        if changed:
            self.changed()

    def changed(self) -> None:
        """Show the state as it is now, soon."""
        if not self._finished:
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
            last = self._source.last()
            data = summary.bundle(self.state, self._graph, self.values, name=self._name, view=last)
        self._context.run(self._leave, data, last)

    def _leave(self, data: dict[str, object], last: Json) -> None:
        assert self._surface is not None
        self._surface.end(data)  # before the graph is drawn, which takes longer
        with self._lock:
            below = summary.below(last, self.state, self.values)
        for output in below:
            self._surface.add(output.data, output.metadata)

    def _interval(self) -> float:
        return max(SELDOM if self._seldom() else INTERVAL, self._size / BYTES)

    def _tick(self) -> float | None:
        """Return when a quiet job is drawn anew, for its time; pages tell the time themselves, and lines are left."""
        still = self._seldom() if self._text is None else not self._text.moves
        return None if still else self._time.tick(self.state)

    def _draw(self) -> None:
        if self._text is not None:
            with self._lock:
                picture = self._text.compose(self.state, self._time.now(self.state))
            self._text.write(picture)
            return
        assert self._surface is not None
        with self._lock:
            data = live_bundle(self.state, self._graph, name=self._name, now=self._time.now(self.state))
            view = self._source.now()
        self._size = len(json.dumps(view)) + len(str(data["text/html"]))
        data = {MEDIA_TYPE: view, **data}
        self._context.run(self._surface.show, data)


def live_bundle(
    state: JobState, graph: Graph | None = None, *, name: str = "", now: float | None = None
) -> dict[str, object]:
    """Return a running job as the data of one display; it reads no files, so it may be made often."""
    words = text.render(state, graph, name=name, now=now)
    return {"text/plain": words, "text/html": live_html(state, graph, name=name, now=now)}


def live_html(state: JobState, graph: Graph | None = None, *, name: str = "", now: float | None = None) -> str:
    """Return a running job as html, of the same kind as its summary."""
    roll = Roll(state, graph, now)
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

    def end(self, data: dict[str, object]) -> None:
        """Show a bundle in this place that stays."""
        self.show(data)

    def add(self, data: dict[str, object], metadata: dict[str, object] | None = None) -> None:
        """Show a bundle as an output of its own."""
        self._display(data, metadata=metadata or {}, raw=True)


def _notebook() -> Surface | None:
    """Return a display when this runs in a kernel; a terminal's IPython has none."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return NotebookDisplay() if getattr(shell, "kernel", None) is not None else None
