"""Reading a bearer token from an Authorization header, and nothing else from anywhere else."""

from __future__ import annotations

from nodetool_jupyter.errors import Refused

LONGEST = 16 * 1024  # characters of a token; a JSON web token with many claims has about two thousand
_SCHEME = "Bearer "


def read_bearer(header: str | None) -> str | None:
    """Return the token of an Authorization header, ``None`` when there is no header.

    The scheme is written ``Bearer``, as NodeTool's workers want it. Raises :class:`Refused` for another scheme, and
    for a token that is empty, too long, or not of printable ASCII characters.
    """
    if header is None:
        return None
    header = header.strip(" \t")
    if not header.startswith(_SCHEME):
        raise Refused("bad_credentials", "the Authorization header must read 'Bearer TOKEN'")
    token = header.removeprefix(_SCHEME)
    if len(token) > LONGEST:
        raise Refused("bad_credentials", f"the token is longer than {LONGEST} characters")
    if not token or not all("!" <= character <= "~" for character in token):
        raise Refused("bad_credentials", "the token is empty, or has characters that no token has")
    return token
