"""Who a request is from, and what tells that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and how we know them: ``how`` is the provider's name.

    ``expires`` is when this stops being known, in seconds since the epoch; ``None`` when it does not expire by itself.
    """

    user: str
    how: str
    expires: float | None = None


class Provider(Protocol):
    """Tells who somebody is from the token they sent."""

    name: str

    async def identify(self, token: str | None) -> Identity:
        """Return who sent a bearer token; ``None`` is none.

        Raises :class:`~nodetool_jupyter.errors.Refused`, which never holds any part of the token.
        """

    async def close(self) -> None:
        """Let go of connections; nothing can be asked any more."""


class Anyone:
    """The provider ``none``: whoever can connect is the one local user; for loopback only."""

    name = "none"

    async def identify(self, token: str | None) -> Identity:
        """Return the local user."""
        return Identity("local", self.name)

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
