"""JSON web tokens against a real issuer on loopback: what gets in, and every way in which one does not."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nodetool_jupyter.auth import keys
from nodetool_jupyter.auth.choose import provider_for
from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.auth.web_tokens import Issuer, WebTokens
from nodetool_jupyter.errors import Refused
from tests.auth.conftest import SetClock
from tests.auth.issuing import AUDIENCE, EC_KEY, ED_KEY, ISSUER, RSA_KEYS, Issuing, claims, public, signed

SECRET = "a secret of at least thirty-two bytes"
PEM = RSA_KEYS[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def ask(issuing: Issuing, *tokens: str | None, before: Callable[[int], None] = lambda _: None) -> list[Identity | str]:
    """Return what one provider says to each token: who it is, or the code of its refusal."""

    async def every() -> list[Identity | str]:
        provider = WebTokens(Issuer(ISSUER, AUDIENCE, issuing.url))
        said: list[Identity | str] = []
        try:
            for number, token in enumerate(tokens):
                before(number)
                try:
                    said.append(await provider.identify(token))
                except Refused as error:
                    assert token is None or token not in str(error)
                    said.append(error.code)
        finally:
            await provider.close()
        return said

    return asyncio.run(every())


def test_a_token_of_the_issuer_names_its_user(issuing: Issuing, moved: SetClock) -> None:
    assert ask(issuing, signed()) == [Identity("ada", "jwt", moved.now + 90)]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA_KEYS[0], "RS256"), (EC_KEY, "ES256"), (ED_KEY, "EdDSA")],
    ids=["RS256", "ES256", "EdDSA"],
)
def test_each_kind_of_public_key(issuing: Issuing, moved: SetClock, key: Any, algorithm: str) -> None:
    issuing.set_keys(public(key, "k"))
    (found,) = ask(issuing, signed(key, algorithm, "k"))
    assert isinstance(found, Identity)


def unsigned(head: Any, body: Any, signature: bytes = b"") -> str:
    parts = (json.dumps(head).encode(), json.dumps(body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def hmac_with_the_public_key() -> str:
    """Sign with the public key as if it were a secret; PyJWT itself refuses to make such a token."""
    import hashlib
    import hmac

    whole = unsigned({"alg": "HS256", "typ": "JWT", "kid": "one"}, claims()).rpartition(".")[0]
    made = hmac.new(PEM, whole.encode(), hashlib.sha256).digest()
    return f"{whole}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


REFUSED: dict[str, tuple[Callable[[], str | None], str]] = {
    "none at all": (lambda: None, "no_credentials"),
    "nonsense": (lambda: "nonsense", "bad_credentials"),
    "three empty parts": (lambda: "..", "bad_credentials"),
    "five parts": (lambda: signed() + ".a.b", "bad_credentials"),
    "alg none": (lambda: unsigned({"alg": "none", "kid": "one"}, claims()), "bad_credentials"),
    "alg NonE": (lambda: unsigned({"alg": "NonE", "kid": "one"}, claims()), "bad_credentials"),
    "alg empty": (lambda: unsigned({"alg": "", "kid": "one"}, claims()), "bad_credentials"),
    "alg a list": (lambda: unsigned({"alg": ["RS256"], "kid": "one"}, claims()), "bad_credentials"),
    "alg missing": (lambda: unsigned({"kid": "one"}, claims()), "bad_credentials"),
    "public key as a secret": (hmac_with_the_public_key, "bad_credentials"),
    "a secret": (lambda: signed(SECRET, "HS256"), "bad_credentials"),
    "another algorithm of the same key": (lambda: signed(algorithm="RS512"), "bad_credentials"),
    "padding of another algorithm": (lambda: signed(algorithm="PS256"), "bad_credentials"),
    "another key under the name": (lambda: signed(RSA_KEYS[1]), "bad_credentials"),
    "a key of another kind under the name": (lambda: signed(EC_KEY, "ES256"), "bad_credentials"),
    "a key nobody has": (lambda: signed(kid="nobody's"), "bad_credentials"),
    "kid a path": (lambda: signed(kid="../../../dev/null"), "bad_credentials"),
    "kid a query": (lambda: signed(kid="x' UNION SELECT 'a"), "bad_credentials"),
    "kid with a NUL": (lambda: signed(kid="one\x00"), "bad_credentials"),
    "kid too long": (lambda: signed(kid="k" * 300), "bad_credentials"),
    "kid a number": (lambda: unsigned({"alg": "RS256", "kid": 1}, claims(), b"x"), "bad_credentials"),
    "kid a map": (lambda: unsigned({"alg": "RS256", "kid": {"a": 1}}, claims(), b"x"), "bad_credentials"),
    "own key in the header": (
        lambda: signed(RSA_KEYS[1], kid=None, headers={"jwk": public(RSA_KEYS[1], None)}),
        "bad_credentials",
    ),
    "own address of keys": (
        lambda: signed(RSA_KEYS[1], headers={"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/cert"}),
        "bad_credentials",
    ),
    "a critical header": (lambda: signed(headers={"crit": ["exp"]}), "bad_credentials"),
    "issuer of another": (lambda: signed(iss="https://evil.example.org/"), "bad_credentials"),
    "issuer nearly": (lambda: signed(iss=ISSUER.rstrip("/")), "bad_credentials"),
    "issuer missing": (lambda: signed(iss=None), "bad_credentials"),
    "for somebody else": (lambda: signed(aud="another"), "bad_credentials"),
    "for several others": (lambda: signed(aud=["another", "third"]), "bad_credentials"),
    "audience missing": (lambda: signed(aud=None), "bad_credentials"),
    "expired": (lambda: signed(exp=1_800_000_000 - 30), "expired"),
    "never expires": (lambda: signed(exp=None), "bad_credentials"),
    "not yet": (lambda: signed(nbf=1_800_000_000 + 31), "not_yet"),
    "issued in the future": (lambda: signed(iat=1_800_000_000 + 31), "not_yet"),
    "user missing": (lambda: signed(sub=None), "bad_credentials"),
    "user empty": (lambda: signed(sub=""), "bad_credentials"),
    "user with a line break": (lambda: signed(sub="ada\nbob"), "bad_credentials"),
    "user too long": (lambda: signed(sub="a" * 300), "bad_credentials"),
    "claims a list": (lambda: unsigned({"alg": "RS256", "kid": "one"}, [1], b"x"), "bad_credentials"),
    "very deep": (lambda: unsigned({"alg": "RS256", "kid": "one"}, {}, b"x")[:-2] + "[" * 5000, "bad_credentials"),
    "very long": (lambda: signed(more="x" * 100_000)[:-2] + "xx", "bad_credentials"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_not_accepted(issuing: Issuing, moved: SetClock, case: str) -> None:
    make, code = REFUSED[case]
    assert ask(issuing, make()) == [code]


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["soon", True, [1], 1e300, {"a": 1}], ids=repr)
def test_times_that_are_no_times(issuing: Issuing, moved: SetClock, claim: str, value: object) -> None:
    head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
    body = {**claims(), claim: value}
    token = jwt.api_jws.encode(json.dumps(body).encode(), RSA_KEYS[0], "RS256", headers=head)
    assert ask(issuing, token) == ["bad_credentials"]


@pytest.mark.parametrize(
    ("late", "accepted"), [(0, True), (89, True), (90, False), (3600, False), (-30, True), (-31, False)]
)
def test_clocks_may_differ_by_the_leeway(issuing: Issuing, moved: SetClock, late: int, accepted: bool) -> None:
    token = signed()  # made now, and good for 60 s

    def move(_: int) -> None:
        moved.now += late

    (found,) = ask(issuing, token, before=move)
    assert isinstance(found, Identity) is accepted


def test_keys_are_fetched_once(issuing: Issuing, moved: SetClock) -> None:
    found = ask(issuing, *[signed(sub=f"user{number}") for number in range(20)])
    assert all(isinstance(one, Identity) for one in found)
    assert issuing.asked == 1


def test_a_new_key_is_fetched_when_a_token_names_it(issuing: Issuing, moved: SetClock) -> None:
    def change(number: int) -> None:
        if number == 1:
            moved.now += keys.APART
            issuing.set_keys(public(RSA_KEYS[0], "one"), public(EC_KEY, "two"))

    found = ask(issuing, signed(), signed(EC_KEY, "ES256", "two"), signed(), before=change)
    assert all(isinstance(one, Identity) for one in found)
    assert issuing.asked == 2


def test_unknown_keys_do_not_make_us_ask_without_end(issuing: Issuing, moved: SetClock) -> None:
    found = ask(issuing, signed(), *[signed(kid=f"k{number}") for number in range(50)])
    assert (found[1:], issuing.asked) == (["bad_credentials"] * 50, 1)


def test_a_key_that_was_taken_back_is_refused_before_long(issuing: Issuing, moved: SetClock) -> None:
    def change(number: int) -> None:
        if number == 1:
            issuing.set_keys(public(EC_KEY, "two"))
        if number == 2:
            moved.now += keys.FRESH + 1

    found = ask(issuing, *[signed(exp=moved.now + 9000, sub=f"u{number}") for number in range(3)], before=change)
    assert [isinstance(one, Identity) for one in found] == [True, True, False]


def test_an_issuer_that_is_away_for_a_while_locks_nobody_out(issuing: Issuing, moved: SetClock) -> None:
    def change(number: int) -> None:
        if number == 1:
            issuing.status = 500
            moved.now += keys.FRESH + 1
        if number == 2:
            moved.now += keys.STALE

    found = ask(issuing, *[signed(exp=moved.now + 9000) for _ in range(3)], before=change)
    assert isinstance(found[1], Identity)
    assert found[2] == "unavailable"


ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "an error": (503, {}, b"{}"),
    "a redirect": (302, {"Location": "https://evil.example.org/"}, b""),
    "no JSON": (200, {}, b"<html>"),
    "a list": (200, {}, b"[]"),
    "no keys": (200, {}, b'{"keys": []}'),
    "keys no list": (200, {}, b'{"keys": {"one": 1}}'),
    "a secret": (200, {}, json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}).encode()),
    "a key to encrypt with": (200, {}, json.dumps({"keys": [{**public(RSA_KEYS[0], "one"), "use": "enc"}]}).encode()),
    "a key that is none": (200, {}, b'{"keys": [{"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"}]}'),
    "far too much": (200, {}, b" " * (keys.LARGEST + 1)),
}


@pytest.mark.parametrize("case", list(ANSWERS))
def test_an_issuer_that_answers_otherwise_lets_nobody_in(issuing: Issuing, moved: SetClock, case: str) -> None:
    issuing.status, issuing.headers, issuing.body = ANSWERS[case]
    assert ask(issuing, signed(), signed()) == ["unavailable", "unavailable"]
    assert issuing.asked == 1, "it is not asked again at once"


def test_keys_that_are_not_understood_do_not_spoil_the_others(issuing: Issuing, moved: SetClock) -> None:
    issuing.set_keys({"kty": "EC", "crv": "P-999", "kid": "x"}, {"kty": "RSA"}, public(RSA_KEYS[0], "one"))
    (found,) = ask(issuing, signed())
    assert isinstance(found, Identity)


def test_a_single_key_needs_no_name(issuing: Issuing, moved: SetClock) -> None:
    issuing.set_keys(public(RSA_KEYS[0], None))
    (found,) = ask(issuing, signed(kid=None))
    assert isinstance(found, Identity)


def test_among_several_keys_a_name_is_needed(issuing: Issuing, moved: SetClock) -> None:
    issuing.set_keys(public(RSA_KEYS[0], "one"), public(RSA_KEYS[1], "two"))
    assert ask(issuing, signed(kid=None)) == ["bad_credentials"]


def supabase(environ: dict[str, str], token: str) -> Identity | str:
    async def once() -> Identity | str:
        from pathlib import Path

        provider = provider_for("0.0.0.0", Path("unused"), {"AUTH_PROVIDER": "supabase", **environ}).provider
        try:
            return await provider.identify(token)
        except Refused as error:
            return error.code
        finally:
            await provider.close()

    return asyncio.run(once())


def test_supabase_signs_with_keys_at_its_own_address(issuing: Issuing, moved: SetClock) -> None:
    base = issuing.url.removesuffix("/jwks.json")
    token = signed(iss=f"{base}/auth/v1", aud="authenticated")
    assert supabase({"SUPABASE_URL": base + "/"}, token) == Identity("ada", "supabase", moved.now + 90)
    assert supabase({"SUPABASE_URL": base}, signed()) == "bad_credentials"


def test_supabase_may_sign_with_a_secret(moved: SetClock) -> None:
    environ = {"SUPABASE_URL": "https://p.supabase.co", "AUTH_JWT_SECRET": SECRET}
    issuer = {"iss": "https://p.supabase.co/auth/v1", "aud": "authenticated"}
    found = supabase(environ, signed(SECRET, "HS256", None, **issuer))
    assert isinstance(found, Identity)
    assert supabase(environ, signed(SECRET + "x", "HS256", None, **issuer)) == "bad_credentials"
    assert supabase(environ, signed(RSA_KEYS[0], "RS256", "one", **issuer)) == "bad_credentials"
    assert supabase(environ, signed(iss=issuer["iss"], aud="anon", key=SECRET, algorithm="HS256")) == "bad_credentials"
