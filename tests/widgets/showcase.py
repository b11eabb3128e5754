"""Jobs in every state, told by real events, for the tests of views."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.graph import Graph

START = 1_700_000_000.0
JOB = "k3jq2mx7ab"
NODES = (
    ("a", "nodetool.image.LoadImage", "photo"),
    ("b", "lib.image.GaussianBlur", "blur"),
    ("c", "notebook.statistics", "statistics"),
    ("note", "nodetool.workflows.base_node.Comment", "a comment"),
    ("d", "nodetool.output.Output", "report"),
)


class Story:
    """A job's events one after the other, at the given seconds after its start, and the state they make."""

    def __init__(self, job_id: str = JOB) -> None:
        self.state = JobState()
        self.events: list[ev.Event] = []
        self._job_id = job_id

    def tell(self, seconds: float, event: ev.Event) -> None:
        event.seq, event.time, event.job_id = len(self.events) + 1, START + seconds, self._job_id
        self.events.append(event)
        self.state.apply(event)

    def job(self, seconds: float, status: str, **more: Any) -> Story:
        self.tell(seconds, ev.JobUpdate(status=status, **more))
        return self

    def node(self, seconds: float, node_id: str, status: str, **more: Any) -> Story:
        kinds = {key: (kind, name) for key, kind, name in NODES}
        kind, name = kinds.get(node_id, ("lib.math.Add", f"step {node_id}"))
        self.tell(seconds, ev.NodeUpdate(node_id=node_id, node_name=name, node_type=kind, status=status, **more))
        return self

    def log(self, seconds: float, content: str, severity: str = "info") -> Story:
        self.tell(seconds, ev.LogUpdate(content=content, severity=severity))
        return self


def graph(name: str = "china.jpg") -> Graph:
    nodes = [{"id": node_id, "type": kind, "name": title} for node_id, kind, title in NODES]
    return Graph.model_validate({"nodes": nodes, "edges": [], "name": name})


def running() -> Story:
    story = Story().job(0, "queued").job(0.1, "running").node(0.1, "a", "running").node(0.41, "a", "completed")
    story.node(0.42, "b", "running")
    story.tell(1.2, ev.NodeProgress(node_id="b", progress=7, total=16, message="tile 7"))
    return story.log(1.3, "radius 12 px").log(1.3, "edges are mirrored", "warning")


def completed(**result: Any) -> Story:
    story = running().node(2.5, "b", "completed").node(2.5, "c", "running").node(2.53, "c", "completed")
    story.node(2.53, "d", "running").node(2.53, "d", "completed")
    return story.job(2.6, "completed", duration=2.5, result=result)


def failed(error: str = "ValueError: radius must be positive, not -3") -> Story:
    story = running().node(2.0, "b", "error", error=error)
    return story.job(2.1, "error", reason="node_failed", node_id="b", error=error)


def cancelled() -> Story:
    story = running().job(1.9, "running", cancel_requested=True)
    return story.job(2.0, "cancelled", reason="cancelled_by_user", winding_down=True)


def chain(nodes: int, done: int) -> Story:
    """A graph of ``nodes`` nodes in a row, of which the first ``done`` are completed and the next one runs."""
    story = Story().job(0, "running")
    for number in range(done):
        story.node(number / 100, f"n{number}", "running").node(number / 100 + 0.004, f"n{number}", "completed")
    return story.node(done / 100, f"n{done}", "running")


def chain_graph(nodes: int) -> Graph:
    return Graph.model_validate({"nodes": [{"id": f"n{n}", "type": "lib.math.Add"} for n in range(nodes)], "edges": []})


PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>click</a>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</td></tr></table><script>alert(1)</script>",
    "</pre><img src=x onerror=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<style>*{display:none}</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</script>",
    "<button data-commandlinker-command=terminal:create-new>run</button>",
    "<form action=https://example.org><input type=submit>",
)


class Page(HTMLParser):
    """Html as a list of its tags with their attributes, and its text; every tag must be closed where it should."""

    VOID = frozenset({"br", "img", "hr", "wbr"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.cells: list[str] = []
        self._open: list[str] = []
        self._inside: list[int] = []  # places in cells of those that are open
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)
        if tag in ("td", "th"):
            self._inside.append(len(self.cells))
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"
        if tag in ("td", "th"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside and self._open[-1] not in ("table", "thead", "tbody", "tr"):
            self.cells[self._inside[-1]] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")


SANITIZER = json.loads(Path(__file__).with_name("jupyterlab_sanitizer.json").read_text())


def refused(html: str) -> list[str]:
    """Return what JupyterLab's sanitizer would take out of ``html``, by its own lists."""
    taken = []
    for tag, attributes in Page(html).tags:
        if tag not in SANITIZER["tags"]:
            taken.append(f"<{tag}>")
        allowed = {*SANITIZER["attributes"]["*"], *SANITIZER["attributes"].get(tag, ())} - {"id"}
        taken += [f"<{tag} {name}>" for name in attributes if name not in allowed]
        for style in filter(None, (attributes.get("style") or "").split(";")):
            name, _, value = style.partition(":")
            patterns = SANITIZER["styles"].get(name, ())
            if not any(re.search(pattern, value, re.IGNORECASE) for pattern in patterns):
                taken.append(f"<{tag} style {style}>")
    return taken
