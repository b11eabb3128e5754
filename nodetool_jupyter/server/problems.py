"""What a client is told when something cannot be: a code, one sentence, and what to do about it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nodetool_jupyter.errors import (
    Conflict,
    EngineUnavailable,
    GpuUnavailable,
    ImageMissing,
    InvalidGraph,
    InvalidRequest,
    JobNotFound,
    NodetoolError,
    NotOwner,
    NotStorable,
    SecretMissing,
    StorageError,
)

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    429: "rate_limited",
    500: "internal",
    502: "bad_gateway",
    503: "unavailable",
}
_SENTENCES = {
    401: "who you are is not known",
    403: "this is not allowed",
    404: "there is nothing here",
    405: "this cannot be done here",
    413: "the request is too large",
    503: "this cannot be had just now",
}
# The first class that fits; a sentence of its own where the error's may name what a client need not know.
_ERRORS: tuple[tuple[type[NodetoolError], int, str, str], ...] = (
    (JobNotFound, 404, "not_found", "there is no such job"),
    (InvalidGraph, 400, "invalid_graph", ""),
    (SecretMissing, 400, "invalid_request", ""),
    (NotStorable, 400, "invalid_request", ""),
    (Conflict, 409, "conflict", ""),
    (InvalidRequest, 400, "invalid_request", ""),
    (NotOwner, 409, "conflict", "another process has just taken the job; ask again"),
    (StorageError, 503, "unavailable", "the jobs' data folder cannot be used just now"),
    (EngineUnavailable, 503, "unavailable", ""),
    (ImageMissing, 503, "unavailable", ""),
    (GpuUnavailable, 503, "unavailable", ""),
)


class Problem(Exception):  # noqa: N818  # what the standard for such answers calls it
    """A request that is refused: an HTTP status, a code of a closed list, one sentence, and a hint.

    ``retry_after`` are seconds after which asking again makes sense.
    """

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_after = retry_after

    def body(self) -> dict[str, str]:
        """Return what the client is told, as JSON-like data."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


def not_found() -> Problem:
    """Return the one answer about a job that is not there, or not for this user."""
    return Problem(404, "not_found", "there is no such job", "GET jobs lists those there are")


def problem_of(error: BaseException | None, status: int = 500, incident: str = "") -> Problem:
    """Return what a client is told of an error; ``incident`` is where the server's log tells the rest."""
    if isinstance(error, Problem):
        return error
    for kind, code, word, sentence in _ERRORS:
        if isinstance(error, kind):
            return Problem(code, word, sentence or without_places(str(error)))
    if isinstance(error, NodetoolError):
        return Problem(503, "unavailable", without_places(str(error)))
    if status < 500 or status in (502, 503):
        said = _said(error) or _SENTENCES.get(status, "this request cannot be answered")
        return Problem(status, CODES.get(status, "invalid_request"), without_places(said))
    return Problem(500, "internal", "the server failed to answer", f"the server's log has it under {incident}")


def _said(error: BaseException | None) -> str:
    """Return the message of an error of tornado's or Jupyter's own."""
    text = getattr(error, "log_message", None)
    if not isinstance(text, str) or error is None:
        return ""
    return text % error.args if error.args else text


def without_places(text: str) -> str:
    """Return a sentence without this machine's own folders."""
    for place in _places():
        text = text.replace(place, "…")
    return text


def _places() -> tuple[str, ...]:
    from nodetool_jupyter.jobs.manager import open_managers

    own = {str(place) for one in open_managers() for place in (one.places.data, one.places.runtime)}
    ours = (str(Path(__file__).parents[1]), tempfile.gettempdir(), str(Path.home()))
    return (*sorted(own, key=len, reverse=True), *(place for place in ours if len(place) > 1))
