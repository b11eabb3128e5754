"""Text that follows a job: redrawn in place on a terminal, plain lines of what changed anywhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.states import NodeStatus
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import cells, text, wording
from nodetool_jupyter.widgets.heading import heading
from nodetool_jupyter.widgets.roll import Roll

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

EACH_NODE = 20  # nodes up to which each one's end is a line of its own; larger graphs tell every tenth
_ENDS = frozenset({NodeStatus.COMPLETED, NodeStatus.ERROR, NodeStatus.CANCELLED})


class TextView:
    """Shows a job on ``stream`` while it runs; one job per view.

    On a terminal it redraws in place and never takes more lines than there are. Elsewhere it writes a line for each
    change of state, and only then; so too with ``plain``, which is for jobs that run beside a prompt.
    :meth:`close` leaves the whole picture behind.
    """

    def __init__(
        self,
        stream: TextIO,
        graph: Graph | None = None,
        *,
        name: str = "",
        values: ValueStore | None = None,
        plain: bool = False,
    ) -> None:
        self._stream = stream
        self._graph = graph
        self._name = name
        self._values = values
        self._tty = not plain and _is_terminal(stream)
        self._color = self._tty and not os.environ.get("NO_COLOR")
        self._drawn: list[int] = []  # columns of each line that stands there now
        self._told: dict[str, str] = {}
        self._job = ""
        self._tenth = 0
        self._closed = False

    def update(self, state: JobState) -> None:
        """Show the state as it is now."""
        self.write(self.compose(state))

    def compose(self, state: JobState) -> str:
        """Return what must be written to show the state; give it to :meth:`write` before composing again."""
        if self._closed:
            return ""
        if not self._tty:
            return self._changes(state)
        columns, lines = self._size()
        return self._over(self._render(state, columns - 1, max(1, lines - 1)), columns)

    def close(self, state: JobState) -> None:
        """Show the end of the job; the view writes nothing after that."""
        if self._closed:
            return
        columns, _ = self._size()
        if self._tty:
            self.write(self._over(self._render(state, columns - 1, None), columns))
        else:
            outputs = text.output_lines(state, self._values, 80)
            self.write(self._changes(state) + "".join(f"{line}\n" for line in outputs))
        self._closed = True

    def _render(self, state: JobState, width: int, height: int | None) -> str:
        values = self._values if height is None else None  # files are read once, at the end
        return text.render(state, self._graph, width, color=self._color, name=self._name, values=values, height=height)

    def _over(self, picture: str, columns: int) -> str:
        """Return what writes a picture over the one that stands there.

        A terminal that was made narrower meanwhile has broken those lines into more.
        """
        up = sum(max(1, -(-width // columns)) for width in self._drawn)
        lines = picture.split("\n")
        back = f"\x1b[{up}A\r" if up else ""
        self._drawn = [cells.width(_bare(line)) for line in lines]
        return back + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"

    def _changes(self, state: JobState) -> str:
        """Return a line for each thing that changed since the last time."""
        roll = Roll(state, self._graph)
        head = heading(state, roll, self._graph, self._name)
        lines = self._ends(state, len(roll))
        if head.look.word != self._job:
            self._job = head.look.word
            said = " · ".join(
                part for part in (f"{head.look.glyph} {head.look.word}", head.name, head.id, *head.facts) if part
            )
            ending = state.status.terminal
            lines = [*lines, said] if ending else [said, *lines]
            if head.trouble:
                lines += [f"  {line}" for line in head.trouble.split("\n")[: text.TROUBLE_LINES]]
        return "".join(f"{line}\n" for line in lines)

    def _ends(self, state: JobState, total: int) -> list[str]:
        """Return lines for the nodes that ended since the last time."""
        lines = []
        for node in state.nodes.values():
            if node.status not in _ENDS or self._told.get(node.id) == node.status:
                continue
            self._told[node.id] = node.status
            if total > EACH_NODE and node.status == NodeStatus.COMPLETED:
                continue
            shown = wording.look(node.status)
            said = [
                wording.one_line(node.name or node.id),
                wording.duration(node.duration),
                wording.one_line(node.error or ""),
            ]
            lines.append(f"  {shown.glyph} {' · '.join(part for part in said if part)}")
        tenth = 10 * state.done // total if total > EACH_NODE else 0
        if tenth > self._tenth:
            self._tenth = tenth
            lines.append(f"  {state.done:,} of {wording.counted(total, 'node')}")
        return lines

    def _size(self) -> tuple[int, int]:
        if not self._tty:
            return 80, 24
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, lines = 80, 24
        return columns or 80, lines or 24

    def write(self, data: str) -> None:
        """Write what :meth:`compose` made; may wait for a slow terminal."""
        if not data:
            return
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            data.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            data = data.translate(wording.ASCII).encode("ascii", "replace").decode()
        self._stream.write(data)
        self._stream.flush()


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def _bare(line: str) -> str:
    """Return a line without the colours we put in; nothing else in it begins with an escape."""
    return "".join(part.partition("m")[2] if index else part for index, part in enumerate(line.split("\x1b")))
