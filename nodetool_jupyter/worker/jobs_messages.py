"""What clients ask about whole jobs, and what is done then."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.bridge import job_messages as m
from nodetool_jupyter.bridge.messages import Message
from nodetool_jupyter.errors import Conflict, InvalidRequest, Refused
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.worker import jobs_events, values
from nodetool_jupyter.worker.jobs import House
from nodetool_jupyter.worker.replies import Anything
from nodetool_jupyter.worker.talks import Talk

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.folder import JobFolder

MOST_UNFINISHED = 1_000  # jobs of a user that have not ended
MOST_READ = 64 * 1024 * 1024  # bytes of a value that is read to find the references inside it
MOST_PUSHED = 256 * 1024 * 1024  # bytes of values that are pushed at a time, which are in memory then
BUSY = 5.0  # seconds after which asking again may help

Handler = Callable[[Talk], Awaitable[Message]]


async def _submit(talk: Talk) -> Message:
    ask = m.SubmitJob.read(talk.frame)
    talk.frame.data.clear()
    return Anything(body={"job": await talk.jobs.off(_submit_now, await talk.jobs.house(), talk.user, ask)})


def _submit_now(house: House, user: str, ask: m.SubmitJob) -> dict[str, Any]:
    code = ask.code is not None
    asked = m.read_json(ask.request)
    if not isinstance(asked, dict):
        raise InvalidRequest("the request must be a map")
    request = house.rules.read(asked, user, ask.idempotency_key, code=code)
    request = request.model_copy(update={"cwd": str(house.work())})
    house.rules.check_values(ask.values, user)
    house.rules.check_secrets(ask.secrets)
    _check_room(house, user)
    given = house.given(user, ask.values, ask.code) if ask.values or code else None
    try:
        _check_whole(house, given, [request.params, request.graph])
        job_id = house.manager.submit(request, given=given, secrets=ask.secrets)
    finally:
        if given is not None:
            shutil.rmtree(given.path, ignore_errors=True)
    return _told(house, job_id)


def _check_room(house: House, user: str) -> None:
    counts = house.manager.counts(user)
    unfinished = sum(count for (status, _), count in counts.items() if not status.terminal)
    if unfinished >= MOST_UNFINISHED:
        said = f"you have {unfinished} jobs here that have not ended; wait for some"
        raise Refused("busy", said, status=429, after=BUSY)


def _check_whole(house: House, folder: JobFolder | None, data: Any) -> None:
    """Refuse references whose files did not come, or not whole."""
    store = ValueStore(house.folder / "nothing") if folder is None else folder.values(pickles=False)
    for one in store.references(data):
        path = store.path(one)
        if one.get("refers") is True and path is not None and path.is_file() and path.stat().st_size > MOST_READ:
            raise InvalidRequest(f"{one['uri']} refers to others, and has more than {MOST_READ} bytes")
    if (gone := store.missing(data)) is not None:
        raise InvalidRequest(f"of the values that came, {gone}")


def _told(house: House, job_id: str) -> dict[str, Any]:
    from nodetool_jupyter.jobs.records import told

    return told(house.manager.get(job_id))


async def _list(talk: Talk) -> Message:
    return Anything(body=await talk.jobs.off(_page, await talk.jobs.house(), talk.user, m.ListJobs.read(talk.frame)))


def _page(house: House, user: str, ask: m.ListJobs) -> dict[str, Any]:
    from nodetool_jupyter.api.options import status_of
    from nodetool_jupyter.jobs.records import told
    from nodetool_jupyter.jobs.search import Search, read_mark, write_mark

    status = tuple(status_of(word) for word in ask.status or ())
    after = read_mark(ask.after or "", "-submitted")
    found = house.manager.page(Search(status=status, user=user, limit=ask.limit, after=after))
    return {"jobs": [told(one) for one in found.jobs], "after": write_mark(found.next), "total": found.total}


async def _get(talk: Talk) -> Message:
    ask = m.GetJob.read(talk.frame)
    return Anything(body={"job": await talk.jobs.off(_look, await talk.jobs.house(), talk.user, ask.job_id)})


def _look(house: House, user: str, job_id: str) -> dict[str, Any]:
    from nodetool_jupyter.jobs.records import told

    return told(house.record(user, job_id))


async def _events(talk: Talk) -> Message:
    return await jobs_events.follow(talk, m.FollowJob.read(talk.frame))


async def _cancel(talk: Talk) -> Message:
    ask = m.CancelJob.read(talk.frame)
    return Anything(body={"cancelled": await talk.jobs.off(_cancel_now, await talk.jobs.house(), talk.user, ask)})


def _cancel_now(house: House, user: str, ask: m.CancelJob) -> bool:
    return house.manager.cancel(house.record(user, ask.job_id).id, grace=ask.grace)


async def _retry(talk: Talk) -> Message:
    ask = m.RetryJob.read(talk.frame)
    return Anything(body={"job": await talk.jobs.off(_retry_now, await talk.jobs.house(), talk.user, ask)})


def _retry_now(house: House, user: str, ask: m.RetryJob) -> dict[str, Any]:
    from nodetool_jupyter.execution.subprocess import DEFINITIONS

    record = house.record(user, ask.job_id)
    request = house.manager.request(record.id)
    if request is not None:  # what was let through then need not be now
        code = (house.folder / "jobs" / record.id / DEFINITIONS).exists()
        house.rules.check(request, user, code=code)
    house.rules.check_secrets(ask.secrets)
    _check_room(house, user)
    return _told(house, house.manager.retry(record.id, secrets=ask.secrets))


async def _push_input(talk: Talk) -> Message:
    ask, house = m.PushInput.read(talk.frame), await talk.jobs.house()
    record = await talk.jobs.off(house.record, talk.user, ask.job_id)
    await talk.until(house.manager.until_it_reads(record.id))  # in no thread: a job may wait long for its turn
    await talk.jobs.off(_push_now, house, talk.user, ask)
    return Anything(body={})


def _push_now(house: House, user: str, ask: m.PushInput) -> None:
    folder = house.job_folder(user, ask.job_id)
    house.rules.check_values(ask.values, user)
    store = folder.values(pickles=False)
    if ask.values:
        house.place(user, ask.values, store.folder)
        if sum((store.folder / name.removeprefix("values/")).stat().st_size for name in ask.values) > MOST_PUSHED:
            raise InvalidRequest(f"values of more than {MOST_PUSHED} bytes cannot be pushed; submit them with a job")
    value = m.read_json(ask.value)
    _check_whole(house, folder, value)
    house.manager.push_input(folder.id, ask.name, store.decode(value), end=ask.end)


async def _remove(talk: Talk) -> Message:
    house = await talk.jobs.house()
    job_id = await talk.jobs.off(_remove_now, house, talk.user, m.RemoveJob.read(talk.frame).job_id)
    if house.by_url is not None:
        house.by_url.forget(job_id)
    return Anything(body={"removed": True})


def _remove_now(house: House, user: str, job_id: str) -> str:
    job_id = house.record(user, job_id).id
    try:
        house.manager.remove(job_id)
    except InvalidRequest:
        if house.record(user, job_id).status.terminal:
            raise
        raise Conflict("the job has not ended; cancel it first") from None
    return job_id


HANDLERS: Mapping[str, Handler] = {
    "jobs.submit": _submit,
    "jobs.list": _list,
    "jobs.get": _get,
    "jobs.events": _events,
    "jobs.cancel": _cancel,
    "jobs.retry": _retry,
    "jobs.push_input": _push_input,
    "jobs.remove": _remove,
    "values.get": values.give,
    "values.get_url": values.url_to_get,
    "values.put_url": values.url_to_put,
    "values.missing": values.missing,
    "values.put": values.put,
}
ENDED_BY_CANCEL = frozenset(("jobs.events", "values.get"))  # the others are done once they have begun
