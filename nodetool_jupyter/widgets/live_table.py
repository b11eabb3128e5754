"""Jobs as a table that follows them: redrawn at most twice a second while one of them runs, then left as it is."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TextIO

from nodetool_jupyter import clock, interrupts
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.widgets import pace, wording
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.job_time import JobTime
from nodetool_jupyter.widgets.live import NotebookDisplay
from nodetool_jupyter.widgets.roll import LAYOUT
from nodetool_jupyter.widgets.screen import Screen
from nodetool_jupyter.widgets.table import Line, line, lines_html, lines_text, live_line
from nodetool_jupyter.widgets.throttle import Alarm, Throttle, after

INTERVAL = 0.5  # seconds between two drawings
MOST = 100  # jobs that are followed; further ones stay as they were


class Surface(Protocol):
    """Where a table is drawn, each time in place of the one before."""

    def draw(self, lines: Sequence[Line], as_of: float | None) -> None:
        """Draw the table; ``as_of`` is the time of now, or ``None`` when it will not be drawn anew."""


class Following(Protocol):
    """One job that is read for others."""

    state: JobState
    lock: Any

    def add_picture(self, picture: Any) -> None:
        """Tell a picture of every change, and of the end."""

    def drop(self, look: Any) -> None:
        """Tell it of nothing more."""


class _Entry:
    """One job of the table that has not ended; the picture that its follower knows."""

    def __init__(self, table: LiveTable, record: JobRecord, follower: Following) -> None:
        self._table = table
        self._record = record
        self.follower = follower
        self._time = JobTime()
        self._nodes: int | None = None

    def changed(self) -> None:
        self._table.ask()

    def finish(self) -> None:
        self._table.ended(self)

    def line(self) -> Line:
        """Return the job as it is now; its time goes on between its events."""
        with self.follower.lock:
            state = self.follower.state
            now = self._time.now(state)
            return line(self._record) if now is None else live_line(self._record, state, now, self._all_nodes())

    def tick(self) -> float | None:
        """Return when its time is to be told anew, though nothing happens."""
        with self.follower.lock:
            return self._time.tick(self.follower.state)

    def _all_nodes(self) -> int:
        """Return how many nodes the graph has, for a share of them says how much is done."""
        if self._nodes is None:
            try:
                request = manager().request(self._record.id)
            except NodetoolError:
                request = None
            nodes = ((request.graph if request else None) or {}).get("nodes", ())
            self._nodes = sum(node.get("type") not in LAYOUT for node in nodes)
        return self._nodes


class LiveTable:
    """Draws jobs on a surface, and follows those that have not ended; make it in the cell that shows it.

    ``done`` is set when the table is left as it is. :meth:`close` leaves it so before all jobs have ended.
    """

    def __init__(
        self,
        records: Iterable[JobRecord],
        surface: Surface,
        *,
        follow: Callable[[str], Following] = feed.begin,
        monotonic: Callable[[], float] = clock.monotonic,
        alarm: Callable[[float, Callable[[], None]], Alarm] = after,
    ) -> None:
        self.done = interrupts.Event()
        self._surface = surface
        self._lock = threading.RLock()  # guards the fields below
        self._lines: list[Line | _Entry] = []
        self._open: set[_Entry] = set()
        # A display belongs to the cell whose context it is made in, whichever thread draws it.
        self._context = contextvars.copy_context()
        turn = pace.kernel.turn if isinstance(surface, NotebookTable) else _at_once
        self._throttle = Throttle(
            self._draw, interval=_interval, turn=turn, tick=self._tick, monotonic=monotonic, alarm=alarm
        )
        for record in records:
            followed = not record.status.terminal and len(self._open) < MOST
            entry = _Entry(self, record, follow(record.id)) if followed else None
            self._lines.append(entry or line(record))
            self._open |= {entry} if entry else set()
        self._draw()
        for entry in tuple(self._open):
            entry.follower.add_picture(entry)
        self._throttle.rest()
        if not self._open:
            self.done.set()

    def ask(self) -> None:
        """Draw it anew, soon."""
        self._throttle.ask()

    def ended(self, entry: _Entry) -> None:
        """Follow a job no more that has ended, or that cannot be followed; with the last one the table stays."""
        with self._lock:
            self._settle(entry)
            last = not self._open
        if last:
            self._end()
        else:
            self.ask()

    def close(self) -> None:
        """Let go of all jobs."""
        with self._lock:
            entries = tuple(self._open)
            for entry in entries:
                self._settle(entry)
        for entry in entries:
            entry.follower.drop(entry)
        if entries:
            self._end()

    def _settle(self, entry: _Entry) -> None:
        if entry in self._open:
            self._open.remove(entry)
            self._lines[self._lines.index(entry)] = entry.line()

    def _end(self) -> None:
        self._throttle.stop()
        self._draw()
        self.done.set()

    def _draw(self) -> None:
        with self._lock:
            shown = [one.line() if isinstance(one, _Entry) else one for one in self._lines]
            as_of = clock.time() if self._open else None
        self._context.run(self._surface.draw, shown, as_of)

    def _tick(self) -> float | None:
        with self._lock:
            ticks = [tick for entry in self._open if (tick := entry.tick()) is not None]
        return min(ticks, default=None)


class NotebookTable:
    """A table in a cell of a notebook."""

    def __init__(self) -> None:
        self._display = NotebookDisplay()

    def draw(self, lines: Sequence[Line], as_of: float | None) -> None:
        """Show the table as html and as text, with its time: a notebook may be saved, and its kernel end, before."""
        words = lines_text(lines) if as_of is None else f"{lines_text(lines)}\n{wording.as_of(as_of)}"
        self._display.show({"text/plain": words, "text/html": lines_html(lines, as_of)})


class TerminalTable:
    """A table that is drawn over itself in a terminal; elsewhere only :meth:`end` writes it, once."""

    def __init__(self, stream: TextIO) -> None:
        self._screen = Screen(stream)
        self._last: Sequence[Line] = ()

    def draw(self, lines: Sequence[Line], as_of: float | None) -> None:
        """Draw as many lines as the terminal has."""
        self._last = lines
        if self._screen.moves:
            columns, height = self._screen.size()
            rows = lines_text(lines, columns - 1).split("\n")
            self._screen.write(self._screen.over("\n".join(rows[: max(1, height - 1)]), columns))

    def end(self) -> None:
        """Leave the whole table behind."""
        columns, _ = self._screen.size()
        whole = lines_text(self._last, columns - 1 if self._screen.moves else 100)
        self._screen.write(self._screen.over(whole, columns) if self._screen.moves else f"{whole}\n")


def show_in_cell(records: Sequence[JobRecord]) -> bool:
    """Show jobs as a live table where this is a notebook's cell and one of them runs; tell whether they are shown.

    A cell that is run again lets go of the table that it showed before.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if getattr(shell, "kernel", None) is None:
        return False
    cell = _cell(shell)
    before = _tables.pop(cell, None) if cell else None
    if before is not None:
        before.close()
    if all(record.status.terminal for record in records):
        return False
    table = LiveTable(records, NotebookTable())
    for name in [name for name, one in _tables.items() if one.done.is_set()]:
        del _tables[name]
    if cell:
        _tables[cell] = table
    return True


_tables: dict[str, LiveTable] = {}  # those that are followed, by the cell that shows them


def _cell(shell: Any) -> str:
    """Return the id of the cell that runs, as JupyterLab and others send it; nothing where none is sent."""
    ask = getattr(shell, "get_parent", None)
    parent = ask() if ask is not None else {}
    return str((parent.get("metadata") or {}).get("cellId") or "")


def _interval() -> float:
    return INTERVAL


def _at_once() -> float:
    return 0.0
