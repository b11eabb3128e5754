"""A job as plain text: the whole picture at once, for terminals and wherever there is no html."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import cells, wording
from nodetool_jupyter.widgets.heading import Heading, heading, log_line, outputs
from nodetool_jupyter.widgets.preview import Shown, show
from nodetool_jupyter.widgets.roll import Cut, Roll, Row

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

NODE_LINES, LOG_LINES, VALUE_LINES, TROUBLE_LINES = 24, 5, 12, 8
NARROWEST = 20  # columns below which lines are cut by the terminal instead
_BAR = 12
_GAP = "  "
_FIGURE = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?")


def render(
    state: JobState,
    graph: Graph | None = None,
    width: int = 80,
    *,
    color: bool = False,
    name: str = "",
    values: ValueStore | None = None,
    height: int | None = None,
    now: float | None = None,
) -> str:
    """Return the job as text of at most ``width`` columns and, if given, ``height`` lines; without a last line end.

    A long graph is shortened around the nodes that run or failed. ``color`` adds ANSI colours; ``values`` lets stored
    tables show their head; ``now`` is the time by the job's clock, by default that of its last event.
    """
    room = max(width, NARROWEST)
    roll = Roll(state, graph, now)
    top = _heading(heading(state, roll, graph, name), room, color)
    tail = _apart(output_lines(state, values, room)) + _apart(_log(state, room))
    if height is not None:
        # The nodes keep half of the lines whatever else there is to say, and get what the rest leaves over.
        top, tail = top[: max(1, height // 3)], tail[: max(0, height - len(top) - min(len(roll), height // 2))]
    left = NODE_LINES if height is None else max(3, min(NODE_LINES, height - len(top) - len(tail)))
    lines = [*top, *_nodes(roll.rows(left), room, color), *tail]
    return "\n".join(lines if height is None else lines[: max(1, height)])


def table(columns: Sequence[str], body: Sequence[Sequence[str]], room: int) -> list[str]:
    """Return a table as lines of at most ``room`` columns; figures stand at the right of their column."""
    lines = [list(columns), *map(list, body)] if columns else [list(row) for row in body]
    if not lines:
        return []
    widths = [max(cells.width(line[place]) for line in lines) for place in range(len(lines[0]))]
    widths = _squeeze(widths, room - len(_GAP) * (len(widths) - 1))
    right = [bool(columns) and all(_figure(line[place]) for line in lines[1:]) for place in range(len(widths))]
    filled = (map(_filled, line, widths, right) for line in lines)
    return [cells.cut(_GAP.join(line), room).rstrip() for line in filled]


def _filled(cell: str, width: int, right: bool) -> str:
    return cells.fill(cell, width, right=right)


def _heading(head: Heading, room: int, color: bool) -> list[str]:
    words = [f"{head.look.glyph} {head.look.word}", head.name, head.id, *head.facts]
    lines = [""]
    for word in filter(None, words):
        joined = f"{lines[-1]} · {word}" if lines[-1] else word
        if cells.width(joined) > room and lines[-1]:
            lines.append(f"{_GAP}{word}")
        else:
            lines[-1] = joined
    lines = [cells.cut(line, room) for line in lines]
    lines[0] = _paint(lines[0], head.look.glyph, head.look.ansi, color)
    trouble = head.trouble.split("\n") if head.trouble else []
    cut = trouble[:TROUBLE_LINES] + (["…"] if len(trouble) > TROUBLE_LINES else [])
    return lines + [piece for line in cut for piece in _wrap(line.expandtabs(4), room - 2, 3)]


def _wrap(line: str, room: int, most: int) -> Iterator[str]:
    """Break a long line into at most ``most``, indented by two."""
    for piece in range(most):
        if cells.width(line) <= room or piece == most - 1:
            yield _GAP + cells.cut(line, room)
            return
        head = cells.cut(line, room + 1)[:-1]
        space = head.rfind(" ")
        head = head[:space] if space > room // 2 else head
        yield _GAP + head
        line = line[len(head) :].lstrip()


def _nodes(found: Sequence[Row | Cut], room: int, color: bool) -> list[str]:
    shown = [row for row in found if isinstance(row, Row)]
    if not shown:
        return []
    times = [wording.duration(row.time) for row in shown]
    name = min(max(cells.width(row.name) for row in shown), max(8, room // 3))
    kind = min(max(cells.width(row.type) for row in shown), 22) if room >= 60 else 0
    time = max(map(len, times))
    free = room - 4 - name - (kind + 2 if kind else 0) - (time + 2 if time else 0) - 2
    notes = [_note(row, free) if free >= 8 else "" for row in shown]
    note = min(max(map(cells.width, notes)), max(free, 0))
    lines, place = [], 0
    for row in found:
        if isinstance(row, Cut):
            lines.append(cells.cut(f"{_GAP}{row}", room))
            continue
        parts = [cells.fill(row.name, name)] + ([cells.fill(row.type, kind)] if kind else [])
        parts += ([cells.fill(notes[place], note)] if note else []) + (
            [cells.fill(times[place], time, right=True)] if time else []
        )
        line = cells.cut(f"{_GAP}{row.look.glyph} {_GAP.join(parts)}".rstrip(), room)
        lines.append(_paint(line, row.look.glyph, row.look.ansi, color))
        place += 1
    return lines


def _note(row: Row, free: int) -> str:
    """Return what stands between a node's name and its time: a bar, what it says, or its state."""
    parts = []
    if row.part is not None:
        size = min(_BAR, free - 6)
        done = int(row.part * size)
        parts.append(f"{'█' * done}{'░' * (size - done)} {int(100 * row.part):3d} %")
    if row.note:
        parts.append(row.note)
    plain = row.look.glyph in "✓○●"
    return cells.cut(" ".join(parts) or ("" if plain else row.look.word), free)


def output_lines(state: JobState, values: ValueStore | None, room: int) -> list[str]:
    """Return the job's outputs as lines of at most ``room`` columns; none when there are no outputs."""
    found = outputs(state)
    if not found:
        return []
    names = [wording.one_line(name) for name in found]
    margin = min(max(map(cells.width, names)), max(6, room // 4))
    lines = []
    for name, value in zip(names, found.values(), strict=True):
        body = value_lines(show(value, values), room - margin - 4)
        heads = [name] + [""] * (len(body) - 1)
        lines += [
            f"{_GAP}{cells.fill(head, margin)}{_GAP}{line}".rstrip() for head, line in zip(heads, body, strict=True)
        ]
    return lines


def value_lines(shown: Shown, room: int) -> list[str]:
    """Return a value at a glance as lines of at most ``room`` columns; at least one."""
    room = max(room, 8)
    if shown.kind == "table":
        lines = table(shown.columns, shown.rows, room)
    elif shown.kind == "text":
        lines = [cells.cut(line.expandtabs(4), room) for line in shown.text.split("\n")]
    else:
        lines = [cells.cut(wording.one_line(shown.text), room)]
    if len(lines) > VALUE_LINES:
        lines = [*lines[: VALUE_LINES - 1], "…"]
    note = [cells.cut(f"({shown.note})", room)] if shown.note else []
    return [*lines, *note] or [""]


def _log(state: JobState, room: int) -> list[str]:
    tail = list(state.log)[-LOG_LINES:]
    lines = [cells.cut(f"{_GAP}{log_line(line.severity, line.content)}", room) for line in tail]
    if state.lines_cut:
        lines.insert(0, cells.cut(f"{_GAP}… {wording.counted(state.lines_cut, 'line')} cut from the log", room))
    return lines


def _apart(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _squeeze(widths: list[int], room: int) -> list[int]:
    """Take columns from the widest until all fit; none gets narrower than three."""
    widths = list(widths)
    while sum(widths) > room and max(widths) > 3:
        widths[widths.index(max(widths))] -= 1
    return widths


def _figure(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None


def _paint(line: str, glyph: str, code: str, color: bool) -> str:
    return line.replace(glyph, f"\x1b[{code}m{glyph}\x1b[0m", 1) if color else line
