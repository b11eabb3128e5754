"""``lib.datetime``: moments of local time, as JavaScript reckons with them.

A date is given as a date or datetime, in ISO 8601, or as milliseconds since 1970; an empty one is now.
"""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

import nodetool_jupyter.nodes.moments as moments
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.moments import Unit
from nodetool_jupyter.nodes.types import DateTime

node = family("lib.datetime")


class Moment(TypedDict):
    """A moment: in UTC as text, as milliseconds since 1970, and as a datetime."""

    iso: str
    epoch_ms: int
    date: dt.datetime


class Formatted(TypedDict):
    """A moment as a text of one's own, in UTC as text, and as milliseconds since 1970."""

    formatted: str
    iso: str
    epoch_ms: int


class Difference(TypedDict):
    """How far one moment is from another."""

    diff: int
    is_before: bool
    is_after: bool
    is_same: bool


class Bounds(TypedDict):
    """The first and the last millisecond of a unit of time."""

    start_iso: str
    end_iso: str
    start: dt.datetime
    end: dt.datetime


def _outputs(moment: dt.datetime) -> Moment:
    return {"iso": moments.iso(moment), "epoch_ms": moments.epoch_ms(moment), "date": moment}


def _read(date: DateTime, what: str) -> dt.datetime:
    return moments.local(moments.read(date, what))


@node
def Now() -> Moment:
    """Give the present moment."""
    return _outputs(moments.now())


@node
def Format(date: DateTime = "", pattern: str = "YYYY-MM-DD HH:mm:ss") -> Formatted:
    """Write a date in local time by a pattern of ``YYYY YY MM M DD D HH H mm m ss s SSS Z`` and ``[literal text]``."""
    moment = _read(date, "Format.date")
    return {
        "formatted": moments.formatted(moment, pattern),
        "iso": moments.iso(moment),
        "epoch_ms": moments.epoch_ms(moment),
    }


@node
def Add(date: DateTime = "", amount: float = 0, unit: Unit = "day") -> Moment:
    """Move a date by some units of time, back where the amount is negative.

    A month or a year that lacks the day rolls over: 31 January and a month is 3 March, or 2 March in a leap year.
    """
    return _outputs(moments.add(_read(date, "Add.date"), amount, unit))


@node
def Diff(date_a: DateTime = "", date_b: DateTime = "", unit: Unit = "day") -> Difference:
    """Count the whole units of time from ``date_b`` to ``date_a``, and tell which of them is earlier."""
    a, b = _read(date_a, "Diff.date_a"), _read(date_b, "Diff.date_b")
    return {"diff": moments.difference(a, b, unit), "is_before": a < b, "is_after": a > b, "is_same": a == b}


@node
def StartEnd(date: DateTime = "", unit: Unit = "day") -> Bounds:
    """Return the first and the last millisecond of the day, week, month … of a date; weeks begin on Sunday."""
    moment = _read(date, "StartEnd.date")
    start, end = moments.start(moment, unit), moments.end(moment, unit)
    return {"start_iso": moments.iso(start), "end_iso": moments.iso(end), "start": start, "end": end}
