"""A directed graph laid out from left to right: layers, few crossings, straight edges (K. Sugiyama and others, 1981).

networkx finds components, cycles and layers. The order within a layer comes from sweeps that put each node at the
mean place of its neighbours (the barycentre), the height from an isotonic regression towards them, which is the
nearest that keeps order and distance. Nothing is random: the same graph gives the same places.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Size = tuple[int, int]
Place = tuple[int, int]
Link = tuple[str, str]

ACROSS, DOWN, APART = 56, 20, 36  # px between layers, between nodes of a layer, between parts that nothing joins
SWEEPS, PATIENCE = 12, 2  # sweeps forth and back, and those in a row after which no fewer crossings are hoped for
FLAT = 5.0  # how many times wider than high a graph may be before its layers are folded into rows
LONG = 18  # layers that are never folded; their names can still be read on a page
SHAPE = 1.6  # width to height that parts are packed into
_BEND = 8  # px of height that an edge takes where it passes a layer


def arrange(sizes: Mapping[str, Size], links: Iterable[Link]) -> tuple[dict[str, Place], Size]:
    """Return where the upper left corner of each box goes, and the size of the whole; all in px.

    ``sizes`` are width and height by name, in the order that decides ties; ``links`` go from name to name.
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from((a, b) for a, b in links if a != b and a in sizes and b in sizes)
    order = {name: number for number, name in enumerate(sizes)}
    parts = [sorted(part, key=order.__getitem__) for part in nx.weakly_connected_components(graph)]
    parts.sort(key=lambda part: order[part[0]])
    return pack([_part(graph, names, sizes) for names in parts])


def pack(blocks: Sequence[tuple[dict[str, Place], Size]]) -> tuple[dict[str, Place], Size]:
    """Put blocks into rows, in their order, so that the whole is a little wider than high."""
    area = sum((width + APART) * (height + APART) for _, (width, height) in blocks)
    limit = max(math.isqrt(int(SHAPE * area)), max((width for _, (width, _) in blocks), default=0))
    places: dict[str, Place] = {}
    x = y = row = right = 0
    for block, (width, height) in blocks:
        if x and x + width > limit:
            x, y, row = 0, y + row + APART, 0
        places.update((name, (x + left, y + top)) for name, (left, top) in block.items())
        right, row, x = max(right, x + width), max(row, height), x + width + APART
    return places, (right, y + row)


def _part(graph: Any, names: Sequence[str], sizes: Mapping[str, Size]) -> tuple[dict[str, Place], Size]:
    """Lay out one connected part."""
    if len(names) == 1:
        return {names[0]: (0, 0)}, sizes[names[0]]
    level, links = _levels(graph, names)
    drawn = _Drawing([sizes[name] for name in names], level, links)
    drawn.order()
    places, size = drawn.places()
    return dict(zip(names, places, strict=True)), size


def _levels(graph: Any, names: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return each node's layer and the edges, as numbers into ``names``; edges that close a loop run backwards."""
    import networkx as nx

    number = {name: place for place, name in enumerate(names)}
    # A search begins where nothing comes in, so that the edge it calls the last of a loop is the one that goes back.
    starts = sorted(names, key=lambda name: graph.in_degree(name) > 0)
    whole = nx.DiGraph()
    whole.add_nodes_from(starts)
    whole.add_edges_from((a, b) for a in starts for b in graph.successors(a))
    after = {name: place for place, name in enumerate(nx.dfs_postorder_nodes(whole))}
    whole.remove_edges_from([(a, b) for a, b in whole.edges if after[a] <= after[b]])
    level = {name: depth for depth, layer in enumerate(nx.topological_generations(whole)) for name in layer}
    ordered = sorted(names, key=level.__getitem__)
    # What only feeds one place, such as a constant, moves up to it.
    free: set[str] = set()
    for name in ordered:
        if all(before in free and whole.out_degree(before) == 1 for before in whole.predecessors(name)):
            free.add(name)
    for name in reversed(ordered):
        if name in free:
            level[name] = min((level[then] for then in whole.successors(name)), default=level[name] + 1) - 1
    low = min(level.values())
    return [level[name] - low for name in names], [(number[a], number[b]) for a, b in whole.edges]


class _Drawing:
    """Layers of one connected part: its nodes by number, then the bends of edges that pass layers."""

    def __init__(self, sizes: Sequence[Size], level: Sequence[int], links: Sequence[tuple[int, int]]) -> None:
        self._sizes = list(sizes)
        self._real = len(sizes)
        self._layers: list[list[int]] = [[] for _ in range(max(level) + 1)]
        for node, depth in enumerate(level):
            self._layers[depth].append(node)
        self._back: list[list[int]] = [[] for _ in sizes]
        self._forth: list[list[int]] = [[] for _ in sizes]
        self._join(level, links)

    def _join(self, level: Sequence[int], links: Sequence[tuple[int, int]]) -> None:
        spans = [level[b] - level[a] for a, b in links]
        longest = _affordable(spans, 2 * self._real + 1000)
        for (a, b), span in zip(links, spans, strict=True):
            if span > longest:  # it passes too many layers to have a place of its own in each
                continue
            last = a
            for depth in range(level[a] + 1, level[b]):
                self._sizes.append((0, _BEND))
                self._back.append([last])
                self._forth.append([])
                self._forth[last].append(len(self._sizes) - 1)
                last = len(self._sizes) - 1
                self._layers[depth].append(last)
            self._forth[last].append(b)
            self._back[b].append(last)

    def order(self) -> None:
        """Order each layer so that few edges cross."""
        best, fewest, idle = [list(layer) for layer in self._layers], self._crossings(), 0
        for _ in range(SWEEPS):
            if not fewest or idle == PATIENCE:
                break
            for fixed, layer in pairwise(self._layers):
                _settle(layer, fixed, self._back)
            for fixed, layer in pairwise(reversed(self._layers)):
                _settle(layer, fixed, self._forth)
            found = self._crossings()
            idle += 1
            if found < fewest:
                best, fewest, idle = [list(layer) for layer in self._layers], found, 0
        self._layers = best

    def places(self) -> tuple[list[Place], Size]:
        """Return where each node goes, and the size of the whole."""
        middles = self._middles()
        tops = [round(middle - self._sizes[node][1] / 2) for node, middle in enumerate(middles[: self._real])]
        widths = [max(self._sizes[node][0] for node in layer) for layer in self._layers]
        rows = self._rows(sum(widths) + ACROSS * (len(widths) - 1), max(tops) - min(tops))
        places, right, below = [(0, 0)] * self._real, 0, -APART
        for row in rows:
            nodes = [node for depth in row for node in self._layers[depth] if node < self._real]
            shift, x = below + APART - min(tops[node] for node in nodes), 0
            for depth in row:
                for node in self._layers[depth]:
                    if node < self._real:
                        places[node] = (x, tops[node] + shift)
                right = max(right, x + widths[depth])
                x += widths[depth] + ACROSS
            below = max(places[node][1] + self._sizes[node][1] for node in nodes)
        return places, (right, below)

    def _rows(self, width: int, height: int) -> list[range]:
        """Return which layers stand side by side: all, unless the graph is long and flat.

        A row ends where few edges go on, in the last third of what fits into it.
        """
        count = len(self._layers)
        if count <= LONG or width <= FLAT * height:
            return [range(count)]
        each = -(-count // math.ceil(math.sqrt(width / (FLAT / 2 * (height + 2 * APART)))))
        leaving = [sum(len(self._forth[node]) for node in layer) for layer in self._layers]
        rows, start = [], 0
        while start < count:
            ends = range(min(start + each, count), min(start + each - each // 3, count) - 1, -1)
            end = count if start + each >= count else min(ends, key=lambda end: leaving[end - 1])
            rows.append(range(start, end))
            start = end
        return rows

    def _crossings(self) -> int:
        return sum(crossings(left, right, self._forth) for left, right in pairwise(self._layers))

    def _middles(self) -> list[float]:
        """Return the height of each node's middle."""
        middles = [0.0] * len(self._sizes)
        offsets = [self._offsets(layer) for layer in self._layers]
        for layer, away in zip(self._layers, offsets, strict=True):
            for node, offset in zip(layer, away, strict=True):
                middles[node] = offset
        both = [[*back, *forth] for back, forth in zip(self._back, self._forth, strict=True)]
        for near, forth in ((self._back, True), (self._forth, False), (self._back, True), (both, False), (both, True)):
            for depth in range(len(self._layers)) if forth else range(len(self._layers) - 1, -1, -1):
                layer = self._layers[depth]
                wanted = [_mean([middles[other] for other in near[node]], middles[node]) for node in layer]
                for node, middle in zip(layer, _apart(wanted, offsets[depth]), strict=True):
                    middles[node] = middle
        return middles

    def _offsets(self, layer: Sequence[int]) -> list[int]:
        """Return the least distance of each middle from the first one's."""
        found = [0]
        for a, b in pairwise(layer):
            gap = DOWN if a < self._real and b < self._real else _BEND
            found.append(found[-1] + (self._sizes[a][1] + self._sizes[b][1] + 1) // 2 + gap)
        return found


def crossings(left: Sequence[int], right: Sequence[int], forth: Sequence[Sequence[int]]) -> int:
    """Count the crossings of the edges between two layers that are ordered so; ``forth`` has each node's edges."""
    place = {node: number for number, node in enumerate(right)}
    seen: list[int] = []
    count = 0
    for node in left:
        ends = [place[then] for then in forth[node]]
        for end in ends:
            count += len(seen) - bisect_right(seen, end)
        for end in ends:
            insort(seen, end)
    return count


def _settle(layer: list[int], fixed: Sequence[int], near: Sequence[Sequence[int]]) -> None:
    """Order a layer by the mean places of each node's neighbours in the one beside it."""
    place = {node: number for number, node in enumerate(fixed)}
    share = len(fixed) / len(layer)
    wanted = {node: _mean([place[other] for other in near[node]], number * share) for number, node in enumerate(layer)}
    layer.sort(key=wanted.__getitem__)


def _apart(wanted: Sequence[float], offsets: Sequence[int]) -> list[float]:
    """Return the heights nearest to ``wanted`` (least squares) that keep the order and the distances."""
    blocks: list[tuple[float, int]] = []  # mean and count: the pool of adjacent violators
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, more = blocks.pop()
            mean, count = (before * more + mean * count) / (more + count), more + count
        blocks.append((mean, count))
    levels = (mean for mean, count in blocks for _ in range(count))
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _affordable(spans: Sequence[int], most: int) -> int:
    """Return the longest span up to which all edges together make no more than ``most`` bends."""
    total = 0
    for span in sorted(spans):
        total += span - 1
        if total > most:
            return span - 1
    return max(spans, default=0)


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    if len(numbers) == 1:  # most often
        return numbers[0]
    return sum(numbers) / len(numbers) if numbers else otherwise
