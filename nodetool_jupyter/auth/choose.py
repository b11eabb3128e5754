"""Which provider tells who users are: AUTH_PROVIDER, or a token that is made and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nodetool_jupyter import settings
from nodetool_jupyter.auth.identity import Anyone, Provider
from nodetool_jupyter.auth.origins import is_loopback
from nodetool_jupyter.auth.tokens import StaticTokens, made_token, one_token
from nodetool_jupyter.errors import InvalidRequest, nearest

PROVIDERS = ("token", "static", "jwt", "supabase", "none")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A provider, and the file in which its token stands if there is one; ``made`` says that it is new."""

    provider: Provider
    token_file: Path | None = None
    made: bool = False


def provider_for(host: str, token_file: Path, environ: Mapping[str, str] | None = None) -> Chosen:
    """Return the provider of a server that listens on ``host``.

    Without AUTH_PROVIDER it is ``static`` where tokens are given (NODETOOL_WORKER_TOKEN, AUTH_TOKENS_FILE), else
    ``token``: one token in ``token_file``, made when there is none. ``none`` must be said, and is refused on an address
    that others can reach. Raises :class:`InvalidRequest` with the nearest valid choice.
    """
    name = settings.get("AUTH_PROVIDER", environ)
    given = settings.get("NODETOOL_WORKER_TOKEN", environ)
    listed = settings.get("AUTH_TOKENS_FILE", environ)
    if not name:
        name = "static" if given or listed else "token"
    if name not in PROVIDERS:
        raise InvalidRequest(f"there is no AUTH_PROVIDER {name!r}; {nearest(name, PROVIDERS)}")
    if name == "none":
        if not is_loopback(host):
            raise InvalidRequest(
                f"AUTH_PROVIDER=none lets anyone in who can connect, so it goes with a loopback address only, "
                f"not {host!r}; leave it out, and a token is made"
            )
        return Chosen(Anyone())
    if name == "token":
        token, made = made_token(token_file)
        return Chosen(StaticTokens(None, [one_token("local", token)]), token_file, made)
    if name == "static":
        if not given and not listed:
            raise InvalidRequest("AUTH_PROVIDER=static needs AUTH_TOKENS_FILE or NODETOOL_WORKER_TOKEN")
        also = [one_token("local", given)] if given else []
        return Chosen(StaticTokens(Path(listed).expanduser() if listed else None, also))
    return Chosen(_web_tokens(name, environ))


def _web_tokens(name: str, environ: Mapping[str, str] | None) -> Provider:
    from nodetool_jupyter.auth.web_tokens import Issuer, WebTokens

    issuer, audience = settings.get("AUTH_ISSUER", environ), settings.get("AUTH_AUDIENCE", environ)
    url, secret = settings.get("AUTH_JWKS_URL", environ), settings.get("AUTH_JWT_SECRET", environ)
    if name == "supabase":
        project = settings.get("SUPABASE_URL", environ).rstrip("/")
        if not project:
            raise InvalidRequest("AUTH_PROVIDER=supabase needs SUPABASE_URL, such as https://PROJECT.supabase.co")
        issuer = issuer or f"{project}/auth/v1"
        audience = audience or "authenticated"
        if not secret:  # a project of the older kind signs with a secret
            url = url or f"{project}/auth/v1/.well-known/jwks.json"
    leeway = settings.get_int("AUTH_LEEWAY", environ=environ)
    return WebTokens(Issuer(issuer, audience, url, secret, leeway), name)
