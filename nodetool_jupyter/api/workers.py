"""The workers that a user knows: listing, connecting and forgetting them, for people at a prompt."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from nodetool_jupyter.api.grammar import Line
from nodetool_jupyter.bridge.connections import Connection, Connections, Kind, make
from nodetool_jupyter.bridge.known_nodes import DEFAULT
from nodetool_jupyter.bridge.reconnect import connect as connect_to
from nodetool_jupyter.bridge.watch import Watch
from nodetool_jupyter.errors import InvalidRequest, NodetoolError, SecretMissing, StorageError
from nodetool_jupyter.interrupts import Event
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.widgets import wording

T = TypeVar("T")
Json = dict[str, Any]

PATIENCE = 10.0  # seconds that a worker has to answer while somebody waits for a run to begin
NONE = "No workers are known; connect one with: workers connect NAME URL [--token-env VAR]"


def say(line: Line) -> str:
    """Do what a line with one of the verbs ``workers`` asks, and return what there is to say."""
    match line.verb.name:
        case "workers connect":
            name, url = line.words
            return add(name, url, **line.given)
        case "workers forget":
            return forget(line.words[0])
        case _:
            return table()


def connections() -> Connections:
    """Return the workers of this user's data folder."""
    return Connections(lambda: manager().places.data, lambda name: manager().secrets.resolve([name])[name])


def rows() -> list[Json]:
    """Ask every known worker how it is, and return what they said; see :meth:`~..bridge.watch.Watch.now`."""

    async def ask() -> list[Json]:
        watch = Watch(connections())
        try:
            with watch.looking():
                await watch.asked()
            return watch.now()
        finally:
            await watch.close()

    return _wait(ask())


def add(name: str, url: str, token_env: str | None = None, kind: Kind = "nodetool") -> str:
    """Store a worker under a name, try to connect, and return one sentence about both.

    ``token_env`` names the variable that holds its token, which is kept among the secrets under that name, so that
    other processes, the Jupyter server among them, find it. Raises :class:`InvalidRequest` and
    :class:`SecretMissing`; a worker that cannot be reached just now is stored all the same.
    """
    connection = make(name, url, token=token_env, kind=kind)
    if name == DEFAULT:
        raise InvalidRequest(f"{DEFAULT!r} is the worker of NODETOOL_WORKER_URL; choose another name")
    if token_env is not None:
        _keep_token(token_env)
    connections().add(connection)
    return f"worker {name} is known as {connection.url_host}; {_try(connection)}"


def learn() -> tuple[list[str], list[str]]:
    """Ask the workers that were never asked what they have; return the names of those that answered, and sentences.

    The sentences say why others did not. Asks nobody when all were asked before, at the addresses that hold now.
    """
    known = connections()
    unasked = [one for one in known.all() if not _asked(known, one)]

    async def ask(connection: Connection) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                await (await connect_to(known, connection)).close()
        except (NodetoolError, TimeoutError) as error:
            said = str(error) or f"it did not answer within {PATIENCE:.0f} s"
            return f"the worker {connection.name!r} cannot be asked what it has: {said}"
        return ""

    async def ask_all() -> list[str]:
        return await asyncio.gather(*map(ask, unasked))

    said = _wait(ask_all()) if unasked else []
    answered = [one.name for one, fault in zip(unasked, said, strict=True) if not fault]
    return answered, [fault for fault in said if fault]


def _asked(known: Connections, connection: Connection) -> bool:
    try:
        found = known.nodes.load(connection.name)
    except StorageError:
        return False
    return found is not None and found.address in ("", connection.url_host)


def forget(name: str) -> str:
    """Forget a worker, and return one sentence; raises :class:`WorkerNotFound`. Its token stays among the secrets."""
    connections().forget(name)
    return f"worker {name} is forgotten"


def table() -> str:
    """Return the known workers as lines of a table, or a sentence when there are none."""
    found = rows()
    if not found:
        return NONE
    head = ("worker", "address", "state", "protocol", "nodes")
    lines = [head, *((one["name"], one["url_host"], _state(one), *_counts(one)) for one in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _state(row: Json) -> str:
    return f"{row['state']}: {row['error']}" if row["error"] else str(row["state"])


def _counts(row: Json) -> tuple[str, str]:
    return tuple("" if row[name] is None else str(row[name]) for name in ("protocol", "nodes"))  # type: ignore[return-value]


def _keep_token(name: str) -> None:
    value = os.environ.get(name)
    if value:
        manager().secrets.set(name, value)
    else:
        try:
            manager().secrets.resolve([name])
        except SecretMissing:
            said = f"the variable {name} is not set, and no secret is stored under that name; "
            raise SecretMissing(said + f"set it, or say: nodetool secrets set {name}") from None


def _try(connection: Connection) -> str:
    async def once() -> str:
        client = await connect_to(connections(), connection)
        try:
            return f"connected: protocol {client.version}, {wording.counted(len(client.nodes), 'node type')}"
        finally:
            await client.close()

    try:
        return _wait(once())
    except NodetoolError as error:
        return f"but {error}"


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own, because a notebook's has a loop already; Ctrl-C ends the wait."""
    found: list[T] = []
    raised: list[BaseException] = []
    ended = Event()

    def run() -> None:
        try:
            found.append(asyncio.run(work))
        except BaseException as error:
            raised.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="nodetool-workers", daemon=True).start()
    ended.wait()
    if raised:
        raise raised[0]
    return found[0]
