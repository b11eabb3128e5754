"""``nodetool.data``: choosing, sorting and filling rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, Literal

from nodetool_jupyter.nodes.aggregates import mean, median
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.expression import ExpressionError, expression, predicate
from nodetool_jupyter.nodes.javascript import to_text
from nodetool_jupyter.nodes.query import condition as pandas_condition
from nodetool_jupyter.nodes.tables import (
    Row,
    Rows,
    chosen,
    columns_of,
    is_number,
    key_of,
    numeric,
    one_column,
    read_rows,
    table,
)
from nodetool_jupyter.nodes.types import Table

node = family("nodetool.data", inline=False)

_TEXTS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_PYTHON = re.compile(r"\b(?:True|False|None)\b")


@node
def Filter(df: Table = None, condition: str = "", ctx: NodeContext | None = None) -> Table:
    """Keep the rows for which a condition such as ``score >= 10 and team === "A"`` holds.

    It is a JavaScript expression over the columns, and over ``row`` for columns whose name is none:
    ``row["unit price"] > 3``. A row for which it cannot be evaluated is left out. What only pandas reads, such as
    ``team in ["A", "B"]`` or ``name.str.contains("x")``, is read as pandas does.
    """
    return table(_matching(read_rows(df), condition, ctx))


@node
def FindRow(df: Table = None, condition: str = "", ctx: NodeContext | None = None) -> Table:
    """Keep the first row for which a condition holds, or none; conditions are those of Filter."""
    return table(_matching(read_rows(df), condition, ctx, 1))


def _matching(rows: Rows, condition: str, ctx: NodeContext | None, most: int | None = None) -> Rows:
    found = list(islice(filter(_condition(condition), rows), most))
    if rows and not found and ctx is not None and not _for_pandas(condition):
        try:
            expression(condition, words=True)({"row": rows[0], **rows[0]})
        except ExpressionError as error:  # it is no fault that stops a job, but nobody would find it otherwise
            ctx.log(f"no row was kept; for the first one, {error}", "warning")
    return found


def _condition(text: str) -> Callable[[Row], bool]:
    if _for_pandas(text):
        return pandas_condition(text)
    holds = predicate(text, words=True)
    return (lambda row: holds({"row": row, **row})) if "row" in text else holds


def _for_pandas(text: str) -> bool:
    """Tell whether a condition is one that only pandas reads; where both read it, JavaScript's meaning counts."""
    try:
        predicate(text, words=True)
    except ExpressionError:
        try:
            pandas_condition(text)
        except ExpressionError:
            return False
        return True
    return bool(_PYTHON.search(_TEXTS.sub("", text)))  # in JavaScript these are names that nobody has


@node
def Slice(dataframe: Table = None, start_index: int = 0, end_index: int = -1) -> Table:
    """Keep the rows from ``start_index`` to before ``end_index``; -1 is the end."""
    return table(read_rows(dataframe)[start_index : None if end_index == -1 else end_index])


@node
def SortByColumn(df: Table = None, column: str = "") -> Table:
    """Sort rows by one column, smallest first: numbers, then texts, then rows where it is missing."""
    rows = read_rows(df)
    name = one_column(column, columns_of(rows), "SortByColumn", "column")
    return table(sorted(rows, key=lambda row: _place(row.get(name))))


def _place(value: Any) -> tuple[int, Any]:
    if is_number(value):
        return (0, value)
    return (2, 0) if value is None else (1, to_text(value))


@node
def DropDuplicates(df: Table = None) -> Table:
    """Keep the first of rows that are equal in all columns."""
    rows = read_rows(df)
    names = columns_of(rows)
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        found.setdefault(key_of(row, names), row)
    return table(list(found.values()))


@node
def DropNA(df: Table = None) -> Table:
    """Keep the rows that have a value in every column."""
    rows = read_rows(df)
    names = columns_of(rows)
    return table([row for row in rows if all(row.get(name) is not None for name in names)])


@node
def FillNA(
    dataframe: Table = None,
    value: Any = 0,
    method: Literal["value", "forward", "backward", "mean", "median"] = "value",
    columns: str = "",
) -> Table:
    """Fill missing cells, in all columns or some named with commas between them.

    With ``value``, or the one before (``forward``), the one after (``backward``), or the mean or median of a column of
    numbers; where there is no such, the cell stays missing.
    """
    rows = read_rows(dataframe)
    known = columns_of(rows)
    names = chosen(columns, known, "FillNA") if columns.strip() else known
    gaps = [name for name in names if any(row.get(name) is None for row in rows)]
    filled = [_filled(rows, name, value, method) for name in gaps]
    return table({**row, **dict(zip(gaps, cells, strict=True))} for row, *cells in zip(rows, *filled, strict=True))


def _filled(rows: Rows, name: str, value: Any, method: str) -> list[Any]:
    cells = [row.get(name) for row in rows]
    if method in ("forward", "backward"):
        return _carried(cells) if method == "forward" else _carried(cells[::-1])[::-1]
    if method in ("mean", "median"):
        if not numeric(rows, [name]):
            return cells
        numbers = [cell for cell in cells if cell is not None]
        value = mean(numbers) if method == "mean" else median(numbers)
    return [value if cell is None else cell for cell in cells]


def _carried(cells: list[Any]) -> list[Any]:
    last = None
    carried = []
    for cell in cells:
        last = last if cell is None else cell
        carried.append(last)
    return carried
