"""AUTH_PROVIDER: what holds when nothing is said, and what is refused before a server starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nodetool_jupyter.auth.choose import provider_for
from nodetool_jupyter.errors import InvalidRequest

TOKEN = "a-token-of-the-environment"


def test_without_a_word_a_token_is_made(tmp_path: Path) -> None:
    chosen = provider_for("0.0.0.0", tmp_path / "token", {})
    assert (chosen.made, chosen.token_file) == (True, tmp_path / "token")
    token = (tmp_path / "token").read_text().strip()
    assert asyncio.run(chosen.provider.identify(token)).user == "local"


def test_nodetools_variable_is_enough(tmp_path: Path) -> None:
    chosen = provider_for("0.0.0.0", tmp_path / "token", {"NODETOOL_WORKER_TOKEN": TOKEN})
    assert asyncio.run(chosen.provider.identify(TOKEN)).how == "static"
    assert not (tmp_path / "token").exists()


def test_the_file_and_the_variable_go_together(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.touch(0o600)
    file.write_text("ada adas-own-token-of-the-file\n")
    environ = {"NODETOOL_WORKER_TOKEN": TOKEN, "AUTH_TOKENS_FILE": str(file)}
    provider = provider_for("0.0.0.0", tmp_path / "token", environ).provider
    assert asyncio.run(provider.identify(TOKEN)).user == "local"
    assert asyncio.run(provider.identify("adas-own-token-of-the-file")).user == "ada"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_none_is_for_loopback(tmp_path: Path, host: str) -> None:
    provider = provider_for(host, tmp_path / "token", {"AUTH_PROVIDER": "none"}).provider
    assert asyncio.run(provider.identify(None)).how == "none"


JWT = {"AUTH_PROVIDER": "jwt", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a", "AUTH_JWKS_URL": "https://i.example/jwks"}


@pytest.mark.parametrize(
    ("host", "environ", "says"),
    [
        ("0.0.0.0", {"AUTH_PROVIDER": "none"}, "loopback address only, not '0.0.0.0'"),
        ("192.168.1.5", {"AUTH_PROVIDER": "none"}, "loopback"),
        ("localhost", {"AUTH_PROVIDER": "statik"}, "did you mean 'static'?"),
        ("localhost", {"AUTH_PROVIDER": "NONE"}, "there is no AUTH_PROVIDER 'NONE'"),
        ("localhost", {"AUTH_PROVIDER": "static"}, "needs AUTH_TOKENS_FILE or NODETOOL_WORKER_TOKEN"),
        ("localhost", {"NODETOOL_WORKER_TOKEN": "short"}, "at least 16 characters"),
        ("localhost", {"AUTH_PROVIDER": "jwt"}, "AUTH_JWKS_URL, or AUTH_JWT_SECRET"),
        ("localhost", {**JWT, "AUTH_JWT_SECRET": "s" * 40}, "not both"),
        ("localhost", {**JWT, "AUTH_ISSUER": ""}, "AUTH_ISSUER and AUTH_AUDIENCE"),
        ("localhost", {**JWT, "AUTH_AUDIENCE": ""}, "AUTH_ISSUER and AUTH_AUDIENCE"),
        ("localhost", {**JWT, "AUTH_JWKS_URL": "http://i.example/jwks"}, "by https"),
        ("localhost", {**JWT, "AUTH_JWKS_URL": "file:///etc/passwd"}, "by https"),
        ("localhost", {**JWT, "AUTH_JWKS_URL": "https://u:p@i.example/jwks"}, "password"),
        ("localhost", {**JWT, "AUTH_JWKS_URL": "", "AUTH_JWT_SECRET": "s" * 31}, "at least 32 bytes"),
        ("localhost", {**JWT, "AUTH_LEEWAY": "soon"}, "AUTH_LEEWAY must be a whole number"),
        ("localhost", {"AUTH_PROVIDER": "supabase"}, "needs SUPABASE_URL"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, host: str, environ: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        provider_for(host, tmp_path / "token", environ)
    assert says in str(caught.value)
    assert not (tmp_path / "token").exists()
