"""A workflow graph as a picture: what a notebook keeps where nothing can draw the live view.

A light card with its own ground, so that it reads on white paper and on dark pages. A large graph is drawn smaller and
says less: first the types and times go, then the names, until what is left is a map with the failed nodes named. The
bytes depend on the snapshot alone: no clock, no random numbers, no fonts of the machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.states import NodeStatus
from nodetool_jupyter.widgets import lettering, wording
from nodetool_jupyter.widgets.canvas import INK, MUTED, Canvas, Point, bow
from nodetool_jupyter.widgets.layout import Box

WIDEST, HIGHEST = 1600, 2000  # px of a picture
DENSITY = 2.0  # px of a picture for each px of the layout, as long as there is room
SHOWN = 1000  # px of a page's width that a picture takes at most
WORDS, NAMES = 0.85, 0.36  # scales from which on types and times, and names, can be read
CALLED_OUT = 12  # failed nodes that are named on a map

_NODE, _FAILED, _GROUP, _COMMENT = "#ffffff", "#fdeceb", "#e9eef4", "#fff8e1"
_EDGE, _FRAME, _COMMENT_FRAME, _IDLE = "#7d8793", "#d0d7de", "#ecdfb4", "#c3cad3"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG; ``width`` and ``height`` are the px of a page that it should take, fewer than it has."""

    png: bytes
    width: int
    height: int


def draw(view: Json) -> Picture | None:
    """Return the graph of a job's snapshot as a picture; one without a job shows no states. ``None`` without nodes."""
    graph = view.get("graph") or {}
    if not any(graph.get(kind) for kind in ("nodes", "groups", "comments")):
        return None
    return _Drawing(graph, view.get("nodes", {}), ran=bool(view.get("job", {}).get("id"))).picture()


class _Drawing:
    def __init__(self, graph: Json, nodes: Json, *, ran: bool) -> None:
        self._graph = graph
        self._nodes = {name: nodes.get(name, {}) for name in graph["nodes"]}
        self._ran = ran
        self._lacks = False  # whether a text has characters that cannot be drawn
        width, height = max(graph["width"], 1), max(graph["height"], 1)
        scale = min(DENSITY, WIDEST / width, HIGHEST / height)
        self._named, self._worded = scale >= NAMES, scale >= WORDS
        self._canvas = Canvas(width, height, scale, SHOWN)

    def picture(self) -> Picture:
        """Draw everything, from the ground up."""
        for group in self._graph["groups"].values():
            self._group(group)
        for comment in self._graph["comments"].values():
            self._comment(comment)
        self._edges()
        for name, node in self._graph["nodes"].items():
            self._node(name, node)
        notes = [] if self._named else [self._legend()]
        if not self._named:
            self._call_out()
        if self._lacks:
            notes.append(wording.LACKING.format(sign=lettering.LACKING))
        return Picture(*self._canvas.png(notes))

    def _status(self, name: str) -> str:
        if not self._ran:
            return "bypassed" if self._graph["nodes"][name]["bypassed"] else NodeStatus.WAITING
        return str(self._nodes[name].get("status", NodeStatus.WAITING))

    def _node(self, name: str, node: Json) -> None:
        box, status = _box(node), self._status(name)
        look, idle = wording.look(status), status in wording.IDLE
        failed = status == NodeStatus.ERROR
        colour = _IDLE if idle else look.colour
        if not self._named:
            solid = look.colour if self._ran else _EDGE
            self._canvas.box(box, solid, solid, 4)
            return
        self._canvas.card(box, _FAILED if failed else _NODE, colour, 8, 2.0 if failed else 1.25, 5)
        ink = MUTED if idle and self._ran else INK
        if self._worded:
            self._in_words(node, box, look if self._ran else None, ink, self._said(name, status))
        else:
            self._in_short(node, box, look if self._ran else None, ink)

    def _in_words(self, node: Json, box: Box, look: wording.Look | None, ink: str, said: str) -> None:
        """Write a node's name, its type, and how it did."""
        size, small, room = self._canvas.size(13, 20), self._canvas.size(10.5, 16), box.w - 22
        title, kind = self._title(node), "" if node["type"] == node["name"] else node["type"]
        lines = [(title, size, ink), (self._line(kind), small, MUTED), (self._line(said), small, MUTED)]
        lines = [line for line in lines if line[0]]
        x, first, step = box.x + 14, {2: 20, 3: 14}.get(len(lines), 30), 17 if len(lines) == 3 else 21
        for number, (text, points, colour) in enumerate(lines):
            y, indent = box.y + first + step * number, 0
            if look is not None and number == len(lines) - 1:
                self._canvas.write(x, y, look.glyph, small, look.colour)
                indent = 14
            self._canvas.write(x + indent, y, self._cut(text, points, room - indent), points, colour)

    def _in_short(self, node: Json, box: Box, look: wording.Look | None, ink: str) -> None:
        """Write a node's name alone, its sign before it."""
        size = self._canvas.size(13, box.h * 0.42)
        x, middle, step = box.x + 12.0, box.y + box.h / 2, 0.0
        high = 1.2 * size / self._canvas.scale
        if look is not None:
            step = lettering.width(f"{look.glyph} ", size) / self._canvas.scale
        room = (box.w - 18 - step) * self._canvas.scale
        title = self._title(node)
        lines = lettering.in_two(title, size, room) if 2 * high < box.h else [lettering.cut(title, size, room)]
        first = middle - high * (len(lines) - 1) / 2
        if look is not None:
            self._canvas.write(x, first, look.glyph, size, look.colour)
        for number, line in enumerate(lines):
            self._canvas.write(x + step, first + high * number, line, size, ink)

    def _said(self, name: str, status: str) -> str:
        """Return what a node's last line says; nothing of one that has not been run."""
        word, heard = wording.look(status).word, self._nodes[name]
        if not self._ran:
            return word if status == "bypassed" else ""
        if status == NodeStatus.ERROR and heard.get("error"):
            return str(heard["error"])
        started, ended = heard.get("started"), heard.get("ended")
        spent = wording.duration(max(0.0, ended - started)) if started is not None and ended is not None else word
        items = heard.get("items", 0)
        return f"{spent} · {wording.counted(items, 'item')}" if items > 1 else spent

    def _group(self, group: Json) -> None:
        box = _box(group)
        self._canvas.box(box, _GROUP, _FRAME, 10, 1.5)
        if self._named:
            size = self._canvas.size(12, 18)
            text = self._cut(self._line(group["name"]), size, box.w - 24)
            self._canvas.write(box.x + 12, box.y + 15, text, size, MUTED)

    def _comment(self, comment: Json) -> None:
        box = _box(comment)
        self._canvas.box(box, _COMMENT, _COMMENT_FRAME, 6)
        if not self._named:
            return
        size = self._canvas.size(11, 16)
        step = size * 1.35 / self._canvas.scale
        said, most = _unmarked(comment["text"]), max(1, int((box.h - 12) / step))
        for number, line in enumerate(lettering.wrap(said, size, (box.w - 20) * self._canvas.scale, most)):
            self._lacks |= lettering.LACKING in line and lettering.LACKING not in said
            self._canvas.write(box.x + 10, box.y + 6 + step * (number + 0.6), line, size)

    def _edges(self) -> None:
        ends = _ports(self._graph)
        for edge in self._graph["edges"].values():
            a = ends[edge["from"], "out", edge["from_handle"]]
            b = ends[edge["to"], "in", edge["to_handle"]]
            self._canvas.curve(bow(a, b), _EDGE, dashed=edge["control"])

    def _call_out(self) -> None:
        """Name the failed nodes of a map."""
        failed = [name for name in self._nodes if self._status(name) == NodeStatus.ERROR]
        look = wording.look(NodeStatus.ERROR)
        size = round(11 * self._canvas.density)
        for name in failed[:CALLED_OUT]:
            node = self._graph["nodes"][name]
            text = lettering.cut(f"{look.glyph} {self._title(node)}", size, self._canvas.width / 3)
            self._canvas.label(node["x"], node["y"] - size / self._canvas.scale, text, size, _FAILED, look.colour)

    def _legend(self) -> str:
        """Return how many nodes are in which state, for a picture too small for their names."""
        if not self._ran:
            return wording.counted(len(self._nodes), "node")
        counts = Counter(map(self._status, self._nodes)).most_common()
        looks = ((wording.look(status), number) for status, number in counts)
        return " · ".join(f"{look.glyph} {number:,} {look.word}" for look, number in looks)

    def _title(self, node: Json) -> str:
        """Return a node's name as it can be drawn; where nothing of it can, the mark for that and its type."""
        shown = self._line(node["name"])
        if lettering.LACKING in shown and not lettering.says_something(shown):
            return f"{lettering.LACKING} {self._line(node['type'])}"
        return shown or self._line(node["type"])

    def _line(self, text: str) -> str:
        """Return a text as it can be drawn; remembers whether something lacks."""
        shown = lettering.drawable(text)
        self._lacks |= lettering.LACKING in shown and lettering.LACKING not in text
        return shown

    def _cut(self, text: str, size: int, room: float) -> str:
        return lettering.cut(text, size, room * self._canvas.scale)


def _box(place: Json) -> Box:
    return Box(place["x"], place["y"], place["w"], place["h"])


def _unmarked(text: str) -> str:
    """Return a comment without the marks of Markdown that most have."""
    return "\n".join(line.lstrip("#> ").replace("**", "").replace("`", "") for line in text.split("\n"))


def _ports(graph: Json) -> dict[tuple[str, str, str], Point]:
    """Return where each handle that an edge uses is, spread over the side of its node's box."""
    sides: dict[tuple[str, str], dict[str, None]] = {}
    for edge in graph["edges"].values():
        sides.setdefault((edge["from"], "out"), {})[edge["from_handle"]] = None
        sides.setdefault((edge["to"], "in"), {})[edge["to_handle"]] = None
    places: dict[tuple[str, str, str], Point] = {}
    for (name, side), handles in sides.items():
        box = _box(graph["nodes"][name])
        for number, handle in enumerate(handles):
            y = box.y + box.h * (number + 1) / (len(handles) + 1)
            places[name, side, handle] = (box.x + box.w if side == "out" else box.x, y)
    return places
