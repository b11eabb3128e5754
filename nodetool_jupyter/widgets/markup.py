"""Pieces of html that JupyterLab's sanitizer keeps, readable in light and dark themes and where styles are taken away.

No ids, no scripts, no style sheets; colour only on signs, never as the only mark. The classes switch off the
typesetting of ``$…$`` as mathematics, which would eat prices and shell variables.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from nodetool_jupyter.widgets import wording
from nodetool_jupyter.widgets.heading import Heading
from nodetool_jupyter.widgets.preview import Shown
from nodetool_jupyter.widgets.roll import Cut, Row

_CELL = "text-align:left;vertical-align:top;padding:2px 8px;border:none;white-space:normal"
_SHORT = "text-align:left;vertical-align:top;padding:2px 8px;border:none;white-space:nowrap"
_NUMBER = "text-align:right;vertical-align:top;padding:2px 8px;border:none;white-space:nowrap"
_HEAD = "font-weight:normal;opacity:0.7;border:none;white-space:nowrap"
_MUTED = "opacity:0.7"
_TABLE = "border-collapse:collapse;border:none;margin:4px 0;table-layout:auto;width:auto"
_PRE = (
    "white-space:pre-wrap;font-family:monospace;font-size:90%;margin:4px 0;padding:0;"
    "background-color:transparent;border:none"
)
_LINE = "margin:4px 0"
_WRAPS = 24  # characters from which the text of a cell may be broken into lines


def escape(text: object) -> str:
    """Return text as html that shows it, whatever it contains.

    Line ends are written as references: an empty line inside html would end it for a reader of Markdown.
    """
    return html.escape(wording.plain(str(text)), quote=True).replace("\n", "&#10;")


def page(parts: Iterable[str]) -> str:
    """Put the parts of a view together."""
    body = "\n".join(part for part in parts if part)
    return f'<div class="mathjax_ignore tex2jax_ignore" style="line-height:1.4;overflow-x:auto">\n{body}\n</div>'


def sign(look: wording.Look) -> str:
    """Return a state as sign and word."""
    return f'<span style="color:{look.colour};font-weight:bold">{escape(look.glyph)}</span>&nbsp;{escape(look.word)}'


def headline(heading: Heading) -> str:
    """Return the first line of a view."""
    parts = [f"<b>{sign(heading.look)}</b>"]
    if heading.name:
        parts.append(f"<bdi>{escape(heading.name)}</bdi>")
    if heading.id:
        parts.append(f"<code>{escape(heading.id)}</code>")
    parts += [f'<span style="{_MUTED}">{escape(fact)}</span>' for fact in heading.facts]
    return f'<div style="{_LINE}">{" · ".join(parts)}</div>'


def trouble(text: str, limit: int = 2000) -> str:
    """Return what went wrong as a block of its own; nothing for nothing."""
    if not text:
        return ""
    cut = text if len(text) <= limit else text[:limit] + " …"
    style = f"white-space:pre-wrap;font-family:inherit;border-left:3px solid {wording.LOOKS['error'].colour}"
    return f'<pre style="{style};padding:0 0 0 8px;{_LINE}">{escape(cut)}</pre>'


def progress(part: float) -> str:
    """Return a bar for ``part`` of the whole, 0 … 1, with the figure beside it."""
    percent = int(100 * part)
    return f'<progress value="{percent}" max="100" title="{percent} %"></progress> {percent}&nbsp;%'


def node_table(found: Sequence[Row | Cut]) -> str:
    """Return the table of nodes."""
    notes = any(isinstance(row, Row) and (row.note or row.part is not None) for row in found)
    titles = [wording.STATE, wording.NODE, wording.TYPE, wording.TIME] + ([wording.NOTE] if notes else [])
    head = "".join(_title(title, right=title == wording.TIME) for title in titles)
    body = "\n".join(_cut_row(row, len(titles)) if isinstance(row, Cut) else _node_row(row, notes) for row in found)
    top = f"{_caption(wording.NODE_TABLE)}\n<thead><tr>{head}</tr></thead>"
    return f'<table style="{_TABLE}">\n{top}\n<tbody>\n{body}\n</tbody>\n</table>'


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[bool] = (), *, caption: str = ""
) -> str:
    """Return a table of texts, or of html where a cell is :class:`Html`.

    Without ``columns`` the first cell of each row is its head; ``numbers`` tells which columns stand at the right.
    """
    right = [*numbers, *[False] * len(columns)]
    head = "".join(_title(title, right=right[place]) for place, title in enumerate(columns))
    top = (_caption(caption) if caption else "") + (f"<thead><tr>{head}</tr></thead>\n" if columns else "")
    body = "\n".join(_plain_row(row, right, heads=not columns) for row in rows)
    return f'<table style="{_TABLE}">\n{top}<tbody>\n{body}\n</tbody>\n</table>'


class Html(str):
    """Text that is html already."""

    __slots__ = ()


def named(parts: Iterable[tuple[str, Html]], caption: str) -> str:
    """Return named parts below each other; the stripes that themes give to tables are taken off this frame."""
    row = '<tr valign="top" style="background-color:transparent">'
    head = f'<th scope="row" align="left" style="{_SHORT};{_MUTED};font-weight:normal">'
    body = "\n".join(f'{row}{head}{escape(name)}</th><td style="{_CELL}">{part}</td></tr>' for name, part in parts)
    return f'<table style="{_TABLE}">\n{_caption(caption)}\n<tbody>\n{body}\n</tbody>\n</table>'


def value(shown: Shown) -> Html:
    """Return a value at a glance."""
    note = f'<div style="{_MUTED};font-size:90%">{escape(shown.note)}</div>' if shown.note else ""
    if shown.kind == "text":
        return Html(f'<pre style="{_PRE}">{escape(shown.text)}</pre>{note}')
    if shown.kind == "table":
        numbers = [all(_numeric(row[place]) for row in shown.rows) for place in range(len(shown.columns))]
        return Html(table(shown.columns, shown.rows, numbers) + note)
    return Html(escape(shown.text) + note)


def fold(title: str, body: str, *, opened: bool) -> str:
    """Return a part that its reader may open and close."""
    return f"<details{' open' if opened else ''}><summary>{escape(title)}</summary>\n{body}\n</details>"


def lines(text: str) -> str:
    """Return lines as they are, in a type of equal widths."""
    return f'<pre style="{_PRE}">{escape(text)}</pre>'


def muted(text: str) -> str:
    """Return a line of lesser weight."""
    return f'<div style="{_MUTED};{_LINE}">{escape(text)}</div>'


def _caption(text: str) -> str:
    """Return a table's name, by which a screen reader announces it."""
    return f'<caption align="left" style="text-align:left;padding:0 8px;{_MUTED}">{escape(text)}</caption>'


def _title(text: str, *, right: bool = False) -> str:
    side = "right" if right else "left"
    return f'<th scope="col" align="{side}" style="text-align:{side};padding:2px 8px;{_HEAD}">{escape(text)}</th>'


def _cell(content: str, style: str = _CELL) -> str:
    align = ' align="right"' if style is _NUMBER else ""  # where styles are taken away
    return f'<td{align} style="{style}">{content if isinstance(content, Html) else escape(content)}</td>'


def _node_row(row: Row, notes: bool) -> str:
    name = f'<th scope="row" align="left" style="{_CELL};font-weight:600"><bdi>{escape(row.name)}</bdi></th>'
    cells = [_cell(Html(sign(row.look)), _SHORT), name, _cell(row.type, f"{_CELL};{_MUTED}")]
    cells.append(_cell(wording.duration(row.time), _NUMBER))
    if notes:
        bar = progress(row.part) if row.part is not None else ""
        cells.append(_cell(Html(" ".join(part for part in (bar, escape(row.note)) if part))))
    return f"<tr>{''.join(cells)}</tr>"


def _cut_row(cut: Cut, width: int) -> str:
    return f'<tr><td colspan="{width}" style="{_CELL};{_MUTED}">{escape(cut)}</td></tr>'


def _plain_row(row: Sequence[str], right: Sequence[bool], *, heads: bool) -> str:
    cells = []
    for place, content in enumerate(row):
        if heads and place == 0:
            cells.append(
                f'<th scope="row" align="left" style="{_CELL};{_MUTED};font-weight:normal">{escape(content)}</th>'
            )
        else:
            short = len(content) < _WRAPS or _numeric(content)
            cells.append(_cell(content, _NUMBER if right[place : place + 1] == [True] else _SHORT if short else _CELL))
    return f"<tr>{''.join(cells)}</tr>"


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("", "None")
    return True
