"""``lib.date``: days and moments, the older family; a moment keeps the time zone it came in."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypedDict

import nodetool_jupyter.nodes.moments as moments
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.types import Date, DateTime

node = family("lib.date")

MAX_DAYS = 100_000  # items of a DateRange


class Difference(TypedDict):
    """The time between two moments: all of it in seconds, and in days, hours, minutes and seconds."""

    total_seconds: int
    days: int
    hours: int
    minutes: int
    seconds: int


class Quarter(TypedDict):
    """A quarter of a year, with its first and its last millisecond."""

    quarter: int
    quarter_start: dt.datetime
    quarter_end: dt.datetime


@node
def Now() -> dt.datetime:
    """Give the present moment."""
    return moments.now()


@node
def Today() -> dt.date:
    """Give the present day."""
    return moments.now().date()


@node
def ParseDate(date_string: str = "", input_format: str = "%Y-%m-%d") -> dt.date:
    """Read a day from a text of a given format, such as ``%d.%m.%Y``."""
    return _parsed("ParseDate", date_string, input_format).date()


@node
def ParseDateTime(datetime_string: str = "", input_format: str = "%Y-%m-%dT%H:%M:%S") -> dt.datetime:
    """Read a moment from a text of a given format; without an offset in the text it is local time."""
    moment = _parsed("ParseDateTime", datetime_string, input_format)
    return moment if moment.tzinfo else moments.local(moment)


def _parsed(kind: str, text: str, form: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text.strip(), form)
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


@node
def FormatDateTime(input_datetime: DateTime = "", output_format: str = "%B %d, %Y") -> str:
    """Write a moment in a given format, such as ``%d.%m.%Y %H:%M``."""
    return moments.read(input_datetime, "FormatDateTime.input_datetime").strftime(output_format)


@node
def DateToDatetime(input_date: Date = "") -> dt.datetime:
    """Return the moment when a day begins."""
    return moments.start(moments.read(input_date, "DateToDatetime.input_date"), "day")


@node
def DatetimeToDate(input_datetime: DateTime = "") -> dt.date:
    """Return the day that a moment lies in."""
    return moments.read(input_datetime, "DatetimeToDate.input_datetime").date()


@node
def AddTimeDelta(input_datetime: DateTime = "", days: int = 0, hours: int = 0, minutes: int = 0) -> dt.datetime:
    """Move a moment by days, hours and minutes, back where they are negative."""
    moment = moments.add(moments.read(input_datetime, "AddTimeDelta.input_datetime"), days, "day")
    return moments.add(moment, hours * 60 + minutes, "minute")


@node
def DateDifference(start_date: DateTime = "", end_date: DateTime = "") -> Difference:
    """Return the time from one moment to another; before it, all parts but the days count forward."""
    start = moments.read(start_date, "DateDifference.start_date")
    apart = moments.read(end_date, "DateDifference.end_date") - start
    return {
        "total_seconds": int(apart.total_seconds()),
        "days": apart.days,
        "hours": apart.seconds // 3600,
        "minutes": apart.seconds // 60 % 60,
        "seconds": apart.seconds % 60,
    }


@node(inline=False)  # long ones take their time
def DateRange(start_date: DateTime = "", end_date: DateTime = "", step_days: int = 1) -> list[dt.datetime]:
    """Return the moments from one date to another, the last included, ``step_days`` apart."""
    if step_days < 1:
        raise ValueError(f"DateRange: step_days is at least 1, not {step_days}")
    start = moments.read(start_date, "DateRange.start_date")
    end = moments.read(end_date, "DateRange.end_date")
    steps = moments.difference(end, start, "day") // step_days if end >= start else -1
    if steps >= MAX_DAYS:
        raise ValueError(f"DateRange: {steps + 1:,} dates are too many; at most {MAX_DAYS:,} are made")
    return [moments.add(start, step * step_days, "day") for step in range(steps + 1)]


@node
def IsDateInRange(
    check_date: DateTime = "", start_date: DateTime = "", end_date: DateTime = "", inclusive: bool = True
) -> bool:
    """Tell whether a moment lies between two others; ``inclusive`` counts these as well."""
    moment = moments.read(check_date, "IsDateInRange.check_date")
    start = moments.read(start_date, "IsDateInRange.start_date")
    end = moments.read(end_date, "IsDateInRange.end_date")
    return start <= moment <= end if inclusive else start < moment < end


@node
def GetQuarter(input_datetime: DateTime = "") -> Quarter:
    """Return the quarter of the year that a moment lies in, its beginning and its end."""
    moment = moments.read(input_datetime, "GetQuarter.input_datetime")
    return {
        "quarter": (moment.month - 1) // 3 + 1,
        "quarter_start": moments.start(moment, "quarter"),
        "quarter_end": moments.end(moment, "quarter"),
    }


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@node
def GetWeekday(input_datetime: DateTime = "", as_name: bool = True) -> str | int:
    """Return the day of the week by name, or as a number from 0 for Monday to 6 for Sunday."""
    weekday = moments.read(input_datetime, "GetWeekday.input_datetime").weekday()
    return _WEEKDAYS[weekday] if as_name else weekday


@node
def BoundaryTime(
    input_datetime: DateTime = "",
    period: Literal["day", "week", "month", "year"] = "day",
    boundary: Literal["start", "end"] = "start",
    start_monday: bool = True,
) -> dt.datetime:
    """Return the first or the last millisecond of a day, week, month or year; weeks begin on Monday or on Sunday."""
    moment = moments.read(input_datetime, "BoundaryTime.input_datetime")
    bound = moments.start if boundary == "start" else moments.end
    return bound(moment, period, monday=start_monday)


@node
def RelativeTime(
    amount: int = 1,
    unit: Literal["minutes", "hours", "days", "weeks", "months", "years"] = "days",
    direction: Literal["past", "future"] = "future",
) -> dt.datetime:
    """Return the moment that lies some units of time before or after now."""
    return moments.add(moments.now(), amount if direction == "future" else -amount, unit[:-1])
