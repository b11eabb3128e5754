"""What every node that takes a table does first: read its rows from any of the forms that tables come in.

Between nodes a table is ``{"rows": [{…}, …]}``. Its columns are the keys of its rows, in the order in which they first
appear; a key that a row lacks is a missing cell, and so is ``None``. A table without rows therefore has no columns.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.plain import plain_key
from nodetool_jupyter.values.shown import SCALARS, simplify

Row = dict[str, Any]
Rows = list[Row]

_EXACT = 2**53  # beyond it a float does not say which whole number it is
_FORMS = "a table is {'rows': [{…}]}, a list of dictionaries, or a pandas DataFrame"


def table(rows: Iterable[Row]) -> dict[str, Rows]:
    """Return rows in the form in which nodes hand tables on."""
    return {"rows": rows if isinstance(rows, list) else list(rows)}


def read_rows(value: Any, what: str = "dataframe") -> Rows:
    """Return the rows of a table in any of its forms; none for ``None`` and for a reference to nothing.

    Rows that are plain are the very ones given: they are not to be changed. NaN, infinities and what pandas has for
    nothing become ``None``, numbers of numpy Python's, names of columns text.
    Raises ``ValueError`` for what is no table.
    """
    if isinstance(value, Mapping):
        found = _from_reference(value, what)
    elif isinstance(value, (list, tuple)):
        found = list(value)
    else:
        found = _from_library(value, what)
    rows = [_plain_row(row, index, what) for index, row in enumerate(found)]
    if all(type(name) is str for name in set(chain.from_iterable(rows))):
        return rows
    return [{str(name): cell for name, cell in row.items()} for row in rows]


def _from_reference(value: Mapping[str, Any], what: str) -> list[Any]:
    rows, data = value.get("rows"), value.get("data")
    if rows is None and data is None:
        if value.get("uri"):
            raise ValueError(f"the {what} at {value['uri']!r} cannot be read here")
        if not value or "rows" in value or "data" in value or value.get("type") == "dataframe":
            return []
    found = data if rows is None else rows
    if not isinstance(found, (list, tuple)):
        raise ValueError(f"the {what} is a dictionary, but no table; {_FORMS}")
    if rows is None and any(isinstance(entry, (list, tuple)) for entry in found):
        return _named_cells(value.get("columns") or (), found, what)
    return list(found)


def _named_cells(columns: Iterable[Any], data: Iterable[Any], what: str) -> list[Any]:
    """Return the rows of the form with ``columns`` and, in ``data``, lists of cells."""
    names = [str(column["name"] if isinstance(column, Mapping) else column) for column in columns]
    rows: list[Any] = []
    for index, cells in enumerate(data):
        if not isinstance(cells, (list, tuple)):
            rows.append(cells)
            continue
        if len(cells) > len(names):
            raise ValueError(f"row {index} of the {what} has {len(cells)} cells for {len(names)} columns")
        rows.append(dict(zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=True)))
    return rows


def _from_library(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    pandas, arrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        if any(name is not None for name in value.index.names):
            value = value.reset_index()
        names = [str(name) for name in value.columns]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the {what} has more than one column {name!r}")
        columns = [value.iloc[:, place].tolist() for place in range(len(names))]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    if arrow is not None and isinstance(value, arrow.Table):
        rows: list[Any] = value.to_pylist()
        return rows
    raise ValueError(f"the {what} is {type(value).__name__}, no table; {_FORMS}")


def _plain_row(row: Any, index: int, what: str) -> Row:
    if not isinstance(row, dict):
        raise ValueError(f"row {index} of the {what} is {type(row).__name__}, not a dictionary")
    for value in row.values():
        kind = type(value)
        if kind not in SCALARS or (kind is float and value - value != 0):
            return {name: plain_cell(cell) for name, cell in row.items()}
    return row


def plain_cell(value: Any) -> Any:
    """Return a cell as JSON has it, ``None`` for what is missing; dates, lists and dictionaries stay."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind in SCALARS or isinstance(value, (list, dict)):
        return value
    if kind.__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, dt.datetime):
        return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    if isinstance(value, dt.date):
        return value
    simple = simplify(value)
    return value if simple is value else plain_cell(simple)


def frame_of(value: Any) -> Any:
    """Return a table as a pandas DataFrame, for a function that says that it wants one; ``None`` and others stay.

    Raises ``ValueError`` for a dictionary or list that is no table.
    """
    if not isinstance(value, (dict, list, tuple)):
        return value
    import pandas as pd

    return pd.DataFrame(read_rows(value, "table"))


def columns_of(rows: Rows) -> list[str]:
    """Return the columns of a table, in the order in which they first appear."""
    return list(dict.fromkeys(chain.from_iterable(rows)))


def one_column(name: str, known: list[str], kind: str, what: str) -> str:
    """Return the column that property ``what`` of node ``kind`` names.

    Raises ``ValueError`` when there is no such column. A table without rows has every column.
    """
    if not name:
        raise ValueError(f"{kind}: {what} names no column")
    if known and name not in known:
        raise ValueError(f"{kind}: there is no column {name!r}: {nearest(name, known)}".rstrip(": "))
    return name


def chosen(names: str, known: list[str], kind: str, what: str = "columns") -> list[str]:
    """Return the columns that a property names, separated by commas; a name may have commas in it.

    Raises ``ValueError`` as :func:`one_column` does.
    """
    if names in known:
        return [names]
    found = [one_column(name.strip(), known, kind, what) for name in names.split(",") if name.strip()]
    return found or [one_column("", known, kind, what)]


def key_of(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    """Return what only rows share that are equal in some columns; 1 is 1.0, but neither ``"1"`` nor ``true``."""
    return tuple([_mark(row.get(name)) for name in names])


def _mark(cell: Any) -> Any:
    kind = type(cell)
    if kind is bool:
        return (kind, cell)
    return cell if kind in SCALARS else (kind, plain_key(cell))


def is_number(value: Any) -> bool:
    """Tell whether a plain cell is a number; ``true`` is none."""
    kind = type(value)
    return kind is int or kind is float


def numeric(rows: Rows, names: Iterable[str]) -> list[str]:
    """Return those columns whose cells are numbers; some may be missing."""
    found = []
    for name in names:
        kinds = {type(row.get(name)) for row in rows} - {type(None)}
        if kinds and kinds <= {int, float}:
            found.append(name)
    return found


def exact(number: float | None) -> int | float | None:
    """Return a result as JSON has it: ``2`` for 2.0, ``None`` for what is no finite number."""
    if type(number) is not float:
        return number
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < _EXACT else number
