"""Text that follows a job: redrawn in place on a terminal, plain lines of what changed anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.states import NodeStatus
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import text, wording
from nodetool_jupyter.widgets.heading import heading
from nodetool_jupyter.widgets.roll import Roll
from nodetool_jupyter.widgets.screen import Screen

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
        self._screen = Screen(stream, plain=plain)
        self._graph = graph
        self._name = name
        self._values = values
        self._told: dict[str, str] = {}
        self._job = ""
        self._tenth = 0
        self._closed = False

    def update(self, state: JobState) -> None:
        """Show the state as it is now."""
        self.write(self.compose(state))

    @property
    def moves(self) -> bool:
        """Whether it redraws in place."""
        return self._screen.moves

    def compose(self, state: JobState, now: float | None = None) -> str:
        """Return what must be written to show the state; give it to :meth:`write` before composing again."""
        if self._closed:
            return ""
        if not self._screen.moves:
            return self._changes(state)
        columns, lines = self._screen.size()
        return self._screen.over(self._render(state, columns - 1, max(1, lines - 1), now), columns)

    def close(self, state: JobState) -> None:
        """Show the end of the job; the view writes nothing after that."""
        if self._closed:
            return
        columns, _ = self._screen.size()
        if self._screen.moves:
            self.write(self._screen.over(self._render(state, columns - 1, None), columns))
        else:
            outputs = text.output_lines(state, self._values, columns)
            self.write(self._changes(state) + "".join(f"{line}\n" for line in outputs))
        self._closed = True

    def write(self, data: str) -> None:
        """Write what :meth:`compose` made; may wait for a slow terminal."""
        self._screen.write(data)

    def _render(self, state: JobState, width: int, height: int | None, now: float | None = None) -> str:
        values = self._values if height is None else None  # files are read once, at the end
        color, name = self._screen.color, self._name
        return text.render(state, self._graph, width, color=color, name=name, values=values, height=height, now=now)

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
