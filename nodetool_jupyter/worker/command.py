"""The verbs ``worker serve`` and ``worker token``."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from nodetool_jupyter import settings
from nodetool_jupyter.api.grammar import BadLine, Line
from nodetool_jupyter.auth.tokens import add_token, drop_tokens
from nodetool_jupyter.worker.options import read_options


def run(line: Line) -> int:
    """Run one of the two verbs; returns the exit code."""
    if line.verb.name == "worker serve":
        return serve(line)
    sys.stdout.write(token(line) + "\n")
    return 0


def serve(line: Line) -> int:
    """Be a worker until somebody ends it; returns the exit code."""
    from nodetool_jupyter.nodes.everywhere import everywhere
    from nodetool_jupyter.worker.serve import run

    everywhere.settle({})  # a job of a user here reaches no worker that this account knows
    return run(read_options(line.given), _data() / "worker-token")


def token(line: Line) -> str:
    """Add a token to the file of tokens, or take a user's away; returns what is to be said."""
    name = line.words[0]
    given = line.given.get("file") or settings.get("AUTH_TOKENS_FILE")
    if not given:
        raise BadLine("say which file of tokens: --file FILE, or the variable AUTH_TOKENS_FILE")
    path = Path(given).expanduser()
    if line.given.get("remove"):
        count = drop_tokens(path, name)
        return f"{name} had {count} {'token' if count == 1 else 'tokens'}, and has none now"
    return add_token(path, name, expires=_moment(line.given.get("expires")))


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(f"--expires must be a date such as 2030-01-31, not {text!r}") from None
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def _data() -> Path:
    from nodetool_jupyter.home import data_folder
    from nodetool_jupyter.jobs.paths import private_folder

    return private_folder(data_folder())
