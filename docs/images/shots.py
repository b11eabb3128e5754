"""Makes the pictures of the view: ``python -m docs.images.shots``, with Chromium and JupyterLab installed.

Each is the view itself, drawn by the package's own files with JupyterLab's theme from a state made here. Those of the
panel are JupyterLab's own pages (panel.py).
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from docs.images import panel
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.widgets.snapshot import About, Snapshots

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "nodetool_jupyter" / "widgets" / "assets"
THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
WIDTH = 920  # px of the view
LIGHT, DARK = ("light",), ("dark",)
SHOTS = {  # state: the themes in which it is kept
    **{"queued": LIGHT, "running": LIGHT + DARK, "completed": LIGHT, "failed": DARK},
    **{"cancelled": DARK, "last-known": LIGHT},
}
BEGAN = 1_700_000_000.0

NODES = {  # id: name, type, seconds after the start at which it starts and ends, items
    "reviews": ("Reviews", "nodetool.data.ImportCSV", 0.1, 0.52, 1),
    "clean": ("Drop duplicates", "nodetool.data.DropDuplicates", 0.52, 0.61, 1),
    "split": ("Each review", "nodetool.data.ForEachRow", 0.61, 18.4, 1204),
    "mood": ("Sentiment", "huggingface.text_classification.TextClassifier", 0.7, 21.9, 1204),
    "vectors": ("Embeddings", "huggingface.sentence_similarity.SentenceSimilarity", 0.7, 24.2, 1204),
    "topics": ("Cluster topics", "notebook.cluster", 24.2, 26.8, 1),
    "table": ("Score by topic", "nodetool.data.Aggregate", 26.8, 26.9, 1),
    "chart": ("Chart", "notebook.bar_chart", 26.9, 27.6, 1),
    "report": ("report", "nodetool.output.Output", 26.9, 26.9, 1),
    "picture": ("picture", "nodetool.output.Output", 27.6, 27.6, 1),
}
EDGES = [
    *(("reviews", "clean"), ("clean", "split"), ("split", "mood"), ("split", "vectors"), ("vectors", "topics")),
    *(("mood", "table"), ("topics", "table"), ("table", "chart"), ("table", "report"), ("chart", "picture")),
]
BARS = (("delivery", 0.34), ("price", 0.58), ("quality", 0.91), ("support", 0.77))


def graph() -> Graph:
    """Return the workflow of the pictures."""
    edges = [
        {"id": f"{a}-{b}", "source": a, "sourceHandle": "output", "target": b, "targetHandle": a} for a, b in EDGES
    ]
    nodes = [{"id": key, "type": kind, "name": name} for key, (name, kind, *_) in NODES.items()]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def state(status: str, now: float, *, failed: str = "", **job: Any) -> dict[str, Any]:
    """Return the job as it was ``now`` seconds after its start."""
    whole = Snapshots(About("Rank the reviews", "subprocess", graph())).of(JobState())
    over = status in ("completed", "error", "cancelled")
    for key, (_, _, start, end, items) in NODES.items():
        if status == "queued" or (start >= now and status != "completed"):
            if over:
                whole["nodes"][key] = {"status": "not_run"}
            continue
        passed = min(1.0, (now - start) / (end - start)) if end > start else 1.0
        node = {"status": "completed" if passed >= 1 else "running", "started": BEGAN + start}
        node["items"] = round(items * passed) if items > 1 else int(passed)
        if passed >= 1:
            node["ended"] = BEGAN + end
        elif over:
            node |= {"status": "error" if key == failed else "cancelled", "ended": BEGAN + now}
        else:
            node["part"] = passed
        whole["nodes"][key] = node
    for a, b in EDGES:
        whole["edges"][f"{a}-{b}"] = whole["nodes"].get(a, {}).get("items", 0)
    done = sum(node["status"] == "completed" for node in whole["nodes"].values())
    parts = sum(node.get("part", 0) for node in whole["nodes"].values())
    whole["at"] = BEGAN + now
    whole["job"] |= {"id": "k7f3m2qa", "status": status, "done": done, "progress": (done + parts) / len(NODES)} | job
    if status != "queued":
        whole["job"] |= {"started": BEGAN, "memory": 1_240_000_000, "gpu_memory": 3_410_000_000}
        whole["log"] = {
            "1": {
                "time": BEGAN + 0.5,
                "node": "reviews",
                "severity": "info",
                "text": "1,204 reviews, 31 of them twice",
            },
            "2": {
                "time": BEGAN + 9,
                "node": "mood",
                "severity": "warning",
                "text": "review 388 has more than 512 tokens",
            },
        }
    if over:
        whole["job"]["ended"] = BEGAN + now
    return whole


def chart() -> str:
    """Return a small bar chart as the address of its data."""
    picture = Image.new("RGB", (168, 96), "#ffffff")
    draw = ImageDraw.Draw(picture)
    for place, (_, share) in enumerate(BARS):
        draw.rectangle((8, 8 + 22 * place, 8 + 150 * share, 22 + 22 * place), fill="#1565c0")
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def states() -> dict[str, dict[str, Any]]:
    """Return the six states by the names of their pictures."""
    completed = state("completed", 27.6)
    rows = [[name, f"{share:.2f}"] for name, share in BARS]
    report = {"kind": "table", "columns": ["topic", "score"], "rows": rows, "note": "4 rows × 2 columns"}
    shown = {"kind": "picture", "text": "picture 840 × 480", "alt": "a bar chart", "image": chart()}
    completed["outputs"] = {"report": report, "picture": shown}
    error = "ValueError: 2 clusters were asked for, but all reviews are alike"
    failed = state("error", 25.6, failed="topics", reason="node_failed", failed_node="topics", error=error)
    failed["nodes"]["topics"]["error"] = error
    value = {"kind": "array", "text": "float32 1,204 × 384", "note": "-0.21 … 0.34, mean 0.00"}
    trace = f'Cell In[3], line 9, in cluster(vectors, count)\n  raise ValueError("…")\n{error}'
    failed["details"] = {
        "topics": {"node": "topics", "inputs": {"vectors": value, "count": {"kind": "line", "text": "2"}}}
        | {"outputs": {}, "error": error, "traceback": trace}
    }
    return {
        "queued": state("queued", 0, queue_position=3),
        "running": state("running", 12.3, left=15.3),
        "completed": completed,
        "failed": failed,
        "cancelled": state("cancelled", 15.2, reason="cancelled_by_user"),
        "last-known": state("running", 19.7),
    }


PAGE = """<!doctype html><meta charset="utf-8"><style>THEME VIEW
  body { margin: 12px; width: WIDTHpx; background: var(--jp-layout-color1); }</style>
<body data-jp-theme-light="LIGHT"><div id="host"></div></body>"""
DRAW = """async ([module, state, live]) => {
  const { render } = await import(URL.createObjectURL(new Blob([module], { type: 'text/javascript' })));
  const on = (_, hear) => { window.hear = hear; };
  render({ model: { get: () => state, on, off: () => {}, send: () => {} }, el: document.getElementById('host') });
  const job = state.job.id;
  window.hear(live ? { type: 'snapshot', job, state } : { type: 'gone', job });
  await new Promise(done => setTimeout(done, 300));
  document.querySelector('.nt-trouble .nt-link:not([hidden])')?.click();
  document.activeElement?.blur();
  await new Promise(done => setTimeout(done, 700));
}"""


def main() -> None:
    """Make every picture anew."""
    module, css = (ASSETS / "view.js").read_text(), (ASSETS / "view.css").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, shown in states().items():
            for theme in SHOTS[name]:
                variables = (THEMES / f"theme-{theme}-extension" / "index.css").read_text()
                page = browser.new_page(viewport={"width": WIDTH + 24, "height": 900}, device_scale_factor=1.5)
                whole = PAGE.replace("WIDTH", str(WIDTH)).replace("LIGHT", json.dumps(theme == "light"))
                page.set_content(whole.replace("THEME", variables).replace("VIEW", css))
                page.evaluate(DRAW, [module, shown, name != "last-known"])
                page.locator("body").screenshot(path=HERE / f"{name}-{theme}.png")
                page.close()
        request = {"name": "Rank the reviews", "strategy": "subprocess"}
        panel.pictures(browser, states(), request | {"graph": graph().model_dump(exclude_defaults=True)}, HERE)
        browser.close()


if __name__ == "__main__":
    main()
