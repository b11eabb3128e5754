"""Text that others wrote, in every place where it appears: it steers no terminal and turns no line around."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable

import pytest

from nodetool_jupyter.api.catalog import log_text
from nodetool_jupyter.api.failure import screen
from nodetool_jupyter.errors import JobError
from nodetool_jupyter.fold import JobState, LogLine
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets import canvas, drawing, lettering
from nodetool_jupyter.widgets.live import live_html
from nodetool_jupyter.widgets.outputs import Outputs
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from nodetool_jupyter.widgets.summary import summary_html, summary_text
from nodetool_jupyter.widgets.table import jobs_html, jobs_text
from nodetool_jupyter.widgets.terminal import TextView
from tests.widgets.showcase import PAYLOADS
from tests.widgets.test_view_summary import hostile

STEERING = (
    "\x1b[2J", "\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "\x9b31m",
    "over\rwritten", "\b\b\b", "\x00", "\x7f", "\x85next", "txt\u202eexe.", "\u2066\u2067\u2068\u2069", "\ufeffmark",
    "half \ud83d", "\x0b\x0c",
)  # fmt: skip


def rendered(payload: str) -> tuple[JobState, Graph]:
    state, graph = hostile(payload)
    state.log.append(LogLine(0.0, payload, "info", payload))
    return state, graph


def record(payload: str) -> JobRecord:
    return JobRecord(payload, Status.ERROR, payload, payload, payload, payload)


def followed(payload: str) -> str:
    stream = io.StringIO()
    state, graph = rendered(payload)
    view = TextView(stream, graph, name=payload)
    view.update(state)
    view.close(state)
    return stream.getvalue()


def painted(payload: str) -> str:
    """Return all texts of a picture."""
    state, graph = rendered(payload)
    written: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas.lettering, "write", lambda _pen, _place, text, *_more: written.append(text))
        assert drawing.draw(Snapshots(About(payload, graph=graph)).of(state)) is not None
    return "\n".join(written)


PLACES: dict[str, Callable[[str], str]] = {
    "text": lambda payload: summary_text(*rendered(payload), name=payload),
    "lines": followed,
    "html": lambda payload: summary_html(*rendered(payload), name=payload),
    "live html": lambda payload: live_html(*rendered(payload), name=payload),
    "outputs": lambda payload: Outputs({payload: payload, "map": {payload: payload}})._text(),
    "outputs in html": lambda payload: Outputs({payload: payload, "map": {payload: payload}})._repr_html_(),
    "jobs": lambda payload: jobs_text([record(payload)]),
    "jobs in html": lambda payload: jobs_html([record(payload)]),
    "a line of the log": lambda payload: log_text(LogLine(0.0, payload, "info", payload)),
    "an error": lambda payload: screen(
        JobError(payload, job_id=payload, reason=payload, node_id="a", node_name=payload)
    ),
    "a picture": painted,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", range(len(STEERING)))
def test_nothing_in_it_is_obeyed(place: str, number: int) -> None:
    shown = PLACES[place](STEERING[number])
    steers = {one for one in shown if unicodedata.category(one) in ("Cc", "Cs") or one in "\u202a\u202b\u202d\u202e"}
    assert steers <= {"\n", "\t"} and not set("\u2066\u2067\u2068\u2069\ufeff") & set(shown)
    shown.encode()


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_markup_in_a_picture_is_text(number: int) -> None:
    whole = lettering.drawable(PAYLOADS[number])
    found = [line.rstrip("…") for line in painted(PAYLOADS[number]).split("\n") if len(line) > 3]
    assert any(whole.startswith(line) for line in found)
