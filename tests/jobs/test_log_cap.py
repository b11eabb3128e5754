"""A log over its cap loses the middle of its text, and says so; readers go on behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.errors import NotOwner
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.eventlog.shorten import LogFull, renew
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.folder import Card, JobFolder
from nodetool_jupyter.jobs.log import Entry, EventLog

CAP = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    return JobFolder.create(str(tmp_path), "job1")


def text(number: int) -> Entry:
    return Entry(events.LogUpdate(content=f"line {number} " + "x" * 80), float(number))


def node(number: int) -> Entry:
    return Entry(
        events.NodeUpdate(node_id=str(number), node_name="n", node_type="t", status="completed"), float(number)
    )


def read_all(folder: JobFolder, after: int = 0) -> list[events.Event]:
    found = []
    with LogReader(folder.log, after) as reader:
        while lines := reader.read():
            found += [events.parse(line) for line in lines]
    return found


def filled(folder: JobFolder, lines: int = 150, every: int = 10) -> EventLog:
    log = EventLog(folder, 1, cap=CAP)
    log.append(1, [node(n) if n % every == 0 else text(n) for n in range(1, lines + 1)])
    return log


def test_a_log_over_its_cap_is_full(folder: JobFolder) -> None:
    log = filled(folder)
    assert log.full
    log.rest()


def test_shortening_goes_down_to_half(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    assert CAP // 4 < Path(folder.log).stat().st_size <= CAP // 2


def test_every_line_that_is_no_text_stays(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    kept = [event.seq for event in read_all(folder) if event.type == "node_update"]
    assert kept == list(range(10, 151, 10))


def test_head_and_tail_stay(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    found = [event.seq for event in read_all(folder)]
    assert found[:5] == [1, 2, 3, 4, 5]
    assert found[-5:] == [146, 147, 148, 149, 150]


def test_the_gap_names_exactly_what_is_missing(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    found = read_all(folder)
    (gap,) = [event for event in found if isinstance(event, events.Gap)]
    kept = {event.seq for event in found if event is not gap}
    missing = sorted(set(range(1, 151)) - kept)
    assert (gap.first, gap.last, gap.lines) == (missing[0], missing[-1], len(missing))


def test_numbers_stay_in_order_around_the_gap(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    found = [event.seq or 0 for event in read_all(folder)]
    assert found == sorted(found)


def test_a_second_shortening_leaves_one_gap(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    log.append(1, [text(n) for n in range(151, 301)])
    log.shorten()
    found = read_all(folder)
    (gap,) = [event for event in found if isinstance(event, events.Gap)]
    kept = {event.seq for event in found if event is not gap}
    assert gap.lines == 300 - len(kept)


def test_writing_goes_on_with_the_next_number(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    assert log.append(1, [text(151)]) == 151
    log.rest()
    assert read_all(folder)[-1].seq == 151


def test_a_reader_goes_on_after_its_number(folder: JobFolder) -> None:
    log = filled(folder)
    with LogReader(folder.log, 148) as reader:
        assert len(reader.read()) == 2
        log.shorten()
        log.append(1, [text(151)])
        log.rest()
        assert [events.parse(line).seq for line in reader.read()] == [151]


def test_a_reader_inside_the_gap_is_told(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    (gap,) = [event for event in read_all(folder) if isinstance(event, events.Gap)]
    found = read_all(folder, after=gap.first + 5)
    assert found[0] == gap
    assert all((event.seq or 0) > gap.first + 5 for event in found[1:])


def test_a_reader_behind_the_gap_is_not_told(folder: JobFolder) -> None:
    log = filled(folder)
    log.shorten()
    assert [event.type for event in read_all(folder, after=145)].count("gap") == 0


def test_lines_that_must_stay_fill_a_log(folder: JobFolder) -> None:
    log = EventLog(folder, 1, cap=CAP)
    log.append(1, [node(n) for n in range(1, 201)])
    with pytest.raises(LogFull, match="NODETOOL_LOG_CAP"):
        log.shorten()
    log.rest()
    assert len(read_all(folder)) == 200


def test_a_shortening_owner_gives_way_to_a_higher_claim(folder: JobFolder, tmp_path: Path) -> None:
    log = filled(folder)
    before = Path(folder.log).read_bytes()
    folder.claim(2, Card(identity.mine(), tmp_path / "card"))
    with pytest.raises(NotOwner):
        log.shorten()
    log.rest()
    assert Path(folder.log).read_bytes() == before
    assert not Path(f"{folder.log}.draft").exists()


def test_a_late_owner_writes_to_nobody_after_the_log_was_renewed(folder: JobFolder) -> None:
    late = EventLog(folder, 1)
    late.append(1, [text(1)])
    renew(folder.log)
    late.append(1, [text(2)])
    late.rest()
    assert [event.seq for event in read_all(folder)] == [1]
