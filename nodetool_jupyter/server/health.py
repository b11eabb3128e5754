"""Whether the server works: one word for everybody, more for those who may read."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import ensure_async

from nodetool_jupyter import clock
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.door import Jobs

Json = dict[str, Any]
OK = {"status": "ok"}


class HealthHandler(ApiHandler):
    """``health``"""

    _track_activity = False  # or a probe would keep the server from being culled

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer that the server works, and those who may read a little more."""
        self.query()
        user = self.current_user
        if not user or not await ensure_async(self.authorizer.is_authorized(self, user, "read", self.auth_resource)):
            self.reply(OK)
            return
        uptime = clock.monotonic() - self.extension.began
        await self.answer(told, self.jobs, uptime)


def told(jobs: Jobs, uptime: float) -> Json:
    """Return what a user is told: version, seconds since the start, own jobs by state, whether more can be stored."""
    places = jobs.manager.places
    return {
        **OK,
        "version": version("nodetool-jupyter"),
        "uptime": round(uptime, 3),
        "jobs": jobs.counts(),
        "writable": not places.read_only and os.access(places.data, os.W_OK | os.X_OK),
    }
