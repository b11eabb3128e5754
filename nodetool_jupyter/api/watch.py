"""Showing a job while it runs: what is drawn in a cell, and what pages and widgets are sent, read from one follower."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO, cast

from nodetool_jupyter.widgets import about, summary, targets
from nodetool_jupyter.widgets.detail import final
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.live import LiveView, NotebookDisplay, Surface
from nodetool_jupyter.widgets.snapshot import Snapshots

if TYPE_CHECKING:
    from nodetool_jupyter.api.job import Job
    from nodetool_jupyter.widgets.follower import Follower


class Watch:
    """A live view of one job, drawn until the job's end; made in the cell that shows it."""

    def __init__(
        self,
        job: Job,
        *,
        stream: TextIO | None = None,
        surface: Callable[[Follower], Surface] | None = None,
    ) -> None:
        self._follower = feed.begin(job.id)
        shown = None if surface is None else surface(self._follower)
        self.view = LiveView(
            job.graph,
            job.name or "",
            job.values,
            source=self._follower,
            seldom=lambda: feed.connected or shown is not None,
            stream=stream,
            surface=shown,
        )
        feed.show(self._follower, self.view)

    def close(self, timeout: float = 5.0) -> None:
        """Wait until the end of an ended job is shown."""
        self._follower.hurry()
        self._follower.shown.wait(timeout)

    def leave(self) -> None:
        """Stop showing a job that goes on; what is shown becomes a summary of this moment."""
        self.view.finish()
        self._follower.drop(self.view)


class JobView:
    """A job's view: live in a notebook while the job runs, else its summary."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._watch: Watch | None = None

    def show(self) -> None:
        """Show it here; while the job runs in a notebook this goes on by itself."""
        kernel = _kernel()
        if kernel is not None:
            targets.connect(kernel)
            if not self._job.status.terminal:
                # Pages with our extension draw what a display holds; elsewhere a widget does.
                drawn = feed.connected or not _somebody_looks(kernel)
                self._watch = Watch(self._job, surface=None if drawn else _widget)
                return
        from IPython import display

        job, show = self._job, cast("Callable[..., object]", display.display)
        state = job.state
        last = final(Snapshots(about.about(job.id)), state)
        show(summary.bundle(state, job.graph, job.values, name=job.name or "", view=last), raw=True)
        for output in summary.below(last, state, job.values):
            show(output.data, metadata=output.metadata, raw=True)

    def close(self) -> None:
        """Stop following the job; what is shown stays."""
        if self._watch is not None:
            self._watch.leave()

    def _ipython_display_(self) -> None:
        self.show()


def _widget(follower: Follower) -> Surface:
    try:
        from nodetool_jupyter.widgets.widget import WidgetDisplay
    except ImportError:  # without anywidget the display is html
        return NotebookDisplay()
    return WidgetDisplay(follower)


def _somebody_looks(kernel: Any) -> bool:
    """Tell whether a person may look: who executes notebooks answers no prompts, and would store the widget."""
    content = kernel.get_parent().get("content") or {}
    return bool(content.get("allow_stdin", True))


def _kernel() -> Any:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None)
