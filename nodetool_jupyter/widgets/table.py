"""Jobs as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets import markup, text, wording

_COLUMNS = (wording.STATE, wording.ID, wording.NAME, wording.STRATEGY, wording.SUBMITTED, wording.TIME, wording.NOTE)
_TIME, _NOTE = _COLUMNS.index(wording.TIME), _COLUMNS.index(wording.NOTE)


class Listed(Protocol):
    """What a table needs to know of a job; times are seconds since the epoch."""

    @property
    def id(self) -> str:
        """The job's id."""

    @property
    def status(self) -> str:
        """The job's state."""

    @property
    def name(self) -> str | None:
        """What its user calls it."""

    @property
    def reason(self) -> str | None:
        """Why it did not complete."""

    @property
    def strategy(self) -> str:
        """Where it runs."""

    @property
    def submitted(self) -> float | None:
        """When it was submitted."""

    @property
    def started(self) -> float | None:
        """When it started."""

    @property
    def ended(self) -> float | None:
        """When it ended."""


@dataclass(frozen=True, slots=True)
class Line:
    """One job in a table; ``time`` are the seconds that it took, or has taken so far, ``part`` how much is done."""

    look: wording.Look
    id: str
    name: str
    strategy: str
    submitted: float | None
    time: float | None
    part: float | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the columns."""
        done = "" if self.part is None else f"{int(100 * self.part)} %"
        return (
            f"{self.look.glyph} {self.look.word}",
            self.id,
            self.name,
            self.strategy,
            wording.moment(self.submitted),
            wording.duration(self.time),
            " ".join(filter(None, (done, self.note))),
        )


class JobsTable(list[Any]):
    """A list of jobs that shows itself as a table."""

    def __repr__(self) -> str:
        return jobs_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(jobs_text(self))

    def _repr_html_(self) -> str:
        return jobs_html(self)


def jobs_html(records: Iterable[Listed]) -> str:
    """Return jobs as a table in html."""
    return lines_html([line(record) for record in records])


def jobs_text(records: Iterable[Listed], width: int = 100) -> str:
    """Return jobs as a table of at most ``width`` columns; times are local."""
    return lines_text([line(record) for record in records], width)


def line(record: Listed) -> Line:
    """Return a job as its record tells of it."""
    note = getattr(record, "ownership", None) or wording.place(getattr(record, "queue_position", None))
    status, ended = str(record.status), record.ended
    spent = max(0.0, ended - record.started) if ended is not None and record.started is not None else None
    return Line(
        wording.look(status),
        wording.one_line(record.id),
        wording.one_line(record.name or ""),
        wording.one_line(str(record.strategy)),
        record.submitted,
        spent,
        note=wording.one_line(note or wording.reason(record.reason)),
    )


def live_line(record: Listed, state: JobState, now: float, nodes: int) -> Line:
    """Return a job as its events tell of it; ``now`` is the time by their clock, ``nodes`` how many the graph has."""
    until = state.ended if state.ended is not None else now
    spent = None if state.started is None else max(0.0, until - state.started)
    running = state.status is Status.RUNNING
    part = state.progress * len(state.nodes) / max(nodes, len(state.nodes), 1)  # of nodes that were heard of
    note = wording.CANCELLING if state.cancel_requested and running else wording.place(state.queue_position)
    return Line(
        wording.look(state.status),
        wording.one_line(record.id),
        wording.one_line(record.name or ""),
        wording.one_line(str(record.strategy)),
        record.submitted,
        spent,
        part if running else None,
        note or ("" if state.status is Status.COMPLETED else wording.reason(state.reason)),
    )


def lines_html(found: Sequence[Line], as_of: float | None = None) -> str:
    """Return lines as a table in html; ``as_of`` is when they were so, where they will change."""
    if not found:
        return markup.page([markup.muted(wording.NO_JOBS)])
    used = _used(found)
    rows = [[_html(cell, place, one) for place, cell in enumerate(one.cells()) if place in used] for one in found]
    numbers = [place == _TIME for place in used]
    heads = [_COLUMNS[place] for place in used]
    caption = wording.JOB_TABLE if as_of is None else f"{wording.JOB_TABLE}, {wording.as_of(as_of)}"
    return markup.page([markup.table(heads, rows, numbers, caption=caption)])


def lines_text(found: Sequence[Line], width: int = 100) -> str:
    """Return lines as a table of at most ``width`` columns; times are local."""
    if not found:
        return wording.NO_JOBS
    used = _used(found)
    rows = [[cell for place, cell in enumerate(one.cells()) if place in used] for one in found]
    return "\n".join(text.table([_COLUMNS[place] for place in used], rows, width))


def _html(cell: str, place: int, one: Line) -> str:
    if place == 0:
        return markup.Html(markup.sign(one.look))
    if place == _NOTE and one.part is not None:
        return markup.Html(" ".join(filter(None, (markup.progress(one.part), markup.escape(one.note)))))
    return markup.Html(f"<code>{markup.escape(cell)}</code>") if place == 1 else cell


def _used(found: Sequence[Line]) -> list[int]:
    """Choose the columns that say something; those that name a job are always there."""
    cells = [one.cells() for one in found]
    return [place for place in range(len(_COLUMNS)) if place < 2 or any(row[place] for row in cells)]
