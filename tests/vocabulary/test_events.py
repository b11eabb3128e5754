"""Events: NodeTool's fields, one JSON line each, unknown ones carried whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events as ev
from nodetool_jupyter.states import MOVES, TERMINAL, Status, read_status


@pytest.mark.parametrize("kind", sorted(ev._KNOWN))
def test_every_type_is_read_as_its_class(kind: str) -> None:
    model = ev._KNOWN[kind]
    needed = {
        name: {"status": "running", "progress": 1.0, "total": 2.0}.get(name, 1 if field.annotation is int else "x")
        for name, field in model.model_fields.items()
        if field.is_required()
    }
    event = ev.parse(json.dumps({"type": kind, **needed}))
    assert type(event) is model
    assert ev.parse(ev.dump(event)) == event


def test_a_newer_type_is_carried_with_all_its_fields() -> None:
    line = b'{"type":"brand_new","deep":{"a":[1,null]},"seq":4}'
    event = ev.parse(line)
    assert isinstance(event, ev.UnknownEvent)
    assert json.loads(ev.dump(event)) == json.loads(line)


def test_a_newer_field_of_a_known_type_is_carried() -> None:
    assert json.loads(ev.dump(ev.parse(b'{"type":"chunk","content":"x","thinking":true}')))["thinking"] is True


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"not json", "not an event: Invalid JSON"),
        (b"[1]", "not an event: "),
        (b'{"content":"x"}', "not an event: type: Field required"),
        (b'{"type":"chunk"}', "not an event: chunk.content: Field required"),
    ],
)
def test_what_is_no_event_says_why(line: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=r"^not an event") as caught:
        ev.parse(line)
    assert str(caught.value).startswith(says)


def test_a_line_of_a_log_has_the_owners_envelope_whatever_it_had() -> None:
    event = ev.LogUpdate(content="x", job_id="other", seq=9, time=1.0, source=3, attempt=7)
    line = ev.dump_line(event, job_id="j", attempt=2, seq=5, time=12.5, source=None)
    assert json.loads(line) == {"seq": 5, "attempt": 2, "time": 12.5, "job_id": "j", "type": "log_update",
                                "node_id": "", "node_name": "", "content": "x", "severity": "info"}  # fmt: skip
    assert line.endswith(b"}\n")
    assert json.loads(ev.dump_line(event, job_id="j", attempt=2, seq=6, time=1, source=4))["source"] == 4


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_written_as_one_line_that_can_be_read(text: str) -> None:
    line = ev.dump(ev.LogUpdate(content=text))
    assert b"\n" not in line
    found = ev.parse(line).content  # type: ignore[attr-defined]
    assert found == text.encode("utf-8", "backslashreplace").decode()


def test_not_a_number_is_written_and_read() -> None:
    event = ev.parse(ev.dump(ev.OutputUpdate(node_id="a", node_name="a", output_name="r", value=float("inf"))))
    assert event.value == float("inf")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "status"),
    [("failed", Status.ERROR), ("error", Status.ERROR), ("scheduled", Status.QUEUED), ("paused", Status.SUSPENDED),
     ("completed", Status.COMPLETED)],
)  # fmt: skip
def test_nodetools_words_for_a_status_are_read(word: str, status: Status) -> None:
    assert read_status(word) is status


def test_a_word_that_nobody_uses_is_refused() -> None:
    with pytest.raises(ValueError, match="vanished"):
        read_status("vanished")


def test_nothing_follows_a_terminal_status() -> None:
    assert all(MOVES[status] == frozenset() for status in TERMINAL)
    assert all(MOVES[status] >= TERMINAL for status in Status if not status.terminal)
