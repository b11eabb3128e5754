"""A page of a browser as the server sees it: one socket, what it was sent, and the states that it makes of that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.websocket import WebSocketClientConnection

from nodetool_jupyter.widgets.patch import merge
from tests.server.talk import PATIENCE

Json = dict[str, Any]


class Page:
    """Sends and takes messages; ``states`` has the state of each subscription, brought up to date by its patches."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self.heard: list[Json] = []
        self.states: dict[int, Json] = {}
        self.numbers: dict[int, list[int]] = {}

    async def send(self, message: Any) -> None:
        text = message if isinstance(message, (str, bytes)) else json.dumps(message)
        await self.socket.write_message(text, binary=isinstance(text, bytes))

    async def subscribe(self, number: int, topic: str, **more: Any) -> None:
        await self.send({"type": "subscribe", "id": number, "topic": topic, **more})

    async def next(self) -> Json:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE):
            text = await self.socket.read_message()
        assert isinstance(text, str), (self.socket.close_code, self.socket.close_reason)
        message: Json = json.loads(text)
        self.heard.append(message)
        if message["type"] == "snapshot":
            self.states[message["id"]], self.numbers[message["id"]] = message["state"], []
        elif message["type"] == "patch":
            self.states[message["id"]] = merge(self.states[message["id"]], message["patch"])
            self.numbers[message["id"]].append(message["n"])
        return message

    async def until(self, found: Callable[[Json], object]) -> Json:
        """Return the next message that is what is looked for."""
        while True:
            message = await self.next()
            if found(message):
                return message

    async def kind(self, *kinds: str, number: int | None = None) -> Json:
        """Return the next message of one of these kinds, of a subscription if its number is given."""
        return await self.until(lambda one: one["type"] in kinds and number in (None, one.get("id")))

    async def all_of(self, *kinds: str) -> None:
        """Wait until there was a message of each of these kinds."""
        while not set(kinds) <= {said["type"] for said in self.heard}:
            await self.next()

    async def ask(self, message: Any) -> Json:
        """Send a message and return the answer or error that has its number."""
        await self.send(message)
        number = message.get("id") if isinstance(message, dict) else None
        return await self.until(lambda one: one["type"] in ("detail", "error") and one.get("id") in (None, number))

    async def events(self, number: int) -> list[Json]:
        """Return all events of a subscription, which is read to its end."""
        if not any(said["type"] == "end" and said["id"] == number for said in self.heard):
            await self.kind("end", number=number)
        told = [said for said in self.heard if said["type"] == "events" and said["id"] == number]
        assert all(said["last"] == said["events"][-1]["seq"] for said in told)
        return [event for said in told for event in said["events"]]

    async def closed(self) -> int | None:
        """Wait until the server has closed the socket, and return its code."""
        async with asyncio.timeout(PATIENCE):
            while await self.socket.read_message() is not None:
                pass
        return self.socket.close_code

    def close(self) -> None:
        self.socket.close()


Open = Callable[..., Awaitable[Page]]
