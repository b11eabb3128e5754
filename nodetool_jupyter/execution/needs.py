"""What a runner needs of the package's requirements: all but those that only a front end uses.

``python -m nodetool_jupyter.execution.needs [--worker] [EXTRA,…]`` prints them, a line each, for ``pip install
--requirement``, with ``--worker`` also those that only keeping jobs needs. It needs nothing but the package's own
metadata, so that it can be asked in an environment that has none of them yet.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import metadata

FRONT = frozenset(
    {"ipython", "ipywidgets", "anywidget", "networkx", "jupyter-server", "docker", "sqlalchemy", "alembic"}
)
"""Requirements of the kernel, its views, the server and the job manager, which a runner never imports."""

MANAGER = frozenset({"sqlalchemy", "alembic"})
"""Requirements of the job manager, which a worker has too."""

_NAME = re.compile(r"^[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def needs(extras: Iterable[str] = (), *, worker: bool = False) -> Iterator[str]:
    """Yield the requirements of a runner or a worker, with those of some extras of the package.

    Raises ``ValueError`` for an extra that the package does not have.
    """
    about = metadata("nodetool-jupyter")
    wanted, left_out = set(extras), FRONT - MANAGER if worker else FRONT
    unknown = wanted - set(about.get_all("Provides-Extra") or ())
    if unknown:
        known = ", ".join(about.get_all("Provides-Extra") or ())
        raise ValueError(f"the package has no extra {min(unknown)!r}; it has {known}")
    for line in about.get_all("Requires-Dist") or ():
        requirement, _, marker = line.partition(";")
        extra = _EXTRA.search(marker)
        name = _NAME.match(requirement)
        if name is None or name[0].lower() in left_out or (extra is not None and extra[1] not in wanted):
            continue
        # An extra's own mark is spent; what else a marker says is for the installer to see.
        rest = " and ".join(part for part in marker.split(" and ") if part.strip() and not _EXTRA.search(part)).strip()
        yield f"{requirement.strip()}; {rest}" if rest else requirement.strip()


def main(arguments: list[str]) -> int:
    """Print the requirements; 2 for an extra that does not exist."""
    extras = [name for words in arguments if words != "--worker" for name in words.split(",") if name]
    try:
        lines = list(needs(extras, worker="--worker" in arguments))
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    print("\n".join(lines))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
