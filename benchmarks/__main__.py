"""Print every figure: ``python -m benchmarks [NAME …] [--soak]``."""

from __future__ import annotations

import os
import sys

os.environ["ENV"] = "test"

from benchmarks import (
    chains,
    container_events,
    container_jobs,
    embeddings,
    growth,
    images,
    jobs,
    library,
    loading,
    proxy,
    remote,
    server,
    server_streams,
    streams,
    subprocess_adoption,
    subprocess_events,
    subprocess_jobs,
    subprocess_values,
    tables,
    values,
    views,
    worker,
    worker_client,
)

GROUPS = {
    "loading": loading,
    "library": library,
    "jobs": jobs,
    "chains": chains,
    "streams": streams,
    "growth": growth,
    "tables": tables,
    "values": values,
    "embeddings": embeddings,
    "images": images,
    "subprocess_jobs": subprocess_jobs,
    "subprocess_events": subprocess_events,
    "subprocess_values": subprocess_values,
    "subprocess_adoption": subprocess_adoption,
    "container_events": container_events,
    "container_jobs": container_jobs,
    "views": views,
    "proxy": proxy,
    "server": server,
    "server_streams": server_streams,
    "worker": worker,
    "worker_client": worker_client,
    "remote": remote,
}


def main(arguments: list[str]) -> int:
    """Run the groups that were named, or all."""
    soak = "--soak" in arguments
    chosen = [name for name in arguments if not name.startswith("--")] or list(GROUPS)
    for name in chosen:
        if name not in GROUPS:
            print(f"there is no group {name!r}; there are: {', '.join(GROUPS)}", file=sys.stderr)
            return 2
        for figure in GROUPS[name].figures(soak=soak):
            print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
