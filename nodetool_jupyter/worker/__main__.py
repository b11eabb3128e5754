"""``python -m nodetool_jupyter.worker``: the same as ``nodetool worker serve``, and what images run."""

from __future__ import annotations

import sys

from nodetool_jupyter.api.grammar import COMMANDS, help_text, read
from nodetool_jupyter.errors import InvalidRequest, NodetoolError
from nodetool_jupyter.worker.command import serve


def main() -> int:
    """Run a worker; returns the exit code: 0 after its end, 1 when it cannot start, 2 for bad usage."""
    try:
        line = read(COMMANDS, ["worker", "serve", *sys.argv[1:]])
        if line.given.get("help"):
            print(help_text(COMMANDS, "worker serve", prefix="nodetool"))  # noqa: T201
            return 0
        return serve(line)
    except NodetoolError as error:
        print(f"nodetool: {error}", file=sys.stderr)  # noqa: T201
        return 2 if isinstance(error, InvalidRequest) else 1


if __name__ == "__main__":
    sys.exit(main())
