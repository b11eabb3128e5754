"""Asking again, while a stream is open, whether whoever opened it is still known and still allowed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async

from nodetool_jupyter.server.base import NodetoolHandler

AGAIN = 30.0  # seconds between two askings
REFUSED = 4403  # the close code of a socket whose right is gone


class _Nowhere:
    """Where the answer to a request goes that was answered long ago."""

    def set_close_callback(self, _: Callable[[], None] | None) -> None:
        """Do nothing: nobody closes it."""


class _Again(JupyterHandler):
    """The request that opened a stream, looked at anew: cookies that this would set go nowhere."""


async def holds(handler: NodetoolHandler, action: str) -> bool:
    """Tell whether the user of an open stream is still who opened it, and may still do this."""
    request = copy.copy(handler.request)
    request.connection = _Nowhere()  # type: ignore[assignment]
    again = _Again(handler.application, request)
    user: Any = await ensure_async(handler.identity_provider.get_user(again))
    if user is None:
        return False
    again.current_user = again._jupyter_current_user = user  # as prepare() does
    if handler.user_name and user.username != handler.user_name:
        return False
    return await allowed(handler, user, action)


async def allowed(handler: NodetoolHandler, user: Any, action: str) -> bool:
    """Ask the server's authorizer."""
    return bool(await ensure_async(handler.authorizer.is_authorized(handler, user, action, handler.auth_resource)))
