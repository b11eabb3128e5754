from __future__ import annotations

import pytest
from IPython.lib.pretty import pretty

from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.widgets import cells, wording
from nodetool_jupyter.widgets.table import JobsTable, jobs_html, jobs_text
from tests.widgets.showcase import PAYLOADS, START, Page, refused

RECORDS = [
    JobRecord("k3jq2mx7ab", Status.COMPLETED, "photo", submitted=START, started=START, ended=START + 2.5),
    JobRecord(
        "h7pp2mx7ab", Status.ERROR, None, "docker", "timeout_run", submitted=START, started=START, ended=START + 602
    ),
    JobRecord("zz3q2mx7ab", Status.QUEUED, "batch 17", submitted=START, queue_position=3),
]


def test_a_row_tells_state_id_name_strategy_and_time() -> None:
    rows = jobs_text(RECORDS).split("\n")
    assert rows[0].split() == ["State", "Id", "Name", "Strategy", "Submitted", "Time", "Note"]
    assert rows[1].startswith("✓ completed  k3jq2mx7ab  photo     threaded  ") and rows[1].endswith("2.50 s")


def test_the_note_says_why_a_job_failed_or_waits() -> None:
    rows = jobs_text(RECORDS, 200).split("\n")
    assert rows[2].endswith("10 min 02 s  it ran longer than its timeout")
    assert rows[3].endswith("number 3 in the queue")


def test_columns_that_say_nothing_are_left_out() -> None:
    assert jobs_text([JobRecord("k3jq2mx7ab", Status.RUNNING)]).split("\n")[0].split() == ["State", "Id", "Strategy"]


@pytest.mark.parametrize("width", [120, 80, 60, 40])
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    assert max(cells.width(line) for line in jobs_text(RECORDS, width).split("\n")) <= width


def test_no_jobs_say_so() -> None:
    assert jobs_text([]) == "No jobs." and "No jobs." in jobs_html([])


def test_the_html_has_the_same_rows() -> None:
    page = Page(jobs_html(RECORDS))
    assert page.cells[7:10] == ["✓\xa0completed", "k3jq2mx7ab", "photo"] and refused(jobs_html(RECORDS)) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_of_jobs_are_never_markup(payload: str) -> None:
    html = jobs_html([JobRecord(payload, Status.ERROR, payload, payload, payload)])
    assert {tag for tag, _ in Page(html).tags} <= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "code",
    }


def test_a_list_of_jobs_is_a_list_that_shows_itself() -> None:
    table = JobsTable(RECORDS)
    assert table[1].id == "h7pp2mx7ab" and len(table) == 3
    assert pretty(table) == repr(table) == jobs_text(RECORDS) and table._repr_html_() == jobs_html(RECORDS)


def test_every_reason_has_words() -> None:
    assert all(wording.reason(reason) and "_" not in wording.reason(reason) for reason in Reason)


def test_every_state_has_a_look() -> None:
    assert all(wording.look(status).word == status.value and wording.look(status).glyph != "?" for status in Status)


def test_an_unknown_reason_is_shown_as_its_words() -> None:
    assert wording.reason("moon_too_full") == "moon too full"


def contrast(colour: str, ground: str) -> float:
    def light(code: str) -> float:
        parts = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(colour), light(ground)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#f5f5f5", "#111111", "#212121", "#0d1117", "#1e1e1e"])
def test_signs_can_be_seen_on_light_and_dark(ground: str) -> None:
    assert [look.word for look in wording.LOOKS.values() if contrast(look.colour, ground) < 3] == []


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""), (0, "< 1 ms"), (0.0312, "31 ms"), (0.9996, "1.00 s"), (9.996, "10.0 s"), (59.96, "1 min 00 s"),
        (125, "2 min 05 s"), (3600, "1 h 00 min"), (90061, "25 h 01 min"),
    ],
)  # fmt: skip
def test_durations(seconds: float | None, shown: str) -> None:
    assert wording.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(None, ""), (999, "999 bytes"), (1500, "1.5 kB"), (184e6, "184 MB"), (2.5e12, "2.5 TB")]
)
def test_sizes(count: float | None, shown: str) -> None:
    assert wording.size(count) == shown
