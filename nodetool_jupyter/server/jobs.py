"""Jobs over HTTP: list, submit, look at, cancel, retry, remove."""

from __future__ import annotations

from typing import ClassVar, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

from nodetool_jupyter.jobs.search import SORTS, Search, Sort, read_mark
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.limits import Kind
from nodetool_jupyter.states import Status

MOST = 500  # jobs of a page
_STATUS = tuple(status.value for status in Status)


class JobsHandler(ApiHandler):
    """``jobs``"""

    kinds: ClassVar[dict[str, Kind]] = {**ApiHandler.kinds, "POST": "submit"}

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Give a page of the jobs that are looked for."""
        query = self.query("status", "q", "strategy", "sort", "limit", "after")
        sort = cast("Sort", query.choice("sort", SORTS, "-submitted"))
        search = Search(
            status=tuple(Status(word) for word in query.words("status", _STATUS)),
            strategy=query.text("strategy"),
            text=query.text("q"),
            sort=sort,
            limit=query.number("limit", 50, 1, MOST),
            after=read_mark(query.text("after"), sort),
        )
        await self.answer(self.jobs.page, search)

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Submit a job."""
        self.query()
        key = self.request.headers.get("Idempotency-Key", "")
        made = await self.off(self.jobs.submit, await self.body(), key)
        self.set_header("Location", self.address("jobs", made["id"]))
        self.reply(made, 201)


class JobHandler(ApiHandler):
    """``jobs/{id}``"""

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Tell all that is known about a job."""
        self.query()
        await self.answer(self.jobs.look, job_id)

    @web.authenticated
    @authorized
    async def delete(self, job_id: str) -> None:
        """Remove a job that has ended."""
        self.query()
        await self.off(self.jobs.remove, job_id)
        self.set_status(204)
        self.finish()


class CancelHandler(ApiHandler):
    """``jobs/{id}/cancel``"""

    @web.authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Ask a job to end as cancelled."""
        await self.no_body()
        self.reply(await self.off(self.jobs.cancel, job_id), 202)


class RetryHandler(ApiHandler):
    """``jobs/{id}/retry``"""

    kinds: ClassVar[dict[str, Kind]] = {**ApiHandler.kinds, "POST": "submit"}

    @web.authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Submit a job's request as a new job."""
        await self.no_body()
        made = await self.off(self.jobs.retry, job_id)
        self.set_header("Location", self.address("jobs", made["id"]))
        self.reply(made, 201)


class JobNodeHandler(ApiHandler):
    """``jobs/{id}/nodes/{node_id}``"""

    @web.authenticated
    @authorized
    async def get(self, job_id: str, node_id: str) -> None:
        """Tell what is known of one node."""
        self.query()
        await self.answer(self.jobs.detail, job_id, node_id)


class OutputsHandler(ApiHandler):
    """``jobs/{id}/outputs``"""

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Tell what has reached the outputs, at a glance."""
        self.query()
        await self.answer(self.jobs.outputs, job_id)
