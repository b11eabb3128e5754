"""Which hosts and origins a server answers to; decided before anything else, so that a page elsewhere gets nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?")
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{_HOST.pattern})")
_PORTS = {"http": "80", "https": "443"}


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_allowed(host: str | None, allowed: Collection[str]) -> bool:
    """Tell whether a Host header names one of ``allowed``; a name without a port allows every port.

    ``*`` allows every host that is written as one. Names are compared without regard to case, and whole: there are no
    patterns, so that nothing can look like a name it is not.
    """
    match = None if host is None else _HOST.fullmatch(host.lower())
    if match is None:
        return False
    names = {entry.lower() for entry in allowed}
    return "*" in names or match["name"] in names or (match["port"] is not None and match[0] in names)


def origin_allowed(origin: str | None, allowed: Collection[str]) -> bool:
    """Tell whether an Origin header is one of ``allowed``, such as ``https://lab.example.org``.

    Programs send none, and are let in; pages always do. There are no patterns and ``null`` is never allowed; the
    scheme's own port may be written or left out.
    """
    if origin is None:
        return True
    asked = _settled(origin)
    return asked is not None and asked in {_settled(entry.rstrip("/")) for entry in allowed}


def _settled(origin: str) -> tuple[str, str, str] | None:
    """Return an origin as scheme, host and port; ``None`` for what is no origin of a page."""
    match = _ORIGIN.fullmatch(origin.lower())
    return None if match is None else (match["scheme"], match["name"], match["port"] or _PORTS[match["scheme"]])
