"""Finding the Jupyter server that a kernel belongs to, and its token: only from what this user alone may read."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nodetool_jupyter.errors import ServerNotFound

_ANYWHERE = frozenset(("0.0.0.0", "::", ""))  # noqa: S104  # a server bound to all addresses is on this host's own too
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """A Jupyter server: its base URL, which ends in a slash, and its token, which never shows."""

    url: str
    token: str = field(repr=False)


def find_server(environ: Mapping[str, str] | None = None, runtime: Path | None = None) -> Server:
    """Return the Jupyter server that this process belongs to.

    It is what JupyterHub's variables name, else the server that is an ancestor of this process, else the one whose
    terminal this is, else the only one that runs. Servers write ``jpserver-<pid>.json`` into Jupyter's runtime folder;
    a file that others own or may read does not count. Raises :class:`ServerNotFound`.
    """
    env = os.environ if environ is None else environ
    hub = _of_hub(env)
    if hub is not None:
        return hub
    servers = _running(_runtime_folder() if runtime is None else runtime)
    for pid in _ancestors(env):
        if pid in servers:
            return servers[pid]
    named = [one for one in servers.values() if one.url == env.get("JUPYTER_SERVER_URL")]
    found = named or list(servers.values())
    if len(found) == 1:
        return found[0]
    if found:
        raise ServerNotFound(f"{len(found)} Jupyter servers run here, and this process belongs to none of them")
    raise ServerNotFound("no Jupyter server of yours runs here; is this a kernel or a terminal of Jupyter?")


def _of_hub(env: Mapping[str, str]) -> Server | None:
    token = env.get("JUPYTERHUB_API_TOKEN")
    if not token:
        return None
    url = env.get("JUPYTERHUB_SERVICE_URL") or env.get("JUPYTERHUB_PUBLIC_URL")
    if not url:
        raise ServerNotFound("JupyterHub gave a token, but neither JUPYTERHUB_SERVICE_URL nor JUPYTERHUB_PUBLIC_URL")
    try:
        parts = urlsplit(url)
        own = f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1"
    except ValueError:
        raise ServerNotFound("JupyterHub gave an address of the server that is no URL") from None
    path = env.get("JUPYTERHUB_SERVICE_PREFIX") or parts.path
    where = own if (parts.hostname or "") in _ANYWHERE else parts.netloc
    return Server(urlunsplit((parts.scheme, where, path.rstrip("/") + "/", "", "")), token)


def _runtime_folder() -> Path:
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def _running(folder: Path) -> dict[int, Server]:
    """Return the servers that run, by process."""
    import psutil

    found = {}
    for path in sorted(folder.glob("jpserver-*.json")):
        data = _read_private(path)
        pid, url, token = data.get("pid"), data.get("url"), data.get("token")
        if not (isinstance(pid, int) and isinstance(url, str) and isinstance(token, str)):
            continue
        if url.startswith(("http://", "https://")) and psutil.pid_exists(pid):
            found[pid] = Server(url.rstrip("/") + "/", token)
    return found


def _read_private(path: Path) -> dict[str, Any]:
    """Return a file's JSON; empty when others own it or may read it, when it is a link, or no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return {}
    try:
        mode = os.fstat(descriptor)
        own = os.name != "posix" or (mode.st_uid == os.getuid() and not mode.st_mode & 0o077)
        data = json.loads(os.read(descriptor, _LARGEST)) if own and stat.S_ISREG(mode.st_mode) else {}
    except ValueError:
        return {}
    finally:
        os.close(descriptor)
    return data if isinstance(data, dict) else {}


def _ancestors(env: Mapping[str, str]) -> list[int]:
    import psutil

    said = env.get("JPY_PARENT_PID", "")
    try:
        parents = [parent.pid for parent in psutil.Process().parents()]
    except psutil.Error:
        parents = []
    return [*([int(said)] if said.isdecimal() else []), *parents]
