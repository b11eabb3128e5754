"""A runner's line becomes a line of the log by its own bytes, unless they could overrule the owner's envelope."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events as ev

HEAD = b'{"seq":7,"attempt":1,"time":12.500000,"job_id":"theirs",'


def owned(line: bytes) -> bytes:
    """Return a runner's line as its owner writes it."""
    return ev.dump_line(ev.parse(line), job_id="ours", attempt=2, seq=40, time=12.5, source=7, body=ev.find_body(line))


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_owners_line_is_the_same_with_the_runners_bytes_as_without(content: str, name: str) -> None:
    event = ev.LogUpdate(content=content, node_name=name)
    line = ev.number(ev.dump_unnumbered(event, job_id="theirs", attempt=1, time=12.5), 7).rstrip(b"\n")
    dumped = ev.dump_line(ev.parse(line), job_id="ours", attempt=2, seq=40, time=12.5, source=7)
    assert owned(line) == dumped


def test_the_bytes_of_a_plain_line_are_kept() -> None:
    assert ev.find_body(HEAD + b'"type":"log_update","content":"x"}') == b'"type":"log_update","content":"x"}'


@pytest.mark.parametrize(
    "line",
    [
        HEAD + b'"type":"log_update","content":"x","seq":1}',
        HEAD + b'"type":"log_update","content":"x","source":1}',
        HEAD + b'"type":"log_update","content":"x","time" : 1}',
        HEAD + b'"type":"log_update","content":"x","attempt":9}',
        HEAD + b'"type":"log_update","content":"x","job_id":"other"}',
        HEAD + b'"type":"log_update","content":"x","s\\u0065q":1}',
        HEAD + b'"source":3,"type":"log_update","content":"x"}',
        HEAD + b'"more":{"a":1,"type":"x"},"type":"log_update","content":"x"}',
        b'{"type":"log_update","content":"x","seq":7}',
    ],
)
def test_a_line_that_may_name_the_envelope_twice_has_the_owners(line: bytes) -> None:
    pairs = json.loads(owned(line), object_pairs_hook=list)
    envelope = [(key, value) for key, value in pairs if key in ("seq", "attempt", "time", "source", "job_id")]
    assert envelope == [("seq", 40), ("attempt", 2), ("time", 12.5), ("source", 7), ("job_id", "ours")]
