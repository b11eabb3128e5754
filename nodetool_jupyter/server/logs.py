"""What nodes wrote, over HTTP."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.log_pages import SEVERITIES, Wanted, page

LARGEST = 2**53 - 1  # a number that every client can write


class LogsHandler(ApiHandler):
    """``jobs/{id}/logs``"""

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Give a page of lines."""
        query, jobs = self.query("after", "limit", "severity", "node"), self.jobs
        wanted = Wanted(
            after=query.number("after", 0, 0, LARGEST),
            limit=query.number("limit", 1000, 1, 10_000),
            severities=frozenset(query.words("severity", SEVERITIES)),
            node=query.text("node") or None,
        )
        await self.answer(lambda: page(jobs.folder(job_id), wanted))
