"""The public keys of an issuer of JSON web tokens, fetched when needed and kept for a while (JWKS, RFC 7517)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nodetool_jupyter import clock
from nodetool_jupyter.auth.origins import is_loopback
from nodetool_jupyter.errors import InvalidRequest, Refused

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from jwt import PyJWK

FRESH = 300.0  # seconds that keys are used without asking again; a key that was taken back is refused after them
STALE = 3600.0  # seconds that they are used while the issuer cannot be reached
PATIENCE = 5.0  # seconds that the issuer has to answer
APART = 10.0  # seconds between two fetches, however many tokens name a key that is not known
LARGEST = 256 * 1024  # bytes of an answer
MOST = 100  # keys


class KeySet:
    """Keys by their ``kid``, of one address.

    Only keys for signatures of a public-key kind are taken: a secret in a JWKS would be no secret.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise InvalidRequest(f"keys are fetched by https, or from this machine; not from {url!r}")
        if parts.username is not None:
            raise InvalidRequest("the address of keys must not hold a password")
        self._url = url
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()
        self._session: ClientSession | None = None

    async def key(self, kid: str | None) -> PyJWK | None:
        """Return a key; without a ``kid`` the only one there is. ``None`` when the issuer has no such key.

        Raises :class:`Refused` (503) when the keys are not known and cannot be fetched.
        """
        if self._age() > FRESH or (self._find(kid) is None and self._may_ask()):
            async with self._lock:  # whoever waited here need not ask again
                if self._age() > FRESH or (self._find(kid) is None and self._may_ask()):
                    await self._fetch()
        if self._age() > STALE:
            raise Refused("unavailable", "the keys of the tokens' issuer cannot be fetched", status=503)
        return self._find(kid)

    async def close(self) -> None:
        """Close the connection to the issuer."""
        if self._session is not None:
            await self._session.close()

    def _find(self, kid: str | None) -> PyJWK | None:
        if kid is not None:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    def _age(self) -> float:
        return float("inf") if self._fetched is None else clock.monotonic() - self._fetched

    def _may_ask(self) -> bool:
        return self._tried is None or clock.monotonic() - self._tried >= APART

    async def _fetch(self) -> None:
        """Fetch the keys; on a failure the ones before stay, and it is not tried again at once."""
        from aiohttp import ClientError

        if not self._may_ask():
            return
        self._tried = clock.monotonic()
        try:
            self._keys = _read(await self._body())
        except (ClientError, TimeoutError, ValueError):
            return
        self._fetched = clock.monotonic()

    async def _body(self) -> bytes:
        from aiohttp import ClientSession, ClientTimeout

        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=PATIENCE), trust_env=True)
        async with self._session.get(self._url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"the issuer answered {answer.status}")
            body = await answer.content.read(LARGEST + 1)
            while len(body) <= LARGEST and (more := await answer.content.read(LARGEST)):
                body += more
        if len(body) > LARGEST:
            raise ValueError("the issuer's answer is too large")
        return body


def _read(body: bytes) -> dict[str | None, PyJWK]:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    data = json.loads(body)
    listed: Any = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise ValueError("the issuer's answer is no set of keys")
    found: dict[str | None, PyJWK] = {}
    for one in listed[:MOST]:
        if not isinstance(one, dict) or one.get("kty") not in ("RSA", "EC", "OKP") or one.get("use", "sig") != "sig":
            continue
        kid = one.get("kid")
        try:
            found[kid if isinstance(kid, str) else None] = PyJWK(one)
        except (PyJWTError, ValueError, TypeError, KeyError):
            continue  # of a kind that is not known here: the others are as good
    if not found:
        raise ValueError("the issuer has no key for signatures")
    return found
