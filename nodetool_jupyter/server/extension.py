"""The extension of a Jupyter server; its traits are the settings, and what an administrator may limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Enum, Float, Int, List, Unicode

from nodetool_jupyter import clock
from nodetool_jupyter.api.submission import EVERY
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.jobs.manager import let_go, manager, prefer
from nodetool_jupyter.server.door import audit
from nodetool_jupyter.server.limits import Buckets, Kind, Rate
from nodetool_jupyter.server.submission import Policy
from nodetool_jupyter.server.workers import Workers
from nodetool_jupyter.traits import forget_settings, setting_traits, without_faults

THREADS = 16  # in which requests wait for jobs' files

_rate = "requests a second in the long run, for each user; 0 is without limit"
_burst = "requests that may come at once, for each user"


class NodetoolExtension(ExtensionApp):
    """NodeTool's jobs in a Jupyter server."""

    name = "nodetool"

    locals().update(setting_traits())

    separate_users = Bool(
        False, help="show a user only those jobs that carry the user's own name; order, no wall: all share one account"
    ).tag(config=True)
    allowed_strategies = List(
        Unicode(), [EVERY], help="strategies that jobs may use that are sent here; * is every one"
    ).tag(config=True)
    default_strategy = Unicode(
        "subprocess", help="strategy of a job that names none; a threaded one runs within the server's own process"
    ).tag(config=True)
    allowed_permissions = List(
        Enum(["shell", "python"]), ["shell", "python"], help="what the nodes of jobs that are sent here may be allowed"
    ).tag(config=True)
    max_body = Int(10 * 1024 * 1024, min=1024, help="bytes that the body of a request may have").tag(config=True)
    max_depth = Int(100, min=4, help="levels to which the JSON of a request may be nested").tag(config=True)
    max_query = Int(4096, min=256, help="bytes that a query may have").tag(config=True)
    max_query_items = Int(32, min=8, help="items that a query may have").tag(config=True)
    read_rate = Float(100.0, min=0.0, help=f"reading {_rate}").tag(config=True)
    read_burst = Int(200, min=1, help=f"reading {_burst}").tag(config=True)
    action_rate = Float(20.0, min=0.0, help=f"changing {_rate}").tag(config=True)
    action_burst = Int(40, min=1, help=f"changing {_burst}").tag(config=True)
    submit_rate = Float(10.0, min=0.0, help=f"submitting {_rate}").tag(config=True)
    submit_burst = Int(50, min=1, help=f"submitting {_burst}").tag(config=True)

    threads: ThreadPoolExecutor
    buckets: Buckets
    policy: Policy
    workers: Workers
    began: float
    closers: list[Callable[[], Awaitable[object]]]
    """What is to be done, in this order, when the server stops; while jobs can still be asked."""

    def _load_config(self, cfg: Any, section_names: Any = None, traits: Any = None) -> None:
        # A setting that cannot be is told in the log; the server must start all the same.
        super()._load_config(without_faults(cfg, type(self).__name__), section_names, traits)

    def initialize_settings(self) -> None:
        """Make what handlers share."""
        self.began = clock.monotonic()
        self.closers = []
        prefer(pickles=False)  # what users have pickled is for their kernels, never for the server
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nodetool-http")
        rates: dict[Kind, Rate] = {
            "read": Rate(self.read_rate, self.read_burst),
            "action": Rate(self.action_rate, self.action_burst),
            "submit": Rate(self.submit_rate, self.submit_burst),
        }
        self.buckets = Buckets(rates)
        self.workers = Workers()
        self.closers.append(self.workers.close)
        self.policy = Policy(
            separate_users=self.separate_users,
            strategies=tuple(self.allowed_strategies),
            default_strategy=self.default_strategy,
            permissions=tuple(self.allowed_permissions),
            root=str(self.serverapp.root_dir) if self.serverapp is not None else "",
        )
        if self.serverapp is not None:
            # So a page knows before its first request whether there is anything to ask.
            told = self.serverapp.web_app.settings.setdefault("page_config_data", {})
            told["nodetoolServer"] = version("nodetool-jupyter")
        self._hear_audit()

    def initialize_handlers(self) -> None:
        """Put the table of routes below the API's address."""
        from nodetool_jupyter.server.base import Unknown
        from nodetool_jupyter.server.routes import API, ROUTES

        self.handlers.extend((rf"/{API}/{route.path}", route.handler) for route in ROUTES)
        self.handlers.append((rf"/{API}(?:/.*)?", Unknown))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Make the manager, which adopts the jobs that nobody owns."""
        self.threads.submit(self._make_manager)

    async def stop_extension(self) -> None:
        """Let go of the manager: what ends with this process is cancelled, the rest is left to others."""
        for close in self.closers:
            await close()
        await asyncio.get_running_loop().run_in_executor(self.threads, let_go)
        self.threads.shutdown(wait=False)
        for handler in self._handlers_of_audit:
            audit.removeHandler(handler)
        forget_settings(self)

    def _make_manager(self) -> None:
        try:
            manager()
        except NodetoolError as error:  # each request says so too, and tries again
            self.log.warning("jobs cannot be managed: %s", error)

    _handlers_of_audit: tuple[logging.Handler, ...] = ()

    def _hear_audit(self) -> None:
        """Let audit lines go where the server's log goes, unless logging was configured to take them elsewhere."""
        if audit.handlers or self.serverapp is None:
            return
        audit.setLevel(logging.INFO)
        self._handlers_of_audit = tuple(self.serverapp.log.handlers)
        for handler in self._handlers_of_audit:
            audit.addHandler(handler)
