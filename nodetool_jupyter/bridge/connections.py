"""The workers a user knows: names, addresses and the names of their tokens, in one private file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from nodetool_jupyter import settings
from nodetool_jupyter.bridge.address import Address, read_url
from nodetool_jupyter.bridge.known_nodes import DEFAULT, KnownNodes
from nodetool_jupyter.bridge.resolver import HttpJson, Resolver, from_command, from_http_json
from nodetool_jupyter.errors import InvalidRequest, StorageError, WorkerNotFound, nearest
from nodetool_jupyter.files import private_opener, read_private, replace_private

FILE = "workers.json"
STDIO = "stdio"  # in the place of a URL: a process of one's own, of this or the named Python
Kind = Literal["nodetool", "nodetool_jupyter"]


class Command(BaseModel):
    """A program that writes the worker's URL to stdout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: tuple[str, ...] = Field(min_length=1)


class Asked(BaseModel):
    """A service that knows the worker's address."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    http_json: HttpJson = Field(alias="http-json")


class Connection(BaseModel):
    """A worker that is known by a name; ``token`` is the name of a secret, never its value.

    ``url`` is its address, ``stdio`` or ``stdio:PYTHON`` for a process of one's own; ``resolve`` finds the address
    anew at each attempt. ``kind`` is whose worker it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    url: str | None = None
    resolve: Command | Asked | None = None
    token: str | None = None
    kind: Kind = "nodetool"

    @field_validator("url")
    @classmethod
    def _checked(cls, url: str | None) -> str | None:
        return url if url is None or is_stdio(url) else read_url(url)

    @model_validator(mode="after")
    def _one_way(self) -> Connection:
        if (self.url is None) == (self.resolve is None):
            raise ValueError("a worker has either a url, or a way to resolve it")
        return self

    @property
    def url_host(self) -> str:
        """Where the worker is, as far as that may be shown."""
        if self.url is not None:
            return STDIO if is_stdio(self.url) else Address(self.url).host
        return self.resolve.command[0] if isinstance(self.resolve, Command) else "http-json"

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names of the secrets that connecting takes: its token, and that of the service that knows its address."""
        asked = self.resolve.http_json.token if isinstance(self.resolve, Asked) else None
        return tuple(name for name in (self.token, asked) if name)


_ENTRIES = TypeAdapter(tuple[Connection, ...])


def is_stdio(url: str) -> bool:
    """Tell whether a worker is a process of one's own."""
    return url == STDIO or url.startswith(f"{STDIO}:")


class Connections:
    """The workers of ``<data>/workers.json``, and ``default`` where NODETOOL_WORKER_URL is set.

    ``data`` returns the data folder, and ``secret`` a secret by its name; what they raise is passed on. All but
    :meth:`resolver` read files, and may block. ``nodes`` has what the workers said they have.
    """

    def __init__(self, data: Callable[[], Path], secret: Callable[[str], str]) -> None:
        self._data = data
        self._secret = secret
        self.nodes = KnownNodes(data)

    @property
    def _path(self) -> Path:
        return self._data() / FILE

    def all(self) -> list[Connection]:
        """Return every connection, by name; raises :class:`StorageError` for a file that others may read."""
        known = {one.name: one for one in self._read()}
        url = settings.get("NODETOOL_WORKER_URL")
        if url:
            token = "NODETOOL_WORKER_TOKEN" if settings.get("NODETOOL_WORKER_TOKEN") else None
            try:
                known[DEFAULT] = make(DEFAULT, url, token=token)
            except InvalidRequest as error:
                raise InvalidRequest(f"NODETOOL_WORKER_URL: {error}") from None
        return sorted(known.values(), key=lambda one: one.name)

    def get(self, name: str) -> Connection:
        """Return a connection; raises :class:`WorkerNotFound` that names the nearest."""
        known = {one.name: one for one in self.all()}
        if name not in known:
            raise WorkerNotFound(f"there is no worker {name[:64]!r}; {_hint(name, list(known))}")
        return known[name]

    def add(self, connection: Connection) -> None:
        """Store a connection, in the place of one of the same name; of another worker nothing is known then."""
        with self._changing() as known:
            if known.get(connection.name) != connection:
                self.nodes.forget(connection.name)
            known[connection.name] = connection

    def forget(self, name: str) -> None:
        """Remove a connection; raises :class:`WorkerNotFound`. Its token stays among the secrets."""
        with self._changing() as known:
            if name not in known:
                from_environment = name == DEFAULT and settings.get("NODETOOL_WORKER_URL")
                hint = "it comes from NODETOOL_WORKER_URL" if from_environment else _hint(name, list(known))
                raise WorkerNotFound(f"there is no stored worker {name[:64]!r}; {hint}")
            del known[name]
            self.nodes.forget(name)

    def resolver(self, connection: Connection) -> Resolver:
        """Return what finds the worker's address, and its token, at each attempt."""
        token = partial(self._token, connection.token)
        if isinstance(connection.resolve, Command):
            return from_command(connection.resolve.command, token)
        if isinstance(connection.resolve, Asked):
            return from_http_json(connection.resolve.http_json, self._token, token)

        async def known() -> Address:
            return Address(connection.url or "", await token())

        return known

    async def _token(self, name: str | None) -> str:
        return await asyncio.to_thread(self._secret, name) if name else ""

    def _read(self) -> tuple[Connection, ...]:
        try:
            body = read_private(self._path)
        except FileNotFoundError:
            return ()
        try:
            return _ENTRIES.validate_json(body)
        except ValidationError as error:
            raise StorageError(f"{self._path} cannot be read: {_first(error)}") from None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Connection]]:
        """Give the stored connections to change; one process at a time, and the file is replaced whole."""
        with _locked(self._path.with_suffix(".lock")):
            known = {one.name: one for one in self._read()}
            yield known
            rows = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in known.values()]
            replace_private(self._path, json.dumps(rows, indent=1).encode())


def make(name: str, url: str, *, token: str | None = None, kind: Kind = "nodetool") -> Connection:
    """Return a connection; raises :class:`InvalidRequest` for a name or URL that cannot be."""
    try:
        return Connection(name=name, url=url, token=token, kind=kind)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["loc"] == ("name",):
            said = f"{name[:80]!r} cannot be a worker's name; use letters, digits, _ and -, 64 at most"
            raise InvalidRequest(said) from None
        raise InvalidRequest(_first(error)) from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _hint(name: str, known: list[str]) -> str:
    return nearest(name, known) or "connect one with: nodetool workers connect NAME URL"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: the last writer wins
        yield
        return
    with open(path, "a", opener=private_opener) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
