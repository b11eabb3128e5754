"""``lib.uuid``: making and reading UUIDs."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Literal

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.define import family

node = family("lib.uuid")

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}
_MULTICAST = 1 << 40  # marks a node number that is no machine's


def _read(kind: str, text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        raise ValueError(
            f"{kind}: {text!r} is not a UUID; it has 32 hexadecimal digits, like '6ba7b810-9dad-11d1-80b4-00c04fd430c8'"
        ) from None


def _namespace(kind: str, text: str) -> uuid.UUID:
    known = _NAMESPACES.get(text.strip().lower())
    if known is not None:
        return known
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        raise ValueError(f"{kind}: {text!r} is no namespace and no UUID; {nearest(text, _NAMESPACES)}") from None


@node
def GenerateUUID1() -> str:
    """Make a UUID of the time and a random number; it does not tell which machine made it."""
    return str(uuid.uuid1(node=secrets.randbits(48) | _MULTICAST))


@node
def GenerateUUID3(namespace: str = "dns", name: str = "") -> str:
    """Make the UUID of a name by MD5; the namespace is ``dns``, ``url``, ``oid``, ``x500`` or a UUID."""
    return str(uuid.uuid3(_namespace("GenerateUUID3", namespace), name))


@node
def GenerateUUID4() -> str:
    """Make a random UUID."""
    return str(uuid.uuid4())


@node
def GenerateUUID5(namespace: str = "dns", name: str = "") -> str:
    """Make the UUID of a name by SHA-1; the namespace is ``dns``, ``url``, ``oid``, ``x500`` or a UUID."""
    return str(uuid.uuid5(_namespace("GenerateUUID5", namespace), name))


@node
def ParseUUID(uuid_string: str = "") -> dict[str, Any]:
    """Return the parts of a UUID: its usual form, its digits, as a number and a URN, its version and variant."""
    found = _read("ParseUUID", uuid_string)
    return {
        "uuid": str(found),
        "hex": found.hex,
        "int": str(found.int),
        "urn": found.urn,
        "version": found.version,
        "variant": found.variant,
    }


@node
def FormatUUID(uuid_string: str = "", format: Literal["standard", "hex", "urn", "int"] = "standard") -> str:
    """Write a UUID in another form."""
    found = _read("FormatUUID", uuid_string)
    return {"standard": str(found), "hex": found.hex, "urn": found.urn, "int": str(found.int)}[format]


@node
def IsValidUUID(uuid_string: str = "") -> bool:
    """Tell whether a text is a UUID, in any of its forms."""
    try:
        _read("IsValidUUID", uuid_string)
    except ValueError:
        return False
    return True
