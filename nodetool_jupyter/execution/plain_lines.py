"""Plain log lines of a channel: known by their form alone, and passed on without being read."""

from __future__ import annotations

import re

from nodetool_jupyter.events import LogUpdate

_TEXT = rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u(?![dD])[0-9a-fA-F]{4}))*+"'
PLAIN_LOG = re.compile(
    rb'\{"seq":(\d{1,15}),"attempt":\d+,"time":(\d{1,15}\.\d{1,9}),(?:"source":\d{1,15},)?"job_id":"[^"\\]*",'
    rb'("type":"log_update","node_id":(%b),"node_name":%b,"content":%b,"severity":%b\})' % (_TEXT, _TEXT, _TEXT, _TEXT)
)
"""Matches a whole line that is ASCII; its groups are the number, the time, the event's own bytes, and its node."""

ANY_LOG = LogUpdate(content="")
"""Stands for the event of a line whose own bytes are passed on unread."""
