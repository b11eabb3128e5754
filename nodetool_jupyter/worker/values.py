"""Stored values over the socket: those of a job to its user, in part or whole, and those that jobs to come refer to."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from nodetool_jupyter.bridge import job_messages as m
from nodetool_jupyter.bridge.messages import BlobChunk, BlobEnd, BlobStart, Failure, Message
from nodetool_jupyter.errors import InvalidRequest, JobNotFound
from nodetool_jupyter.worker.bucket import MOST
from nodetool_jupyter.worker.jobs import House
from nodetool_jupyter.worker.replies import Anything
from nodetool_jupyter.worker.talks import Talk

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.stored import Stored

_NO_URL = Failure(error="this worker has no bucket for such a value: send it over the socket", code="unsupported")


async def give(talk: Talk) -> Message:
    """Send a stored value, or the part of it that is asked for."""
    ask = m.GetValue.read(talk.frame)
    jobs, house = talk.jobs, await talk.jobs.house()
    opened: list[Stored] = []
    try:
        # Noted there: who is cancelled meanwhile would not get to know what to close.
        await jobs.off(lambda: opened.append(_open(house, talk.user, ask)))
        stored = opened[0]
        begin = min(ask.offset, stored.size)
        end = stored.size if ask.length is None else min(stored.size, begin + ask.length)
        digest, position = hashlib.sha256(), begin
        await talk.say(BlobStart(name=ask.name, size=end - begin))
        while position < end:
            piece = await jobs.off(_read, stored, position, min(jobs.piece, end - position), digest)
            await talk.say(BlobChunk(name=ask.name, offset=position - begin, bytes=piece))
            position += len(piece)
        sha256 = digest.hexdigest()
        await talk.say(BlobEnd(name=ask.name, size=end - begin, sha256=sha256))
        return Anything(body={"size": end - begin, "sha256": sha256, "total": stored.size})
    finally:
        for one in opened:
            one.close()


def _read(stored: Stored, position: int, count: int, digest: hashlib._Hash) -> bytes:
    piece = stored.read(position, count)
    if not piece:
        raise InvalidRequest(f"the value {stored.name} has become shorter")
    digest.update(piece)
    return piece


def _open(house: House, user: str, ask: m.GetValue | m.GetUrl) -> Stored:
    from nodetool_jupyter.jobs.stored import open_value

    found = open_value(house.job_folder(user, ask.job_id), ask.name.removeprefix("values/"))
    if found is None:
        raise JobNotFound("this job has no such value")
    return found


async def missing(talk: Talk) -> Message:
    """Tell which values this user has yet to send."""
    ask = m.MissingValues.read(talk.frame)
    return Anything(body={"missing": (await talk.jobs.house()).uploads.missing(talk.user, ask.digests)})


async def put(talk: Talk) -> Message:
    """Say that a value has come whole, or fetch one that was put into the bucket."""
    ask = m.PutValue.read(talk.frame)
    by_url = (await talk.jobs.house()).by_url
    if ask.ticket is not None and by_url is not None:
        size = await by_url.take(talk.user, ask.ticket, ask.sha256)
        return Anything(body={"sha256": ask.sha256, "size": size})
    if talk.came is None:
        raise InvalidRequest(f"no blob {m.STORED}{ask.sha256[:8]}… came whole before this values.put")
    return Anything(body={"sha256": ask.sha256, "size": talk.came})


async def url_to_put(talk: Talk) -> Message:
    """Tell where in the bucket a value may be put."""
    ask = m.PutUrl.read(talk.frame)
    by_url = (await talk.jobs.house()).by_url
    if by_url is None or ask.size > MOST:
        return _NO_URL
    return Anything(body=await by_url.put_url(talk.user, ask.sha256, ask.size))


async def url_to_get(talk: Talk) -> Message:
    """Tell where in the bucket a stored value is, having put it there."""
    ask = m.GetUrl.read(talk.frame)
    house = await talk.jobs.house()
    job = await talk.jobs.off(house.record, talk.user, ask.job_id)
    if house.by_url is None:
        return _NO_URL
    find = partial(_open, house, talk.user, ask)
    return Anything(body=await house.by_url.get_url(job.id, ask.name, find))
