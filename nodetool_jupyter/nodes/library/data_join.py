"""``nodetool.data``: making one table of two."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.tables import Rows, chosen, columns_of, key_of, read_rows, table
from nodetool_jupyter.nodes.types import Table

node = family("nodetool.data", inline=False)


@node
def Merge(dataframe_a: Table = None, dataframe_b: Table = None) -> Table:
    """Put two tables side by side, row by row; where both have a column, the second's cells stand.

    The shorter one's cells are null where it has no more rows.
    """
    first, second = read_rows(dataframe_a, "dataframe_a"), read_rows(dataframe_b, "dataframe_b")
    left, right = dict.fromkeys(columns_of(first)), dict.fromkeys(columns_of(second))
    return table({**left, **(a or {}), **right, **(b or {})} for a, b in zip_longest(first, second))


@node
def Append(dataframe_a: Table = None, dataframe_b: Table = None) -> Table:
    """Put the rows of a second table after those of the first; both must have the same columns."""
    first, second = read_rows(dataframe_a, "dataframe_a"), read_rows(dataframe_b, "dataframe_b")
    if first and second:
        left, right = columns_of(first), columns_of(second)
        for has, lacks, name in ((left, right, "dataframe_b"), (right, left, "dataframe_a")):
            missing = [column for column in has if column not in lacks]
            if missing:
                raise ValueError(f"Append: {name} has no column {', '.join(map(repr, missing))}; both need the same")
    return table([*first, *second])


@node
def Join(dataframe_a: Table = None, dataframe_b: Table = None, join_on: str = "") -> Table:
    """Put together every row of the first table and every row of the second that are equal in a column.

    Where both have another column of one name, the second's cells stand under that name; both are kept beside it, the
    first's as ``name_x`` and the second's as ``name_y``, which older workflows ask for.
    """
    first, second = read_rows(dataframe_a, "dataframe_a"), read_rows(dataframe_b, "dataframe_b")
    left, right = columns_of(first), columns_of(second)
    keys = chosen(join_on, left, "Join in dataframe_a", "join_on")
    chosen(join_on, right, "Join in dataframe_b", "join_on")
    partners: dict[tuple[Any, ...], Rows] = {}
    for row in second:
        partners.setdefault(key_of(row, keys), []).append(row)
    both = [name for name in left if name in right and name not in keys]
    taken = {*left, *right}
    made = []
    for row in first:
        for partner in partners.get(key_of(row, keys), ()):
            joined = {name: row.get(name) for name in left}
            joined |= {name: partner.get(name) for name in right if name not in keys}
            for name in both:
                for mark, side in (("_x", row), ("_y", partner)):
                    if name + mark not in taken:
                        joined[name + mark] = side.get(name)
            made.append(joined)
    return table(made)
