"""Looking through the list of jobs: which, in what order, and a page at a time."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status

Sort = Literal["-submitted", "submitted", "-ended", "ended", "-name", "name"]
SORTS: tuple[Sort, ...] = ("-submitted", "submitted", "-ended", "ended", "-name", "name")


class Mark(NamedTuple):
    """The place behind a row in a sorted list: what it is sorted by, and its id. It holds while jobs come and go."""

    key: float | str
    id: str


@dataclass(frozen=True, slots=True)
class Search:
    """Which jobs are wanted; what is left out holds for all. ``text`` is looked for in names, workflows and ids."""

    status: tuple[Status, ...] = ()
    strategy: str = ""
    text: str = ""
    user: str | None = None
    sort: Sort = "-submitted"
    limit: int = 50
    after: Mark | None = None


class Page(NamedTuple):
    """Some jobs of a list, where the next page begins, and how many jobs there are in all pages."""

    jobs: list[JobRecord]
    next: Mark | None
    total: int


def write_mark(mark: Mark | None) -> str | None:
    """Return the place where the next page begins as clients give it back."""
    return None if mark is None else base64.urlsafe_b64encode(json.dumps(mark).encode()).rstrip(b"=").decode()


def read_mark(text: str, sort: str) -> Mark | None:
    """Read what :func:`write_mark` wrote, ``None`` of an empty text; raises :class:`InvalidRequest`."""
    if not text:
        return None
    try:
        key, job_id = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if isinstance(key, str) if sort.endswith("name") else type(key) in (int, float) and math.isfinite(key):
            return Mark(key, str(job_id))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise InvalidRequest("after must be the 'next' of a page with the same sort")
