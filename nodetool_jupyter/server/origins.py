"""Which pages may speak to the server with the cookies of their visitor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tornado.web import HTTPError

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler as _Base
else:
    _Base = object

_ORIGIN = re.compile(r"https?://[^\s/?#@\\,]+", re.I)


class StrictOrigin(_Base):
    """Checks what Jupyter does, and before that whether an origin is one at all.

    Jupyter compares the host of whatever it is given, and fails at what is no address.
    """

    def check_origin(self, origin: str | None = None) -> bool:
        """Tell whether a request comes from a page of this server, or from one that the administrator allows."""
        asked, given = self.get_origin(), () if origin is None else (origin,)
        allowed = asked is None or self.allow_origin in ("*", asked) or bool(self.allow_origin_pat)
        if asked is not None and not allowed and not is_origin(asked) and not self.skip_check_origin():
            return False
        try:
            return bool(super().check_origin(*given))
        except ValueError:
            return False


class StrictSocketOrigin(StrictOrigin):
    """Checks the origin of a WebSocket before the upgrade, also where tornado is content with the host alone."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Find out who asks, as Jupyter does, and from which page; raises ``HTTPError`` 403."""
        await super().prepare()
        if self.get_origin() is not None and not self.check_origin():
            raise HTTPError(403, "a page of another origin may not open this")


def is_origin(text: str) -> bool:
    """Tell whether a text is the origin of a web page: a scheme, a host and at most a port."""
    if _ORIGIN.fullmatch(text) is None:
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
