"""Showing a job while it runs: events are read on a thread of their own and given to a view."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO, cast

from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.widgets import summary, wording
from nodetool_jupyter.widgets.live import LiveView

if TYPE_CHECKING:
    from nodetool_jupyter.api.job import Job


class Watch:
    """A live view of one job, fed until the job's end; made in the cell that shows it."""

    def __init__(self, job: Job, *, stream: TextIO | None = None) -> None:
        self._job_id = job.id
        self.view = LiveView(job.graph, job.name or "", job.values, stream=stream)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"nodetool-view-{job.id}", daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        try:
            for event in manager().events(self._job_id, follow=True):
                if self._left.is_set():
                    return
                self.view.apply([event])
        finally:
            self.view.finish()

    def close(self, timeout: float = 5.0) -> None:
        """Wait until the end of an ended job is shown."""
        self._thread.join(timeout)

    def leave(self) -> None:
        """Stop showing a job that goes on; what is shown becomes a summary of this moment."""
        self._left.set()
        self.view.finish()


class JobView:
    """A job's view: live in a notebook while the job runs, else its summary."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._watch: Watch | None = None

    def show(self) -> None:
        """Show it here; while the job runs in a notebook this goes on by itself."""
        if not self._job.status.terminal and _in_kernel():
            self._watch = Watch(self._job)
            return
        from IPython import display

        job, show = self._job, cast("Callable[..., object]", display.display)
        state = job.state
        show(summary.bundle(state, job.graph, job.values, name=job.name or ""), raw=True)
        for picture in summary.pictures(state, job.values):
            show({"image/png": base64.b64encode(picture).decode(), "text/plain": wording.PICTURE}, raw=True)

    def close(self) -> None:
        """Stop following the job; what is shown stays."""
        if self._watch is not None:
            self._watch.leave()

    def _ipython_display_(self) -> None:
        self.show()


def _in_kernel() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None
