"""The static summary of a job: what a finished cell keeps, right without a kernel and wherever a notebook is shown.

It is made of the state alone, so the same job gives the same bytes: no clock, no paths, no ids of its own.
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import drawing, markup, text, wording
from nodetool_jupyter.widgets.heading import heading, log_line, outputs
from nodetool_jupyter.widgets.preview import inline_bytes, show
from nodetool_jupyter.widgets.roll import Roll
from nodetool_jupyter.widgets.snapshot import MEDIA_TYPE, About, Snapshots

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph

LOG_LINES = 20
NODE_ROWS = 60  # rows of the table of nodes; more are counted
OPEN_ROWS = 12  # a longer table is closed until its reader opens it
PICTURES = 12  # pictures that are shown, each of at most
PICTURE_BYTES = 8 * 1024 * 1024
PIXELS = 50_000_000  # of a picture in another format, which is converted

GRAPH_TYPE = "application/vnd.nodetool.picture+json"  # tells who draws the view above that the graph is in it

_PNG = b"\x89PNG\r\n\x1a\n"

logger = logging.getLogger(__name__)


class Output(NamedTuple):
    """What one output of a cell holds, by media type, and what is said about each of them."""

    data: dict[str, object]
    metadata: dict[str, object]


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
    state: JobState,
    graph: Graph | None = None,
    values: ValueStore | None = None,
    *,
    name: str = "",
    view: Mapping[str, Any] | None = None,
) -> dict[str, object]:
    """Return the summary as the data of one display: html, text for where there is no html, and the last snapshot."""
    data: dict[str, object] = {
        "text/plain": summary_text(state, graph, values, name=name),
        "text/html": summary_html(state, graph, values, name=name),
    }
    return data if view is None else {MEDIA_TYPE: dict(view), **data}


def below(view: Mapping[str, Any], state: JobState, values: ValueStore | None = None) -> list[Output]:
    """Return the outputs that stand below a summary: the graph as a picture, then the pictures among the outputs."""
    found = [Output({"image/png": _text(png), "text/plain": wording.PICTURE}, {}) for png in pictures(state, values)]
    drawn = graph_output(view)
    return found if drawn is None else [drawn, *found]


def graph_output(view: Mapping[str, Any]) -> Output | None:
    """Return the graph of a snapshot as an output of its own; ``None`` where there is nothing to draw.

    A picture is never worth an error: one that cannot be drawn is logged.
    """
    try:
        drawn = drawing.draw(view)
    except Exception:
        logger.warning("the graph cannot be drawn", exc_info=True)
        return None
    if drawn is None:
        return None
    job = view.get("job", {})
    words = wording.graph_of(job.get("name", ""))
    data: dict[str, object] = {"image/png": _text(drawn.png), "text/plain": words}
    if job.get("id"):
        data[GRAPH_TYPE] = {"job": job["id"]}
    return Output(data, {"image/png": {"width": drawn.width, "height": drawn.height, "alt": words}})


def workflow_output(graph: Graph, name: str = "") -> Output | None:
    """Return a workflow as a picture, whether or not it could run."""
    return graph_output(Snapshots(About(name, graph=graph)).of(JobState()))


def pictures(state: JobState, values: ValueStore | None = None) -> list[bytes]:
    """Return the pictures among the job's outputs as PNG, in the order of outputs; lost and huge ones are left out."""
    found = (_png(data, values) for value in outputs(state).values() for data in _images(value))
    shown = [png for png in found if png is not None and len(png) <= PICTURE_BYTES]
    return shown[:PICTURES]


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()


def _outputs(state: JobState, values: ValueStore | None) -> str:
    if not outputs(state):
        return ""
    found = ((name, markup.value(show(value, values))) for name, value in outputs(state).items())
    return markup.named(found, wording.OUTPUTS)


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
