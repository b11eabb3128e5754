"""What the nodes of ``lib.datetime`` mean, in UTC and where the clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from nodetool_jupyter.nodes.library import datetime as d
from tests.nodes.zones import NOW, living_in

AUGUST = "2026-08-02T10:30:15.678Z"
OSLO, SAO_PAULO, BEIRUT = "Europe/Oslo", "America/Sao_Paulo", "Asia/Beirut"


def moment(iso):
    return dt.datetime.fromisoformat(iso)


CASES = [
    # node, what it is given, one output, its value
    (d.Now, {}, "iso", "2026-07-29T12:00:00.123Z"),
    (d.Now, {}, "epoch_ms", int(NOW * 1000)),
    (d.Now, {}, "date", moment("2026-07-29T12:00:00.123Z")),
    (d.Format, {"date": AUGUST}, "formatted", "2026-08-02 10:30:15"),
    (d.Format, {"date": AUGUST}, "iso", AUGUST),
    (d.Format, {"date": AUGUST}, "epoch_ms", 1785666615678),
    (d.Format, {"date": AUGUST, "pattern": "YY/M/D H:m:s.SSS Z"}, "formatted", "26/8/2 10:30:15.678 +00:00"),
    (d.Format, {"date": "2026-01-02T03:04:05Z", "pattern": "D.M. H-m-s DD MM HH mm ss"}, "formatted",
     "2.1. 3-4-5 02 01 03 04 05"),
    (d.Format, {"date": AUGUST, "pattern": "[Day] D [of] [MM]: []x"}, "formatted", "Day 2 of MM: x"),
    (d.Format, {"date": "0042-01-01T00:00:00Z", "pattern": "YYYY YY"}, "formatted", "0042 42"),
    (d.Format, {"date": AUGUST, "pattern": ""}, "formatted", ""),
    (d.Format, {"date": ""}, "iso", "2026-07-29T12:00:00.123Z"),
    (d.Format, {"date": None}, "iso", "2026-07-29T12:00:00.123Z"),
    (d.Format, {"date": {}}, "iso", "2026-07-29T12:00:00.123Z"),
    (d.Format, {"date": {"type": "datetime", "year": 0}}, "iso", "2026-07-29T12:00:00.123Z"),
    (d.Format, {"date": 0}, "iso", "1970-01-01T00:00:00.000Z"),
    (d.Format, {"date": -1.5}, "iso", "1969-12-31T23:59:59.999Z"),
    (d.Format, {"date": dt.date(2026, 8, 2)}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": dt.datetime(2026, 8, 2, 1)}, "iso", "2026-08-02T01:00:00.000Z"),
    (d.Format, {"date": dt.datetime(2026, 8, 2, 1, tzinfo=ZoneInfo(OSLO))}, "iso", "2026-08-01T23:00:00.000Z"),
    (d.Format, {"date": {"type": "date", "year": 2026, "month": 8, "day": 2}}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": {"type": "datetime", "value": "2026-08-02T02:00:00+02:00"}}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": {"type": "datetime", "year": 2026, "month": 8, "day": 2, "hour": 3, "millisecond": 7,
                         "tzinfo": "UTC", "utc_offset": 2}}, "iso", "2026-08-02T01:00:00.007Z"),
    (d.Format, {"date": {"type": "datetime", "year": 2026, "month": 8, "day": 2, "tzinfo": OSLO}}, "iso",
     "2026-08-01T22:00:00.000Z"),
    (d.Format, {"date": "2026-08-02"}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": "2026-08"}, "iso", "2026-08-01T00:00:00.000Z"),
    (d.Format, {"date": "2026"}, "iso", "2026-01-01T00:00:00.000Z"),
    (d.Format, {"date": " 2026-08-02 10:30 "}, "iso", "2026-08-02T10:30:00.000Z"),
    (d.Format, {"date": "2026/08/02"}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": "8/2/2026"}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": "Aug 2, 2026"}, "iso", "2026-08-02T00:00:00.000Z"),
    (d.Format, {"date": "Sun, 02 Aug 2026 10:30:00 +0200"}, "iso", "2026-08-02T08:30:00.000Z"),
    (d.Add, {"date": AUGUST}, "iso", AUGUST),
    (d.Add, {"date": "2026-08-02T00:00:00Z", "amount": 30}, "iso", "2026-09-01T00:00:00.000Z"),
    (d.Add, {"date": "2026-08-02T00:00:00Z", "amount": 30}, "epoch_ms", 1788220800000),
    (d.Add, {"date": "2026-08-02T00:00:00Z", "amount": 30}, "date", moment("2026-09-01T00:00:00Z")),
    (d.Add, {"date": AUGUST, "amount": 5, "unit": "millisecond"}, "iso", "2026-08-02T10:30:15.683Z"),
    (d.Add, {"date": AUGUST, "amount": 50, "unit": "second"}, "iso", "2026-08-02T10:31:05.678Z"),
    (d.Add, {"date": AUGUST, "amount": -31, "unit": "minute"}, "iso", "2026-08-02T09:59:15.678Z"),
    (d.Add, {"date": AUGUST, "amount": 1.5, "unit": "hour"}, "iso", "2026-08-02T12:00:15.678Z"),
    (d.Add, {"date": AUGUST, "amount": 1.9, "unit": "day"}, "iso", "2026-08-03T10:30:15.678Z"),
    (d.Add, {"date": AUGUST, "amount": -1, "unit": "week"}, "iso", "2026-07-26T10:30:15.678Z"),
    (d.Add, {"date": "2026-01-31T00:00:00Z", "amount": 1, "unit": "month"}, "iso", "2026-03-03T00:00:00.000Z"),
    (d.Add, {"date": "2026-01-15T00:00:00Z", "amount": -13, "unit": "month"}, "iso", "2024-12-15T00:00:00.000Z"),
    (d.Add, {"date": "2026-11-30T00:00:00Z", "amount": 1, "unit": "month"}, "iso", "2026-12-30T00:00:00.000Z"),
    (d.Add, {"date": "2024-02-29T00:00:00Z", "amount": 1, "unit": "year"}, "iso", "2025-03-01T00:00:00.000Z"),
    (d.Diff, {"date_a": "2026-08-02T00:00:00Z", "date_b": "2026-09-01T00:00:00Z"}, "diff", -30),
    (d.Diff, {"date_a": "2026-08-02T00:00:00Z", "date_b": "2026-09-01T00:00:00Z"}, "is_before", True),
    (d.Diff, {"date_a": "2026-08-02T00:00:00Z", "date_b": "2026-09-01T00:00:00Z"}, "is_after", False),
    (d.Diff, {"date_a": "2026-08-02T00:00:00Z", "date_b": "2026-08-02T02:00:00+02:00"}, "is_same", True),
    (d.Diff, {"date_a": "2026-08-02T23:59:59Z", "date_b": "2026-08-01T00:00:00Z"}, "diff", 1),
    (d.Diff, {"date_a": "2026-08-01T00:00:00Z", "date_b": "2026-08-02T23:59:59Z"}, "diff", -1),
    (d.Diff, {"date_a": AUGUST, "date_b": "2026-08-02T10:30:15Z", "unit": "millisecond"}, "diff", 678),
    (d.Diff, {"date_a": AUGUST, "date_b": "2026-08-02T10:30:00Z", "unit": "second"}, "diff", 15),
    (d.Diff, {"date_a": AUGUST, "date_b": "2026-08-02T09:00:00Z", "unit": "minute"}, "diff", 90),
    (d.Diff, {"date_a": AUGUST, "date_b": "2026-08-02T12:00:00Z", "unit": "hour"}, "diff", -1),
    (d.Diff, {"date_a": AUGUST, "date_b": "2026-07-19T10:30:16Z", "unit": "week"}, "diff", 1),
    (d.Diff, {"date_a": "2026-03-30T00:00:00Z", "date_b": "2026-01-31T00:00:00Z", "unit": "month"}, "diff", 1),
    (d.Diff, {"date_a": "2026-01-31T00:00:00Z", "date_b": "2026-03-31T00:00:00Z", "unit": "month"}, "diff", -2),
    (d.Diff, {"date_a": "2026-08-01T00:00:00Z", "date_b": "2024-08-02T00:00:00Z", "unit": "year"}, "diff", 1),
    (d.StartEnd, {"date": AUGUST}, "start_iso", "2026-08-02T00:00:00.000Z"),
    (d.StartEnd, {"date": AUGUST}, "end_iso", "2026-08-02T23:59:59.999Z"),
    (d.StartEnd, {"date": AUGUST}, "start", moment("2026-08-02T00:00:00Z")),
    (d.StartEnd, {"date": AUGUST}, "end", moment("2026-08-02T23:59:59.999Z")),
    (d.StartEnd, {"date": AUGUST, "unit": "millisecond"}, "end_iso", AUGUST),
    (d.StartEnd, {"date": AUGUST, "unit": "second"}, "start_iso", "2026-08-02T10:30:15.000Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "minute"}, "end_iso", "2026-08-02T10:30:59.999Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "hour"}, "start_iso", "2026-08-02T10:00:00.000Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "week"}, "start_iso", "2026-08-02T00:00:00.000Z"),
    (d.StartEnd, {"date": "2026-08-08T23:00:00Z", "unit": "week"}, "start_iso", "2026-08-02T00:00:00.000Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "week"}, "end_iso", "2026-08-08T23:59:59.999Z"),
    (d.StartEnd, {"date": "2024-02-10T00:00:00Z", "unit": "month"}, "end_iso", "2024-02-29T23:59:59.999Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "year"}, "start_iso", "2026-01-01T00:00:00.000Z"),
    (d.StartEnd, {"date": AUGUST, "unit": "year"}, "end_iso", "2026-12-31T23:59:59.999Z"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "given", "output", "expected"), CASES)
def test_meaning_in_utc(node, given, output, expected):
    with living_in("UTC"):
        result = node(**given)[output]
    assert result == expected
    assert type(result) is type(expected)


ELSEWHERE = [
    # zone, node, what it is given, one output, its value
    (OSLO, d.Format, {"date": "2026-07-29T12:00:00Z", "pattern": "HH:mm Z"}, "formatted", "14:00 +02:00"),
    (OSLO, d.Format, {"date": "2026-07-29", "pattern": "HH:mm"}, "formatted", "02:00"),
    (OSLO, d.Format, {"date": "2026-07-29T12:00"}, "iso", "2026-07-29T10:00:00.000Z"),
    (OSLO, d.Format, {"date": dt.date(2026, 7, 29)}, "iso", "2026-07-28T22:00:00.000Z"),
    ("America/St_Johns", d.Format, {"date": "2026-01-01T00:00:00Z", "pattern": "Z"}, "formatted", "-03:30"),
    (OSLO, d.Add, {"date": "2026-03-28T12:00", "amount": 1, "unit": "day"}, "iso", "2026-03-29T10:00:00.000Z"),
    (OSLO, d.Add, {"date": "2026-03-28T12:00", "amount": 24, "unit": "hour"}, "iso", "2026-03-29T11:00:00.000Z"),
    (OSLO, d.Add, {"date": "2026-03-28T02:30", "amount": 1, "unit": "day"}, "iso", "2026-03-29T01:30:00.000Z"),
    (OSLO, d.Add, {"date": "2026-10-24T02:30", "amount": 1, "unit": "day"}, "iso", "2026-10-25T00:30:00.000Z"),
    (OSLO, d.Add, {"date": "2026-10-25T00:30:00Z", "amount": 1, "unit": "hour"}, "iso", "2026-10-25T01:30:00.000Z"),
    (OSLO, d.Add, {"date": "2026-01-15T12:00", "amount": 6, "unit": "month"}, "iso", "2026-07-15T10:00:00.000Z"),
    (OSLO, d.Diff, {"date_a": "2026-03-30T00:00", "date_b": "2026-03-29T00:00"}, "diff", 1),
    (OSLO, d.Diff, {"date_a": "2026-03-30T00:00", "date_b": "2026-03-29T00:00", "unit": "hour"}, "diff", 23),
    (OSLO, d.StartEnd, {"date": "2026-03-29T12:00"}, "start_iso", "2026-03-28T23:00:00.000Z"),
    (OSLO, d.StartEnd, {"date": "2026-03-29T12:00"}, "end_iso", "2026-03-29T21:59:59.999Z"),
    (OSLO, d.StartEnd, {"date": "2026-10-25T01:30:00Z", "unit": "hour"}, "start_iso", "2026-10-25T01:00:00.000Z"),
    (OSLO, d.StartEnd, {"date": "2026-10-25T12:00", "unit": "month"}, "end_iso", "2026-10-31T22:59:59.999Z"),
    (BEIRUT, d.StartEnd, {"date": "2026-03-29T12:00"}, "start_iso", "2026-03-28T22:00:00.000Z"),
    (BEIRUT, d.StartEnd, {"date": "2026-03-28T12:00"}, "end_iso", "2026-03-28T21:59:59.999Z"),
    (SAO_PAULO, d.StartEnd, {"date": "2026-07-29T12:00"}, "end_iso", "2026-07-30T02:59:59.999Z"),
]


@pytest.mark.parametrize(("zone", "node", "given", "output", "expected"), ELSEWHERE)
def test_meaning_in_local_time(zone, node, given, output, expected):
    with living_in(zone):
        assert node(**given)[output] == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d.Format("nonsense"), "Format.date: 'nonsense' is not a date"),
        (lambda: d.Format("2026-13-01"), "month must be in"),
        (lambda: d.Format(True), "Format.date: True is not a date"),
        (lambda: d.Format([1]), r"Format.date: \[1\] is not a date"),
        (lambda: d.Format({"type": "date", "year": 2026, "month": 2, "day": 30}), "is not a date"),
        (lambda: d.Format({"type": "date", "year": 2026}), "is not a date"),
        (lambda: d.Format(1e300), "is not a date"),
        (lambda: d.Format(float("nan")), "is not a date"),
        (lambda: d.Diff("2026-01-01", "x"), "Diff.date_b"),
        (lambda: d.Add(AUGUST, 10_000, "year"), "10000 years from .* is not in the years 1 to 9999"),
        (lambda: d.Add(AUGUST, 1e300, "hour"), "is not in the years"),
        (lambda: d.Add(AUGUST, float("inf"), "day"), "is not in the years"),
        (lambda: d.StartEnd("9999-12-31T12:00:00Z"), "is not in the years"),
    ],
)
def test_refusals_are_sentences(call, message):
    with living_in("UTC"), pytest.raises(ValueError, match=message):
        call()
