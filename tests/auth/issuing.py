"""An issuer of JSON web tokens on loopback: a real HTTP server with keys that can be changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from nodetool_jupyter import clock

ISSUER, AUDIENCE = "https://issuer.example.org/", "nodetool-worker"
# Making one takes longer than the tests that use it.
RSA_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def public(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    """Return the public half of a key as a JWKS has it."""
    makers = ((rsa.RSAPrivateKey, RSAAlgorithm), (ec.EllipticCurvePrivateKey, ECAlgorithm))
    maker = next((maker for kind, maker in makers if isinstance(key, kind)), OKPAlgorithm)
    data = json.loads(maker.to_jwk(key.public_key()))
    return {**data, **({} if kid is None else {"kid": kid}), "use": "sig", **more}


def claims(**changed: Any) -> dict[str, Any]:
    """Return claims that are accepted, with some changed; those that become ``None`` are left out."""
    now = clock.time()
    every = {"sub": "ada", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 60, "iat": now, **changed}
    return {name: value for name, value in every.items() if value is not None}


def signed(
    key: Any = RSA_KEYS[0],
    algorithm: str = "RS256",
    kid: str | None = "one",
    headers: Mapping[str, Any] | None = None,
    **changed: Any,
) -> str:
    """Return a token."""
    head = {**({} if kid is None else {"kid": kid}), **(headers or {})}
    return jwt.encode(claims(**changed), key, algorithm, headers=head)


class Issuing:
    """Serves ``body`` at ``url``, and counts how often it was asked."""

    def __init__(self) -> None:
        self.reset()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(issuer.status)
                for name, value in {"Content-Length": str(len(issuer.body)), **issuer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def reset(self) -> None:
        self.asked = 0
        self.status = 200
        self.headers: dict[str, str] = {}
        self.set_keys(public(RSA_KEYS[0], "one"))

    def set_keys(self, *keys: Mapping[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
