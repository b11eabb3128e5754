"""Where the boxes of a workflow graph stand: at the places the file gives them, else laid out from left to right.

A file's places are kept as they lie to each other, drawn together where nothing stands, and pushed apart where boxes
would cover each other, because the boxes of a view are smaller than an editor's and all of one size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.widgets.layers import APART, Place, Size, arrange, pack

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph, Node

COMMENT, GROUP = "nodetool.workflows.base_node.Comment", "nodetool.workflows.base_node.Group"
NODE_WIDTH, NODE_HEIGHT = 160, 60  # px of every node's box
MARGIN, HEAD = 16, 24  # px between a group's edge and what is in it, and for its name
GAP = 14  # px that boxes keep from each other at least
WIDEST_GAP = (80, 40)  # px across and down that an empty band of a file's picture is drawn together to
SCALE = (0.65, 0.5)  # of a file's places across and down; an editor's node is 280 px wide, and higher than ours
FARTHEST = 1e7  # px beyond which a place is taken for a fault

_COMMENT_SIZE, _COMMENT_LEAST, _COMMENT_MOST = (208, 80), (140, 40), (640, 320)
_EMPTY_GROUP = (160, 40)
_COLUMN = 256  # px of the strips in which boxes are looked up


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; ``x`` and ``y`` are its upper left corner. All in px."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of a graph by the ids of their nodes, none covering another unless it is the group that it is in.

    ``groups`` come before what is in them, ``inside`` names the group of every node, group and comment that is in one.
    """

    width: int
    height: int
    nodes: dict[str, Box] = field(default_factory=dict)
    groups: dict[str, Box] = field(default_factory=dict)
    comments: dict[str, Box] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)


def layout(graph: Graph) -> Layout:
    """Return where everything in ``graph`` stands; the same graph always gives the same places."""
    found = {node.id: node for node in graph.nodes}
    parents = _parents(found)
    depth = {name: len(_above(name, parents)) for name, node in found.items() if node.type == GROUP}
    members: dict[str | None, list[str]] = {None: []} | {name: [] for name in depth}
    for name in found:
        members[parents.get(name)].append(name)
    links = _links(graph, parents)
    sizes = {name: _size(node) for name, node in found.items()}
    places: dict[str, Place] = {}
    for group in sorted(depth, key=lambda name: -depth[name]):
        inner, (width, height) = _level(members[group], sizes, found, links.get(group, ()))
        width, height = (width, height) if members[group] else _EMPTY_GROUP
        places |= {name: (x + MARGIN, y + HEAD + MARGIN) for name, (x, y) in inner.items()}
        sizes[group] = (width + 2 * MARGIN, height + HEAD + 2 * MARGIN)
    top, (width, height) = _level(members[None], sizes, found, links.get(None, ()))
    places |= {name: (x + MARGIN, y + MARGIN) for name, (x, y) in top.items()}
    whole = Layout(width + 2 * MARGIN, height + 2 * MARGIN, inside=parents)
    for name in [*sorted(depth, key=depth.__getitem__), *(name for name in found if name not in depth)]:
        x, y = places[name]
        if name in parents:
            outer = whole.groups[parents[name]]
            x, y = x + outer.x, y + outer.y
        _kind(whole, found[name])[name] = Box(x, y, *sizes[name])
    return whole


def _kind(whole: Layout, node: Node) -> dict[str, Box]:
    return whole.groups if node.type == GROUP else whole.comments if node.type == COMMENT else whole.nodes


def _parents(found: Mapping[str, Node]) -> dict[str, str]:
    """Return the group of everything that is in one; groups that contain themselves count as being in none."""
    named = {name: node.parent_id for name, node in found.items()}
    known = {
        name: parent
        for name, parent in named.items()
        if parent is not None and parent in found and found[parent].type == GROUP
    }
    return {name: parent for name, parent in known.items() if name not in _above(name, known)}


def _above(name: str, parents: Mapping[str, str]) -> list[str]:
    """Return the groups around something, the nearest first; ends where they go round in a circle."""
    chain: dict[str, None] = {}
    while name in parents and parents[name] not in chain:
        name = parents[name]
        chain[name] = None
    return list(chain)


def _links(graph: Graph, parents: Mapping[str, str]) -> dict[str | None, list[tuple[str, str]]]:
    """Return the edges of each level; one that leaves a group belongs to the level where both ends meet."""
    found: dict[str | None, list[tuple[str, str]]] = {}
    for edge in graph.edges:
        left, right = ([*reversed(_above(end, parents)), end] for end in (edge.source, edge.target))
        level: str | None = None
        for a, b in zip(left, right, strict=False):
            if a != b:
                found.setdefault(level, []).append((a, b))
                break
            level = a
    return found


def _level(
    names: Sequence[str], sizes: Mapping[str, Size], found: Mapping[str, Node], links: Iterable[tuple[str, str]]
) -> tuple[dict[str, Place], Size]:
    """Lay out what is in one group, or in none: what has places by them, and the rest beside it."""
    given = {name: place for name in names if (place := _given(found[name])) is not None}
    if 2 * len(set(given.values())) <= len(given):  # all in one place: no layout, but an editor's default
        given = {}
    rest = {name: sizes[name] for name in names if name not in given}
    free = arrange(rest, links)
    return _beside(_as_given(given, sizes), free) if given else free


def _beside(first: tuple[dict[str, Place], Size], then: tuple[dict[str, Place], Size]) -> tuple[dict[str, Place], Size]:
    if not then[0]:
        return first
    if first[1][0] < first[1][1]:
        return pack([first, then])
    places = {name: (x, y + first[1][1] + APART) for name, (x, y) in then[0].items()}
    return first[0] | places, (max(first[1][0], then[1][0]), first[1][1] + APART + then[1][1])


def _as_given(given: Mapping[str, tuple[float, float]], sizes: Mapping[str, Size]) -> tuple[dict[str, Place], Size]:
    """Return a file's places in the measure of a view."""
    columns = (
        _together({name: place[axis] * SCALE[axis] for name, place in given.items()}, sizes, axis) for axis in (0, 1)
    )
    xs, ys = columns
    boxes = _apart({name: Box(xs[name], ys[name], *sizes[name]) for name in given})
    right, bottom = (max(box.x + box.w for box in boxes.values()), max(box.y + box.h for box in boxes.values()))
    return {name: (box.x, box.y) for name, box in boxes.items()}, (right, bottom)


def _together(starts: Mapping[str, float], sizes: Mapping[str, Size], axis: int) -> dict[str, int]:
    """Return starts on one axis from 0 on, wide empty bands made narrow."""
    places: dict[str, int] = {}
    end, shift = None, 0.0
    for name in sorted(starts, key=lambda name: starts[name]):
        start = starts[name]
        if end is None:
            end = shift = start
        shift += max(0.0, start - end - WIDEST_GAP[axis])
        end = max(end, start + sizes[name][axis])
        places[name] = round(start - shift)
    return places


def _apart(boxes: Mapping[str, Box]) -> dict[str, Box]:
    """Return the boxes so that none covers another: from the top, each goes down as far as it must."""
    strips: dict[int, list[Box]] = {}
    placed = {}
    for name in sorted(boxes, key=lambda name: (boxes[name].y, boxes[name].x)):
        box = boxes[name]
        mine = range(box.x // _COLUMN, (box.x + box.w + GAP) // _COLUMN + 1)
        near = [
            other
            for strip in mine
            for other in strips.get(strip, ())
            if other.x < box.x + box.w + GAP and box.x < other.x + other.w + GAP
        ]
        y = box.y
        for other in sorted(near, key=lambda other: other.y):
            if other.y < y + box.h + GAP and y < other.y + other.h + GAP:
                y = other.y + other.h + GAP
        placed[name] = free = Box(box.x, y, box.w, box.h)
        for strip in mine:
            strips.setdefault(strip, []).append(free)
    return {name: placed[name] for name in boxes}


def _size(node: Node) -> Size:
    if node.type != COMMENT:
        return NODE_WIDTH, NODE_HEIGHT
    shown = node.ui_properties or {}
    wanted = (_number(shown.get("width")), _number(shown.get("height")))
    scaled = (_COMMENT_SIZE[axis] if side is None else round(side * SCALE[axis]) for axis, side in enumerate(wanted))
    width, height = (min(max(s, _COMMENT_LEAST[axis]), _COMMENT_MOST[axis]) for axis, s in enumerate(scaled))
    return width, height


def _given(node: Node) -> tuple[float, float] | None:
    """Return the place that the file gives a node, if it is one."""
    place: Any = (node.ui_properties or {}).get("position")
    x, y = (_number(place.get(axis)) for axis in "xy") if isinstance(place, Mapping) else (None, None)
    return None if x is None or y is None else (x, y)


def _number(value: object) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= FARTHEST
    return float(value) if known else None  # type: ignore[arg-type]  # what is known is a number
