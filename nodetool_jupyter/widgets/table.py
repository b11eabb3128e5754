"""Jobs as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from nodetool_jupyter.widgets import markup, text, wording

_COLUMNS = (wording.STATE, wording.ID, wording.NAME, wording.STRATEGY, wording.SUBMITTED, wording.TIME, wording.NOTE)
_TIME = _COLUMNS.index(wording.TIME)


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
    found = list(records)
    if not found:
        return markup.page([markup.muted(wording.NO_JOBS)])
    used = _used(found)
    rows = [
        [_html(cell, place, record) for place, cell in enumerate(_cells(record)) if place in used] for record in found
    ]
    numbers = [place == _TIME for place in used]
    return markup.page([markup.table([_COLUMNS[place] for place in used], rows, numbers)])


def jobs_text(records: Iterable[Listed], width: int = 100) -> str:
    """Return jobs as a table of at most ``width`` columns; times are local."""
    found = list(records)
    if not found:
        return wording.NO_JOBS
    used = _used(found)
    rows = [[cell for place, cell in enumerate(_cells(record)) if place in used] for record in found]
    return "\n".join(text.table([_COLUMNS[place] for place in used], rows, width))


def _cells(record: Listed) -> tuple[str, ...]:
    shown = wording.look(str(record.status))
    ended = record.ended
    spent = max(0.0, ended - record.started) if ended is not None and record.started is not None else None
    place = wording.place(getattr(record, "queue_position", None))
    note = getattr(record, "ownership", None) or place or wording.reason(record.reason)
    return (
        f"{shown.glyph} {shown.word}",
        wording.one_line(record.id),
        wording.one_line(record.name or ""),
        wording.one_line(str(record.strategy)),
        wording.moment(record.submitted),
        wording.duration(spent),
        wording.one_line(note),
    )


def _html(cell: str, place: int, record: Listed) -> str:
    if place == 0:
        return markup.Html(markup.sign(wording.look(str(record.status))))
    return markup.Html(f"<code>{markup.escape(cell)}</code>") if place == 1 else cell


def _used(found: Sequence[Listed]) -> list[int]:
    """Choose the columns that say something; those that name a job are always there."""
    cells = [_cells(record) for record in found]
    return [place for place in range(len(_COLUMNS)) if place < 2 or any(row[place] for row in cells)]
