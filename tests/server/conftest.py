"""A Jupyter server with our extension and a data folder of its own, spoken to by real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403  # a plugin may not be named in a conftest below the root
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs import manager as managers
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.server.pages import Page
from tests.server.talk import PATIENCE, Api, Held


@pytest.fixture(autouse=True)
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], JobExecutionManager]]:
    """This process's manager, as a function: one over folders of this test alone, shut down when it ends."""
    monkeypatch.setattr(managers, "_manager", None)
    folders = {"data_dir": tmp_path / "nodetool", "runtime_dir": tmp_path / "nodetool-run"}
    monkeypatch.setattr(managers, "_preferred", folders)
    yield managers.manager
    if managers._manager is not None:
        managers._manager.shutdown()


@pytest.fixture
def server_traits() -> dict[str, Any]:
    """Traits of the extension; a test module or class that wants others overrides this."""
    return {}


@pytest.fixture
def jp_server_config(server_traits: dict[str, Any]) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"nodetool_jupyter": True}},
        # Sockets are opened at localhost, requests sent to 127.0.0.1: one cookie for both.
        "IdentityProvider": {"cookie_name": "nodetool-test"},
        "NodetoolExtension": server_traits,
    }


@pytest.fixture
def api(
    http_server: Any, http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str], jp_asyncio_loop: Any
) -> Iterator[Api]:
    """The API, asked with the owner's token."""

    async def make() -> SimpleAsyncHTTPClient:
        return SimpleAsyncHTTPClient(force_instance=True, max_clients=100)

    client = jp_asyncio_loop.run_until_complete(make())
    yield Api(client, http_server_client.get_url(f"{jp_base_url}nodetool/api"), jp_auth_header)
    client.close()


@pytest.fixture
def cookies(api: Api, jp_serverapp: Any) -> Callable[[], Awaitable[Api]]:
    """Make the API as a browser asks it that has logged in: with cookies, and the XSRF token in its header."""

    async def log_in() -> Api:
        home = api.base.removesuffix("nodetool/api") + "api/status"
        page = Api(api._client, home, {})
        first = await page.ask("GET", "", token=jp_serverapp.identity_provider.token)
        pairs = [line.split(";")[0] for line in first.raw.headers.get_list("Set-Cookie")]
        xsrf = "2|test|test|10"
        await asyncio.sleep(0)
        return Api(api._client, api.base, {"Cookie": "; ".join([*pairs, f"_xsrf={xsrf}"]), "X-XSRFToken": xsrf})

    return log_in


@pytest.fixture
def graph() -> dict[str, Any]:
    """A small workflow that ends at once: "abc" becomes "ABC", under the name ``result``."""
    return {
        "nodes": [
            {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "text", "value": "abc"}},
            {"id": "up", "type": "nodetool.text.ToUppercase", "data": {}},
            {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
        ],
        "edges": [
            {"source": "in", "sourceHandle": "output", "target": "up", "targetHandle": "text"},
            {"source": "up", "sourceHandle": "output", "target": "out", "targetHandle": "value"},
        ],
    }


@pytest.fixture
def done(manager: Callable[[], JobExecutionManager]) -> Callable[[str], Awaitable[Any]]:
    """Wait for a job's end, beside the server's loop; returns its record."""

    async def wait(job_id: str) -> Any:
        return await asyncio.to_thread(manager().wait, job_id, PATIENCE)

    return wait


@pytest.fixture
def held(manager: Callable[[], JobExecutionManager]) -> Iterator[Held]:
    """Jobs that run until the test releases them."""
    hold = Hold()
    with fake_strategy(Script([JobUpdate(status="running"), hold, completed({"a": 1})])):
        yield Held(manager, hold)
        if managers._manager is not None:
            managers._manager.shutdown()  # while their strategy is known


@pytest.fixture
def page(jp_ws_fetch: Any, jp_serverapp: Any) -> Iterator[Callable[..., Awaitable[Page]]]:
    """Open sockets as pages do: ``await page()``; they are closed when the test ends."""
    opened: list[Page] = []

    async def open_page(**more: Any) -> Page:
        opened.append(Page(await jp_ws_fetch("nodetool", "api", "events", "ws", **more)))
        return opened[-1]

    yield open_page
    for one in opened:
        one.close()
