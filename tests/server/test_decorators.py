"""Every method of every handler asks who it is and whether they may, in this order, before anything else happens."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server.auth.decorator import allow_unauthenticated, authorized, ws_authenticated
from tornado import web
from tornado.websocket import WebSocketHandler

from nodetool_jupyter.server.base import ApiHandler, SocketHandler
from nodetool_jupyter.server.routes import ROUTES
from tests.server.decorators import action, decorators, methods

OPEN = {("health", "get")}  # what anybody may ask


def unguarded(handler: type[web.RequestHandler], name: str) -> list[str]:
    """Return the methods of a handler that lack what must stand before them."""
    first = "ws_authenticated" if issubclass(handler, WebSocketHandler) else "authenticated"
    wanted = {method: [first, "authorized"] for method in methods(handler)}
    wanted |= {method: ["allow_unauthenticated"] for method in wanted if (name, method) in OPEN}
    return [method for method, function in methods(handler).items() if decorators(function) != wanted[method]]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_method_asks_who_it_is_and_whether_they_may(route: Any) -> None:
    assert methods(route.handler)
    assert unguarded(route.handler, route.name) == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_rights_are_asked_for_on_a_resource_of_ours(route: Any) -> None:
    expected = "nodetool-metrics" if route.name == "metrics" else "nodetool"
    assert route.handler.auth_resource == expected


def test_each_method_belongs_to_one_handler() -> None:
    # What authorized() asks for is settled by its first request, so two handlers must not share a method.
    found = [function for route in ROUTES for function in methods(route.handler).values()]
    assert len(found) == len(set(found))


SOCKETS = {"events_ws": "read", "worker_ws": "execute"}


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if issubclass(one.handler, WebSocketHandler)], ids=lambda r: r.name
)
def test_sockets_ask_for_their_action(route: Any) -> None:
    expected = "execute" if route.path.startswith("workers/") else "read"
    assert (action(methods(route.handler)["get"]) or "read") == expected


# -- the check itself finds what it is for ----------------------------------------------------------------------------


class Bare(ApiHandler):
    async def get(self) -> None: ...


class OnlyAuthenticated(ApiHandler):
    @web.authenticated
    async def get(self) -> None: ...


class OnlyAuthorized(ApiHandler):
    @authorized
    async def get(self) -> None: ...


class TheOtherWayRound(ApiHandler):
    @authorized
    @web.authenticated
    async def get(self) -> None: ...


class Open(ApiHandler):
    @allow_unauthenticated
    async def get(self) -> None: ...


class OneOfTwo(ApiHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None: ...

    async def post(self) -> None: ...


class BareSocket(SocketHandler):
    pass


class SocketThatRedirects(SocketHandler):
    @web.authenticated
    @authorized
    async def get(self, *args: Any, **kwargs: Any) -> None: ...


class GoodSocket(SocketHandler):
    @ws_authenticated
    @authorized(action="execute")
    async def get(self, *args: Any, **kwargs: Any) -> None: ...


BAD = {
    Bare: ["get"],
    OnlyAuthenticated: ["get"],
    OnlyAuthorized: ["get"],
    TheOtherWayRound: ["get"],
    Open: ["get"],
    OneOfTwo: ["post"],
    BareSocket: ["get"],
    SocketThatRedirects: ["get"],
    GoodSocket: [],
}


@pytest.mark.parametrize("handler", BAD, ids=lambda one: one.__name__)
def test_a_handler_that_forgets_to_ask_is_found(handler: type[web.RequestHandler]) -> None:
    assert unguarded(handler, "some") == BAD[handler]  # type: ignore[index]


def test_the_action_of_a_method_is_found() -> None:
    assert (action(GoodSocket.get), action(OneOfTwo.get)) == ("execute", None)
