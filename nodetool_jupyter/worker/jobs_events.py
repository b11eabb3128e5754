"""The log of a job as it grows: its lines, in order, to one who follows; a next batch is read when there is room."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from typing import TYPE_CHECKING

from nodetool_jupyter.bridge.job_messages import FollowJob, JobLines
from nodetool_jupyter.bridge.messages import Message
from nodetool_jupyter.errors import JobNotFound
from nodetool_jupyter.worker.replies import Anything
from nodetool_jupyter.worker.talks import Talk

if TYPE_CHECKING:
    from nodetool_jupyter.eventlog.reader import LogReader

_HEAD = 300  # bytes of a line in which its type stands
BATCH = 256 * 1024  # bytes of lines that are read and sent at a time


async def follow(talk: Talk, ask: FollowJob) -> Message:
    """Send a job's lines behind a number, and wait for more where that is asked for, until the job's end."""
    from nodetool_jupyter.eventlog.reader import LogReader

    jobs = talk.jobs
    house = await jobs.house()
    folder = await jobs.off(house.job_folder, talk.user, ask.job_id)
    loop, grown = asyncio.get_running_loop(), asyncio.Event()
    hush = house.manager.hear(folder.id, lambda: loop.call_soon_threadsafe(grown.set))
    try:
        with closing(LogReader(folder.log, ask.after, step=BATCH)) as reader:
            while True:
                grown.clear()  # before it is read: what is written meanwhile is read next
                lines, ended = await jobs.off(_read, reader, folder.log)
                if lines:
                    await talk.say(JobLines(lines=lines))
                if ended or (not lines and not ask.follow):
                    return Anything(body={"last": reader.after, "ended": ended})
                if not lines:
                    if not folder.exists:
                        raise JobNotFound("the job was removed")
                    await grown.wait()
    finally:
        hush()


def _read(reader: LogReader, path: str) -> tuple[list[str], bool]:
    """Return the next lines, and whether the job's end is among them or before them."""
    from nodetool_jupyter.eventlog.lines import is_terminal, read_tail

    try:
        lines = reader.read()
    except FileNotFoundError:  # it has none yet, or was removed
        return [], False
    if lines:
        return [_shown(line) for line in lines], is_terminal(lines[-1])
    tail = read_tail(path)
    return [], tail.terminal and reader.after >= tail.seq


def _shown(line: bytes) -> str:
    """Return a line as clients get it: without how the owner reaches the runner, which is this machine's matter."""
    if b'"params":' in line and b'"type":"job_update"' in line[:_HEAD]:
        told = json.loads(line)
        if told.pop("params", None) is not None:
            return json.dumps(told, separators=(",", ":"))
    return line.decode(errors="replace")
