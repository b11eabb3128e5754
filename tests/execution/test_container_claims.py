"""What a container may say of its job, and what becomes of everything else."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.execution.container.claims import LARGE, NAMES_ROOM, Claims, Rates
from nodetool_jupyter.execution.container.frames import Cut
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.testing import SettableClock, set_clock
from tests.execution.container_scenery import STARTED, claims, contents, line_of


def warnings_of(lines: list[ChannelLine]) -> list[str]:
    return [line.event.content for line in lines if line.n == OWN and isinstance(line.event, ev.LogUpdate)]


def take(line: bytes, *nodes: str) -> list[ChannelLine]:
    return claims(*nodes).take([line])


# -- what passes ------------------------------------------------------------------------------------------------------

_NODE: dict[str, Any] = {"node_id": "a", "node_name": "A", "node_type": "t"}
HONEST: list[tuple[str, dict[str, Any]]] = [
    ("job_update", {"status": "running"}),
    ("job_update", {"status": "completed", "result": {"x": 1}, "duration": 1.0}),
    ("job_update", {"status": "failed", "reason": "node_failed", "node_id": "a", "error": "no"}),
    ("job_update", {"status": "cancelled", "reason": "cancelled_by_user"}),
    ("node_update", {**_NODE, "status": "running"}),
    ("node_update", {**_NODE, "status": "completed", "result": {"output": 1}, "duration": 0.5}),
    ("node_progress", {"node_id": "a", "progress": 1.0, "total": 2.0}),
    ("edge_update", {"edge_id": "e", "status": "message_sent", "counter": 1}),
    ("edge_update", {"edge_id": "e", "status": "drained"}),
    ("output_update", {"node_id": "a", "node_name": "A", "output_name": "x", "value": [1]}),
    ("preview_update", {"node_id": "a", "value": 1}),
    ("log_update", {"node_id": "a", "content": "é"}),
    ("log_update", {"node_id": "", "content": "of nobody"}),
    ("notification", {"node_id": "a", "content": "see"}),
    ("chunk", {"content": "c"}),
    ("chunk", {"content": "c", "node_id": "a", "done": True}),
    ("binary_update", {"node_id": "a", "output_name": "x", "value": None}),
    ("resource_update", {"memory": 5, "cpu_time": 1.0}),
    ("of_a_newer_peer", {"node_id": "a", "more": {"x": 1}}),
    ("of_a_newer_peer", {"more": 1}),
]


@pytest.mark.parametrize(("type_", "fields"), HONEST)
def test_an_honest_line_passes_with_all_that_it_says(type_: str, fields: dict[str, Any]) -> None:
    [line] = take(line_of(1, type_, **fields), "a")
    found = ev.parse(ev.dump_line(line.event, job_id="j", attempt=1, seq=1, time=1.0, source=1, body=line.body))
    assert fields.items() <= found.model_dump().items()
    assert found.type == type_


def test_a_plain_log_line_is_passed_on_unread() -> None:
    line = line_of(1, node_id="a", content="as it is")
    [told] = take(line, "a")
    assert told.body == line[line.index(b'"type"') :]
    assert told.time == STARTED + 1.5


def test_lines_are_read_where_something_must_be_masked() -> None:
    [told] = claims(secrets=("a-long-secret-value",)).take([line_of(1, content="a-long-secret-value")])
    assert told.body is None


# -- whose line it is, and when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["plain", "é"])
def test_job_and_attempt_are_ours_whatever_the_line_says(content: str) -> None:
    line = line_of(1, content=content, source=77).replace(b'"attempt":1', b'"attempt":99')
    [told] = take(line)
    found = ev.parse(
        ev.dump_line(told.event, job_id="thejob", attempt=3, seq=8, time=told.time, source=told.n, body=told.body)
    )
    assert (found.job_id, found.attempt, found.seq, found.source) == ("thejob", 3, 8, 1)


def test_an_envelope_without_a_job_cannot_smuggle_another_attempt() -> None:
    [told] = take(b'{"seq":1,"type":"chunk","content":"x","attempt":99,"source":98}')
    written = ev.dump_line(told.event, job_id="thejob", attempt=3, seq=8, time=1.0, source=told.n)
    assert b"99" not in written
    assert b"98" not in written


@pytest.mark.parametrize("said", ["0.0", "-5.5", "-Infinity"])
def test_no_time_lies_before_the_start(said: str) -> None:
    [told] = take(line_of(1).replace(f"{STARTED + 1.5}".encode(), said.encode()))
    assert told.time == STARTED


@pytest.mark.parametrize(
    "said", ["9" * 14 + ".0", "9" * 400 + ".0", "NaN", "Infinity", "null"], ids=lambda said: said[:8]
)
def test_no_time_lies_ahead(said: str) -> None:
    before = time.time()
    [told] = take(line_of(1).replace(f"{STARTED + 1.5}".encode(), said.encode()))
    assert before <= told.time <= time.time()


@pytest.mark.parametrize("duration", [-1.0, 1e300, float("nan"), float("inf")])
def test_nothing_lasts_longer_than_the_attempt(duration: float) -> None:
    [told] = take(line_of(1, "node_update", **_NODE, status="completed", duration=duration), "a")
    assert isinstance(told.event, ev.NodeUpdate)
    assert 0.0 <= (told.event.duration or 0.0) <= time.time() - STARTED


# -- what is refused --------------------------------------------------------------------------------------------------

_A_NODE = {**_NODE, "status": "running"}
HOSTILE: list[tuple[str, bytes, str]] = [
    ("no JSON", b"hello", "not an event"),
    ("torn", b'{"seq":1,"type":"chu', "not an event"),
    ("deep", b'{"seq":1,"type":"x","a":' + b"[" * 5000 + b"]" * 5000 + b"}", "not an event"),
    ("no type", b'{"seq":1}', "not an event"),
    ("wrong fields", line_of(1, "chunk"), "not an event"),
    ("not UTF-8", b'{"seq":1,"type":"chunk","content":"\xff"}', "not an event"),
    ("crowded", b'{"seq":1,"type":"x","a":[' + b"0," * LARGE + b"0]}", "values"),
    ("no number", b'{"type":"chunk","content":"x"}', "without a number"),
    ("number 0", line_of(0), "without a number"),
    ("below 0", line_of(-4), "without a number"),
    ("too high", line_of(10**18), "without a number"),
    ("of many digits", line_of(1).replace(b'"seq":1', b'"seq":' + b"1" * 6000), "not an event"),
    ("gap", line_of(1, "gap", first=1, last=9, lines=9), "gaps"),
    ("unknown node", line_of(1, "node_progress", node_id="b", progress=1, total=2), "'b'"),
    ("log of unknown node", line_of(1, node_id="b"), "'b'"),
    ("no node", line_of(1, "preview_update", node_id="", value=1), "not in the graph"),
    ("node is no text", line_of(1, "newer", node_id={"a": 1}), "not in the graph"),
    ("node of a newer type", line_of(1, "newer", node_id="b"), "'b'"),
    ("node's status", line_of(1, "node_update", **{**_A_NODE, "status": "exploded"}), "'exploded'"),
    ("edge's status", line_of(1, "edge_update", edge_id="e", status="exploded"), "'exploded'"),
    ("job's status", line_of(1, "job_update", status="exploded"), "'exploded'"),
    ("back to the queue", line_of(1, "job_update", status="queued"), "'queued'"),
    ("starting", line_of(1, "job_update", status="starting"), "'starting'"),
]


@pytest.mark.parametrize(("line", "told"), [(line, told) for _, line, told in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_a_line_that_cannot_be_believed_is_one_warning(line: bytes, told: str) -> None:
    lines = take(line, "a")
    assert [line.n for line in lines] == [OWN]
    assert told in warnings_of(lines)[0]
    assert len(warnings_of(lines)[0]) < 500


@pytest.mark.parametrize("line", [b"", b"   ", b"\r"])
def test_a_blank_line_is_nothing(line: bytes) -> None:
    assert take(line) == []


def test_what_is_the_owners_to_say_is_taken_out_of_a_runners_line() -> None:
    owners = {"params": {"container": "x"}, "cancel_requested": True, "queue_position": 1, "winding_down": True}
    [told] = take(line_of(1, "job_update", status="running", node_id="b", reason="because", **owners), "a")
    assert isinstance(told.event, ev.JobUpdate)
    assert {getattr(told.event, name) for name in owners} == {None}
    assert (told.event.node_id, told.event.reason) == (None, "internal")


def test_a_line_whose_first_type_is_another_is_written_with_one_type() -> None:
    line = line_of(1, "chunk", content="x").replace(b'"type"', b'"type":"job_update","status":"completed","type"')
    [told] = take(line)
    written = ev.dump_line(told.event, job_id="j", attempt=1, seq=1, time=1.0, source=1, body=told.body)
    assert written.count(b'"type"') == 1
    assert not ev.ends(ev.parse(written))


def test_names_of_edges_are_bounded() -> None:
    long = "e" * (NAMES_ROOM // 4)
    lines = claims().take([line_of(n, "edge_update", edge_id=f"{long}{n}", status="drained") for n in range(1, 6)])
    assert [line.n for line in lines] == [1, 2, 3, OWN]
    assert "more names" in warnings_of(lines)[0]


# -- numbers ----------------------------------------------------------------------------------------------------------


def told_numbers(numbers: list[int], after: int = 0, content: str = "x") -> tuple[list[int], list[str]]:
    found = claims(after=after)
    lines = found.take([line_of(n, content=content) for n in numbers])
    return [line.n for line in lines if line.n != OWN], warnings_of([*lines, *found.rest()])


@pytest.mark.parametrize("content", ["plain", "é"])
@pytest.mark.parametrize(
    ("numbers", "after", "kept", "told"),
    [
        ([1, 2, 3], 0, [1, 2, 3], []),
        ([1, 1, 2], 0, [1, 2], ["do not rise"]),
        ([1, 2, 1, 1, 3], 0, [1, 2, 3], ["do not rise", "1 more"]),
        ([1, 5, 6], 0, [1, 5, 6], ["3 missing before 5"]),
        ([4, 5], 0, [4, 5], ["3 missing before 4"]),
        ([2, 9, 20], 0, [2, 9, 20], ["1 missing before 2", "16 more"]),
        ([1, 2, 3, 4, 5], 3, [4, 5], []),
        ([1, 2, 3], 3, [], []),
        ([4, 5], 3, [4, 5], []),
        ([6, 7], 3, [6, 7], ["2 missing before 6"]),
        ([2, 3, 4, 4], 3, [4], ["do not rise"]),
        ([1, 3, 4], 3, [4], []),
        ([10**15, 1, 2], 0, [10**15], ["missing", "do not rise", "1 more"]),
    ],
)
def test_numbers_rise(numbers: list[int], after: int, kept: list[int], told: list[str], content: str) -> None:
    found, said = told_numbers(numbers, after, content)
    assert found == kept
    assert len(said) == len(told)
    assert all(part in text for part, text in zip(told, said, strict=True))


def test_nothing_is_told_twice_while_old_lines_are_read_again() -> None:
    found = claims(after=3)
    before = [*found.take([line_of(1), b"garbage", line_of(2)]), *found.hear([ev.LogUpdate(content="old")])]
    assert before == []
    found.take([line_of(3)])
    assert warnings_of(found.hear([ev.LogUpdate(content="new")])) == ["new"]


# -- the end ----------------------------------------------------------------------------------------------------------


def test_nothing_follows_a_claim_of_an_end() -> None:
    found = claims()
    end = line_of(2, "job_update", status="completed")
    assert [line.n for line in found.take([line_of(1), end, line_of(3), b"garbage"])] == [1, 2]
    assert found.ended
    later = [*found.take([line_of(3)]), *found.hear([ev.LogUpdate(content="x")]), *found.spend(10**12)]
    assert later == [*found.hear_cuts([Cut(9, b"x")]), *found.hear_torn(b"x")] == []


def test_what_was_counted_is_told_before_the_end() -> None:
    lines = claims().take([line_of(1), line_of(1), line_of(1), line_of(2, "job_update", status="completed")])
    assert [line.n for line in lines] == [1, OWN, OWN, 2]


def test_an_end_with_an_old_number_is_none() -> None:
    found = claims()
    found.take([line_of(1), line_of(1, "job_update", status="completed")])
    assert not found.ended


# -- how much -----------------------------------------------------------------------------------------------------


@pytest.fixture
def still() -> Iterator[SettableClock]:
    with set_clock() as mine:
        yield mine


def flood(found: Claims, first: int, count: int) -> list[ChannelLine]:
    return found.take([line_of(n) for n in range(first, first + count)])


def test_more_lines_than_may_come_end_the_attempt(still: SettableClock) -> None:
    found = claims(rates=Rates(lines=(100, 10)))
    assert len(flood(found, 1, 100)) == 100
    still.advance(1.0)
    assert len(flood(found, 101, 10)) == 10
    [end] = flood(found, 111, 1)
    assert isinstance(end.event, ev.JobUpdate)
    assert (end.n, end.event.status, end.event.reason) == (OWN, "error", "output_limit")
    assert found.over
    assert found.ended


def test_lines_at_the_allowed_rate_go_on_for_ever(still: SettableClock) -> None:
    found = claims(rates=Rates(lines=(100, 10)))
    for turn in range(50):
        assert len(flood(found, turn * 10 + 1, 10)) == 10
        still.advance(1.0)


def test_more_bytes_than_may_come_end_the_attempt(still: SettableClock) -> None:
    found = claims(rates=Rates(size=(1000, 10)))
    assert found.spend(1000) == []
    [end] = found.spend(1)
    assert isinstance(end.event, ev.JobUpdate)
    assert end.event.reason == "output_limit"


def test_warnings_beyond_their_rate_are_counted(still: SettableClock) -> None:
    found = claims(rates=Rates(warnings=(2, 1)))
    lines = found.hear([ev.LogUpdate(content=f"e{n}") for n in range(5)])
    assert warnings_of(lines) == ["e0", "e1"]
    assert warnings_of(found.rest()) == ["its container wrote lines on stderr: 3 more"]
    assert list(found.said) == ["e0", "e1", "e2", "e3", "e4"]


# -- masking ----------------------------------------------------------------------------------------------------------

SECRET = "sk-0123456789abcdefghijklmnop"


@pytest.mark.parametrize("before", [0, 10, 190, 199, 4080, 4095])
def test_a_secret_in_a_line_that_is_no_event_is_masked(before: int) -> None:
    found = claims(secrets=(SECRET,))
    text = ("x" * before + SECRET + "y" * 9000).encode()
    [told] = contents(found.take([text]))
    [cut] = contents(found.hear_cuts([Cut(len(text), text[:4096])]))
    assert not any(SECRET[at : at + 8] in said for said in (told, cut) for at in range(len(SECRET) - 8))


@pytest.mark.parametrize("before", [0, 40, 55])
def test_a_secret_in_what_a_refused_line_names_is_masked(before: int) -> None:
    line = line_of(1, "node_progress", node_id="x" * before + SECRET, progress=1, total=2)
    [told] = contents(claims(secrets=(SECRET,)).take([line]))
    assert "not in the graph" in told
    assert SECRET[:5] not in told


def test_a_line_of_secrets_only_shows_none_at_its_cut() -> None:
    text = (SECRET * 400).encode()[:9000]
    [told] = contents(claims(secrets=(SECRET,)).take([text]))
    assert SECRET[:8] not in told


def test_a_flood_on_stderr_ends_the_attempt(still: SettableClock) -> None:
    found = claims(rates=Rates(lines=(100, 10)))
    [*_, end] = found.hear([ev.LogUpdate(content="x")] * 101)
    assert ev.ends(end.event)
    assert found.over


# -- a real runner ----------------------------------------------------------------------------------------------------


def test_all_that_an_honest_runner_writes_passes() -> None:
    text = nt.nodes.text.ToUppercase(text=nt.nodes.input.StringInput(name="text", value="é"))
    flow = nt.Workflow(outputs={"all": nt.nodes.control.Collect(input_item=text)})
    graph = flow.to_dict()["graph"] if "graph" in flow.to_dict() else flow.to_dict()
    request = RunJobRequest(graph=graph, strategy="subprocess")
    command = [sys.executable, "-P", "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl"]
    done = subprocess.run(command, input=request.model_dump_json().encode(), capture_output=True, check=True)
    lines = done.stdout.splitlines()
    told = claims(*(node["id"] for node in graph["nodes"])).take(lines)
    assert [line.n for line in told] == list(range(1, len(lines) + 1))
    assert ev.ends(told[-1].event)
