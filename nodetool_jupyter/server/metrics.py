"""Figures for Prometheus, under a right of their own."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tornado import web

from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.figures import REGISTRY


class MetricsHandler(ApiHandler):
    """``metrics``"""

    auth_resource = "nodetool-metrics"
    _track_activity = False  # or a scrape would keep the server from being culled

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell the figures as they are now."""
        self.query()
        text = await self.off(generate_latest, REGISTRY)
        self.set_header("Cache-Control", "no-store")
        self.finish(text, set_content_type=CONTENT_TYPE_PLAIN_0_0_4)
