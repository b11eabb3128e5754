"""``nodetool.data``: summing tables up."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.aggregates import AGGREGATES, OF_ANYTHING, Aggregation, deviation, mean, quantile
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.javascript import to_text
from nodetool_jupyter.nodes.tables import (
    Row,
    Rows,
    chosen,
    columns_of,
    exact,
    is_number,
    key_of,
    numeric,
    one_column,
    read_rows,
    table,
)
from nodetool_jupyter.nodes.types import Table

node = family("nodetool.data", inline=False)


def _groups(rows: Rows, names: list[str]) -> list[Rows]:
    """Return rows together that are equal in some columns, in the order in which the first of each stands."""
    found: dict[Any, Rows] = {}
    for row in rows:
        found.setdefault(key_of(row, names), []).append(row)
    return list(found.values())


def _numbers(rows: Rows, name: str) -> list[int | float]:
    return [cell for row in rows if (cell := row.get(name)) is not None]


@node
def Aggregate(dataframe: Table = None, columns: str = "", aggregation: Aggregation = "sum") -> Table:
    """Make one row of all rows that are equal in some columns, named with commas between them.

    Those columns stay; of the others there is the sum, mean … of each that has numbers. Without ``columns`` all rows
    become one. Variance and deviation are those of a sample; missing cells do not count.
    """
    rows = read_rows(dataframe)
    known = columns_of(rows)
    names = chosen(columns, known, "Aggregate") if columns.strip() else []
    others = numeric(rows, [name for name in known if name not in names])
    reduce = AGGREGATES[aggregation]
    made = []
    for group in _groups(rows, names):
        row = {name: group[0].get(name) for name in names}
        row.update((name, reduce(_numbers(group, name))) for name in others)
        made.append(row)
    return table(made)


@node
def Pivot(
    dataframe: Table = None, index: str = "", columns: str = "", values: str = "", aggfunc: Aggregation = "sum"
) -> Table:
    """Turn the values of one column into columns.

    There is a row for each value of ``index``, in it a column for each value of ``columns``, and there the sum, mean …
    of the numbers of ``values``; null where there is none.
    """
    rows = read_rows(dataframe)
    known = columns_of(rows)
    kept = chosen(index, known, "Pivot", "index")
    spread = one_column(columns, known, "Pivot", "columns")
    name = one_column(values, known, "Pivot", "values")
    heads = list(dict.fromkeys(to_text(row.get(spread)) for row in rows))
    for head in heads:
        if head in kept:
            raise ValueError(f"Pivot: {spread!r} has the value {head!r}, which is also the name of the index")
    return table(_spread(group, kept, spread, name, heads, aggfunc) for group in _groups(rows, kept))


def _spread(group: Rows, kept: list[str], spread: str, name: str, heads: list[str], aggfunc: str) -> Row:
    cells: dict[str, list[Any]] = {}
    for row in group:
        found, cell = cells.setdefault(to_text(row.get(spread)), []), row.get(name)
        if cell is not None:
            if aggfunc not in OF_ANYTHING and not is_number(cell):
                raise ValueError(f"Pivot: column {name!r} has {cell!r}, of which there is no {aggfunc}")
            found.append(cell)
    reduce = AGGREGATES[aggfunc]
    across = {head: reduce(cells[head]) if head in cells else None for head in heads}
    return {**{column: group[0].get(column) for column in kept}, **across}


@node
def Describe(dataframe: Table = None) -> Table:
    """Sum up the columns that have numbers: count, mean, deviation, smallest, quarters and largest, to 4 decimals."""
    rows = read_rows(dataframe)
    columns = {name: _numbers(rows, name) for name in numeric(rows, columns_of(rows))}
    described = {name: _described(numbers) for name, numbers in columns.items()}
    return table({"stat": stat, **{name: found[stat] for name, found in described.items()}} for stat in _STATISTICS)


_STATISTICS = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")


def _described(numbers: list[int | float]) -> dict[str, int | float | None]:
    found = {"count": len(numbers), "mean": mean(numbers), "std": deviation(numbers), "min": min(numbers)}
    found |= {f"{percent}%": quantile(numbers, percent / 100) for percent in (25, 50, 75)}
    found["max"] = max(numbers)
    return {stat: None if value is None else exact(round(value, 4)) for stat, value in found.items()}
