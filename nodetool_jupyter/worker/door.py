"""Who may connect over HTTP: hosts, origins, failed tries, tokens. All of it is decided before a socket is open."""

from __future__ import annotations

import logging

from aiohttp import web

from nodetool_jupyter.auth.bearer import read_bearer
from nodetool_jupyter.auth.identity import Identity, Provider
from nodetool_jupyter.auth.origins import host_allowed, origin_allowed
from nodetool_jupyter.auth.rates import Rates
from nodetool_jupyter.errors import Refused
from nodetool_jupyter.worker.options import WorkerOptions

log = logging.getLogger("nodetool_jupyter.worker")
_WORDS = {401: "Unauthorized\n", 403: "Forbidden\n", 429: "Too Many Requests\n", 503: "Service Unavailable\n"}


class Door:
    """Lets clients in, or says why not."""

    def __init__(self, provider: Provider, options: WorkerOptions) -> None:
        self._provider = provider
        self._options = options
        self._failures = Rates(each_second=0.2, burst=10)

    def check_place(self, request: web.Request) -> None:
        """Refuse a host or an origin that is not allowed; raises :class:`Refused`."""
        hosts, origins = request.headers.getall("Host", []), request.headers.getall("Origin", [])
        if len(hosts) > 1 or not host_allowed(hosts[0] if hosts else None, self._options.allowed_hosts):
            raise Refused("forbidden", "this host is not served here", status=403)
        if len(origins) > 1 or not origin_allowed(origins[0] if origins else None, self._options.allowed_origins):
            raise Refused("forbidden", "pages of this origin may not connect", status=403)

    async def who(self, request: web.Request) -> Identity:
        """Return who asks; raises :class:`Refused`. Whoever fails often must wait, whatever they send then."""
        peer = request.remote or ""
        wait = self._failures.wait(peer)
        if wait:
            raise Refused("rate_limited", "too many tokens that were not accepted", status=429, after=wait)
        try:
            headers = request.headers.getall("Authorization", [])
            if len(headers) > 1:
                raise Refused("bad_credentials", "there is more than one Authorization header")
            return await self._provider.identify(read_bearer(headers[0] if headers else None))
        except Refused as error:
            if error.status == 401:
                self._failures.take(peer)
            log.warning("refused a connection from %s: %s", peer, error.code)
            raise

    async def again(self, request: web.Request) -> Identity:
        """Return who asks, as it is now; for a connection that has been open for a while."""
        header = request.headers.get("Authorization")
        return await self._provider.identify(read_bearer(header))


def refusal(error: Refused) -> web.Response:
    """Return a refusal as HTTP has it: NodeTool's words, and the code beside them in a header."""
    headers = {"X-Nodetool-Code": error.code, "Connection": "close", "Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.after is not None:
        headers["Retry-After"] = str(max(1, round(error.after)))
    return web.Response(status=error.status, text=_WORDS.get(error.status, "Refused\n"), headers=headers)
