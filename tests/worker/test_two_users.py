"""Two users of one worker: whatever one asks about the other's jobs, values and uploads, there is no such thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from nodetool_jupyter.worker.jobs_messages import HANDLERS
from tests.worker.hosting import ANY, digest, hosting, lines_in, of, refused, submit, to_end, upload
from tests.worker.scenery import PATIENCE, Running, SocketClient

Json = dict[str, Any]
Story = Callable[[Running, SocketClient, SocketClient], Awaitable[None]]
BODY = b"ada's" * 1000
NAME = "values/0123456789abcdef.bin"
REFERENCE = {"type": "bytes", "uri": NAME, "asset_id": None, "data": None, "size": len(BODY)}
# What a message says beside the job, when it is about one.
ABOUT_A_JOB: dict[str, Json] = {
    "jobs.get": {},
    "jobs.events": {"follow": True},
    "jobs.events from a number": {"after": 1},
    "jobs.cancel": {},
    "jobs.cancel at once": {"grace": 0.0},
    "jobs.retry": {},
    "jobs.push_input": {"name": "number", "value": 1},
    "jobs.push_input the end": {"name": "number", "end": True},
    "jobs.remove": {},
    "values.get": {"name": NAME},
    "values.get a part": {"name": NAME, "offset": 1, "length": 1},
    "values.get_url": {"name": NAME},
}
ABOUT_NONE = {"jobs.submit", "jobs.list", "values.missing", "values.put", "values.put_url"}  # tested one by one


def play(folder: Path, story: Story, *scripts: Script, **options: Any) -> None:
    async def whole() -> None:
        async with hosting(folder, **options) as worker:
            await story(worker, await of(worker, "ada"), await of(worker, "bob"))

    with fake_strategy(*scripts):
        asyncio.run(whole())


def test_every_message_is_in_one_of_the_tables() -> None:
    assert {case.split()[0] for case in ABOUT_A_JOB} | ABOUT_NONE == set(HANDLERS)


@pytest.mark.parametrize("ended", [False, True], ids=["running", "ended"])
@pytest.mark.parametrize("case", ABOUT_A_JOB)
def test_anothers_job_is_as_one_that_never_was(tmp_path: Path, case: str, ended: bool) -> None:
    kind, data = case.split()[0], ABOUT_A_JOB[case]
    hold = Hold()

    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        await upload(ada, BODY)
        asked: Json = {"graph": ANY, "params": {"x": REFERENCE}}
        job_id = (await submit(ada, asked, values={NAME: digest(BODY)}))["id"]
        if ended:
            hold.release()
            await to_end(ada, job_id)
        else:
            await asyncio.to_thread(hold.reached.wait, PATIENCE)
        theirs = await bob.replies(await bob.send(kind, {"job_id": job_id, **data}, "r"))
        nobodys = await bob.replies(await bob.send(kind, {"job_id": "z" * len(job_id), **data}, "r"))
        assert theirs == nobodys
        assert [reply["type"] for reply in theirs] == ["error"]
        assert theirs[0]["data"]["code"] == "not_found"
        hold.release()
        lines = await to_end(ada, job_id)
        assert (lines[-1]["status"], any(line.get("cancel_requested") for line in lines)) == ("completed", False)

    play(tmp_path, story, Script([hold, completed()]), namespaces=("nodetool",))


def test_a_list_has_only_ones_own(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        ids = {user: (await submit(client))["id"] for user, client in (("ada", ada), ("bob", bob))}
        for user, client in (("ada", ada), ("bob", bob)):
            listed = (await client.ask("jobs.list", {}))["data"]
            assert ([job["id"] for job in listed["jobs"]], listed["total"]) == ([ids[user]], 1)
            assert all(job["user"] == user for job in listed["jobs"])

    play(tmp_path, story, Script([completed()]))


def test_a_page_goes_on_in_ones_own_list(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        for _ in range(2):
            await submit(ada)
        mine = (await submit(bob))["id"]
        mark = (await ada.ask("jobs.list", {"limit": 1}))["data"]["after"]
        found = (await bob.ask("jobs.list", {"after": mark}))["data"]["jobs"]
        assert {job["id"] for job in found} <= {mine}

    play(tmp_path, story, Script([completed()]))


def test_a_submission_cannot_name_its_user(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        assert (await submit(bob, {"user_id": "ada"}))["user"] == "bob"
        assert (await ada.ask("jobs.list", {}))["data"]["total"] == 0

    play(tmp_path, story, Script([completed()]))


def test_a_key_is_its_users(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        mine = (await submit(ada, idempotency_key="k"))["id"]
        assert (await submit(bob, {"params": {"x": 9}}, idempotency_key="k"))["id"] != mine
        assert (await submit(ada, idempotency_key="k"))["id"] == mine

    play(tmp_path, story, Script([completed()]))


def test_anothers_upload_cannot_be_used_or_seen(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        await upload(ada, BODY)
        known, unknown = digest(BODY), digest(b"never sent")
        assert (await bob.ask("values.missing", {"digests": [known, unknown]}))["data"]["missing"] == [known, unknown]
        asked = {"graph": ANY, "params": {"x": REFERENCE}}
        theirs = await refused(bob, asked, values={NAME: known})
        assert (theirs["code"], theirs["missing"]) == ("values_missing", [known])
        nobodys = await refused(bob, asked, values={NAME: unknown})
        assert {**theirs, "missing": []} == {**nobodys, "missing": []}
        put = (await bob.ask("values.put", {"sha256": known}))["data"]
        assert put["error"].replace(known[:8], "") == (await bob.ask("values.put", {"sha256": unknown}))["data"][
            "error"
        ].replace(unknown[:8], "")
        assert (await ada.ask("values.missing", {"digests": [known]}))["data"]["missing"] == []

    play(tmp_path, story, namespaces=("nodetool",))


def test_a_cancel_ends_only_ones_own_following(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        job_id = (await submit(ada))["id"]
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        await ada.send("jobs.events", {"job_id": job_id, "follow": True}, "r")
        first = lines_in([await ada.reply("r")])
        await bob.send("cancel", {}, "r")
        await bob.ask("worker.status")
        hold.release()
        replies = await ada.replies("r")
        assert replies[-1]["data"] == {"last": first[-1]["seq"] + len(lines_in(replies)), "ended": True}

    play(tmp_path, story, Script([hold, completed()]))


def test_a_job_of_nodes_is_its_users_too(tmp_path: Path) -> None:
    async def story(worker: Running, ada: SocketClient, bob: SocketClient) -> None:
        await ada.ask("job.start", {"job_id": "shared"})
        await ada.execute("Add", a=1, node_id="n", job_id="shared")
        foreign = (await bob.ask("job.end", {"job_id": "shared"}))["data"]
        assert foreign == {"job_id": "shared", "released_nodes": [], "known": False}
        own = (await ada.ask("job.end", {"job_id": "shared"}))["data"]
        assert own == {"job_id": "shared", "released_nodes": ["n"], "known": True}

    play(tmp_path, story)
