"""Moments in time as nodes take them in, reckon with them and write them down.

A moment is a ``datetime`` with an offset. Calendar units follow the clock on the wall: a day after noon is noon, also
where the clocks change between, and a month or year that lacks the day rolls over into the next, as in JavaScript.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from nodetool_jupyter import clock

Unit = Literal["millisecond", "second", "minute", "hour", "day", "week", "month", "year"]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_EXACT: dict[str, dt.timedelta] = {
    "millisecond": _MILLISECOND,
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
}
_YEAR_MONTH = re.compile(r"\d{4}(-\d\d)?")
_WRITTEN = ("%Y/%m/%d", "%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_RANGE = "the years 1 to 9999"


def now() -> dt.datetime:
    """Return this moment, in whole milliseconds of local time."""
    return local(EPOCH + int(clock.time() * 1000) * _MILLISECOND)


def local(moment: dt.datetime) -> dt.datetime:
    """Return a moment in the time zone of this process; a moment without an offset is local already."""
    try:
        if moment.tzinfo is None:
            # astimezone() reads an hour that the clocks skip with the offset after it, timestamp() as JavaScript does.
            whole = dt.timedelta(seconds=moment.replace(microsecond=0).timestamp(), microseconds=moment.microsecond)
            moment = EPOCH + whole
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        raise ValueError(f"{moment} is not in {_RANGE} of the local time zone") from None


def read(value: Any, what: str = "date") -> dt.datetime:
    """Return the moment that a value means; empty means now.

    Taken are dates and datetimes of Python and in NodeTool's form, milliseconds since 1970, ISO 8601, dates as in mail,
    and days such as ``Jul 29, 2026`` and ``7/29/2026``. As in JavaScript an ISO text with a day alone is midnight in
    UTC, any other text without an offset is local.
    Raises ``ValueError`` for anything else, named ``what``.
    """
    try:
        if isinstance(value, Mapping):
            return _from_form(value)
        if value is None or value == "":
            return now()
        if isinstance(value, dt.datetime):
            return value if value.tzinfo else local(value)
        if isinstance(value, dt.date):
            return local(dt.datetime(value.year, value.month, value.day))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return local(EPOCH + math.trunc(value) * _MILLISECOND)
        if isinstance(value, str):
            return _from_text(value.strip())
    except (ValueError, OverflowError, TypeError, KeyError) as error:
        raise ValueError(f"{what}: {value!r} is not a date: {error}") from None
    raise ValueError(f"{what}: {value!r} is not a date; give it like '2026-07-29T12:00:00Z'")


def _from_form(form: Mapping[str, Any]) -> dt.datetime:
    if form.get("value"):
        return read(form["value"])
    if not form.get("year"):
        return now()
    zone: dt.tzinfo | None = None
    if form.get("type") == "datetime":
        from zoneinfo import ZoneInfo

        name = form.get("tzinfo") or ""
        offset = dt.timedelta(hours=form.get("utc_offset") or 0)
        zone = dt.timezone(offset) if name in ("", "UTC") else ZoneInfo(name)
    moment = dt.datetime(
        form["year"], form["month"], form["day"], form.get("hour") or 0, form.get("minute") or 0,
        form.get("second") or 0, (form.get("millisecond") or 0) * 1000 + (form.get("microsecond") or 0), zone,
    )  # fmt: skip
    return moment if zone else local(moment)


def _from_text(text: str) -> dt.datetime:
    if _YEAR_MONTH.fullmatch(text):
        text = f"{text}-01-01"[:10]
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        moment = _from_words(text, error)
        return moment if moment.tzinfo else local(moment)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC) if len(text) <= len("2026-07-29") else local(moment)
    return moment


def _from_words(text: str, error: ValueError) -> dt.datetime:
    from email.utils import parsedate_to_datetime

    for form in _WRITTEN:
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(text, form)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        raise error from None


def settle(wall: dt.datetime, like: dt.datetime) -> dt.datetime:
    """Return the moment when the clock on the wall shows ``wall``, in the time zone that ``like`` is in.

    What has the offset of local time counts as local, so that changes of the clocks are followed.
    """
    if _is_local(like):
        return local(wall)
    # An hour that the clocks skip is read with the offset before it, and so becomes the hour after.
    return wall.replace(tzinfo=like.tzinfo).astimezone(dt.UTC).astimezone(like.tzinfo)


def add(moment: dt.datetime, amount: float, unit: str) -> dt.datetime:
    """Return the moment that many units later; a calendar unit counts whole, a shorter one also in parts."""
    try:
        if unit in _EXACT:
            shifted = moment.astimezone(dt.UTC) + amount * _EXACT[unit]
            return local(shifted) if _is_local(moment) else shifted.astimezone(moment.tzinfo)
        wall, whole = moment.replace(tzinfo=None), math.trunc(amount)
        if unit in ("day", "week"):
            return settle(wall + dt.timedelta(days=whole * (7 if unit == "week" else 1)), moment)
        months = wall.year * 12 + wall.month - 1 + whole * {"month": 1, "quarter": 3, "year": 12}[unit]
        first = wall.replace(year=months // 12, month=months % 12 + 1, day=1)
        return settle(first + dt.timedelta(days=wall.day - 1), moment)
    except (ValueError, OverflowError):
        raise ValueError(f"{amount:g} {unit}s from {moment} is not in {_RANGE}") from None


def _is_local(moment: dt.datetime) -> bool:
    return isinstance(moment.tzinfo, dt.timezone) and moment.utcoffset() == local(moment).utcoffset()


def start(moment: dt.datetime, unit: str, *, monday: bool = False) -> dt.datetime:
    """Return when the unit that a moment lies in begins; weeks begin on Sunday, or on ``monday``."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if unit in _EXACT:
        return moment.replace(
            minute=0 if unit == "hour" else moment.minute,
            second=0 if unit in ("hour", "minute") else moment.second,
            microsecond=moment.microsecond if unit == "millisecond" else 0,
        )
    wall = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    if unit == "week":
        wall -= dt.timedelta(days=wall.weekday() if monday else (wall.weekday() + 1) % 7)
    elif unit != "day":
        month = {"month": wall.month, "quarter": (wall.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        wall = wall.replace(month=month, day=1)
    return settle(wall, moment)


def end(moment: dt.datetime, unit: str, *, monday: bool = False) -> dt.datetime:
    """Return the last millisecond of the unit that a moment lies in."""
    return add(add(start(moment, unit, monday=monday), 1, unit), -1, "millisecond")


def difference(a: dt.datetime, b: dt.datetime, unit: str) -> int:
    """Return how many whole units ``a`` is after ``b``; days and longer by the clock on the wall."""
    if unit in _EXACT:
        return math.trunc((a - b) / _EXACT[unit])
    wall_a = a.replace(tzinfo=None)
    wall_b = (local(b) if _is_local(a) else b.astimezone(a.tzinfo)).replace(tzinfo=None)
    if unit in ("day", "week"):
        return math.trunc((wall_a - wall_b) / dt.timedelta(days=7 if unit == "week" else 1))
    if wall_a < wall_b:
        return -difference(b, a, unit)
    months = (wall_a.year - wall_b.year) * 12 + wall_a.month - wall_b.month
    rest_a, rest_b = (wall.replace(year=2000, month=1) for wall in (wall_a, wall_b))
    return (months - (rest_a < rest_b)) // (12 if unit == "year" else 1)


def epoch_ms(moment: dt.datetime) -> int:
    """Return a moment as whole milliseconds since 1970."""
    return (moment - EPOCH) // _MILLISECOND


def iso(moment: dt.datetime) -> str:
    """Return a moment in UTC as JavaScript writes it: ``2026-07-29T12:00:00.000Z``."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


_TOKEN = re.compile(r"\[([^\]]*)\]|YYYY|YY|MM?|DD?|HH?|mm?|ss?|SSS|Z")


def formatted(moment: dt.datetime, pattern: str) -> str:
    """Return a moment written by a pattern of ``YYYY YY MM M DD D HH H mm m ss s SSS Z`` and ``[text as it is]``."""
    offset = moment.strftime("%z")
    tokens = {
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "M": moment.month,
        "D": moment.day,
        "H": moment.hour,
        "m": moment.minute,
        "s": moment.second,
        "SSS": f"{moment.microsecond // 1000:03}",
        "Z": f"{offset[:3]}:{offset[3:5]}",
    }

    def written(found: re.Match[str]) -> str:
        token = found[0]
        if token[0] == "[":
            return str(found[1])
        return str(tokens[token]) if token in tokens else f"{tokens[token[0]]:02}"

    return _TOKEN.sub(written, pattern)
