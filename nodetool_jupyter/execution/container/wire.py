"""The wire to a Docker engine: requests that cannot hang, faults as sentences, and the raw stream of a container."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from socket import AF_UNIX, SHUT_RDWR, create_connection, gaierror, socket
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost, InvalidRequest, NodetoolError
from nodetool_jupyter.sockets import reachable

CALL = 4.0  # seconds that the engine may be silent, so that the sentence about it is out within five
WORK = 30.0  # seconds for what makes, starts or removes a container
_API = (1, 41)  # the engine's interface that the words here are written for; Docker 20.10
_HEAD = 16 * 1024  # bytes of an answer's head, and of the body of a refusal
_TOLD = 400  # characters of the engine's own words that are repeated
_START = "start it (sudo systemctl start docker), or set DOCKER_HOST to the one you mean"
_NAMES = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_VARIABLES = "DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_PIECE = 256 * 1024  # bytes of an archive that are read at a time
_USERINFO = re.compile(r"//[^/@\s]*@")
TLS_VARIABLES = "DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of the certificates"
_WANTS_TLS = f"if it wants TLS, set {TLS_VARIABLES}"
_FULL = "the Docker engine has no room left on its disk; make some, for instance with docker system prune"


class Refusal(EngineUnavailable):
    """The engine answered with an error; ``status`` is HTTP's, ``words`` are the engine's."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        self.words = words
        full = "no space left on device" in words
        super().__init__(_FULL if full else f"the Docker engine refuses: {words}")


class Wire:
    """The way to one engine, which ``environ`` names as it does for the docker SDK and the docker command.

    Blocking; may be used by several threads at once. Everything raises :class:`EngineUnavailable`.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        import docker
        from docker.utils import kwargs_from_env, parse_host

        # The SDK takes an empty mapping for the process's own environment.
        named = {"DOCKER_HOST": "", **environ}
        _check_scheme(named["DOCKER_HOST"])
        try:
            asked = kwargs_from_env(named)
            url = urlsplit(str(parse_host(asked.get("base_url"), tls=bool(asked.get("tls")))))
            self.address = url.path if url.scheme == "http+unix" else f"tcp://{url.hostname}:{url.port}"
            self.client: Any = docker.APIClient(version="1.41", timeout=CALL, **asked)
        except docker.errors.DockerException as error:
            why = _USERINFO.sub("//", str(error))
            raise EngineUnavailable(f"{_VARIABLES} name no engine that can be reached: {why}") from None
        self.client.trust_env = False  # an engine is spoken to directly, not through the proxy of the web
        self.tls: Any = asked.get("tls")
        self.remote = url.scheme != "http+unix"
        self.private = not self.remote or bool(self.tls) or _is_here(url.hostname or "")
        self._plain = self.remote and not self.tls
        self.environ = {name: named.get(name, "") for name in _NAMES}
        self.api = ""
        self._reading: set[socket] = set()
        self._closed = False
        self._path = url.path
        self._host = (url.hostname or "", url.port or 0)

    def close(self) -> None:
        """Close the connections that are kept, and end what is being read line by line."""
        self._closed = True
        for reading in list(self._reading):
            with suppress(OSError):
                reading.shutdown(SHUT_RDWR)
        for adapter in self.client.adapters.values():
            # The SDK's own close leaves them to the garbage collector, which comes late after a fault.
            pools = adapter.poolmanager.pools
            for pool in [pools[key] for key in pools.keys()]:  # noqa: SIM118  # it is no mapping that can be iterated
                pool.close()
        self.client.close()

    def agree(self) -> dict[str, Any]:
        """Agree with the engine on the form of requests, and return what it says of itself."""
        about: dict[str, Any]
        try:
            about = self._read(self._send("GET", "/version"))
        except Refusal as refusal:
            if self._plain and refusal.status == 400:  # an engine's word for who speaks plainly where TLS is spoken
                raise EngineUnavailable(f"{refusal}; {_WANTS_TLS}") from None
            raise
        newest, oldest = _pair(about.get("ApiVersion")), _pair(about.get("MinAPIVersion"))
        if newest < _API:
            raise EngineUnavailable(
                f"the Docker engine at {self.address} is version {about.get('Version')}; 20.10 or later is needed"
            )
        self.api = "/v{}.{}".format(*max(_API, oldest))
        return about

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        timeout: float = CALL,
    ) -> Any:
        """Send one request and return the answer's JSON, if it has any; raises :class:`Refusal` for an error."""
        answer = self._send(method, self.api + path, query=query, body=body, timeout=timeout)
        return self._read(answer) if answer.content else None

    def _read(self, answer: Any) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise EngineUnavailable(f"what answers at {self.address} is no Docker engine; {_START}") from None

    def _send(self, method: str, path: str, *, query: Any = None, body: Any = None, **kinds: Any) -> Any:
        url = self.client.base_url + path + (f"?{urlencode(query)}" if query else "")
        kinds = {"timeout": CALL, "allow_redirects": False, **kinds}
        try:
            if not self.remote:
                self._connect().close()  # the SDK's own attempt would leave its socket open where it fails
            answer = self.client.request(method, url, json=body, **kinds)
            if answer.status_code >= 400:
                raise Refusal(answer.status_code, self._words(answer.content))
        except OSError as error:
            self._explain(error)
        return answer

    def lines(
        self, path: str, query: Mapping[str, Any], headers: Mapping[str, str], left: Callable[[], float]
    ) -> Generator[bytes, None, None]:
        """Send a request and yield the lines of its answer; ``left`` returns the seconds that are left for all.

        :meth:`close` ends it, also while the engine is silent, which the SDK's own connections do not let be done.
        """
        from http.client import HTTPConnection, HTTPException

        connection, answer, own = HTTPConnection("docker"), None, None
        try:
            own = connection.sock = self._connect()
            self._reading.add(own)
            if self._closed:
                raise ConnectionAbortedError
            own.settimeout(left())
            connection.request("POST", f"{self.api}{path}?{urlencode(query)}", headers=dict(headers))
            answer = connection.getresponse()
            if answer.status >= 400:
                raise Refusal(answer.status, self._words(answer.read(_HEAD)))
            while line := answer.readline():
                yield line
                rest = left()
                with suppress(OSError):  # the answer was read whole, and the connection with it
                    own.settimeout(rest)
        except (OSError, HTTPException) as error:
            self._explain(error)
        finally:
            if answer is not None:
                answer.close()
            connection.close()
            if own is not None:
                self._reading.discard(own)

    def upload(self, path: str, query: Mapping[str, Any], archive: Iterable[bytes]) -> None:
        """Send an archive piece by piece; what ``archive`` itself raises of ours is passed on."""
        headers = {"Content-Type": "application/x-tar"}
        self._send("PUT", self.api + path, query=query, data=archive, headers=headers, timeout=WORK)

    def download(self, path: str, query: Mapping[str, Any]) -> Generator[bytes, None, None]:
        """Yield what is answered, as it comes; an answer that ends before its end raises.

        It comes as it is: packed, a few bytes could mean gigabytes, and packing costs more than most wires save.
        """
        headers = {"Accept-Encoding": "identity"}
        answer = self._send("GET", self.api + path, query=query, headers=headers, timeout=WORK, stream=True)
        try:
            yield from answer.iter_content(_PIECE)
        except OSError as error:
            self._explain(error)
        finally:
            answer.close()

    def stream(self, path: str, query: Mapping[str, Any]) -> socket:
        """Send a request that turns its connection into a stream both ways, and return that, blocking.

        The SDK's own way reads ahead while it looks for the end of the head, and loses what it has read.
        """
        head = f"POST {self.api}{path}?{urlencode(query)} HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n"
        connection = None
        try:
            connection = self._connect()
            connection.settimeout(CALL)
            connection.sendall(f"{head}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n".encode())
            status, length = _read_head(connection)
            if status >= 300:
                raise Refusal(status, self._words(connection.recv(min(length, _HEAD)) if length else b""))
            connection.settimeout(None)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, OSError):
                self._explain(error)
            raise
        return connection

    def _connect(self) -> socket:
        if not self.remote:
            plain = socket(AF_UNIX)
            plain.settimeout(CALL)
            try:
                with reachable(Path(self._path)) as name:
                    plain.connect(name)
            except BaseException:
                plain.close()
                raise
            return plain
        plain = create_connection(self._host, CALL)
        if not self.tls:
            return plain
        from nodetool_jupyter.execution.container.tls import unwrapped

        try:
            context = ssl.create_default_context(cafile=self.tls.ca_cert if self.tls.verify else None)
            context.check_hostname = bool(self.tls.verify)
            context.verify_mode = ssl.CERT_REQUIRED if self.tls.verify else ssl.CERT_NONE
            context.load_cert_chain(*self.tls.cert)
            return unwrapped(plain, context, self._host[0])
        except BaseException:
            plain.close()
            raise

    def _words(self, body: bytes) -> str:
        """Return what the engine said, as one line of bounded length."""
        import json

        text = body[:_HEAD].decode(errors="replace")
        with suppress(ValueError, KeyError, TypeError):
            text = str(json.loads(text)["message"])
        text = " ".join(text.split())
        return text if len(text) <= _TOLD else text[: _TOLD - 1] + "…"

    def _explain(self, error: BaseException) -> NoReturn:
        """Raise the sentence that says why the engine did not answer."""
        causes = _causes(error)
        for one in causes:
            if isinstance(one, NodetoolError):  # what was to be sent could not be read
                raise one
        advice = _WANTS_TLS if self._plain else "is it being restarted?"
        raise EngineUnavailable(_sentence(self.address, causes, advice)) from None


def by_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the query of a list for what has all of some labels."""
    return {"filters": json.dumps({"label": [f"{key}={value}" for key, value in labels.items()]})}


def id_part(text: str) -> str:
    """Return an id or a name that is safe in a path, for some come out of files; raises :class:`InvalidRequest`."""
    if not _ID.fullmatch(text):
        raise InvalidRequest(f"{text!r} is no id of a container")
    return text


def gone(id_: str, refusal: Refusal) -> NoReturn:
    """Raise :class:`ExecutionLost` for a container that is not there, and any other refusal as it is."""
    try:
        if refusal.status != 404:
            raise refusal
        raise ExecutionLost(f"the container {id_[:12]} is not there any more") from None
    finally:
        del refusal  # whose traceback has this frame: in such a ring its connection would stay open


def part(name: str) -> str:
    """Return a name as a part of a path."""
    return quote(name, safe="/:@")


def _check_scheme(host: str) -> None:
    scheme, separated, _ = host.partition("://")
    if separated and scheme not in ("unix", "tcp", "http", "https"):
        raise EngineUnavailable(f"DOCKER_HOST={scheme}://… cannot be used here; valid: unix:///PATH, tcp://HOST:PORT")


def _is_here(host: str) -> bool:
    """Tell whether a host of an address is this one, so that nobody else hears what is said to it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pair(version: object) -> tuple[int, int]:
    first, _, second = str(version or "0.0").partition(".")
    return (int(first), int(second)) if first.isdecimal() and second.isdecimal() else (0, 0)


def _read_head(stream: socket) -> tuple[int, int]:
    """Read an answer's head and not a byte more; returns its status and the length of what follows."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte or len(head) > _HEAD:
            raise ConnectionResetError("the head of the answer has no end")
        head += byte
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(":", 1) for line in rest if ":" in line)
    return int(first.split()[1]), int(fields.get("content-length", "0"))


def _causes(error: BaseException) -> list[BaseException]:
    """Return an exception and all that it was made of, from the outside in."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


def _sentence(address: str, causes: list[BaseException], advice: str) -> str:
    for one in causes:
        if isinstance(one, ssl.SSLError):
            why = getattr(one, "verify_message", "") or one.reason or "no TLS is spoken there"
            return f"no TLS connection to the Docker engine at {address}: {why}; look at {_VARIABLES}"
        if isinstance(one, FileNotFoundError):
            return f"there is no Docker engine: the socket {address} is not there; {_START}"
        if isinstance(one, ConnectionRefusedError):
            return f"no Docker engine answers at {address}, the connection was refused; {_START}"
        if isinstance(one, PermissionError):
            return (
                f"this user may not use the Docker engine at {address}; join the group docker "
                "(sudo usermod -aG docker NAME, then log in anew), or set DOCKER_HOST to a rootless engine"
            )
        if isinstance(one, gaierror):
            return f"the host of the Docker engine at {address} is not known; look at DOCKER_HOST"
        if isinstance(one, TimeoutError) or "Timeout" in type(one).__name__:
            return f"the Docker engine at {address} does not answer; look at it with docker info, or restart it"
    why = next((one.strerror for one in causes if isinstance(one, OSError) and one.strerror), "it hung up")
    return f"the Docker engine at {address} cannot be spoken to: {why}; {advice}"
