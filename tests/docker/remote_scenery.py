"""The machine's own engine behind TLS, as if it were on another host."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.execution.engine_scenery import short_folder, write_certificates

_STEP = 65536


class Distant:
    """Hands whatever comes in through TLS to a socket, byte for byte; ``environ`` names it as DOCKER_HOST does.

    ``cuts`` are words of a request's first line after which the connection is cut, and how many bytes of the answer
    pass before that.
    """

    def __init__(self, folder: Path, path: str) -> None:
        self.cuts: tuple[bytes, bytes, int] | None = None
        self._path = path
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._context.load_verify_locations(folder / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = threading.Thread(target=self._serve)
        self._server.start()
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self.environ = {"DOCKER_HOST": self.address, "DOCKER_CERT_PATH": str(folder), "DOCKER_TLS_VERIFY": "1"}

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._server.join()
        self._listener.close()

    def _serve(self) -> None:
        threads = []
        with suppress(OSError):  # it is shut
            while True:
                connection, _ = self._listener.accept()
                threads.append(threading.Thread(target=self._hand_on, args=(connection,)))
                threads[-1].start()
        for one in threads:
            one.join()

    def _hand_on(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), socket.socket(socket.AF_UNIX) as back:  # noqa: SIM117
            with self._context.wrap_socket(connection, server_side=True) as front:
                back.connect(self._path)
                _Pair(self, front, back).run()


class _Pair:
    def __init__(self, distant: Distant, front: ssl.SSLSocket, back: socket.socket) -> None:
        self._distant = distant
        self._front = front
        self._back = back
        self._left: int | None = None  # bytes that pass before the connection is cut

    def run(self) -> None:
        thread = threading.Thread(target=self._inwards)
        thread.start()
        with suppress(OSError):
            self._outwards()
        with suppress(OSError):
            self._back.shutdown(socket.SHUT_RDWR)
        thread.join()

    def _outwards(self) -> None:
        while data := self._back.recv(_STEP):
            if self._left is not None:
                self._front.sendall(data[: self._left])
                self._left -= len(data)
                if self._left <= 0:
                    self._front.shutdown(socket.SHUT_RDWR)  # without TLS's last word, as a host that went down
                    return
            else:
                self._front.sendall(data)
        self._front.unwrap()

    def _inwards(self) -> None:
        with suppress(OSError):
            while data := self._front.recv(_STEP):
                cuts = self._distant.cuts
                if cuts is not None and data.startswith(cuts[0]) and cuts[1] in data.partition(b"\r\n")[0]:
                    self._left = cuts[2]
                self._back.sendall(data)
        with suppress(OSError):
            self._back.shutdown(socket.SHUT_WR)


@contextmanager
def distant_engine(path: str, certify: Callable[[Path], None] = write_certificates) -> Iterator[Distant]:
    """The engine whose socket is at ``path``, reached through TLS with certificates of its own."""
    with short_folder() as folder:
        certify(folder)
        made = Distant(folder, path)
        try:
            yield made
        finally:
            made.close()


_AUTHORITY = """
[ca]
default_ca = own
[own]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
basicConstraints = CA:TRUE
"""


def write_expired_certificates(folder: Path) -> None:
    """Write an authority, a certificate of 127.0.0.1 that is its own and has expired, and the key."""
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(_AUTHORITY)
    subprocess.run(
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -keyout key.pem -out asked "
        "&& openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -in asked -out cert.pem -notext "
        "-startdate 20200101000000Z -enddate 20200102000000Z && cp cert.pem ca.pem",
        cwd=folder,
        shell=True,
        check=True,
        capture_output=True,
    )
