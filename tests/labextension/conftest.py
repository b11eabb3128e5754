"""JupyterLab and Notebook in a real browser: their server, their pages, and notebooks to open in them."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.labextension.pages import Lab
from tests.labextension.steps import start

FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NEWS = {"fetchNews": "false", "checkForUpdates": False}  # else a question covers a corner of the page
LAB_PYTHON = os.environ.get("NODETOOL_LAB_PYTHON", sys.executable)  # another JupyterLab's: see make test-lab
SLOWEST = 30_000  # ms that anything in the browser may take
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, with nothing of the user's own settings or files."""
    with serving(tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture(scope="session")
def kernel_only_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab without our server extension."""
    root = tmp_path_factory.mktemp("kernel-only")
    config = root / "config_dir" / "jupyter_server_config.d" / "nodetool_jupyter.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"nodetool_jupyter": False}}}))
    with serving(root) as found:
        yield found


@contextmanager
def serving(root: Path, like: Lab | None = None) -> Iterator[Lab]:
    """A JupyterLab with settings and files of its own in a folder; ``like`` another: at its address, with its token."""
    env = dict(os.environ, IPYTHONDIR=str(root / "ipython"), NODETOOL_HOME=str(root / "nodetool"))
    env["JUPYTER_PREFER_ENV_PATH"] = "0"  # its own settings come before those of the virtual environment
    for name in FOLDERS:
        folder = root / name.lower()
        folder.mkdir(mode=0o700, exist_ok=True)
        env[f"JUPYTER{name}" if name.startswith("LAB") else f"JUPYTER_{name}"] = str(folder)
    settings = root / "lab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(NEWS))
    work = root / "work"
    work.mkdir(exist_ok=True)
    token = like.token if like else secrets.token_hex(16)
    port = urlsplit(like.url).port if like else 0
    with subprocess.Popen(_command(work, token, port or 0), env=env, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield Lab(_address(server), token, work, root / "config_dir")
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _command(work: Path, token: str, port: int) -> list[str]:
    return [
        *(LAB_PYTHON, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={work}"),
        *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
        *("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
    ]


def _address(server: subprocess.Popen[str]) -> str:
    """Return where a server listens, as soon as it says so; what it says later is read and dropped."""
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        said.append(line)
        _, found, rest = line.partition("http://127.0.0.1:")
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return f"http://127.0.0.1:{rest.partition('/')[0]}"
    raise RuntimeError("".join(said))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, or the one that $CHROMIUM names."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on this machine")
    found = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield found
    found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport={"width": 1280, "height": 900})
    found.set_default_timeout(SLOWEST)
    yield found
    found.close()


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the pages of this test with anything of ours, by the browser's own word."""
    return []


@pytest.fixture
def new_page(context: BrowserContext, faults: list[str]) -> Iterator[Callable[[], Page]]:
    """Make pages whose faults are kept; at the end no kernel is left."""

    def make() -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{error}") if "nodetool" in (error.stack or "") else None)
        page.on("console", lambda said: faults.append(said.text) if _ours(said.type, said.text) else None)
        return page

    yield make
    for page in context.pages:
        if page.evaluate("() => 'jupyterapp' in window"):
            page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
            break


def _ours(kind: str, text: str) -> bool:
    # An older JupyterLab warns of the versions that ipywidgets' extension wants, too.
    versions = "Unsatisfied version" in text and sys.executable == LAB_PYTHON
    slow = text.startswith("Plugin ")  # what it says of every plugin on a machine that is busy
    return kind in ("error", "warning") and (("nodetool" in text and not slow) or versions)


@pytest.fixture
def gate(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A pipe that holds a node back until the test opens it."""
    path = lab.work / f"{request.node.originalname}.gate"
    os.mkfifo(path)
    yield path
    path.unlink()


@pytest.fixture
def started(lab: Lab, new_page: Callable[[], Page], gate: Path) -> Page:
    """A page on which all cells of a notebook were started, and the job's second step waits at the gate."""
    return start(new_page(), lab, gate)
