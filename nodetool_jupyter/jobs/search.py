"""Looking through the list of jobs: which, in what order, and a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

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
