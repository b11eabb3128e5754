"""Finding the Jupyter server of a kernel: whose files count, and which server it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import jupyter
from nodetool_jupyter.bridge.jupyter import Server, find_server
from nodetool_jupyter.errors import ServerNotFound

Write = Callable[..., Path]


@pytest.fixture
def server(tmp_path: Path) -> Write:
    """Write what a server writes about itself."""

    def write(pid: int, mode: int = 0o600, **more: Any) -> Path:
        data = {"pid": pid, "url": f"http://localhost:{pid}/base/", "token": f"token-{pid}", **more}
        path = tmp_path / f"jpserver-{pid}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(data))
        path.chmod(mode)
        return path

    return write


ALIVE = os.getpid()
PARENT = os.getppid()


def found(folder: Path, **environ: str) -> Server:
    return find_server(environ, folder)


HUB = [
    (
        {"JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:5555/user/ann/"},
        "http://127.0.0.1:5555/user/ann/",
    ),
    (
        {"JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888", "JUPYTERHUB_SERVICE_PREFIX": "/user/ann/named/"},
        "http://127.0.0.1:8888/user/ann/named/",
    ),
    ({"JUPYTERHUB_SERVICE_URL": "https://[::]:8888/user/ann"}, "https://127.0.0.1:8888/user/ann/"),
    ({"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ann/"}, "https://hub.example/user/ann/"),
]


@pytest.mark.parametrize(("environ", "url"), HUB, ids=range(len(HUB)))
def test_on_a_hub_it_is_what_the_hub_says(tmp_path: Path, server: Write, environ: dict[str, str], url: str) -> None:
    server(ALIVE)
    assert found(tmp_path, JUPYTERHUB_API_TOKEN="canary", **environ) == Server(url, "canary")


def test_a_hub_that_names_no_address_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ServerNotFound, match="neither JUPYTERHUB_SERVICE_URL nor JUPYTERHUB_PUBLIC_URL"):
        found(tmp_path, JUPYTERHUB_API_TOKEN="canary")


def test_the_parent_that_jupyter_names_comes_first(tmp_path: Path, server: Write) -> None:
    server(1)
    server(PARENT)
    assert found(tmp_path, JPY_PARENT_PID="1") == Server("http://localhost:1/base/", "token-1")


def test_an_ancestor_comes_before_others(tmp_path: Path, server: Write) -> None:
    server(ALIVE)
    server(PARENT)
    assert found(tmp_path).token == f"token-{PARENT}"


def test_the_server_of_a_terminal_is_known_by_its_address(
    tmp_path: Path, server: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jupyter, "_ancestors", lambda _: [])
    server(ALIVE)
    server(PARENT)
    assert found(tmp_path, JUPYTER_SERVER_URL=f"http://localhost:{ALIVE}/base/").token == f"token-{ALIVE}"
    with pytest.raises(ServerNotFound, match="2 Jupyter servers run here"):
        found(tmp_path)


def test_the_only_server_is_the_one(tmp_path: Path, server: Write) -> None:
    server(ALIVE)
    assert found(tmp_path).url == f"http://localhost:{ALIVE}/base/"


def no_server(path: Path, server: Write) -> None:
    pass


def readable(path: Path, server: Write) -> None:
    server(ALIVE, 0o644)


def writable(path: Path, server: Write) -> None:
    server(ALIVE, 0o620)


def linked(path: Path, server: Write) -> None:
    server(ALIVE).rename(path / "real.json")
    (path / f"jpserver-{ALIVE}.json").symlink_to(path / "real.json")


def folder(path: Path, server: Write) -> None:
    (path / f"jpserver-{ALIVE}.json").mkdir()


def pipe(path: Path, server: Write) -> None:
    os.mkfifo(path / f"jpserver-{ALIVE}.json", 0o600)


def ended(path: Path, server: Write) -> None:
    server(2**22 + 1)


def no_json(path: Path, server: Write) -> None:
    server(ALIVE).write_text("{")


def a_list(path: Path, server: Write) -> None:
    server(ALIVE).write_text("[]")


def no_token(path: Path, server: Write) -> None:
    server(ALIVE, token=None)


def over_a_socket(path: Path, server: Write) -> None:
    server(ALIVE, url="http+unix://%2Ftmp%2Fx/")


NONE = [no_server, readable, writable, linked, folder, pipe, ended, no_json, a_list, no_token, over_a_socket]


@pytest.mark.parametrize("make", NONE, ids=lambda make: make.__name__)
def test_a_file_that_cannot_be_trusted_does_not_count(
    tmp_path: Path, server: Write, make: Callable[[Path, Write], None]
) -> None:
    make(tmp_path, server)
    with pytest.raises(ServerNotFound, match="no Jupyter server of yours runs here"):
        found(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file away")
def test_a_file_of_another_user_does_not_count(tmp_path: Path, server: Write) -> None:
    os.chown(server(ALIVE), 65534, 65534)
    with pytest.raises(ServerNotFound):
        found(tmp_path)


def test_a_token_never_shows() -> None:
    assert "canary" not in repr(Server("http://h/", "canary"))
