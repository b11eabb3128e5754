"""``nodetool.data``: choosing, adding and naming columns."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.tables import chosen, columns_of, one_column, read_rows, table
from nodetool_jupyter.nodes.types import Table

node = family("nodetool.data", inline=False)


@node
def SelectColumn(dataframe: Table = None, columns: str = "") -> Table:
    """Keep some columns, named with commas between them, in that order."""
    rows = read_rows(dataframe)
    names = chosen(columns, columns_of(rows), "SelectColumn")
    return table({name: row.get(name) for name in names} for row in rows)


@node
def ExtractColumn(dataframe: Table = None, column_name: str = "") -> list[Any]:
    """Return the cells of one column as a list."""
    rows = read_rows(dataframe)
    name = one_column(column_name, columns_of(rows), "ExtractColumn", "column_name")
    return [row.get(name) for row in rows]


@node
def AddColumn(dataframe: Table = None, column_name: str = "", values: list[Any] = []) -> Table:
    """Add a column, or replace one, with a value for each row in turn; rows beyond the values get null."""
    if not column_name:
        raise ValueError("AddColumn: column_name names no column")
    rows = read_rows(dataframe)
    cells = [*values[: len(rows)], *[None] * (len(rows) - len(values))]
    return table({**row, column_name: cell} for row, cell in zip(rows, cells, strict=True))


@node
def Rename(dataframe: Table = None, rename_map: str = "") -> Table:
    """Give columns new names, as in ``old:new,other:another``; what there is no column for is passed over."""
    rows = read_rows(dataframe)
    names = columns_of(rows)
    renamed: dict[str, str] = {}
    for pair in filter(str.strip, rename_map.split(",")):
        old, colon, new = map(str.strip, pair.partition(":"))
        if not (old and colon and new):
            raise ValueError(f"Rename: rename_map has {pair.strip()!r}; a pair is written 'old:new'")
        if old in names:
            renamed[old] = new
    taken = set(renamed.values())
    kept = {name: renamed.get(name, name) for name in names if name in renamed or name not in taken}
    return table({kept[name]: cell for name, cell in row.items() if name in kept} for row in rows)
