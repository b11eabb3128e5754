"""What the tests of a container's channel share: lines as a runner writes them, frames, and a reader."""

from __future__ import annotations

import json
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.base import ChannelLine
from nodetool_jupyter.execution.container.channel import ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims, Rates, Subject
from nodetool_jupyter.redact import Redactor

STARTED = 1_700_000_000.0  # when the attempt began, long ago


def claims(*nodes: str, after: int = 0, rates: Rates | None = None, secrets: tuple[str, ...] = ()) -> Claims:
    subject = Subject(job_id="thejob", attempt=3, nodes=frozenset(nodes), started=STARTED, redactor=Redactor(secrets))
    return Claims(subject, after, rates)


def line_of(n: Any, type_: str = "log_update", **fields: Any) -> bytes:
    """Return a line in a runner's form, without its end, whatever it says."""
    head = {"seq": n, "attempt": 1, "time": STARTED + 1.5, "job_id": "another"}
    if type_ == "log_update":
        fields = {"node_id": "", "node_name": "", "content": f"line {n}", "severity": "info", **fields}
    return json.dumps({**head, "type": type_, **fields}, separators=(",", ":")).encode()


def frame(data: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def contents(lines: list[ChannelLine]) -> list[str]:
    """Return what log lines say, also those that were passed on unread."""
    read = [ev.parse(b"{" + line.body) if line.body is not None else line.event for line in lines]
    return [event.content for event in read if isinstance(event, ev.LogUpdate)]


async def read_all(channel: ContainerChannel) -> list[ChannelLine]:
    found: list[ChannelLine] = []
    while not channel.ended:
        lines = channel.read()
        found += lines
        if not lines:
            await channel.rung()
    return found + channel.finish()
