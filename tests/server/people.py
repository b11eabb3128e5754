"""A server that knows several users by their tokens, and what each of them may do."""

from __future__ import annotations

import time
from typing import Any

from jupyter_server.auth import Authorizer, IdentityProvider, User
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders
from tornado.websocket import WebSocketClosedError, websocket_connect

from tests.server.talk import PATIENCE, Api

XSRF = "0123456789abcdef" * 2
FAR = 4e9  # a time that nobody lives to see

# token: whose it is, and until when it counts
TOKENS = {
    "token-of-owner": ("owner", FAR),
    "token-of-reader": ("reader", FAR),
    "token-of-other": ("other", FAR),
    "token-revoked": ("owner", FAR),
    "token-expired": ("owner", 1e9),
}
READERS = {"reader"}
revoked: set[str] = set()  # tokens that counted once


class Tokens(IdentityProvider):
    """Knows users by tokens that run out and can be revoked."""

    def get_user_token(self, handler: Any) -> User | None:  # type: ignore[override]
        token = self.get_token(handler)
        name, until = TOKENS.get(token or "", ("", 0.0))
        return User(name) if name and time.time() < until and token not in revoked else None


class Rights(Authorizer):
    """Lets readers read and others do all."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:  # type: ignore[override]
        return user.username not in READERS or action == "read"


def config(**traits: Any) -> dict[str, Any]:
    """Return the configuration of such a server; ``traits`` are the extension's."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"nodetool_jupyter": True},
            "identity_provider_class": Tokens,
            "authorizer_class": Rights,
        },
        "Tokens": {"cookie_name": "nodetool-test", "token": "no-token-of-anybody"},
        "NodetoolExtension": traits,
    }


def by_token(api: Api, token: str) -> Api:
    """Return the API as a script asks it."""
    return Api(api._client, api.base, {"Authorization": f"token {token}"})


async def by_cookie(api: Api, token: str = "token-of-owner", xsrf: str | None = XSRF) -> Api:
    """Return the API as a browser asks it that has logged in with a token, with this header against forged requests."""
    home = Api(api._client, api.base.removesuffix("/nodetool/api"), {"Authorization": f"token {token}"})
    first = await home.get("api/status")
    assert first.status == 200
    pairs = [line.split(";")[0] for line in HTTPHeaders(first.raw.headers).get_list("Set-Cookie")]
    kept = [pair for pair in pairs if not pair.startswith("_xsrf=")]
    headers = {"Cookie": "; ".join([*kept, f"_xsrf={XSRF}"])}
    return Api(api._client, api.base, headers | ({"X-XSRFToken": xsrf} if xsrf is not None else {}))


async def shake_hands(api: Api, path: str) -> int:
    """Ask for a WebSocket and return the status of the answer; 101 when it was opened, and it is closed then."""
    request = HTTPRequest(api.url(path).replace("http", "ws", 1), headers=api.headers, request_timeout=PATIENCE)
    try:
        socket = await websocket_connect(request)
    except HTTPClientError as error:
        return int(error.code)
    except WebSocketClosedError:
        return 101
    socket.close()
    while await socket.read_message() is not None:
        pass
    return 101
