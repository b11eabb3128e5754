from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from typing import TextIO

import pytest

from nodetool_jupyter.widgets.terminal import TextView
from tests.widgets.showcase import Story, chain, chain_graph, completed, failed, graph, running


class Screen:
    """A terminal of a given size, and what a person sees on it."""

    def __init__(self, columns: int, lines: int, encoding: str = "utf-8") -> None:
        self._master, slave = pty.openpty()
        self.stream: TextIO = os.fdopen(slave, "w", encoding=encoding)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def written(self) -> str:
        """Return what was written since the last time."""
        self.stream.write("\x00")
        self.stream.flush()
        data = b""
        while not data.endswith(b"\x00"):
            data += os.read(self._master, 65536)
        return data[:-1].decode(self.stream.encoding).replace("\r\n", "\n")

    def close(self) -> None:
        self.stream.close()
        os.close(self._master)


def seen(written: str) -> list[str]:
    """Play what was written on an endless screen: lines, cursor up, clear to the end of line and screen."""
    rows, row, column = [""], 0, 0
    position = 0
    while position < len(written):
        character = written[position]
        if character == "\x1b":
            end = next(i for i in range(position + 2, len(written)) if written[i].isalpha())
            number, act = written[position + 2 : end], written[end]
            if act == "A":
                row -= int(number)
                assert row >= 0, "the view went above its own first line"
            elif act == "K":
                rows[row] = rows[row][:column]
            elif act == "J":
                rows = [*rows[:row], rows[row][:column]]
            position = end + 1
            continue
        if character == "\n":
            row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif character == "\r":
            column = 0
        else:
            rows[row] = rows[row][:column] + character + rows[row][column + 1 :]
            column += 1
        position += 1
    return rows


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    made = Screen(70, 12)
    yield made
    made.close()


def test_a_terminal_shows_one_picture_that_changes_in_place(screen: Screen) -> None:
    view = TextView(screen.stream, graph())
    view.update(running().state)
    view.update(completed().state)
    shown = seen(screen.written())
    assert shown[0].startswith("✓ completed") and sum("photo" in line for line in shown) == 1
    assert not any("running" in line for line in shown)


def test_a_shorter_picture_leaves_nothing_of_the_longer_one(screen: Screen) -> None:
    view = TextView(screen.stream, graph())
    view.update(failed("one\ntwo\nthree").state)
    view.update(Story().job(0, "queued").state)
    assert "two" not in "".join(seen(screen.written()))


def test_a_picture_never_scrolls_while_the_job_runs(screen: Screen) -> None:
    TextView(screen.stream, chain_graph(500)).update(chain(500, 300).state)
    assert len(seen(screen.written())) <= screen.lines


def test_a_terminal_made_narrower_is_not_drawn_above_the_view(screen: Screen) -> None:
    view = TextView(screen.stream, graph())
    view.update(running().state)
    screen.written()
    screen.resize(35, 12)
    view.update(running().state)
    again = screen.written()
    up = int(again[2 : again.index("A")])
    assert up > 7  # the seven lines that were drawn have become more
    assert max(len(line) for line in seen(again[again.index("\r") + 1 :])) < 35


def test_closing_leaves_the_whole_picture_with_its_outputs(screen: Screen) -> None:
    view = TextView(screen.stream, graph())
    view.update(running().state)
    view.close(completed(mean=0.25, numbers=[{"n": n} for n in range(9)]).state)
    shown = seen(screen.written())
    assert "  mean     0.25" in shown and len(shown) > screen.lines


def test_a_closed_view_writes_nothing(screen: Screen) -> None:
    view = TextView(screen.stream, graph())
    view.close(completed().state)
    screen.written()
    view.update(running().state)
    view.close(running().state)
    assert screen.written() == ""


def test_colour_can_be_switched_off(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    TextView(screen.stream, graph()).update(failed().state)
    assert "\x1b[31m" in screen.written()
    monkeypatch.setenv("NO_COLOR", "1")
    TextView(screen.stream, graph()).update(failed().state)
    assert "\x1b[31m" not in screen.written()


def test_a_dumb_terminal_is_none(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    TextView(screen.stream, graph()).update(running().state)
    assert "\x1b" not in screen.written()


def test_beside_a_prompt_nothing_is_redrawn(screen: Screen) -> None:
    view = TextView(screen.stream, graph(), plain=True)
    view.update(running().state)
    view.close(completed().state)
    assert "\x1b" not in screen.written()


def test_no_terminal_gets_a_line_for_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    view = TextView(stream, graph())
    story = Story().job(0, "queued")
    view.update(story.state)
    view.update(story.job(0.1, "running").node(0.1, "a", "running").state)
    view.update(story.node(0.3, "a", "completed").state)
    view.close(story.job(0.5, "completed", result={"mean": 0.25}, duration=0.4).state)
    assert stream.getvalue().split("\n") == [
        "◌ queued · china.jpg · k3jq2mx7ab · 0 of 4 nodes",
        "● running · china.jpg · k3jq2mx7ab · 0 of 4 nodes · < 1 ms",
        "  ✓ photo · 200 ms",
        "✓ completed · china.jpg · k3jq2mx7ab · 1 of 4 nodes · 400 ms",
        "  mean  0.25",
        "",
    ]


def test_no_terminal_gets_nothing_when_nothing_changed() -> None:
    stream = io.StringIO()
    view = TextView(stream, graph())
    story = running()
    view.update(story.state)
    before = stream.getvalue()
    view.update(story.log(5, "again").state)
    assert stream.getvalue() == before and "\x1b" not in before


def test_no_terminal_gets_the_error_of_a_failed_job() -> None:
    stream = io.StringIO()
    TextView(stream, graph()).close(failed().state)
    assert "  ✗ blur · 1.58 s · ValueError: radius must be positive, not -3" in stream.getvalue()
    assert "  node 'blur' failed: ValueError" in stream.getvalue()


def test_no_terminal_gets_a_tenth_at_a_time_of_a_long_graph() -> None:
    stream = io.StringIO()
    view = TextView(stream, chain_graph(500))
    for done in range(0, 500, 5):
        view.update(chain(500, done).state)
    told = stream.getvalue().split("\n")
    assert [line.split()[0] for line in told[1:-1]] == [str(number) for number in range(50, 500, 50)]


def test_a_stream_that_cannot_write_signs_gets_plain_ones() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    TextView(stream, graph("写真")).update(running().state)
    assert raw.getvalue().decode("ascii").startswith("* running - ???? - k3jq2mx7ab")
