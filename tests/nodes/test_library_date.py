"""What the nodes of ``lib.date`` mean."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from nodetool_jupyter.nodes.library import date as d
from tests.nodes.zones import living_in

NOON = "2026-07-29T12:00:00Z"


def moment(iso):
    return dt.datetime.fromisoformat(iso)


CASES = [
    (d.Now, {}, moment("2026-07-29T12:00:00.123Z")),
    (d.Today, {}, dt.date(2026, 7, 29)),
    (d.ParseDate, {"date_string": "2026-07-29"}, dt.date(2026, 7, 29)),
    (d.ParseDate, {"date_string": " 29.07.2026 ", "input_format": "%d.%m.%Y"}, dt.date(2026, 7, 29)),
    (d.ParseDateTime, {"datetime_string": "2026-07-29T12:00:00"}, moment(NOON)),
    (
        d.ParseDateTime,
        {"datetime_string": "2026-07-29T12:00:00+0200", "input_format": "%Y-%m-%dT%H:%M:%S%z"},
        moment("2026-07-29T10:00:00Z"),
    ),
    (d.FormatDateTime, {"input_datetime": NOON}, "July 29, 2026"),
    (d.FormatDateTime, {"input_datetime": "2026-07-29T12:00:00+02:00", "output_format": "%H:%M%z"}, "12:00+0200"),
    (d.FormatDateTime, {}, "July 29, 2026"),
    (d.DateToDatetime, {"input_date": dt.date(2026, 7, 29)}, moment("2026-07-29T00:00:00Z")),
    (d.DateToDatetime, {"input_date": {"type": "date", "year": 2026, "month": 7, "day": 29}}, moment("2026-07-29T00Z")),
    (d.DatetimeToDate, {"input_datetime": "2026-07-29T23:00:00-05:00"}, dt.date(2026, 7, 29)),
    (d.AddTimeDelta, {"input_datetime": NOON, "days": 1, "hours": -1, "minutes": 30}, moment("2026-07-30T11:30:00Z")),
    (d.AddTimeDelta, {"input_datetime": NOON}, moment(NOON)),
    (
        d.DateDifference,
        {"start_date": "2026-07-28T10:58:57Z", "end_date": NOON},
        {"total_seconds": 90063, "days": 1, "hours": 1, "minutes": 1, "seconds": 3},
    ),
    (
        d.DateDifference,
        {"start_date": NOON, "end_date": "2026-07-29T11:59:59Z"},
        {"total_seconds": -1, "days": -1, "hours": 23, "minutes": 59, "seconds": 59},
    ),
    (
        d.DateRange,
        {"start_date": "2026-07-29", "end_date": "2026-07-31"},
        [moment(f"2026-07-{day}T00:00:00Z") for day in (29, 30, 31)],
    ),
    (
        d.DateRange,
        {"start_date": "2026-07-29T12:00Z", "end_date": "2026-08-03T11:00Z", "step_days": 2},
        [moment("2026-07-29T12:00Z"), moment("2026-07-31T12:00Z"), moment("2026-08-02T12:00Z")],
    ),
    (d.DateRange, {"start_date": NOON, "end_date": NOON}, [moment(NOON)]),
    (d.DateRange, {"start_date": NOON, "end_date": "2026-07-28"}, []),
    (d.IsDateInRange, {"check_date": NOON, "start_date": NOON, "end_date": "2026-08-01"}, True),
    (d.IsDateInRange, {"check_date": NOON, "start_date": NOON, "end_date": "2026-08-01", "inclusive": False}, False),
    (d.IsDateInRange, {"check_date": "2026-08-02", "start_date": NOON, "end_date": "2026-08-01"}, False),
    (
        d.GetQuarter,
        {"input_datetime": NOON},
        {
            "quarter": 3,
            "quarter_start": moment("2026-07-01T00:00:00Z"),
            "quarter_end": moment("2026-09-30T23:59:59.999Z"),
        },
    ),
    (d.GetWeekday, {"input_datetime": NOON}, "Wednesday"),
    (d.GetWeekday, {"input_datetime": "2026-08-02", "as_name": False}, 6),
    (d.BoundaryTime, {"input_datetime": NOON}, moment("2026-07-29T00:00:00Z")),
    (d.BoundaryTime, {"input_datetime": NOON, "boundary": "end"}, moment("2026-07-29T23:59:59.999Z")),
    (d.BoundaryTime, {"input_datetime": NOON, "period": "week"}, moment("2026-07-27T00:00:00Z")),
    (d.BoundaryTime, {"input_datetime": NOON, "period": "week", "start_monday": False}, moment("2026-07-26T00:00Z")),
    (d.BoundaryTime, {"input_datetime": "2026-08-02", "period": "week"}, moment("2026-07-27T00:00:00Z")),
    (
        d.BoundaryTime,
        {"input_datetime": NOON, "period": "week", "boundary": "end"},
        moment("2026-08-02T23:59:59.999Z"),
    ),
    (
        d.BoundaryTime,
        {"input_datetime": NOON, "period": "month", "boundary": "end"},
        moment("2026-07-31T23:59:59.999Z"),
    ),
    (d.BoundaryTime, {"input_datetime": NOON, "period": "year"}, moment("2026-01-01T00:00:00Z")),
    (d.RelativeTime, {}, moment("2026-07-30T12:00:00.123Z")),
    (d.RelativeTime, {"amount": 90, "unit": "minutes", "direction": "past"}, moment("2026-07-29T10:30:00.123Z")),
    (d.RelativeTime, {"amount": 2, "unit": "hours"}, moment("2026-07-29T14:00:00.123Z")),
    (d.RelativeTime, {"amount": 1, "unit": "weeks"}, moment("2026-08-05T12:00:00.123Z")),
    (d.RelativeTime, {"amount": 1, "unit": "months", "direction": "past"}, moment("2026-06-29T12:00:00.123Z")),
    (d.RelativeTime, {"amount": 1, "unit": "years"}, moment("2027-07-29T12:00:00.123Z")),
]


@pytest.mark.parametrize(("node", "given", "expected"), CASES)
def test_meaning(node, given, expected):
    with living_in("UTC"):
        result = node(**given)
    assert result == expected
    assert type(result) is type(expected)


OSLO = ZoneInfo("Europe/Oslo")
ELSEWHERE = [
    # a moment keeps its zone: the one it names, the offset it was written with, else local time
    (d.AddTimeDelta, {"input_datetime": "2026-03-28T12:00", "days": 1}, "2026-03-29T12:00:00+02:00"),
    (d.AddTimeDelta, {"input_datetime": "2026-03-28T12:00", "hours": 24}, "2026-03-29T13:00:00+02:00"),
    (d.AddTimeDelta, {"input_datetime": "2026-03-28T12:00-05:00", "days": 1}, "2026-03-29T12:00:00-05:00"),
    (d.AddTimeDelta, {"input_datetime": dt.datetime(2026, 3, 29, 2, 30, tzinfo=OSLO), "days": 0},
     "2026-03-29T03:30:00+02:00"),
    (d.DateToDatetime, {"input_date": dt.date(2026, 7, 29)}, "2026-07-29T00:00:00+02:00"),
    (d.BoundaryTime, {"input_datetime": "2026-03-29T12:00", "period": "month"}, "2026-03-01T00:00:00+01:00"),
    (d.BoundaryTime, {"input_datetime": dt.datetime(2026, 3, 29, 12, tzinfo=OSLO), "boundary": "end"},
     "2026-03-29T23:59:59.999000+02:00"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "given", "expected"), ELSEWHERE)
def test_zones(node, given, expected):
    with living_in("Europe/Oslo"):
        assert node(**given).isoformat() == expected


def test_a_range_crosses_the_change_of_the_clocks():
    with living_in("Europe/Oslo"):
        made = d.DateRange("2026-03-28T12:00", "2026-03-30T12:00")
    assert [one.isoformat() for one in made] == [
        "2026-03-28T12:00:00+01:00",
        "2026-03-29T12:00:00+02:00",
        "2026-03-30T12:00:00+02:00",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d.ParseDate("nonsense"), "ParseDate: .*'nonsense' does not match format '%Y-%m-%d'"),
        (lambda: d.ParseDateTime("x"), "ParseDateTime: "),
        (lambda: d.FormatDateTime("x"), "FormatDateTime.input_datetime: 'x' is not a date"),
        (lambda: d.DateRange(NOON, NOON, 0), "step_days is at least 1, not 0"),
        (lambda: d.DateRange("0001-01-02", "9998-01-01"), "dates are too many; at most 100,000"),
        (lambda: d.AddTimeDelta(NOON, days=10**7), "10000000|1e\\+07"),
        (lambda: d.IsDateInRange(NOON, NOON, "x"), "IsDateInRange.end_date"),
    ],
)
def test_refusals_are_sentences(call, message):
    with living_in("UTC"), pytest.raises(ValueError, match=message):
        call()
