"""The static summary of a job: what a finished cell keeps, right without a kernel and wherever a notebook is shown.

It is made of the state alone, so the same job gives the same bytes: no clock, no paths, no ids of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import markup, text, wording
from nodetool_jupyter.widgets.heading import heading, log_line, outputs
from nodetool_jupyter.widgets.preview import inline_bytes, show
from nodetool_jupyter.widgets.roll import Roll

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

LOG_LINES = 20
NODE_ROWS = 60  # rows of the table of nodes; more are counted
OPEN_ROWS = 12  # a longer table is closed until its reader opens it
PICTURES = 12  # pictures that are shown, each of at most
PICTURE_BYTES = 8 * 1024 * 1024
PIXELS = 50_000_000  # of a picture in another format, which is converted

_PNG = b"\x89PNG\r\n\x1a\n"


def summary_html(
    state: JobState, graph: Graph | None = None, values: ValueStore | None = None, *, name: str = ""
) -> str:
    """Return the summary as html that JupyterLab keeps whole in an untrusted notebook."""
    roll = Roll(state, graph)
    head = heading(state, roll, graph, name)
    parts = [markup.headline(head), markup.trouble(head.trouble), _outputs(state, values)]
    if len(roll):
        body = markup.node_table(roll.rows(NODE_ROWS))
        parts.append(
            markup.fold(f"{wording.NODES} ({len(roll):,})", body, opened=len(roll) <= OPEN_ROWS or roll.failed)
        )
    parts.append(_log(state))
    return markup.page(parts)


def summary_text(
    state: JobState, graph: Graph | None = None, values: ValueStore | None = None, *, name: str = "", width: int = 80
) -> str:
    """Return the summary as plain text of at most ``width`` columns."""
    return text.render(state, graph, width, name=name, values=values)


def bundle(
    state: JobState, graph: Graph | None = None, values: ValueStore | None = None, *, name: str = ""
) -> dict[str, object]:
    """Return the summary as the data of one display: html, and text for where there is no html."""
    return {
        "text/plain": summary_text(state, graph, values, name=name),
        "text/html": summary_html(state, graph, values, name=name),
    }


def pictures(state: JobState, values: ValueStore | None = None) -> list[bytes]:
    """Return the pictures among the job's outputs as PNG, in the order of outputs; lost and huge ones are left out."""
    found = (_png(data, values) for value in outputs(state).values() for data in _images(value))
    shown = [png for png in found if png is not None and len(png) <= PICTURE_BYTES]
    return shown[:PICTURES]


def _outputs(state: JobState, values: ValueStore | None) -> str:
    if not outputs(state):
        return ""
    return markup.named((name, markup.value(show(value, values))) for name, value in outputs(state).items())


def _log(state: JobState) -> str:
    tail = list(state.log)[-LOG_LINES:]
    gap = markup.muted(f"{wording.counted(state.lines_cut, 'line')} cut from the log") if state.lines_cut else ""
    if not tail:
        return gap
    more = f", the last {len(tail)}" if len(state.log) > len(tail) or state.lines_cut else ""
    body = markup.lines("\n".join(log_line(line.severity, line.content) for line in tail))
    return markup.fold(f"{wording.LOG}{more}", body + gap, opened=False)


def _images(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("type") == "image" and ("uri" in value or "data" in value):
            yield value
        elif depth < 3:
            for item in value.values():
                yield from _images(item, depth + 1)
    elif isinstance(value, list) and depth < 3:
        for item in value[:PICTURES]:
            yield from _images(item, depth + 1)


def _png(data: Mapping[str, Any], values: ValueStore | None) -> bytes | None:
    path = values.path(data) if values is not None else None
    try:
        if path is None:
            raw = inline_bytes(data)
        else:
            raw = path.read_bytes() if path.stat().st_size <= PICTURE_BYTES else None
        if raw is None or raw.startswith(_PNG):
            return raw
        return _as_png(raw)
    except (OSError, ValueError, SyntaxError):
        return None


def _as_png(raw: bytes) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(raw)) as image:
        if image.width * image.height > PIXELS:
            raise ValueError("too many pixels to convert")
        image.save(buffer, "PNG")
    return buffer.getvalue()
