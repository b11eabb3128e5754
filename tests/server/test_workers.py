"""How the known workers are, over HTTP and to those who follow it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import watch
from nodetool_jupyter.bridge.connections import make
from tests.bridge.peers import PATIENCE, Peer, Side, Talk, peer, serving
from tests.server.talk import Api

STATUS = {"version": "1.2.3", "queue": 4, "gpus": [{"index": 0, "name": "H100"}]}


@pytest.fixture
def workers(jp_serverapp: Any) -> Any:
    return jp_serverapp.web_app.settings["nodetool"].workers


@asynccontextmanager
async def known(workers: Any, talk: Talk, name: str = "gpu", **more: Any) -> AsyncIterator[Peer]:
    """Run a worker that is known by a name."""
    async with peer(talk) as worker:
        await asyncio.to_thread(workers.connections.add, make(name, worker.url, **more))
        yield worker


class Followed:
    """Somebody who follows the workers, and waits for what they become."""

    def __init__(self, workers: Any) -> None:
        self.workers = workers
        self.changed = asyncio.Event()
        self.stop = workers.follow(self.changed.set)

    async def until(self, name: str, state: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                for row in self.workers.now():
                    if (row["name"], row["state"]) == (name, state):
                        return dict(row)
                await self.changed.wait()
                self.changed.clear()


async def test_no_worker_is_an_empty_list(api: Api) -> None:
    assert (await api.get("workers")).json == {"workers": []}


async def test_a_connected_worker_tells_of_itself(api: Api, workers: Any) -> None:
    async with known(workers, serving(nodes=[{"node_type": "a.B"}], **STATUS)) as worker:
        (row,) = (await api.get("workers")).json["workers"]
    assert row.pop("checked") > 0
    assert row == {
        "name": "gpu",
        "url_host": worker.url,
        "kind": "nodetool",
        "state": "connected",
        "version": "1.2.3",
        "protocol": 6,
        "nodes": 1,
        "gpu": [{"index": 0, "name": "H100"}],
        "queue": 4,
        "error": None,
    }


HOSTILE = {"version": b"1", "queue": {"waiting": "many"}, "gpus": [7, {"index": 0, "name": b"x", "other": {}}]}


async def test_what_a_worker_says_that_no_view_can_show_is_left_out(api: Api, workers: Any) -> None:
    async with known(workers, serving(**HOSTILE)):
        (row,) = (await api.get("workers")).json["workers"]
    assert (row["state"], row["version"], row["queue"], row["gpu"]) == ("connected", None, None, [{"index": 0}])


async def test_a_worker_that_cannot_be_reached_says_why(api: Api, workers: Any) -> None:
    async with known(workers, serving()) as worker:
        pass
    (row,) = (await api.get("workers")).json["workers"]
    assert (row["state"], row["nodes"]) == ("unreachable", None)
    assert row["error"] == f"the worker at {worker.url} cannot be reached: Connection refused"


async def test_a_worker_that_turns_the_token_away_is_refused(api: Api, workers: Any) -> None:
    async with known(workers, serving()) as worker:
        worker.refuse = 401
        (row,) = (await api.get("workers")).json["workers"]
    assert row["state"] == "refused"
    assert "HTTP 401" in row["error"]


async def test_a_token_that_is_not_stored_is_told_by_name(api: Api, workers: Any) -> None:
    async with known(workers, serving(), token="NO_SUCH_TOKEN"):
        (row,) = (await api.get("workers")).json["workers"]
    assert row["state"] == "unreachable"
    assert "NO_SUCH_TOKEN" in row["error"]


async def test_a_worker_of_pipes_is_not_started_here(api: Api, workers: Any) -> None:
    await asyncio.to_thread(workers.connections.add, make("own", "stdio:/no/such/python"))
    (row,) = (await api.get("workers")).json["workers"]
    assert (row["url_host"], row["state"]) == ("stdio", "unreachable")


async def test_one_slow_worker_does_not_hold_up_the_answer_about_the_others(
    api: Api, workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say_nothing(side: Side) -> None:
        await side.until_closed()

    monkeypatch.setattr(watch, "FIRST_LOOK", 0.5)
    async with known(workers, say_nothing, "slow"), known(workers, serving(), "quick"):
        rows = {row["name"]: row for row in (await api.get("workers")).json["workers"]}
        assert {name: row["state"] for name, row in rows.items()} == {"quick": "connected", "slow": "connecting"}


async def test_workers_are_not_asked_again_at_once(api: Api, workers: Any) -> None:
    async with known(workers, serving()) as worker:
        for _ in range(5):
            await api.get("workers")
        assert len(worker.requests) == 1


async def test_who_follows_hears_of_a_drop_and_of_the_return(workers: Any) -> None:
    async with known(workers, serving()) as worker:
        followed = Followed(workers)
        await followed.until("gpu", "connected")
        port = worker.port
    await followed.until("gpu", "unreachable")
    async with peer(serving(), port):
        await followed.until("gpu", "connected")
    followed.stop()


async def test_a_worker_that_was_added_or_forgotten_is_seen_at_the_next_round(
    workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "INTERVAL", 0.05)
    async with known(workers, serving(), "one"):
        followed = Followed(workers)
        await followed.until("one", "connected")
        async with known(workers, serving(), "two"):
            await followed.until("two", "connected")
            await asyncio.to_thread(workers.connections.forget, "one")
            async with asyncio.timeout(PATIENCE):
                while [row["name"] for row in workers.now()] != ["two"]:
                    await followed.changed.wait()
                    followed.changed.clear()
            followed.stop()


async def test_workers_are_left_when_nobody_looks_any_more(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LINGER", 0.05)
    async with known(workers, serving()) as worker:
        followed = Followed(workers)
        await followed.until("gpu", "connected")
        followed.stop()
        async with asyncio.timeout(PATIENCE):
            assert await worker.codes.get() == 1000


async def test_what_went_wrong_names_no_place_of_this_machine(api: Api, workers: Any, tmp_path: Path) -> None:
    folder = tmp_path / "nodetool" / "secrets"
    async with known(workers, serving(), token="LOOSE"):
        await asyncio.to_thread(lambda: workers.connections._secret("PATH"))  # the data folder is there from now on
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / "LOOSE").write_text("some-token-value")
        (folder / "LOOSE").chmod(0o644)
        (row,) = (await api.get("workers")).json["workers"]
    assert "may be read by others" in row["error"]
    assert str(tmp_path) not in row["error"]
