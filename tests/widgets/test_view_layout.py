from __future__ import annotations

import json
import random
import time
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodetool_jupyter.graph import Graph, find_graph, read_graph
from nodetool_jupyter.widgets.layers import arrange, crossings
from nodetool_jupyter.widgets.layout import COMMENT, GROUP, NODE_HEIGHT, NODE_WIDTH, Box, Layout, layout


def drawn(nodes: list[dict[str, Any]], edges: list[tuple[str, str]] | None = None) -> Graph:
    known = [{"type": "lib.math.Add", **node} for node in nodes]
    ways = [{"source": a, "sourceHandle": "output", "target": b, "targetHandle": f"from {a}"} for a, b in edges or []]
    return read_graph({"nodes": known, "edges": ways})


def at(x: object, y: object, **more: object) -> dict[str, object]:
    return {"ui_properties": {"position": {"x": x, "y": y}, **more}}


def path(count: int) -> Graph:
    return drawn([{"id": f"n{n}"} for n in range(count)], [(f"n{n}", f"n{n + 1}") for n in range(count - 1)])


def tangle(nodes: int, edges: int, seed: int, reach: int) -> Graph:
    """A graph whose edges mostly go forward, a little at a time, as a large workflow's do."""
    chance = random.Random(seed)
    ways = {
        (n, min(nodes - 1, n + 1 + chance.randrange(reach)))
        for n in (chance.randrange(nodes - 1) for _ in range(edges))
    }
    return drawn([{"id": str(n)} for n in range(nodes)], [(str(a), str(b)) for a, b in sorted(ways) if a != b])


def covering(boxes: dict[str, Box]) -> list[tuple[str, str]]:
    return [
        (a, b)
        for (a, p), (b, q) in combinations(boxes.items(), 2)
        if p.x < q.x + q.w and q.x < p.x + p.w and p.y < q.y + q.h and q.y < p.y + p.h
    ]


def faults(found: Layout, graph: Graph) -> list[str]:
    """Return what is wrong with a layout: boxes that cover each other, or that are not where they belong."""
    boxes = found.nodes | found.groups | found.comments
    assert boxes.keys() == {node.id for node in graph.nodes}
    inside = found.inside
    wrong = [f"{a} and {b}" for a, b in covering(boxes) if a not in _around(b, inside) and b not in _around(a, inside)]
    whole = Box(0, 0, found.width, found.height)
    for name, box in boxes.items():
        around = boxes[inside[name]] if name in inside else whole
        if not (around.x <= box.x and box.x + box.w <= around.x + around.w):
            wrong.append(f"{name} across")
        if not (around.y <= box.y and box.y + box.h <= around.y + around.h):
            wrong.append(f"{name} down")
    return wrong


def _around(name: str, inside: dict[str, str]) -> list[str]:
    found = []
    while name in inside:
        name = inside[name]
        found.append(name)
    return found


PLACES = st.one_of(
    st.none(),
    st.just({}),
    st.builds(at, st.integers(-900, 900), st.integers(-900, 900), width=st.integers(-5, 900), height=st.floats()),
    st.builds(at, st.floats(), st.one_of(st.floats(), st.text(max_size=2), st.integers())),
)
GRAPHS = st.integers(1, 14).flatmap(
    lambda count: st.tuples(
        st.lists(
            st.fixed_dictionaries({
                "place": PLACES,
                "type": st.sampled_from(["lib.math.Add", "lib.math.Add", COMMENT, GROUP]),
                "parent_id": st.one_of(st.none(), st.integers(0, count).map(str)),
            }),
            min_size=count, max_size=count,
        ),
        st.lists(st.tuples(st.integers(0, count).map(str), st.integers(0, count).map(str)), max_size=2 * count),
    )
)  # fmt: skip


@given(GRAPHS)
@settings(max_examples=300, deadline=None)
def test_no_box_covers_another_and_groups_hold_what_is_theirs(given: tuple[list[dict[str, Any]], Any]) -> None:
    nodes, edges = given
    graph = drawn(
        [{"id": str(n), **(node.pop("place") or {}), **node} for n, node in enumerate(map(dict, nodes))], edges
    )
    assert faults(layout(graph), graph) == []
    assert layout(graph) == layout(graph)


def test_a_graph_without_places_goes_from_left_to_right() -> None:
    boxes = layout(path(5)).nodes
    assert all(boxes[f"n{n}"].x + NODE_WIDTH < boxes[f"n{n + 1}"].x for n in range(4))
    assert len({box.y for box in boxes.values()}) == 1


def test_a_constant_stands_beside_what_it_feeds() -> None:
    graph = drawn([{"id": name} for name in "abcdk"], [("a", "b"), ("b", "c"), ("c", "d"), ("k", "d")])
    boxes = layout(graph).nodes
    assert boxes["k"].x == boxes["c"].x


def test_a_loop_runs_forward_but_for_the_edge_that_closes_it() -> None:
    graph = drawn([{"id": name} for name in "abcd"], [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")])
    xs = [layout(graph).nodes[name].x for name in "abcd"]
    assert xs == sorted(set(xs))


def test_a_long_flat_graph_is_folded_into_rows() -> None:
    found = layout(path(100))
    assert found.width < 5 * found.height
    boxes = [found.nodes[f"n{n}"] for n in range(100)]
    assert all((a.y, a.x) < (b.y, b.x) for a, b in pairwise(boxes))


def test_a_row_ends_where_few_edges_go_on() -> None:
    ladder = [(f"n{n}", f"n{n + 1}") for n in range(59)] + [(f"n{n}", f"m{n + 1}") for n in range(59) if n % 10]
    graph = drawn([{"id": f"{side}{n}"} for n in range(60) for side in ("nm" if n % 10 != 1 and n else "n")], ladder)
    boxes = layout(graph).nodes
    last = [n for n in range(59) if boxes[f"n{n + 1}"].x < boxes[f"n{n}"].x]
    assert last and all(n % 10 == 0 for n in last)


def test_parts_that_nothing_joins_are_packed() -> None:
    found = layout(drawn([{"id": str(n)} for n in range(100)]))
    assert found.height < found.width < 3 * found.height


def test_places_of_the_file_are_kept_as_they_lie_to_each_other() -> None:
    graph = drawn([{"id": "a", **at(0, 180)}, {"id": "b", **at(420, 200)}, {"id": "c", **at(420, 500)}])
    boxes = layout(graph).nodes
    assert boxes["a"].x < boxes["b"].x == boxes["c"].x
    assert boxes["a"].y < boxes["b"].y < boxes["c"].y


def test_wide_empty_bands_of_a_file_are_drawn_together() -> None:
    found = layout(drawn([{"id": "a", **at(-90_000, 0)}, {"id": "b", **at(90_000, 8000)}]))
    assert found.width < 4 * NODE_WIDTH and found.height < 4 * NODE_HEIGHT


def test_nodes_that_all_lie_in_one_place_are_laid_out_anew() -> None:
    graph = drawn([{"id": name, **at(0, 0)} for name in "abc"], [("a", "b"), ("b", "c")])
    assert layout(graph) == layout(drawn([{"id": name} for name in "abc"], [("a", "b"), ("b", "c")]))


def test_nodes_without_a_place_stand_beside_those_with_one() -> None:
    graph = drawn([{"id": "a", **at(0, 0)}, {"id": "b", **at(400, 0)}, {"id": "c"}, {"id": "d"}], [("c", "d")])
    boxes = layout(graph).nodes
    assert boxes["c"].y == boxes["d"].y > boxes["b"].y + NODE_HEIGHT


PLACELESS = {
    "words": at("left", "top"), "not a number": at(float("nan"), 0), "endless": at(float("inf"), 0),
    "far away": at(10**400, 0), "a truth": at(True, 0), "a list": {"ui_properties": {"position": [1, 2]}},
}  # fmt: skip


@pytest.mark.parametrize("kind", PLACELESS)
def test_a_place_that_is_none_is_passed_over(kind: str) -> None:
    graph = drawn([{"id": "a", **PLACELESS[kind]}, {"id": "b"}], [("a", "b")])
    assert layout(graph) == layout(drawn([{"id": "a"}, {"id": "b"}], [("a", "b")]))


def test_places_in_a_group_count_from_the_group() -> None:
    graph = drawn([
        {"id": "g", "type": GROUP, **at(1000, 0)},
        {"id": "a", "parent_id": "g", **at(10, 40)}, {"id": "b", "parent_id": "g", **at(10, 400)},
        {"id": "out", **at(0, 0)},
    ])  # fmt: skip
    found = layout(graph)
    assert found.nodes["a"].x == found.nodes["b"].x > found.groups["g"].x > found.nodes["out"].x
    assert found.inside == {"a": "g", "b": "g"}


def test_edges_across_groups_order_the_groups() -> None:
    graph = drawn(
        [
            {"id": "g", "type": GROUP},
            {"id": "h", "type": GROUP},
            {"id": "b", "parent_id": "h"},
            {"id": "a", "parent_id": "g"},
        ],
        [("a", "b")],
    )
    found = layout(graph)
    assert found.groups["g"].x + found.groups["g"].w < found.groups["h"].x


def test_a_comment_keeps_its_share_of_the_room() -> None:
    graph = drawn([{"id": "c", "type": COMMENT, **at(0, 0, width=600, height=180)}, {"id": "a", **at(0, 400)}])
    box = layout(graph).comments["c"]
    assert (box.w, box.h) == (390, 90)


def test_the_workflows_of_nodetool_are_laid_out_without_faults(examples: Path) -> None:
    for file in sorted(examples.glob("*.json")):
        graph = read_graph(find_graph(json.loads(file.read_text())))
        assert faults(layout(graph), graph) == []


def _crossings(graph: Graph, places: dict[str, tuple[int, int]]) -> int:
    """Count the pairs of edges that cross, drawn straight, in a picture of nodes at these places."""
    lines = [(places[edge.source], places[edge.target]) for edge in graph.edges]

    def side(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
        turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        return (turn > 0) - (turn < 0)

    return sum(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for (a, b), (c, d) in combinations(lines, 2)
    )


def test_edges_cross_far_less_than_in_the_order_of_the_file() -> None:
    ours = naive = 0
    for seed in range(6):
        graph = tangle(60, 80, seed, 30)
        places, _ = arrange({node.id: (NODE_WIDTH, NODE_HEIGHT) for node in graph.nodes}, _links(graph))
        column: Counter[int] = Counter()
        as_written = {}
        for name, (x, _) in places.items():
            as_written[name] = (x, column[x] * (NODE_HEIGHT + 20))
            column[x] += 1
        ours += _crossings(graph, places)
        naive += _crossings(graph, as_written)
    assert ours < naive / 2


def _links(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def test_an_edge_that_passes_layers_keeps_the_others_out_of_its_way() -> None:
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("x", "y"), ("y", "z"), ("a", "z")]
    sizes = dict.fromkeys("axbycz", (NODE_WIDTH, NODE_HEIGHT))
    places, _ = arrange(sizes, edges)
    assert places["a"][1] < places["x"][1] and places["b"][1] < places["y"][1] and places["c"][1] < places["z"][1]


def test_crossings_are_counted() -> None:
    assert crossings([0, 1, 2], [3, 4, 5], [[5], [4], [3], [], [], []]) == 3
    assert crossings([0, 1], [2, 3], [[2, 3], [2, 3], [], []]) == 1


def test_a_thousand_nodes_take_a_fraction_of_a_second() -> None:
    graph = tangle(1000, 1500, 1, 30)
    layout(path(3))  # networkx is imported once
    spent = []
    for _ in range(3):
        start = time.process_time()
        layout(graph)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.6  # 0.15 s on a machine that does nothing else
