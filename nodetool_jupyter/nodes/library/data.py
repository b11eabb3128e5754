"""``nodetool.data``: making tables, and taking them apart into lists and streams.

The family is large: CSV is in :mod:`data_csv`, choosing and filling rows in :mod:`data_rows`, columns in
:mod:`data_columns`, groups and statistics in :mod:`data_group`, two tables together in :mod:`data_join`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, TypedDict

from nodetool_jupyter.nodes.define import NOTHING, family
from nodetool_jupyter.nodes.library.data_columns import *  # noqa: F403  # the parts of one family
from nodetool_jupyter.nodes.library.data_csv import *  # noqa: F403
from nodetool_jupyter.nodes.library.data_group import *  # noqa: F403
from nodetool_jupyter.nodes.library.data_join import *  # noqa: F403
from nodetool_jupyter.nodes.library.data_rows import *  # noqa: F403
from nodetool_jupyter.nodes.plain import plain_text
from nodetool_jupyter.nodes.tables import plain_cell, read_rows, table
from nodetool_jupyter.nodes.types import Table, reference

node = family("nodetool.data", inline=False)


class NumberedRow(TypedDict):
    """A row and its number."""

    row: dict[str, Any]
    index: int


class NumberedDict(TypedDict):
    """A row and its number, under NodeTool's older name."""

    dict: dict[str, Any]
    index: int


@node
def FromList(values: list[Any] = []) -> Table:
    """Make a table of a list of dictionaries.

    Of a cell ``{"value": x}`` the table gets ``x``; lists and other dictionaries become text.
    """
    for index, row in enumerate(values):
        if not isinstance(row, dict):
            raise ValueError(f"FromList: item {index} is {type(row).__name__}, not a dictionary")
    return table({str(name): _cell(value) for name, value in row.items()} for row in values)


def _cell(value: Any) -> Any:
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    plain = plain_cell(value)
    return plain if plain is None or isinstance(plain, (str, int, float, dt.date)) else plain_text(plain)


@node
def JSONToDataframe(text: str = "") -> Table:
    """Read a table written as JSON: a list of objects."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"JSONToDataframe: the text is not JSON: {error}") from None
    return table(read_rows(data, "JSON"))


@node
def ToList(dataframe: Table = None) -> list[dict[str, Any]]:
    """Return the rows of a table as a list of dictionaries."""
    return read_rows(dataframe)


RecordType = reference("record_type")


@node(inline=True)
def Schema(columns: RecordType = {"type": "record_type", "columns": []}) -> RecordType:  # type: ignore[valid-type]
    """Give the names and types of columns."""
    return columns


@node
def ForEachRow(dataframe: Table = None) -> Iterator[NumberedRow]:
    """Send the rows of a table one by one."""
    for index, row in enumerate(read_rows(dataframe)):
        yield {"row": row, "index": index}


@node
def RowIterator(dataframe: Table = None) -> Iterator[NumberedDict]:
    """Send the rows of a table one by one; the older form of ForEachRow."""
    for index, row in enumerate(read_rows(dataframe)):
        yield {"dict": row, "index": index}


@node(inline=True)
def FilterNone(value: Any = None) -> Any:
    """Forward a value unless it is null; of a stream, the items that are not."""
    return NOTHING if value is None else value
