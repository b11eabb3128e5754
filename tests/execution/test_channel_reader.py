"""The owner's side of a channel: what is passed on unread, what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.channel_reader import ChannelFile


def line_of(event: ev.Event, n: int) -> bytes:
    return ev.dump_line(event, job_id="thejob", attempt=1, seq=n, time=float(n), source=None)


def read(tmp_path: Path, *lines: bytes, masked: bool = False) -> list[tuple[int, ev.Event, bytes | None]]:
    (tmp_path / "channel.jsonl").write_bytes(b"".join(lines))
    channel = ChannelFile(tmp_path / "channel.jsonl", tmp_path / "bell", 0, masked=masked)
    try:
        return [(line.n, line.event, line.body) for line in channel.read()]
    finally:
        channel.close()


@pytest.mark.parametrize(
    "text", ["plain", 'with "quotes" and \\', "tabs\tand\nlines", "", "x" * 100_000, "\x00\x1f", "\x7f"]
)
def test_a_plain_log_line_is_passed_on_as_it_is(tmp_path: Path, text: str) -> None:
    line = line_of(ev.LogUpdate(content=text, node_id="a"), 1)
    [(n, _, body)] = read(tmp_path, line)
    assert n == 1
    assert body is not None
    relayed = ev.dump_line(ev.LogUpdate(content="?"), job_id="thejob", attempt=2, seq=9, time=1.0, source=1, body=body)
    found = ev.parse(relayed)
    assert isinstance(found, ev.LogUpdate)
    assert (found.content, found.node_id, found.seq, found.source, found.attempt) == (text, "a", 9, 1, 2)


@pytest.mark.parametrize("text", ["é", "日本", "🎈"])
def test_a_log_line_that_is_not_ascii_is_read(tmp_path: Path, text: str) -> None:
    [(_, event, _)] = read(tmp_path, line_of(ev.LogUpdate(content=text), 1))
    assert isinstance(event, ev.LogUpdate)
    assert event.content == text


def test_lines_that_must_be_masked_are_read(tmp_path: Path) -> None:
    [(_, event, _)] = read(tmp_path, line_of(ev.LogUpdate(content="a secret"), 1), masked=True)
    assert isinstance(event, ev.LogUpdate)
    assert event.content == "a secret"


@pytest.mark.parametrize(
    "end",
    [
        b'"content":"x","severity":"info","seq":9}',
        b'"content":"x","severity":"info","job_id":"other"}',
        b'"content":"\\ud800","severity":"info"}',
        b'"content":"x\x01","severity":"info"}',
        b'"content":"x\\q","severity":"info"}',
        b'"content":7,"severity":"info"}',
        b'"content":"x","severity":"info"} {}',
    ],
)
def test_a_line_that_is_nearly_plain_is_looked_at(tmp_path: Path, end: bytes) -> None:
    start = b'{"seq":1,"attempt":1,"time":1.000000,"job_id":"thejob","type":"log_update","node_id":"","node_name":"",'
    for _, event, body in read(tmp_path, start + end + b"\n"):
        assert body is None
        assert isinstance(event, ev.LogUpdate)
        assert event.content in ("x", "\ud800") or event.content.startswith(
            "the runner sent a line that is not an event"
        )


def test_garbage_between_lines_becomes_a_warning(tmp_path: Path) -> None:
    first, last = (line_of(ev.LogUpdate(content=text), n) for n, text in ((1, "first"), (3, "last")))
    lines = read(tmp_path, first, b'{"seq":2,garbage\n', last)
    assert [n for n, _, _ in lines] == [1, 2, 3]
    assert isinstance(lines[1][1], ev.LogUpdate)
    assert lines[1][1].severity == "warning"
