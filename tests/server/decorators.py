"""What stands before the methods of a handler, read off the functions themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import RequestHandler

# Who wraps a method, outermost first, by the qualified name of the wrapper's code.
_WRAPPERS = {
    "authenticated.<locals>.wrapper": "authenticated",
    "ws_authenticated.<locals>.wrapper": "ws_authenticated",
    "authorized.<locals>.wrapper.<locals>.inner": "authorized",
    "allow_unauthenticated.<locals>.wrapper": "allow_unauthenticated",
}


def methods(handler: type[RequestHandler]) -> dict[str, Any]:
    """Return the methods that a handler answers; not ``options``, with which Jupyter answers browsers."""
    found = {name.lower(): getattr(handler, name.lower()) for name in handler.SUPPORTED_METHODS}
    unanswered = (RequestHandler._unimplemented_method, APIHandler.options)
    return {name: function for name, function in found.items() if function not in unanswered}


def decorators(function: Any) -> list[str]:
    """Return the names of the decorators of a method, outermost first."""
    return list(_decorators(function))


def _decorators(function: Any) -> Iterator[str]:
    while function is not None:
        code = getattr(function, "__code__", None)
        name = _WRAPPERS.get(getattr(code, "co_qualname", ""))
        if name is not None:
            yield name
        function = getattr(function, "__wrapped__", None)


def action(function: Any) -> str | None:
    """Return the action that ``authorized`` asks for; ``None`` for the one that belongs to the method."""
    while function is not None:
        code = getattr(function, "__code__", None)
        if _WRAPPERS.get(getattr(code, "co_qualname", "")) == "authorized":
            cells = dict(zip(code.co_freevars, function.__closure__, strict=True))
            found = cells["action"].cell_contents
            return None if found is None else str(found)
        function = getattr(function, "__wrapped__", None)
    return None
