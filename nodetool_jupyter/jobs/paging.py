"""The queries behind a page of the list of jobs; apart, because SQLAlchemy is slow to import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nodetool_jupyter.jobs.search import Search

_STILL = 1e18  # sorts a job that has not ended as the one that ends last


def wanted(jobs: sa.Table, search: Search) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search, without its place."""
    found: list[sa.ColumnElement[bool]] = []
    if search.status:
        found.append(jobs.c.status.in_([status.value for status in search.status]))
    if search.strategy:
        found.append(jobs.c.strategy == search.strategy)
    if search.user is not None:
        found.append(jobs.c.user == search.user)
    if search.text:
        places = (jobs.c.name, jobs.c.workflow, jobs.c.id)
        found.append(sa.or_(*(place.icontains(search.text, autoescape=True) for place in places)))
    return found


def rows_of(jobs: sa.Table, columns: Sequence[sa.ColumnElement[Any]], search: Search) -> sa.Select[Any]:
    """Return the query for a page and one row more; the last column is what they are sorted by."""
    key, down = _key(jobs, search.sort.removeprefix("-")), search.sort.startswith("-")
    order = [key.desc(), jobs.c.id.desc()] if down else [key, jobs.c.id]
    query = sa.select(*columns, key).where(*wanted(jobs, search)).order_by(*order).limit(search.limit + 1)
    if search.after is None:
        return query
    last, last_id = search.after
    beyond, level = (key < last, jobs.c.id < last_id) if down else (key > last, jobs.c.id > last_id)
    return query.where(sa.or_(beyond, sa.and_(key == last, level)))


def count_of(jobs: sa.Table, search: Search) -> sa.Select[Any]:
    """Return the query for how many jobs there are in all pages."""
    return sa.select(sa.func.count()).select_from(jobs).where(*wanted(jobs, search))


def _key(jobs: sa.Table, name: str) -> sa.ColumnElement[Any]:
    if name == "name":
        return sa.func.lower(sa.func.coalesce(jobs.c.name, jobs.c.workflow, jobs.c.id))
    if name == "ended":
        return sa.func.coalesce(jobs.c.ended, _STILL)
    return jobs.c.submitted  # which every job has, and an index
