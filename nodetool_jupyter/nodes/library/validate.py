"""``lib.validate``: asking what a text is.

Mail addresses, addresses of pages and the rest are judged as the documented rules of validator.js have it: a host has a
top level domain of letters, a page's protocol is http, https or ftp and may be missing.
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any, TypedDict

from nodetool_jupyter.nodes.define import family

node = family("lib.validate")

# The classes name what may not stand there: everything beyond ASCII may, and such a class is quick to compile.
_LABEL = re.compile(r"(?!-)[^\x00-,./:-@\[-`{-\xa0]{1,63}(?<!-)\Z")
_TOP = re.compile(r"(?:[^\x00-@\[-`{-\xa0]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{1,59})\Z")
_ATOM = r'[^\x00- "(),.:;<>@\[\\\]\x7f-\xa0]+'
_ATOMS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*"\Z')
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_NUMERIC = re.compile(r"[+-]?(?:[0-9]*\.)?[0-9]+\Z")
_ALPHA = re.compile(r"[A-Za-z]+\Z")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+\Z")
_PROTOCOL = re.compile(r"([^:/?#]*)://")
_PORT = re.compile(r"[0-9]{1,5}\Z")
_MAX_URL = 2083  # characters that every browser takes
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "/": "&#x2F;"})


class Address(TypedDict):
    """Whether a text is an IP address, and of which version."""

    is_ip: bool
    is_ipv4: bool
    is_ipv6: bool


class Kinds(TypedDict):
    """What a text is."""

    is_email: bool
    is_url: bool
    is_uuid: bool
    is_json: bool
    is_numeric: bool
    is_alpha: bool
    is_alphanumeric: bool


class Sanitized(TypedDict):
    """A text made safe for HTML, without blanks at its edges, and as a mail address."""

    escaped: str
    trimmed: str
    normalized_email: str


def _is_host(text: str) -> bool:
    labels = text.split(".")
    return (
        len(labels) > 1
        and len(text) <= 253
        and len(text.split()) == 1
        and _TOP.match(labels[-1]) is not None
        and all(_LABEL.match(label) for label in labels)
    )


def _is_email(text: str) -> bool:
    local, at, host = text.strip().rpartition("@")
    if not at or len(local.encode("utf-8", "replace")) > 64:
        return False
    plain = _ATOMS.match(local) is not None and len(local.split()) == 1
    return _is_host(host) and (plain or _QUOTED.match(local) is not None)


def _ip_version(text: str) -> int:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0


def _is_url(text: str) -> bool:
    if not text or len(text) > _MAX_URL or re.search(r"[\s<>]", text):
        return False
    protocol = _PROTOCOL.match(text)
    if protocol and protocol[1].lower() not in ("http", "https", "ftp"):
        return False
    authority = re.split(r"[/?#]", text[protocol.end() :] if protocol else text, maxsplit=1)[0]
    user, at, place = authority.rpartition("@")
    if at and (protocol is None or user.count(":") > 1 or not user.strip(":")):
        return False
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", place)
    if bracketed:
        return _ip_version(bracketed[1]) == 6 and _is_port(bracketed[2])
    host, colon, port = place.partition(":")
    return (_is_host(host) or _ip_version(host) == 4) and _is_port(port if colon else None)


def _is_port(text: str | None) -> bool:
    return text is None or (_PORT.match(text) is not None and 0 < int(text) <= 65_535)


def _is_json(text: str) -> bool:
    def refuse(word: str) -> Any:
        raise ValueError(word)

    try:
        return isinstance(json.loads(text, parse_constant=refuse), (dict, list))
    except (ValueError, RecursionError):
        return False


@node
def Email(value: str = "") -> bool:
    """Tell whether a text is a mail address; blanks at its edges do not count."""
    return _is_email(value)


@node
def URL(value: str = "") -> bool:
    """Tell whether a text is the address of a page: http, https or ftp, or without a protocol."""
    return _is_url(value)


@node
def IP(value: str = "") -> Address:
    """Tell whether a text is an IP address, and of which version."""
    version = _ip_version(value)
    return {"is_ip": version > 0, "is_ipv4": version == 4, "is_ipv6": version == 6}


@node(inline=False)  # JSON may be large
def String(value: str = "") -> Kinds:
    """Tell what a text is: a mail address, an address of a page, a UUID, JSON, a number, letters.

    JSON counts where it is an object or an array; letters are those of ASCII.
    """
    return {
        "is_email": _is_email(value),
        "is_url": _is_url(value),
        "is_uuid": _UUID.match(value) is not None,
        "is_json": _is_json(value),
        "is_numeric": _NUMERIC.match(value) is not None,
        "is_alpha": _ALPHA.match(value) is not None,
        "is_alphanumeric": _ALPHANUMERIC.match(value) is not None,
    }


@node
def Sanitize(value: str = "") -> Sanitized:
    """Make a text safe for HTML, trim it, and write it as a mail address in small letters if it is one."""
    trimmed = value.strip()
    return {
        "escaped": value.translate(_ENTITIES),
        "trimmed": trimmed,
        "normalized_email": trimmed.lower() if _is_email(trimmed) else "",
    }
