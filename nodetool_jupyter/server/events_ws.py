"""``events/ws``: one socket a page, told of many jobs; its messages are in ``docs/reference/events-ws.md``."""

from __future__ import annotations

import asyncio
import contextvars
import os
from collections.abc import Callable
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketClosedError

from nodetool_jupyter import __version__
from nodetool_jupyter.errors import NodetoolError, nearest
from nodetool_jupyter.server import figures, rights, subscriptions
from nodetool_jupyter.server.base import SocketHandler, dumps
from nodetool_jupyter.server.incoming import read_json
from nodetool_jupyter.server.problems import Problem, problem_of
from nodetool_jupyter.server.resources import ResourcesTopic, WorkersTopic
from nodetool_jupyter.server.roster import RosterTopic
from nodetool_jupyter.server.streams import Streams, streams_of
from nodetool_jupyter.server.subscriptions import Socket, Topic, Wake
from nodetool_jupyter.server.topics import EventsTopic, StateTopic
from nodetool_jupyter.widgets.feed import feed

VERSION = 1
LONGEST = 64 * 1024  # bytes of a client's message
STOPS = 1001  # the close code when the server stops
_DEPTH = 8
_LARGEST = 2**53 - 1
_LONGEST_NODE = 1000  # characters of a node's id

# What a message has besides its type and its id.
_FIELDS = {"subscribe": ("topic", "job", "after"), "unsubscribe": (), "detail": ("job", "node")}
_TOPICS = {"jobs": (), "state": ("job",), "events": ("job", "after"), "resources": (), "workers": ()}

Json = dict[str, Any]


class EventsHandler(SocketHandler):
    """``events/ws``"""

    _streams: Streams
    _socket: Socket | None = None
    _timer: PeriodicCallback | None = None

    @property
    def max_message_size(self) -> int:
        """How many bytes a client's message may have."""
        return LONGEST

    @ws_authenticated
    @authorized(action="read")  # type: ignore[untyped-decorator]
    async def get(self, *args: Any, **named: Any) -> None:  # type: ignore[override]
        """Open the socket."""
        # Timers keep the context that they were made in, also long after they were cancelled, and the one of a request
        # has its handler.
        await asyncio.create_task(super().get(*args, **named), context=contextvars.Context())

    def open(self, *args: Any, **named: Any) -> None:
        """Begin to send, and to ask now and then whether this is still allowed."""
        super().open(*args, **named)
        self.set_nodelay(True)
        self._streams = streams_of(self)
        self._socket = Socket(self._deliver, self.close, subscriptions.PATIENCE)
        self._timer = PeriodicCallback(self._ask_again, rights.AGAIN * 1000)
        self._timer.start()
        self._streams.opened(self._stop)
        figures.opened("events")
        hub = "JUPYTERHUB_SERVICE_PREFIX" in os.environ
        self._socket.hail(dumps({"type": "hello", "v": VERSION, "version": __version__, "hub": hub}))

    async def on_message(self, message: str | bytes) -> None:
        """Do what a client asks for; the next message is read when this one is answered."""
        number: int | None = None
        try:
            self.extension.buckets.take(self.user_name, "read")
            asked = _read(message)
            number = asked["id"]
            await getattr(self, f"_{asked['type']}")(asked)
        except (Problem, NodetoolError) as error:
            await self._refuse(number, problem_of(error, 503))
        except Exception as error:
            self.log.error("a message on events/ws could not be answered", exc_info=True)
            await self._refuse(number, problem_of(error, 500, "events/ws"))

    async def _refuse(self, number: int | None, problem: Problem) -> None:
        figures.refused(problem.code)
        if self._socket is not None:
            await self._socket.answer(dumps({"type": "error", "id": number, **problem.body()}))

    async def _subscribe(self, asked: Json) -> None:
        if not await rights.allowed(self, self.current_user, "read"):
            self.close(rights.REFUSED, "this is not allowed any more")
            return
        job_id = asked.get("job")
        if job_id is not None:
            await self.off(self.jobs.get, job_id)
        if self._socket is not None:  # else it was closed meanwhile
            self._socket.check(asked["id"])
            self._socket.add(asked["id"], self._topic(asked))

    def _topic(self, asked: Json) -> Callable[[Wake], Topic]:
        """Return what makes the topic that was asked for, when it is given what wakes this socket."""
        shared, number, job_id = self._streams, asked["id"], str(asked.get("job"))
        match asked["topic"]:
            case "jobs":
                user = self.user_name if self.extension.policy.separate_users else None
                return lambda wake: RosterTopic(number, shared.roster(user), wake)
            case "state":
                return lambda wake: StateTopic(number, job_id, shared.views, wake)
            case "events":
                after = asked.get("after", 0)
                return lambda wake: EventsTopic(number, job_id, after, shared.bells, shared.aside, wake)
            case "workers":
                return lambda wake: WorkersTopic(number, self.extension.workers, wake)
            case _:
                return lambda wake: ResourcesTopic(number, shared.resources, wake)

    async def _unsubscribe(self, asked: Json) -> None:
        if self._socket is not None and not self._socket.drop(asked["id"]):
            raise Problem(404, "not_found", f"there is no subscription {asked['id']}")

    async def _detail(self, asked: Json) -> None:
        record = await self.off(self.jobs.get, asked["job"])
        told = {"type": "detail", "id": asked["id"], "job": record.id, "node": asked["node"]}
        found = await self.off(feed.detail, record.id, asked["node"])
        if self._socket is not None:
            await self._socket.answer(dumps({**told, "detail": found}))

    async def _deliver(self, text: str) -> None:
        try:
            await self.write_message(text)
        except WebSocketClosedError as error:
            raise ConnectionError from error
        figures.sent("events", len(text))

    async def _ask_again(self) -> None:
        if not await rights.holds(self, "read"):
            self.close(rights.REFUSED, "this is not allowed any more")

    def _stop(self) -> None:
        self.close(STOPS, "the server stops")
        self._let_go()

    def on_close(self) -> None:
        """Let go of everything."""
        self._let_go()
        if self.ping_callback is not None:
            self.ping_callback.stop()  # type: ignore[unreachable]
        super().on_close()

    def _let_go(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None and self._timer is not None:
            self._timer.stop()
            socket.close()
            self._streams.closed(self._stop)
            figures.closed("events")


def _read(message: str | bytes) -> Json:
    """Read a client's message; raises a 400 :class:`Problem` that says what is wrong with it."""
    if isinstance(message, bytes):
        raise _bad("messages are text, not bytes")
    asked = read_json(message.encode("utf-8", "surrogatepass"), _DEPTH)
    if not isinstance(asked, dict):
        raise _bad("a message is an object")
    kind = asked.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise _bad(f"there is no message {str(kind)[:60]!r}; {nearest(str(kind), _FIELDS)}".rstrip("; "))
    if not _is_number(asked.get("id")):
        raise _bad("id must be a whole number, by which this subscription or question is known")
    fields = _FIELDS[kind]
    if kind == "subscribe":
        topic = asked.get("topic")
        if not isinstance(topic, str) or topic not in _TOPICS:
            raise _bad(f"there is no topic {str(topic)[:60]!r}; {nearest(str(topic), _TOPICS)}".rstrip("; "))
        fields = ("topic", *_TOPICS[topic])
    _check(asked, fields)
    return asked


def _check(asked: Json, fields: tuple[str, ...]) -> None:
    for name in asked.keys() - {"type", "id", *fields}:
        raise _bad(f"there is no {name[:60]!r} in this message; {nearest(name, fields)}".rstrip("; "))
    if "job" in fields and not isinstance(asked.get("job"), str):
        raise _bad("job must be the id of a job")
    if "after" in asked and not _is_number(asked["after"]):
        raise _bad("after must be the number of an event, from 0 on")
    if "node" in fields and not (isinstance(asked.get("node"), str) and len(asked["node"]) <= _LONGEST_NODE):
        raise _bad("node must be the id of a node")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _bad(message: str) -> Problem:
    return Problem(400, "invalid_request", message)
