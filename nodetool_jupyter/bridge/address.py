"""Where a worker is: its address, and the token that is said to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from nodetool_jupyter.errors import InvalidRequest

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Address:
    """A worker's WebSocket URL and its bearer token, which never shows; ``host`` is what may be shown and logged."""

    url: str
    token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The scheme, host and port; a path or a query may hold what nobody else should see."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def read_url(text: str) -> str:
    """Return a worker's URL with the scheme ``ws`` or ``wss``; raises :class:`InvalidRequest` for what cannot be one.

    A name and password in it are refused, because URLs are shown and logged: a token has a place of its own.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidRequest(f"{text[:80]!r} is no URL; write ws://HOST:PORT or wss://HOST:PORT") from None
    scheme = _SCHEMES.get(parts.scheme.lower())
    if scheme is None or not parts.hostname or port == 0 or any(mark.isspace() or mark < " " for mark in text):
        raise InvalidRequest(f"{_shown(text)!r} is no worker's URL; write ws://HOST:PORT or wss://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("a worker's URL holds no name or password; give the token with --token-env VAR")
    return urlunsplit((scheme, parts.netloc, parts.path, parts.query, ""))


def is_private(host: str) -> bool:
    """Tell whether nobody on the way can read what goes to a host, as :attr:`Address.host` or a transport names it.

    So it is with TLS, on this machine, and over the pipes of a process.
    """
    parts = urlsplit(host)
    if parts.scheme not in ("ws", "http"):
        return True
    name = (parts.hostname or "").rstrip(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _shown(text: str) -> str:
    """Return a text without what may be a secret: what stands before an @, and behind a question mark."""
    return text.partition("?")[0].rpartition("@")[2][:80]
