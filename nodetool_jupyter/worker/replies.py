"""Answers whose data are ours as they stand, and so are neither checked nor changed on their way out."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.bridge.messages import Message


class Anything(Message):
    """A result with these data."""

    TYPE = "result"

    body: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """Return the data as they go out."""
        return self.body


class Described(Anything):
    """What the worker offers."""

    TYPE = "discover"


class News(Anything):
    """Something that a node shows or says while it runs; its own ``type`` is in the data."""

    TYPE = "update"
