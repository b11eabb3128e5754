"""A worker that stays connected, wherever it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from nodetool_jupyter.backoff import Backoff
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.reconnect import Reconnecting
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import WorkerLost, WorkerRefused, WorkerUnreachable
from tests.bridge.peers import PATIENCE, peer, serving

QUICK = Backoff(base=0.01, cap=0.05)


class Place:
    """Where the worker is just now, as a resolver finds out; it counts how often it is asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0

    async def connect(self) -> WorkerClient:
        async def opened() -> WebSocketTransport:
            self.asked += 1
            return await WebSocketTransport.open(Address(self.url))

        return await WorkerClient.connect(opened)


class Link(Reconnecting):
    """One whose changes can be waited for."""

    def __init__(self, place: Place, backoff: Backoff = QUICK) -> None:
        self.moved = asyncio.Event()
        super().__init__(place.connect, backoff=backoff, changed=self.moved.set)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self.moved.clear()
                await self.moved.wait()


@asynccontextmanager
async def linked(backoff: Backoff = QUICK) -> AsyncIterator[tuple[Link, Place]]:
    place = Place()
    link = Link(place, backoff)
    try:
        yield link, place
    finally:
        await link.close()


async def test_it_connects_when_it_is_first_asked() -> None:
    async with peer(serving()) as worker, linked() as (link, place):
        place.url = worker.url
        assert (link.state, place.asked) == ("connecting", 0)
        client = await link.client()
        assert (link.state, await link.client()) == ("connected", client)
        assert place.asked == 1


async def test_the_address_is_found_anew_after_a_drop() -> None:
    async with linked() as (link, place):
        async with peer(serving()) as first:
            place.url = first.url
            client = await link.client()
        await link.until(lambda: link.state == "unreachable")
        with pytest.raises(WorkerLost):
            await client.ask_status()
        async with peer(serving()) as second:
            place.url = second.url
            await link.until(lambda: link.state == "connected")
            assert (await link.client()).host == second.url


async def test_a_failure_is_raised_to_who_asks_and_tried_again_all_the_same() -> None:
    async with linked() as (link, place), peer(serving()) as worker:
        place.url = worker.url
        worker.refuse = 401
        with pytest.raises(WorkerRefused):
            await link.client()
        assert link.state == "refused"
        worker.refuse = None
        await link.until(lambda: link.state == "connected")


async def test_who_asks_does_not_wait_for_the_pause() -> None:
    async with linked(Backoff(base=600, cap=600)) as (link, place):
        place.url = "ws://127.0.0.1:1"
        with pytest.raises(WorkerUnreachable):
            await link.client()
        async with peer(serving()) as worker:
            place.url = worker.url
            async with asyncio.timeout(PATIENCE):
                assert (await link.client()).host == worker.url


async def test_changes_are_told_once() -> None:
    told = []
    place = Place()
    place.url = "ws://127.0.0.1:1"
    link = Reconnecting(place.connect, backoff=QUICK, changed=lambda: told.append(link.state))
    for _ in range(5):
        with pytest.raises(WorkerUnreachable):
            await link.client()
    await link.close()
    assert told == ["unreachable"]


async def test_closing_ends_who_waits_and_every_attempt() -> None:
    async def never() -> WorkerClient:
        await asyncio.Event().wait()
        raise AssertionError

    link = Reconnecting(never)
    asking = asyncio.create_task(link.client())
    await asyncio.sleep(0)
    await link.close()
    with pytest.raises(WorkerLost, match="closed here"):
        await asking


def test_pauses_double_and_are_drawn() -> None:
    assert [Backoff(0.5, 4, lambda: 1.0).delay(attempt) for attempt in range(1, 6)] == [0.5, 1, 2, 4, 4]
    assert [Backoff(0.5, 4, lambda: 0.0).delay(attempt) for attempt in range(1, 6)] == [0.25, 0.5, 1, 2, 2]
