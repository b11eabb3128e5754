"""The known workers over HTTP: how they are, and who follows that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from nodetool_jupyter.api.workers import connections
from nodetool_jupyter.bridge.watch import Watch
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.problems import without_places

if TYPE_CHECKING:
    from nodetool_jupyter.server.proxy import WorkerSocket

Json = dict[str, Any]


class Workers:
    """The known workers of this server, and the sockets to them; used on the server's loop only."""

    def __init__(self) -> None:
        self.connections = connections()
        self.sockets: set[WorkerSocket] = set()
        self._watch = Watch(self.connections, self._tell)
        self._followers: set[Callable[[], object]] = set()

    def now(self) -> list[Json]:
        """Return each known worker as it is, as far as that is known already."""
        return [_shown(row) for row in self._watch.now()]

    async def look(self) -> list[Json]:
        """Return each known worker, asked just now or a moment ago."""
        return [_shown(row) for row in await self._watch.look()]

    def follow(self, changed: Callable[[], object]) -> Callable[[], None]:
        """Call ``changed`` whenever :meth:`now` says something else, until what is returned is called.

        The workers are connected, and asked how they are, while somebody follows.
        """
        looking = ExitStack()
        looking.enter_context(self._watch.looking())
        self._followers.add(changed)

        def stop() -> None:
            self._followers.discard(changed)
            looking.close()

        return stop

    def _tell(self) -> None:
        for changed in tuple(self._followers):
            changed()

    async def close(self) -> None:
        """Leave every worker, and close every socket to one."""
        for socket in tuple(self.sockets):
            await socket.hang_up(1001, "the server stops")
        await self._watch.close()


class WorkersHandler(ApiHandler):
    """``workers``"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell how the known workers are."""
        self.query()
        self.reply({"workers": await self.extension.workers.look()})


def _shown(row: Json) -> Json:
    """Return a worker without places of this machine in what went wrong."""
    return {**row, "error": row["error"] and without_places(row["error"])}
