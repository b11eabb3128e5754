"""One client: its frames in, its requests, its answers out. Over which wire they come is not known here."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.bridge.frames import decode, encode_parts
from nodetool_jupyter.bridge.large import Apart, Part
from nodetool_jupyter.bridge.messages import (
    CHUNKED_INPUT,
    BlobChunk,
    BlobEnd,
    BlobStart,
    Chunk,
    Execute,
    ExecuteStream,
    Failure,
    Frame,
    Message,
    Result,
)
from nodetool_jupyter.errors import BadFrame, NodetoolError
from nodetool_jupyter.worker.blob_values import read_values
from nodetool_jupyter.worker.dispatch import Core, answer
from nodetool_jupyter.worker.incoming import Incoming
from nodetool_jupyter.worker.jobs import MissingUploads
from nodetool_jupyter.worker.requests import Request
from nodetool_jupyter.worker.talks import FAMILIES, Talks
from nodetool_jupyter.worker.values_in import ValuesIn
from nodetool_jupyter.worker.wording import busy, failure

RATE, BURST = 5_000.0, 20_000  # messages of a user in a second, and at once


class Wire(Protocol):
    """What carries frames to a client."""

    name: str

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame, given in parts, and return when there is room for more; raises ``ConnectionError``."""


class Connection:
    """A client's side of the worker; used on the control loop only.

    Request ids are its own: another connection can neither cancel a request of this one nor hear of it.
    """

    def __init__(self, core: Core, wire: Wire, who: Identity) -> None:
        self.owed = 0
        self.who = who
        self.wire = wire
        self._core = core
        self._requests: dict[Request, None] = {}
        self._incoming = Incoming()
        self._values = ValuesIn(core.hosted, who.user)
        self._talks = Talks(core.hosted, who, self.say, core.log_fault)
        self._idle: asyncio.Future[None] | None = None

    @property
    def transport(self) -> str:
        """What the wire is called in a status."""
        return self.wire.name

    async def hear(self, body: bytes | Apart | str) -> None:
        """Take a frame; what is wrong with it is answered, and the connection stays."""
        try:
            message = decode(body, self._core.options.max_frame)
        except BadFrame as error:
            await self.say(failure(error, "malformed"), error.request_id)
            return
        size = len(body)
        del body  # a blob is not to be in memory twice
        wait = self._core.rates.take(self.who.user)
        request_id = _own_id(message)
        if wait:
            await self.say(busy(f"too many messages; go on in {wait:.1f} s", "rate_limited"), request_id)
            return
        try:
            await self._take(message, request_id, size)
        except NodetoolError as error:
            await self.say(failure(error), request_id)
        except ConnectionError:
            raise
        except Exception as error:
            self._core.log_fault(error)
            await self.say(failure(error, "internal"), request_id)

    async def say(self, message: Message, request_id: str | None) -> None:
        """Send one message; one that has more bytes than a frame may have becomes an error."""
        try:
            parts = encode_parts(message.frame(request_id), self._core.options.max_frame)
        except NodetoolError as error:
            parts = encode_parts(failure(error, "too_large").frame(request_id), self._core.options.max_frame)
        if isinstance(message, (Chunk, Result)):
            message.outputs.clear()  # whoever waits for us still holds the message: its bytes are not to be here twice
            message.blobs.clear()
        await self.wire.send(parts)

    async def idle(self) -> None:
        """Wait until every request has been answered."""
        while self._requests:
            if self._idle is None:
                self._idle = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)
        await self._talks.idle()

    def end_listening(self) -> None:
        """End what only follows or reads, because the worker is about to end."""
        self._talks.drain()

    def cancel_all(self, *, mute: bool = False) -> None:
        """Stop every request."""
        for request in list(self._requests):
            self._core.desk.drop(request, self)
            request.cancel(mute=mute)

    def close(self) -> None:
        """Stop every request, because nobody listens any more; opened jobs stay open."""
        self._incoming.close()
        self._values.close()
        self._talks.close()
        self.cancel_all(mute=True)

    # -- requests -------------------------------------------------------------------------------------------------

    async def _take(self, message: Mapping[str, Any], request_id: str | None, size: int) -> None:
        kind, data = message.get("type"), message.get("data")
        if kind == "cancel":
            self._cancel(request_id)
        elif kind in ("execute", "execute.stream"):
            if not isinstance(data, dict):
                raise BadFrame(f"{kind} needs data, a map with a node_type")
            await self._execute(Frame(kind, request_id, data), size)
        elif isinstance(kind, str) and kind.startswith("blob.") and isinstance(data, dict):
            await self._take_blob(Frame(kind, request_id, data))
        elif isinstance(kind, str) and kind.startswith(FAMILIES):
            await self._talk(Frame(kind, request_id, data if isinstance(data, dict) else {}))
        else:
            found = Frame(kind if isinstance(kind, str) else "", request_id, data if isinstance(data, dict) else {})
            await self.say(await answer(self._core, self, kind, found), request_id)

    async def _take_blob(self, frame: Frame) -> None:
        if self._values.wants(frame):
            await self._values.take(frame)
        else:
            self._incoming.take(frame)

    async def _talk(self, frame: Frame) -> None:
        put = frame.type == "values.put"
        came = self._values.came(frame.request_id, frame.data.get("sha256")) if put else None
        await self._talks.begin(frame, came, draining=self._core.draining)

    async def _execute(self, frame: Frame, size: int) -> None:
        if self._core.draining:
            refused: Failure | None = busy("the worker is about to end and takes no more work", "draining")
        else:
            refused = None
        stream = frame.type == "execute.stream"
        asked = (ExecuteStream if stream else Execute).read(frame)
        if frame.data.get("blob_input") == CHUNKED_INPUT:
            came = self._incoming.blobs(frame.request_id)
            asked, size = asked.model_copy(update={"blobs": {**asked.blobs, **came}}), size + _bytes_of(came)
            del came
        if asked.blob_values and refused is None:
            try:
                blobs = await read_values(self._core.hosted, self.who.user, asked.blob_values)
            except MissingUploads as error:
                await self.say(error.answer, frame.request_id)
                return
            asked, size = asked.model_copy(update={"blobs": {**asked.blobs, **blobs}}), size + _bytes_of(blobs)
            del blobs
        frame.data.clear()
        request = Request(asked, frame.request_id, size, stream=stream, say=self._say, done=self._done)
        self._requests[request] = None
        if refused is not None:
            request.refuse(refused)
            return
        if asked.job_id and asked.node_id:
            self._core.jobs.note(self.who.user, asked.job_id, asked.node_id)
        del asked
        self._core.desk.enter(request, self)

    def _cancel(self, request_id: str | None) -> None:
        if request_id is None:
            return
        self._incoming.drop(request_id)
        self._values.drop(request_id)
        self._talks.cancel(request_id)
        for request in [one for one in self._requests if one.request_id == request_id]:
            self._core.desk.drop(request, self)
            request.cancel()

    async def _say(self, message: Message, request: Request) -> None:
        with suppress(ConnectionError):  # whoever reads will notice, and close
            try:
                if isinstance(message, Result) and request.chunked:
                    await self._say_blobs(message, request.request_id)
                    message = Result(outputs=dict(message.outputs))
                await self.say(message, request.request_id)
            except ConnectionError:
                raise
            except Exception as error:  # a client must not wait for ever because of a fault of ours
                self._core.log_fault(error)
                await self.say(failure(error, "internal"), request.request_id)

    async def _say_blobs(self, result: Result, request_id: str | None) -> None:
        size = self._core.options.chunk
        for name in list(result.blobs):
            body = memoryview(result.blobs.pop(name))
            digest = hashlib.sha256()
            await self.say(BlobStart(name=name, size=len(body)), request_id)
            for offset in range(0, len(body), size):
                piece = body[offset : offset + size]
                digest.update(piece)
                # Not checked: a view is no bytes, and packed all the same, without a copy.
                await self.say(BlobChunk.model_construct(name=name, offset=offset, body=piece), request_id)
            await self.say(BlobEnd(name=name, size=len(body), sha256=digest.hexdigest()), request_id)

    def _done(self, request: Request) -> None:
        self._requests.pop(request, None)
        if request.ran:
            self.owed -= 1
            self._core.desk.go_on()
        if not self._requests and self._idle is not None:
            self._idle.set_result(None)
            self._idle = None


def _bytes_of(blobs: Mapping[str, bytes | list[bytes]]) -> int:
    return sum(len(one) for body in blobs.values() for one in (body if isinstance(body, list) else [body]))


def _own_id(message: Mapping[str, Any]) -> str | None:
    found = message.get("request_id")
    return found if isinstance(found, str) else None
