"""Taking secrets out of text before it reaches a file, an event or a screen."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from nodetool_jupyter.errors import InvalidRequest

MASK = "••••"
SHORTEST = 8  # shorter values are common words; masking them would eat ordinary text

_SECRET_NAME = re.compile(
    r"(^|_)(KEY|TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?)S?($|_)|(KEY|TOKEN|PASSWORD|SECRET)$", re.I
)


class Redactor:
    """Replaces known secret values, and the forms they are sent in, by a mask.

    Forms: as it is, base64, URL-encoded, as JSON and Python write it. Values shorter than eight characters are not
    masked; :func:`check_secret` refuses them where a secret is set.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) < SHORTEST:
                continue
            raw = secret.encode("utf-8", "surrogatepass")
            forms |= {secret, quote(raw, safe=""), quote(raw), repr(secret)[1:-1]}
            forms |= {encode(raw).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}
            forms |= {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
            forms.add(secret.encode("unicode_escape").decode())
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def text(self, text: str) -> str:
        """Return ``text`` with every secret masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def data(self, data: Any) -> Any:
        """Return JSON-like ``data`` with every secret in its strings masked, keys included."""
        if self._pattern is None:
            return data
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self.data(key): self.data(value) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.data(value) for value in data]
        return data


def looks_secret(name: str) -> bool:
    """Tell whether a variable of this name usually holds a secret (``*_KEY``, ``*_TOKEN``, ``*PASSWORD*`` …)."""
    return _SECRET_NAME.search(name) is not None


def check_env(env: dict[str, str], secrets: Iterable[str] = ()) -> None:
    """Refuse environment values that are secrets; they are stored with the request, so they belong elsewhere.

    Raises :class:`InvalidRequest` for a name that looks like a secret, or a value that is a known one.
    """
    known = {secret for secret in secrets if len(secret) >= SHORTEST}
    for name, value in env.items():
        if looks_secret(name) or value in known:
            raise InvalidRequest(
                f"env {name!r} looks like a secret, and env is stored with the job: pass its name in "
                f"secrets=[{name!r}] and set the value in the environment or with 'nodetool secrets set {name}'"
            )


def check_secret(name: str, value: str) -> None:
    """Refuse a secret too short to be masked safely; raises :class:`InvalidRequest`."""
    if len(value) < SHORTEST:
        raise InvalidRequest(
            f"secret {name!r} has {len(value)} characters; fewer than {SHORTEST} cannot be masked in logs"
        )
