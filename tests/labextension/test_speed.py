"""How much of a browser's time the view takes: the widget's own files on an empty page, fed as a kernel feeds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

import nodetool_jupyter
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from tests.labextension.graphs import large
from tests.widgets.showcase import Story

pytestmark = pytest.mark.slow

ASSETS = Path(nodetool_jupyter.__file__).parent / "widgets" / "assets"
PLACE = "http://view.test/"
PAGE = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="view.css"><div id="host"></div>'
KINDS = {"view.js": "text/javascript", "view.css": "text/css"}
SCRIPT = 8.0  # ms of script that a frame may take
TASK = 50.0  # ms of the processor from which a task is long
PATCHES = 30  # at ten a second, as many as a kernel sends

MOUNT = """async state => {
  const { render } = await import('/view.js');
  const on = (_, hear) => { window.hear = hear; };
  render({ model: { get: () => state, on, off: () => {}, send: () => {} }, el: document.getElementById('host') });
  window.hear({ type: 'snapshot', job: state.job.id, state });
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

# every node and every edge changes ten times a second, as they do if each node sends values
FEED = """async ([state, count]) => {
  const each = (of, make) => Object.fromEntries(Object.keys(of).map(key => [key, make()]));
  let frames = 0, counting = true;
  const frame = () => { frames += 1; if (counting) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  for (let n = 1; n <= count; n++) {
    const node = () => ({ status: 'running', items: 20 * n, part: n / count });
    const patch = { at: state.at + n / 10, job: { progress: n / count } };
    patch.nodes = each(state.graph.nodes, node);
    patch.edges = each(state.graph.edges, () => 20 * n);
    window.hear({ type: 'patch', job: state.job.id, n, patch });
    await new Promise(next => setTimeout(next, 100));
  }
  counting = false;
  return frames;
}"""


def serve(route: Route) -> None:
    name = route.request.url.removeprefix(PLACE)
    if name in KINDS:
        route.fulfill(content_type=KINDS[name], body=(ASSETS / name).read_text())
    else:
        route.fulfill(content_type="text/html", body=PAGE)


def test_a_job_of_200_nodes_that_sends_2000_values_a_second_leaves_the_browser_free(
    browser: Browser, new_page: Callable[[], Page]
) -> None:
    page = new_page()
    page.route(f"{PLACE}**", serve)
    page.goto(PLACE)
    state = Snapshots(About("Flow", graph=large(200))).of(Story().job(0, "running").state)
    page.evaluate(MOUNT, state)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    before = script(session.send("Performance.getMetrics"))
    frames = page.evaluate(FEED, [state, PATCHES])
    spent = 1000 * (script(session.send("Performance.getMetrics")) - before) / frames
    longest = longest_task(browser.stop_tracing())
    print(f"{frames} frames, {spent:.2f} ms of script a frame, longest task {longest:.0f} ms")
    assert spent <= SCRIPT
    assert longest <= TASK


def script(metrics: dict[str, Any]) -> float:
    """Return the seconds of script that a page has taken so far."""
    return float(sum(metric["value"] for metric in metrics["metrics"] if metric["name"] == "ScriptDuration"))


def longest_task(trace: bytes) -> float:
    """Return how many ms of the processor the longest task of a page took, however many others wanted it."""
    events = json.loads(trace)["traceEvents"]
    pages = {(event["pid"], event["tid"]) for event in events if event.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [e for e in events if (e["pid"], e["tid"]) in pages and e["name"].endswith("RunTask")]
    assert tasks
    return max(task.get("tdur", 0) for task in tasks) / 1000
