"""Draws a node as an editor shows it: its title, its inputs with values on the left, what it gives on the right."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

MOST_ROWS, MOST_INPUTS = 7, 5  # that a card shows; the last one of a side then says how many more there are
_LETTER = 7.25  # pixels of a letter of the font's size, in the widest of the fonts that browsers take
_ROW, _TITLE, _EDGE, _SPACE = 24, 28, 7, 6
_NARROW, _WIDE = 190, 480
_STYLE = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}"
    ".t{font-weight:600;fill:#fff}.s{fill:#ffffffd9;text-anchor:end}.n,.o{fill:#59636e}.o{text-anchor:end}"
    ".c{fill:#fff;stroke:#d1d9e0}.v{fill:#eff2f5;stroke:#eff2f5;stroke-width:6;stroke-linejoin:round}.h{stroke:#fff;stroke-width:2;fill:#7d8590}"
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.n,.o{fill:#9198a1}"
    ".c{fill:#151b23;stroke:#3d444d}.v{fill:#262c36;stroke:#262c36}.h{stroke:#151b23}}"
)
_COLOURS = {
    "str": "#4c9a2a", "text": "#4c9a2a", "enum": "#4c9a2a", "int": "#3178c6", "float": "#3178c6", "bool": "#b4492f",
    "list": "#8250df", "dict": "#bf6a02", "dataframe": "#0f8b8d", "image": "#c2417c", "np_array": "#5b6bd6",
    "torch_tensor": "#5b6bd6", "date": "#a07c00", "datetime": "#a07c00", "union": "#3178c6",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Handle:
    """One row of a card: a handle's name, NodeTool's name of its type, the value that is shown, whether it streams."""

    name: str
    type: str
    value: str
    stream: bool = False


def card(title: str, space: str, inputs: Iterable[Handle], outputs: Iterable[Handle]) -> str:
    """Return a node as SVG: the same bytes for the same words, readable on light and on dark pages."""
    left = _shown(inputs, MOST_INPUTS)
    right = _shown(outputs, MOST_ROWS - len(left))
    width = _width(title, space, [*left, *right])
    height = _TITLE + _SPACE * (3 if left and right else 2) + _ROW * (len(left) + len(right))
    end = width - _EDGE
    body = [
        f'<rect class="c" x="{_EDGE}.5" y=".5" width="{end - _EDGE - 1}" height="{height - 1}" rx="7"/>',
        f'<path d="M{_EDGE} {_TITLE}V8a8 8 0 0 1 8-8H{end - 8}a8 8 0 0 1 8 8V{_TITLE}z" fill="{hue(space)}"/>',
        f'<text class="t" x="{_EDGE + 10}" y="18">{escape(title)}</text>',
        f'<text class="s" x="{end - 10}" y="18">{escape(space)}</text>',
    ]
    body += _side(left, _TITLE + _SPACE, width, at_left=True)
    body += _side(right, height - _SPACE - _ROW * len(right), width, at_left=False)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *body, "</svg>", ""])


def hue(space: str) -> str:
    """Return the colour of a namespace's title bars, dark enough for white letters."""
    turn = sum((place + 3) * ord(letter) for place, letter in enumerate(space)) * 47 % 360
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(turn / 360, 0.33, 0.38))


def _shown(rows: Iterable[Handle], most: int) -> list[Handle]:
    every = list(rows)
    if len(every) <= most:
        return every
    return [*every[: most - 1], Handle(f"… {len(every) - most + 1} more", "", "")]


def _width(title: str, space: str, rows: list[Handle]) -> int:
    longest = max((len(row.name) for row in rows), default=0)
    letters = max([len(title) + len(space) + 2, *(longest + len(row.value) + 3 for row in rows)])
    return max(_NARROW, min(_WIDE, math.ceil(letters * _LETTER) + 2 * _EDGE + 24))


def _side(rows: list[Handle], top: int, width: int, *, at_left: bool) -> list[str]:
    """Return the rows of one side: the boxes of all values as one path, then handles, names and values."""
    room = width - 2 * _EDGE - 32 - math.ceil(max((len(row.name) for row in rows), default=0) * _LETTER)
    box = width - _EDGE - 10 - room if at_left else _EDGE + 10
    edge, name, place = (_EDGE, _EDGE + 12, "n") if at_left else (width - _EDGE, width - _EDGE - 12, "o")
    boxes, drawn = "", []
    for y, row in enumerate(rows):
        above = top + y * _ROW
        if row.type:
            boxes += f"M{box + 3} {above + 5}h{room - 6}v14h{6 - room}z"  # the stroke makes its corners round
            drawn.append(_handle(row, edge, above + 12))
        drawn.append(f'<text class="{place}" x="{name}" y="{above + 16}">{escape(row.name)}</text>')
        if row.value:
            drawn.append(f'<text x="{box + 6}" y="{above + 16}">{escape(_cut(row.value, room))}</text>')
    return [f'<path class="v" d="{boxes}"/>', *drawn] if boxes else drawn


def _cut(value: str, room: int) -> str:
    letters = int((room - 12) / _LETTER)
    return value if len(value) <= letters else value[: letters - 1] + "…"


def _handle(row: Handle, x: int, y: int) -> str:
    colour = f' style="fill:{_COLOURS[row.type]}"' if row.type in _COLOURS else ""
    if row.stream:
        return f'<path class="h" d="M{x - 6} {y}l6-6 6 6-6 6z"{colour}/>'
    return f'<circle class="h" cx="{x}" cy="{y}" r="6"{colour}/>'
