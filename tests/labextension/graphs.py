"""Graphs of any size for the tests of the browser."""

from __future__ import annotations

import random

from nodetool_jupyter.graph import Graph


def large(nodes: int) -> Graph:
    """Return a graph whose nodes each have one or two sources among the thirty before them."""
    chance = random.Random(1)
    edges = [
        {"source": f"n{chance.randrange(max(0, n - 30), n)}", "target": f"n{n}", "targetHandle": handle}
        for n in range(4, nodes)
        for handle in chance.choice(["a", "ab"])
    ]
    return Graph.model_validate(
        {
            "nodes": [{"id": f"n{n}", "type": "lib.math.Add"} for n in range(nodes)],
            "edges": [{"sourceHandle": "output", **edge} for edge in edges],
        }
    )
