"""The pages that show jobs: one comm to all of them, by which they are sent snapshots and patches.

All pages of a notebook hear the comm under the same id. What a kernel sends reaches every page anyway, so one message
serves them all, and a page that was reloaded leaves no dead comm behind. What pages ask for comes by the control
channel, which is read while a cell runs, or by the comm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.snapshot import Json
from nodetool_jupyter.widgets.targets import VIEWS

logger = logging.getLogger(__name__)

REQUESTS = frozenset({"connect", "follow", "unfollow", "detail"})


class Pages:
    """The comm of a kernel's pages, and which of them follow which jobs."""

    def __init__(self, comm: Any) -> None:
        self.comm = comm
        self._following: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self.take(comm)

    def take(self, comm: Any) -> None:
        """Go on with the comm of another page, which has the same id."""
        before, self.comm = self.comm, comm
        if before is not comm:
            before._closed = True  # else its end would be sent to the pages, who know it by the id that is still used
        comm.on_msg(lambda message: self.hear(message["content"]["data"]))
        comm.on_close(lambda _message: self.close())

    def send(self, message: Json) -> None:
        """Send a message to every page."""
        self.comm.send(message)

    def close(self) -> None:
        """Send nothing any more."""
        _known.pop(self.comm.comm_id, None)
        feed.disconnect(self)

    def hear(self, message: object) -> None:
        """Do what a page asks for; what is no request is left alone."""
        if not isinstance(message, Mapping) or not isinstance(message.get("job"), str):
            return
        job_id, page = message["job"], str(message.get("page", ""))
        match message.get("type"):
            case "follow":
                with self._lock:
                    self._following.setdefault(job_id, set()).add(page)
                feed.send_to(job_id, self)
            case "unfollow":
                with self._lock:
                    pages = self._following.get(job_id, set())
                    pages.discard(page)
                    if not pages:
                        self._following.pop(job_id, None)
                if not pages:
                    feed.leave(job_id, self)
            case "detail":
                look(self.send, job_id, str(message.get("node", "")))


def serve(comm: Any) -> Pages:
    """Take the comm of a page; all pages with one id are one to us."""
    with _lock:
        known = _known.get(comm.comm_id)
        if known is not None:
            known.take(comm)
            return known
        _known[comm.comm_id] = pages = Pages(comm)
    feed.connect(pages)
    return pages


def request(message: Mapping[str, Any]) -> Json:
    """Do what a page asks for on the control channel; what it is to see is sent by the comm that all pages hear."""
    pages = _known.get(VIEWS) or _begin()
    pages.hear(message)
    return {"ok": True}


def _begin() -> Pages:
    """Make the comm without opening it: a page that asks hears it already, and to others it means nothing."""
    from comm import create_comm, get_comm_manager

    comm = create_comm(target_name=VIEWS, comm_id=VIEWS, primary=False)
    get_comm_manager().register_comm(comm)
    return serve(comm)


def look(send: Any, job_id: str, node_id: str) -> None:
    """Send the detail of a node, on a thread of its own: a long log may have to be read for it."""

    def work() -> None:
        try:
            found = feed.detail(job_id, node_id)
            send({"type": "detail", "job": job_id, "node": node_id, "detail": found})
        except Exception:
            logger.debug("node %s of job %s cannot be shown", node_id, job_id, exc_info=True)

    threading.Thread(target=work, name="nodetool-detail", daemon=True).start()


_known: dict[str, Pages] = {}
_lock = threading.Lock()  # requests come in threads of their own
