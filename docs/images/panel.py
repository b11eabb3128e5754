"""The pictures of the panel: JupyterLab itself, whose NodeTool routes answer from what is written here."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, WebSocketRoute

NOW = time.time()
WIDE, HIGH = 1000, 800  # px of the window
PATIENCE = 30_000  # ms that anything in the browser may take
NEWS = {"fetchNews": "false", "checkForUpdates": False}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PANEL = "#nodetool-jupyter-panel"
BEGIN = """async theme => {
  const app = window.jupyterapp;
  await app.restored;
  app.commands.execute('apputils:change-theme', { theme });
  app.shell.activateById('nodetool-jupyter-panel');
  app.shell._hsplitPanel.setRelativeSizes([36, 64, 0]);
}"""

Json = dict[str, Any]


def job(key: str, name: str, status: str, began: float, took: float | None = None, **more: Any) -> Json:
    """Return a job of the list that began ``began`` seconds ago and took ``took`` seconds."""
    record = {"id": key, "name": name, "status": status, "strategy": "threaded", "submitted": NOW - began - 1}
    if status != "queued":
        record["started"] = NOW - began
    if took is not None:
        record["ended"] = NOW - began + took
    return record | more


JOBS = [
    job("k7f3m2qa", "Rank the reviews", "running", 12.3, strategy="subprocess", done=5, all=10, progress=0.58)
    | {"left": 15.3, "notebook": "shop/reviews.ipynb"},
    job("p2x9c4tn", "Train the classifier", "running", 754, strategy="docker", done=2, all=7, progress=0.31)
    | {"left": 1680.0},
    job("a8w5h1zd", "Portraits, 40 of them", "queued", 40, queue_position=1, notebook="portraits.ipynb"),
    job("m3r6y9kb", "Nightly embeddings", "queued", 31, queue_position=2, strategy="subprocess"),
    job("c4j8v2eu", "Rank the reviews", "completed", 640, 27.6, strategy="subprocess", notebook="shop/reviews.ipynb"),
    job("q1n7s5lx", "Summaries", "error", 1210, 4.2, reason="node_failed", error="ValueError: 2 clusters"),
    job("t6b3g8wo", "Depth map", "cancelled", 2400, 61.0, reason="cancelled_by_user", strategy="docker"),
    job("z9d2f5hi", "Translate the manual", "completed", 3700, 312.0, notebook="manual.ipynb"),
    job("e5u1k7ry", "Voices", "completed", 5200, 18.44),
]
WORKERS = [
    {"name": "studio", "url_host": "gpu-3.example.org", "state": "connected", "version": "0.8.2", "protocol": 6}
    | {"nodes": 1184, "gpu": [{"name": "NVIDIA L40S"}], "queue": 2},
    {"name": "attic", "url_host": "10.0.0.7:7777", "state": "unreachable", "error": "the connection was refused"},
]
WAVE = [0.21, 0.24, 0.22, 0.35, 0.62, 0.71, 0.66, 0.7, 0.74, 0.69, 0.41, 0.38, 0.44, 0.58, 0.77, 0.81, 0.79, 0.72]
LOG = [
    (0.5, "reviews", "info", "1,204 reviews, 31 of them twice"),
    (0.6, "clean", "info", "1,173 are left"),
    (0.7, "mood", "info", "loading distilbert-base-uncased-finetuned-sst-2-english"),
    (4.1, "mood", "info", "on cuda:0"),
    (9.0, "mood", "warning", "review 388 has more than 512 tokens, and was cut"),
    (11.2, "mood", "info", "600 reviews, 57 a second"),
]


class Answers:
    """What the routes and the socket answer."""

    def __init__(self, state: Json, jobs: list[Json], request: Json) -> None:
        self.state, self.jobs, self.request = state, jobs, request

    def route(self, route: Route) -> None:
        """Answer a request."""
        path = urlsplit(route.request.url).path.partition("/nodetool/api/")[2]
        if path == "jobs":
            self._send(route, {"jobs": self.jobs, "next": None, "total": len(self.jobs)})
        elif path.endswith("/logs"):
            lines = [
                {"seq": seq, "time": NOW - 12 + after, "node": node, "severity": severity, "text": text}
                for seq, (after, node, severity, text) in enumerate(LOG, 1)
            ]
            self._send(route, {"lines": lines, "next": len(LOG), "end": True})
        elif path.endswith("/outputs"):
            self._send(route, {"outputs": self.state["outputs"]})
        elif path.startswith("jobs/"):
            record = next(one for one in self.jobs if path == f"jobs/{one['id']}")
            self._send(route, {"job": record, "state": self.state, "request": self.request})
        else:
            self._send(route, {"status": "ok"})

    def socket(self, socket: WebSocketRoute) -> None:
        """Answer a socket."""

        def say(message: Json) -> None:
            socket.send(json.dumps(message))

        def hear(raw: str | bytes) -> None:
            asked = json.loads(raw)
            key, topic = asked.get("id"), asked.get("topic")
            if topic == "jobs":
                say({"type": "jobs", "id": key, "jobs": self.jobs, "total": len(self.jobs)})
            elif topic == "state":
                say({"type": "snapshot", "id": key, "job": asked["job"], "state": self.state})
            elif topic == "workers":
                say({"type": "workers", "id": key, "workers": WORKERS})
            elif topic == "resources":
                for share in WAVE:
                    say({"type": "resources", "id": key} | resources(share))

        socket.on_message(hear)
        say({"type": "hello", "v": 1, "version": "0.1.0", "hub": False})

    def _send(self, route: Route, body: Json) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))


def resources(share: float) -> Json:
    """Return what a machine does that is as busy as ``share`` says."""
    gpu = {"index": 0, "name": "NVIDIA L40S", "used": share, "memory_used": 21e9 + 6e9 * share, "memory_all": 48e9}
    memory = {"used": 18e9 + 9e9 * share, "all": 64e9}
    return {"time": NOW, "cpu": {"used": 1 + 11 * share, "all": 16}, "memory": memory, "gpus": [gpu], "mine": False}


@contextmanager
def lab() -> Iterator[str]:
    """Run JupyterLab with nothing of the user's own; gives the address with its token."""
    with tempfile.TemporaryDirectory() as root:
        folders = {f"JUPYTER_{name}_DIR": root for name in ("CONFIG", "DATA", "RUNTIME")}
        env = {
            **os.environ,
            **folders,
            "NODETOOL_HOME": f"{root}/nodetool",
            "JUPYTERLAB_SETTINGS_DIR": f"{root}/settings",
        }
        place = Path(root, "settings", "@jupyterlab", "apputils-extension")
        place.mkdir(parents=True)
        (place / "notification.jupyterlab-settings").write_text(json.dumps(NEWS))
        token = secrets.token_hex(16)
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
        command += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
        command += [f"--ServerApp.root_dir={root}", f"--LabApp.workspaces_dir={root}/workspaces"]
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603  # our own words
            assert server.stderr is not None
            said = (line.partition("http://127.0.0.1:")[2].partition("/")[0] for line in server.stderr)
            port = next(port for port in said if port)
            threading.Thread(target=server.stderr.read, daemon=True).start()  # or what it says fills the pipe
            try:
                yield f"http://127.0.0.1:{port}/lab?reset&token={token}"
            finally:
                server.terminate()


def opened(browser: Browser, address: str, theme: str, answers: Answers) -> Page:
    """Open JupyterLab with the panel in a third of the window."""
    page = browser.new_page(viewport={"width": WIDE, "height": HIGH}, device_scale_factor=1.5)
    page.set_default_timeout(PATIENCE)
    page.route("**/nodetool/api/**", answers.route)
    page.route_web_socket("**/nodetool/api/events/ws*", answers.socket)
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate(BEGIN, THEMES[theme])
    page.wait_for_selector(f"body[data-jp-theme-light='{str(theme == 'light').lower()}']", state="attached")
    page.wait_for_selector(PANEL)
    return page


def pictures(browser: Browser, states: dict[str, Json], request: Json, where: Path) -> None:
    """Make the pictures of the panel."""
    with lab() as address:

        def shot(name: str, theme: str, answers: Answers, act: Callable[[Page], None]) -> None:
            page = opened(browser, address, theme, answers)
            act(page)
            page.mouse.move(0, 0)
            page.evaluate("() => new Promise(done => setTimeout(done, 900))")  # for what moves to come to rest
            page.locator(PANEL).screenshot(path=where / f"panel-{name}-{theme}.png")
            page.close()

        def listed(page: Page) -> None:
            page.wait_for_selector(".ntp-row")
            page.wait_for_selector(".ntp-gauge")

        def tab(name: str) -> Callable[[Page], None]:
            def act(page: Page) -> None:
                page.locator(".ntp-row").first.click()
                page.wait_for_selector(".nt-card")
                page.get_by_role("tab", name=name).click()

            return act

        running = Answers(states["running"], JOBS, request)
        failed = Answers(states["failed"], JOBS[5:6], request)
        done = Answers(states["completed"], JOBS[4:5], request)
        for theme in THEMES:
            shot("list", theme, running, listed)
        shot("graph", "light", running, tab("Graph"))
        shot("log", "dark", running, tab("Log"))
        shot("timing", "light", running, tab("Timing"))
        shot("outputs", "light", done, tab("Outputs"))
        shot("error", "dark", failed, tab("Error"))
        shot("empty", "light", Answers({}, [], {}), lambda page: page.locator(".ntp-message").wait_for())
