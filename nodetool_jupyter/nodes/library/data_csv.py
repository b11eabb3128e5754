"""``nodetool.data``: reading and writing CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from nodetool_jupyter import clock
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.plain import plain_text
from nodetool_jupyter.nodes.saving import writable
from nodetool_jupyter.nodes.tables import Rows, columns_of, exact, read_rows, table
from nodetool_jupyter.nodes.types import Table

node = family("nodetool.data", inline=False)

_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False}


@node
def ImportCSV(csv_data: str = "") -> Table:
    """Read a table written as CSV, whose first line has the names of the columns.

    Numbers, ``true`` and ``false`` are read as such, an empty cell is null, blank lines are skipped.
    """
    return table(_parse(csv_data, "ImportCSV"))


@node
def LoadCSVFile(file_path: str = "") -> Table:
    """Read a table from a CSV file in UTF-8."""
    path = Path(file_path).expanduser()
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ValueError(f"LoadCSVFile: there is no file {file_path!r}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"LoadCSVFile: {file_path!r} cannot be read: {error}") from None
    return table(_parse(text, f"LoadCSVFile: {file_path!r}"))


@node
def SaveCSVDataframeFile(
    ctx: NodeContext, dataframe: Table = None, folder: str = "", filename: str = "output.csv"
) -> Table:
    """Write a table as CSV into a file below the job's scratch folder, or an absolute one, and hand it on.

    ``%Y %m %d %H %M %S`` in the name stand for the time of writing.
    """
    return _save(ctx, dataframe, folder, filename)


@node
def SaveDataframe(ctx: NodeContext, df: Table = None, folder: Any = "", name: str = "output.csv") -> Table:
    """Write a table as CSV into a file below the job's scratch folder, or an absolute one, and hand it on.

    The folder may be NodeTool's reference to one. ``%Y %m %d %H %M %S`` in the name stand for the time of writing.
    """
    uri = (folder.get("uri") or "") if isinstance(folder, dict) else str(folder or "")
    return _save(ctx, df, unquote(urlsplit(uri).path) if uri.startswith("file:") else uri, name)


def _parse(text: str, where: str) -> Rows:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    rows: Rows = []
    names: list[str] = []
    try:
        for cells in reader:
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            if not names:
                names = _names(cells)
                continue
            if len(cells) > len(names) and any(cells[len(names) :]):
                raise ValueError(
                    f"{where}: line {reader.line_num} has {len(cells)} cells, the first line names {len(names)} columns"
                )
            rows.append(dict(zip_longest(names, map(_typed, cells[: len(names)]))))
    except csv.Error as error:
        raise ValueError(f"{where}: line {reader.line_num} is no CSV: {error}") from None
    return rows


def _names(cells: list[str]) -> list[str]:
    """Name columns as pandas does where the first line does not: ``Unnamed: 0``, and ``a.1`` for a second ``a``."""
    names: list[str] = []
    for index, cell in enumerate(cells):
        plain = name = cell.strip() or f"Unnamed: {index}"
        number = 0
        while name in names:
            number += 1
            name = f"{plain}.{number}"
        names.append(name)
    return names


def _typed(cell: str) -> Any:
    word = cell.strip()
    if not word:
        return None
    if word[0] in "+-.0123456789":
        if _WHOLE.fullmatch(word):
            return int(word)
        if _NUMBER.fullmatch(word):
            number = exact(float(word))
            return cell if number is None else number
    return _WORDS.get(word.lower(), cell) if len(word) <= 5 else cell


def _save(ctx: NodeContext, value: Any, folder: str, filename: str) -> Any:
    rows = read_rows(value)
    name = dt.datetime.fromtimestamp(clock.current.time()).strftime(filename) if "%" in filename else filename
    path = writable(ctx, str(Path(folder).expanduser()), name or "output.csv")
    columns = columns_of(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([plain_text(row.get(name)) for name in columns] for row in rows)
    ctx.log(f"wrote {len(rows)} rows to {path}")
    return table(rows)
