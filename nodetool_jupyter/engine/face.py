"""The side of a run that a node sees through its ctx; every method may be called from any thread."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine.mailbox import Mailbox
from nodetool_jupyter.engine.plan import Media
from nodetool_jupyter.engine.report import Reporter
from nodetool_jupyter.nodes.launcher import Launcher
from nodetool_jupyter.nodes.placed import WorkerCalls
from nodetool_jupyter.nodes.tables import frame_of
from nodetool_jupyter.redact import scrub_environ
from nodetool_jupyter.values import ValueStore, preview


class Face:
    """What :class:`~nodetool_jupyter.nodes.context.NodeContext` asks, answered for one run.

    ``places`` maps node ids to their number in the plan, which names their scratch folders; ``triggers`` maps the names
    under which values are pushed to node ids.
    """

    def __init__(
        self,
        reporter: Reporter,
        values: ValueStore,
        folder: Path,
        secrets: Mapping[str, str],
        places: Mapping[str, int],
        triggers: Mapping[str, str],
    ) -> None:
        self.job_id = ""
        self.device = "cpu"
        self.gpus: tuple[str, ...] = ()
        self.env: Mapping[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.launcher: Launcher | None = None
        self.workers: WorkerCalls | None = None
        self._mailboxes = {name: Mailbox(node_id) for name, node_id in triggers.items()}
        self.stop = threading.Event()
        self._reporter = reporter
        self._values = values
        self._scratch = folder / "scratch"
        self._scratch_made = False
        self._secrets = secrets
        self._places = places

    def progress(self, node_id: str, done: float, total: float, message: str | None) -> None:
        """Report how far a node is; the last value goes out, at most 20 times a second."""
        self._reporter.latest(
            ("progress", node_id),
            lambda: ev.NodeProgress(node_id=node_id, progress=done, total=total, message=message),
        )

    def log(self, node_id: str, content: str, severity: str) -> None:
        """Write a line into the job's log."""
        self._reporter.emit(ev.LogUpdate(node_id=node_id, content=content, severity=severity))

    def preview(self, node_id: str, value: object) -> None:
        """Show a value in small."""
        small = preview(value)
        self._reporter.latest(("preview", node_id), lambda: ev.PreviewUpdate(node_id=node_id, value=small))

    def chunk(self, node_id: str, content: str, done: bool) -> None:
        """Send a piece of text."""
        self._reporter.emit(ev.Chunk(node_id=node_id, content=content, done=done))

    def cancelled(self) -> bool:
        """Tell whether the run was cancelled."""
        return self.stop.is_set()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most ``seconds``."""
        return self.stop.wait(seconds)

    def secret(self, name: str) -> str | None:
        """Return a secret of this run."""
        return self._secrets.get(name)

    def events(self, node_id: str) -> AsyncIterator[Any]:
        """Return what is pushed to a trigger."""
        return next(box for box in self._mailboxes.values() if box.node_id == node_id)

    def push_first(self, params: Mapping[str, Any]) -> None:
        """Push each param that has a trigger's name: its first event."""
        for name in params.keys() & self._mailboxes.keys():
            self.push(name, params[name])

    def push(self, name: str, value: Any, end: bool = False) -> bool:
        """Push a value to the trigger of this name, or tell it that no more come; tell whether there is one."""
        box = self._mailboxes.get(name)
        if box is not None:
            box.end() if end else box.put(value)
        return box is not None

    def environ(self) -> dict[str, str]:
        """Return this process's environment and the run's ``env``, without what is secret."""
        return {**scrub_environ(os.environ, self._secrets.values()), **self.env}

    def scratch(self, node_id: str) -> Path:
        """Make, once, a folder for a node."""
        folder = self._scratch / str(self._places[node_id])
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._scratch_made = True
        return folder

    def image(self, value: Any) -> Any:
        """Return the Python value of a media reference; other values as they are."""
        return self._values.decode(value) if isinstance(value, (dict, list)) else value

    def read(self, value: Any, media: Media) -> Any:
        """Return what a node gets for a value; raises ``ValueError`` for what is no table where one is wanted."""
        # The rows of a table are what a node has made: to look for references in each cell would take long.
        whole = media in ("table", "frame") and not (isinstance(value, dict) and "type" in value)
        read = value if whole else self.image(value)
        return frame_of(read) if media == "frame" else read

    def remove_scratch(self) -> None:
        """Remove every node's folder; called when nothing of the run is at work any more."""
        if self._scratch_made:
            self._scratch_made = False
            shutil.rmtree(self._scratch, ignore_errors=True)
