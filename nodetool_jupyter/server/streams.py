"""What the sockets and streams of a server share: one reader of each job, of the list, of the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.base import NodetoolHandler
from nodetool_jupyter.server.resources import Resources
from nodetool_jupyter.server.roster import Roster
from nodetool_jupyter.server.topics import Bells
from nodetool_jupyter.server.views import Views

_KEY = "nodetool_streams"

Close = Callable[[], object]


class Streams:
    """All that is followed for the open sockets of one server; used on its loop."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self.aside = Aside()
        self.views = Views(self.aside)
        self.bells = Bells(self.aside)
        self.resources = Resources(self.aside)
        self.counts: Counter[str] = Counter()  # streams of each user that go by HTTP
        self._rosters: dict[str | None, Roster] = {}
        self._open: set[Close] = set()

    def roster(self, user: str | None) -> Roster:
        """Return the list of one user's jobs, or of everybody's."""
        self._rosters = {name: roster for name, roster in self._rosters.items() if roster.looked_at}
        return self._rosters.setdefault(user, Roster(user, self.views, self.aside, self._root))

    def opened(self, close: Close) -> None:
        """Take note of a socket or stream, and of what closes it because the server stops."""
        self._open.add(close)

    def closed(self, close: Close) -> None:
        """Forget a socket or stream."""
        self._open.discard(close)

    @property
    def open(self) -> int:
        """How many sockets and streams are open."""
        return len(self._open)

    async def close(self) -> None:
        """Close all sockets and streams, and let go of all that they followed."""
        for close in tuple(self._open):
            close()
        await self.aside.close()


def streams_of(handler: NodetoolHandler) -> Streams:
    """Return what the streams of a handler's server share, made with the first of them."""
    found: Streams | None = handler.settings.get(_KEY)
    if found is None:
        found = handler.settings[_KEY] = Streams(handler.extension.policy.root)
        handler.extension.closers.append(found.close)
    return found
