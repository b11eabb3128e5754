"""JSON web tokens of an issuer elsewhere: signature, issuer, audience and time are checked, and nothing is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import clock
from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.auth.keys import KeySet
from nodetool_jupyter.errors import InvalidRequest, Refused

if TYPE_CHECKING:
    from jwt import PyJWK

PUBLIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SECRET = ("HS256",)
SHORTEST_SECRET = 32  # bytes: as long as what HS256 makes (RFC 7518, 3.2)
_WORDS = {
    "ExpiredSignatureError": ("expired", "this token has expired"),
    "ImmatureSignatureError": ("not_yet", "this token is not valid yet"),
    "InvalidAudienceError": ("bad_credentials", "this token is for somebody else (audience)"),
    "InvalidIssuerError": ("bad_credentials", "this token is from somebody else (issuer)"),
    "MissingRequiredClaimError": ("bad_credentials", "this token lacks a claim that is needed: exp, iss, aud or sub"),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are accepted: keys come from ``jwks_url``, or are one shared ``secret``; never both.

    ``leeway`` is by how many seconds clocks may differ, ``user_claim`` the claim that names the user.
    """

    issuer: str
    audience: str
    jwks_url: str = ""
    secret: str = ""
    leeway: int = 30
    user_claim: str = "sub"

    def __repr__(self) -> str:
        return f"Issuer({self.issuer!r}, audience={self.audience!r})"


class WebTokens:
    """Accepts the JSON web tokens of one issuer.

    The algorithms are ours to choose, by the kind of key that was configured; what a token's header says about its
    algorithm must agree with its key, and what it says about where keys are is not read.
    """

    def __init__(self, issuer: Issuer, name: str = "jwt") -> None:
        if bool(issuer.jwks_url) == bool(issuer.secret):
            raise InvalidRequest("JSON web tokens need AUTH_JWKS_URL, or AUTH_JWT_SECRET, and not both")
        if not issuer.issuer or not issuer.audience:
            raise InvalidRequest("JSON web tokens need AUTH_ISSUER and AUTH_AUDIENCE, which no token may leave out")
        if issuer.secret and len(issuer.secret.encode()) < SHORTEST_SECRET:
            raise InvalidRequest(f"AUTH_JWT_SECRET needs at least {SHORTEST_SECRET} bytes")
        _import_jwt()
        self.name = name
        self._issuer = issuer
        self._keys = KeySet(issuer.jwks_url) if issuer.jwks_url else None

    async def identify(self, token: str | None) -> Identity:
        """Return the user that a token names."""
        jwt = _import_jwt()
        if token is None:
            raise Refused("no_credentials", "a bearer token is needed")
        try:
            header = jwt.get_unverified_header(token)
            key, algorithms = await self._key(header)
            claims = self._claims(jwt, token, key, algorithms)
        except jwt.exceptions.PyJWTError as error:
            word = _WORDS.get(type(error).__name__, ("bad_credentials", "this token is not accepted"))
            raise Refused(*word) from None  # its own text may hold parts of the token
        except (ValueError, TypeError, RecursionError, OverflowError):
            raise Refused("bad_credentials", "this token is not accepted") from None
        user = claims.get(self._issuer.user_claim)
        if not isinstance(user, str) or not 0 < len(user) <= 256 or not user.isprintable():
            raise Refused("bad_credentials", f"this token names no user ({self._issuer.user_claim})")
        return Identity(user, self.name, float(claims["exp"]) + self._issuer.leeway)

    async def close(self) -> None:
        """Close the connection to the issuer."""
        if self._keys is not None:
            await self._keys.close()

    async def _key(self, header: dict[str, Any]) -> tuple[PyJWK | str, list[str]]:
        """Return the key a token must be signed with, and the algorithms that this key is for."""
        algorithm, kid = header.get("alg"), header.get("kid")
        if "crit" in header or not (kid is None or (isinstance(kid, str) and len(kid) <= 256)):
            raise Refused("bad_credentials", "this token has a header that is not understood")
        if self._keys is None:
            if algorithm not in SECRET:
                raise Refused("bad_credentials", "this token is signed in a way that is not accepted")
            return self._issuer.secret, list(SECRET)
        if algorithm not in PUBLIC:  # before any key is asked for
            raise Refused("bad_credentials", "this token is signed in a way that is not accepted")
        key = await self._keys.key(kid)
        if key is None:
            raise Refused("bad_credentials", "this token is signed with a key that its issuer does not have")
        if key.algorithm_name not in PUBLIC:
            raise Refused("bad_credentials", "this token is signed in a way that is not accepted")
        return key, [key.algorithm_name]

    def _claims(self, jwt: Any, token: str, key: PyJWK | str, algorithms: list[str]) -> dict[str, Any]:
        issuer = self._issuer
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=algorithms,
            issuer=issuer.issuer,
            audience=issuer.audience,
            leeway=issuer.leeway,
            options={"require": ["exp", "iss", "aud", issuer.user_claim], "verify_exp": False, "verify_nbf": False,
                     "verify_iat": False},
        )  # fmt: skip
        now = clock.time()
        for claim in ("exp", "nbf", "iat"):
            if claim in claims and (not _is_number(claims[claim])):
                raise ValueError(claim)
        if claims["exp"] + issuer.leeway <= now:
            raise jwt.exceptions.ExpiredSignatureError
        if max(claims.get("nbf", 0), claims.get("iat", 0)) > now + issuer.leeway:
            raise jwt.exceptions.ImmatureSignatureError
        return claims


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _import_jwt() -> Any:
    try:
        import jwt
    except ImportError:
        raise InvalidRequest("JSON web tokens need PyJWT: pip install 'nodetool-jupyter[jwt]'") from None
    return jwt
