"""A Docker engine that answers what a test wants, on a socket of its own."""

from __future__ import annotations

import json
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VERSION = {"Version": "24.0", "ApiVersion": "1.43", "MinAPIVersion": "1.12", "Arch": "amd64"}
INFO: dict[str, Any] = {"Runtimes": {"runc": {}}, "SecurityOptions": ["name=seccomp"], "OperatingSystem": "Debian"}
Answer = tuple[int, Any] | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers one request from its server's table, and notes it there."""

    protocol_version = "HTTP/1.1"
    server: FakeEngine

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.server.asked.append(f"{self.command} {self.path}")
        path = re.sub(r"^/v[\d.]+", "", urlsplit(self.path).path)
        answer = self.server.answers.get(f"{self.command} {path}", (404, {"message": f"page not found: {path}"}))
        if callable(answer):
            answer(self)
            return
        status, body = answer
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  # the names that the server looks for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class FakeEngine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """``answers`` maps a method and a path, without the version, to a status and a body, or to what answers itself."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Handler)
        self.answers: dict[str, Answer] = {"GET /version": (200, VERSION), "GET /info": (200, INFO)}
        self.asked: list[str] = []
        self.over = threading.Event()
        self.environ = {"DOCKER_HOST": f"unix://{path}"}


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="nt-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def fake_engine() -> Iterator[FakeEngine]:
    """A running engine."""
    with short_folder() as folder, FakeEngine(folder / "docker.sock") as engine:
        thread = threading.Thread(target=engine.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield engine
        finally:
            engine.over.set()
            engine.shutdown()
            thread.join()


@contextmanager
def silent_engine() -> Iterator[dict[str, str]]:
    """An engine that takes connections and says nothing."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "docker.sock"))
        listener.listen()
        yield {"DOCKER_HOST": f"unix://{folder}/docker.sock"}


def write_certificates(folder: Path) -> None:
    """Write an authority, a certificate of 127.0.0.1 that is its own, and the key."""
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem && cp cert.pem ca.pem",
        cwd=folder,
        shell=True,
        check=True,
        capture_output=True,
    )
