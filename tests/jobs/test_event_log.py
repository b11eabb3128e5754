"""The log: numbered without gaps, whole after a crash, written by one owner."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodetool_jupyter import events
from nodetool_jupyter.errors import NotOwner, StorageError
from nodetool_jupyter.eventlog.lines import cut_torn_line, lines_backwards, read_head, read_tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.folder import Card, JobFolder
from nodetool_jupyter.jobs.log import Entry, EventLog
from nodetool_jupyter.testing import fault


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    return JobFolder.create(str(tmp_path), "job1")


def said(text: str, n: int | None = None) -> Entry:
    return Entry(events.LogUpdate(content=text), 1.5, n)


def numbers(folder: JobFolder) -> list[int]:
    return [json.loads(line)["seq"] for line in Path(folder.log).read_bytes().splitlines()]


def test_lines_are_numbered_from_one(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a"), said("b")])
    log.append(1, [said("c")])
    log.rest()
    assert numbers(folder) == [1, 2, 3]


def test_the_owner_writes_the_envelope(folder: JobFolder) -> None:
    forged = events.LogUpdate(content="x", job_id="other", seq=99, attempt=7, source=5, time=0.0)
    log = EventLog(folder, 1)
    log.append(2, [Entry(forged, 1.5, 3)])
    log.rest()
    line = json.loads(Path(folder.log).read_bytes())
    assert {name: line[name] for name in ("job_id", "seq", "attempt", "source", "time")} == {
        "job_id": "job1",
        "seq": 1,
        "attempt": 2,
        "source": 3,
        "time": 1.5,
    }


BATCHES = st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=5), min_size=1, max_size=8)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES, data=st.data())
def test_numbers_have_no_gap_whoever_goes_on(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], data: st.DataObject
) -> None:
    folder = JobFolder.create(str(tmp_path_factory.mktemp("jobs")), "job1")
    log, epoch = EventLog(folder, 1), 1
    for batch in batches:
        log.append(1, [said(text) for text in batch])
        if data.draw(st.booleans()):
            log.rest()
            torn = data.draw(st.binary(max_size=30)).replace(b"\n", b"")
            with Path(folder.log).open("ab") as file:
                file.write(torn)
            epoch += 1
            log, _ = EventLog.resume(folder, epoch)
    log.rest()
    lines = [events.parse(line) for line in Path(folder.log).read_bytes().splitlines()]
    assert [event.seq for event in lines] == list(range(1, len(lines) + 1))
    assert [event.content for event in lines if isinstance(event, events.LogUpdate)] == [t for b in batches for t in b]


def test_a_log_torn_at_any_byte_of_its_last_line_loses_only_that_line(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("first"), said("second ünïcödé")])
    log.rest()
    whole = Path(folder.log).read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        Path(folder.log).write_bytes(whole[:cut])
        again, tail = EventLog.resume(folder, 1)
        assert tail.seq == 1
        again.append(1, [said("next")])
        again.rest()
        assert numbers(folder) == [1, 2]


def test_a_log_torn_in_its_only_line_begins_anew(folder: JobFolder) -> None:
    Path(folder.log).write_bytes(b'{"seq":1,"atte')
    _, tail = EventLog.resume(folder, 1)
    assert (tail.seq, tail.attempt, Path(folder.log).read_bytes()) == (0, 1, b"")


def test_a_last_line_of_rubbish_is_cut(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("first")])
    log.rest()
    whole = Path(folder.log).read_bytes()
    Path(folder.log).write_bytes(whole + b"\0" * 5000 + b"\n" + b"\0" * 70)
    cut_torn_line(folder.log)
    assert Path(folder.log).read_bytes() == whole


def test_lines_backwards_crosses_blocks(folder: JobFolder) -> None:
    texts = [str(n) * 3000 for n in range(60)]
    Path(folder.log).write_text("".join(f"{text}\n" for text in texts))
    assert [line.decode() for line in lines_backwards(folder.log)] == texts[::-1]


def test_the_tail_names_the_last_line_of_the_last_attempt(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a", 1), said("b", 2)])
    log.append(2, [said("c", 1), said("own")])
    log.rest()
    tail = read_tail(folder.log)
    assert (tail.seq, tail.attempt, tail.source, tail.terminal) == (4, 2, 1, False)


def test_a_new_attempt_without_a_line_begins_at_its_first(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a", 7)])
    log.append(2, [Entry(events.JobUpdate(status="starting"), 1.0)])
    log.rest()
    tail = read_tail(folder.log)
    assert (tail.attempt, tail.source) == (2, 0)


def test_the_end_seals_the_log(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [Entry(events.JobUpdate(status="completed"), 1.0)], final=True)
    log.append(1, [said("late")])
    log.rest()
    assert numbers(folder) == [1]
    assert read_tail(folder.log).terminal


def test_a_higher_claim_stops_the_lower_writer(folder: JobFolder, tmp_path: Path) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("mine")])
    assert folder.claim(2, Card(identity.mine(), tmp_path / "card"))
    with pytest.raises(NotOwner, match="job1 was claimed"):
        log.append(1, [said("too late")])
    log.rest()
    assert numbers(folder) == [1]


def test_a_full_disk_leaves_no_half_line(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a")])

    def half_then_full() -> None:
        with Path(folder.log).open("ab") as file:
            file.write(b'{"seq":2,"at')
        raise OSError(28, "No space left on device")

    with fault("log.mid_line", half_then_full), pytest.raises(StorageError, match="No space left"):
        log.append(1, [said("b")])
    log.append(1, [said("c")])
    log.rest()
    assert numbers(folder) == [1, 2]


def test_the_log_holds_no_file_while_it_rests(folder: JobFolder) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    log = EventLog(folder, 1)
    log.append(1, [said("a")])
    log.rest()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_log_is_private(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a")])
    log.rest()
    assert Path(folder.log).stat().st_mode & 0o777 == 0o600
    assert Path(folder.path).stat().st_mode & 0o777 == 0o700


def test_many_threads_append_without_a_gap(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    threads = [
        threading.Thread(target=lambda: [log.append(1, [said("x"), said("y")]) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.rest()
    assert numbers(folder) == list(range(1, 401))


def test_head_of_an_unusual_line_is_read_too() -> None:
    head = read_head(b'{"type":"log_update","content":"x","seq":4,"attempt":2}')
    assert (head.seq, head.attempt, head.source, head.type) == (4, 2, None, "log_update")


def test_head_of_a_line_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="seq"):
        read_head(b'{"type":"log_update","content":"x"}')


def test_a_reader_gets_each_line_once(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a"), said("b")])
    with LogReader(folder.log) as reader:
        assert [read_head(line).seq for line in reader.read()] == [1, 2]
        log.append(1, [said("c")])
        assert [read_head(line).seq for line in reader.read()] == [3]
        assert reader.read() == []
    log.rest()


def test_a_reader_begins_after_any_number(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said(str(n)) for n in range(10)])
    log.rest()
    for after in range(11):
        with LogReader(folder.log, after) as reader:
            assert [read_head(line).seq for line in reader.read()] == list(range(after + 1, 11))


def test_a_reader_waits_for_the_rest_of_a_line(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a")])
    log.rest()
    whole = Path(folder.log).read_bytes()
    Path(folder.log).write_bytes(whole[:20])
    with LogReader(folder.log) as reader:
        assert reader.read() == []
        with Path(folder.log).open("ab") as file:
            file.write(whole[20:])
        assert reader.read() == [whole[:-1]]


def test_a_reader_goes_on_when_a_torn_line_was_cut(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("a")])
    log.rest()
    with Path(folder.log).open("ab") as file:
        file.write(b'{"seq":2,"attempt":1,"time":99')
    with LogReader(folder.log) as reader:
        assert len(reader.read()) == 1
        again, _ = EventLog.resume(folder, 2)
        again.append(1, [said("b")])
        again.rest()
        assert [read_head(line).seq for line in reader.read()] == [2]


def test_a_reader_takes_a_line_longer_than_its_step(folder: JobFolder) -> None:
    log = EventLog(folder, 1)
    log.append(1, [said("x" * 3_000_000), said("short")])
    log.rest()
    with LogReader(folder.log) as reader:
        found = []
        while lines := reader.read():
            found += [read_head(line).seq for line in lines]
    assert found == [1, 2]
