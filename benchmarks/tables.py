"""A table of 1,000 rows through Filter and Aggregate, beside the same in plain loops and in pandas."""

from __future__ import annotations

from typing import Any

from benchmarks.graphs import edge, request
from benchmarks.measure import Figure, Figures, median_seconds
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.nodes.library import data

ROWS = 1000
CONDITION = 'units > 10 and region !== "west"'
REGIONS = ("north", "south", "east", "west")


def rows() -> list[dict[str, Any]]:
    return [
        {"region": REGIONS[i % 4], "rep": f"rep{i % 17}", "units": i % 100, "price": i * 0.25, "open": i % 3 == 0}
        for i in range(ROWS)
    ]


def graph(*, nodes: bool) -> dict[str, Any]:
    """A table from outside to an output; with ``nodes`` through the two that are measured."""
    chain = ["nodetool.data.Filter", "nodetool.data.Aggregate"] if nodes else []
    data_of = [{"condition": CONDITION}, {"columns": "region", "aggregation": "mean"}]
    made: list[dict[str, Any]] = [{"id": "in", "type": "nodetool.input.DataframeInput", "data": {"name": "table"}}]
    made += [{"id": f"n{i}", "type": kind, "data": data_of[i]} for i, kind in enumerate(chain)]
    made.append({"id": "count", "type": "nodetool.control.Count"})
    made.append({"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}})
    handles = [*["df", "dataframe"][: len(chain)], "input_item", "value"]
    ids = [node["id"] for node in made]
    edges = [edge(a, "output", b, handle) for a, b, handle in zip(ids, ids[1:], handles, strict=False)]
    return {"nodes": made, "edges": edges}


def in_loops(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same by hand."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table:
        if row["units"] > 10 and row["region"] != "west":
            groups.setdefault(row["region"], []).append(row)
    return [
        {"region": region, **{name: sum(row[name] for row in group) / len(group) for name in ("units", "price")}}
        for region, group in groups.items()
    ]


def figures(*, soak: bool) -> Figures:
    jobs = manager()
    table = {"rows": rows()}
    repeats = 300 if soak else 60

    def job(*, nodes: bool) -> float:
        plain = graph(nodes=nodes)

        def one() -> None:
            jobs.wait(jobs.submit(request(plain, params={"table": table})), 30)

        return median_seconds(one, repeats, 5) * 1e3

    by_hand = median_seconds(lambda: in_loops(table["rows"]), repeats, 5) * 1e3
    without = job(nodes=False)
    whole = job(nodes=True)
    called = median_seconds(lambda: data.Aggregate(data.Filter(table, CONDITION), "region", "mean"), repeats, 5) * 1e3
    yield Figure(f"{ROWS} rows, Filter and Aggregate, as two nodes of a job", whole - without, "ms", by_hand, "<= 20")
    yield Figure(f"{ROWS} rows, a job with Filter and Aggregate, submit to end seen", whole, "ms", without)
    yield Figure(f"{ROWS} rows, Filter and Aggregate, called", called, "ms", by_hand)
    yield from _in_pandas(table["rows"], repeats)


def _in_pandas(table: list[dict[str, Any]], repeats: int) -> Figures:
    try:
        import pandas as pd
    except ImportError:
        return
    frame = pd.DataFrame(table)

    def work() -> None:
        frame[(frame["units"] > 10) & (frame["region"] != "west")].groupby("region")[["units", "price"]].mean()

    yield Figure(f"{ROWS} rows, the same in pandas", median_seconds(work, repeats, 5) * 1e3, "ms")
