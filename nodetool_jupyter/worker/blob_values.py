"""Blobs of a request that its user put here before, named by their SHA-256: our extension ``blob-values-v1``.

A client that gives one large input to many nodes sends it once, by ``values.put``, and names it in each execute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nodetool_jupyter.bridge.messages import Blobs
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.worker.jobs import HostedJobs, House, MissingUploads


async def read_values(jobs: HostedJobs, user: str, asked: Mapping[str, str | Sequence[str]]) -> Blobs:
    """Return what a user has put here, by field; a field with a list of digests gets a list.

    Raises :class:`MissingUploads` for what is not here, :class:`InvalidRequest` for what is no digest and for a worker
    that keeps nothing.
    """
    if not jobs.offered:
        raise InvalidRequest("this worker keeps no values; send blobs with their request")
    return await jobs.off(_read, await jobs.house(), user, asked)


def _read(house: House, user: str, asked: Mapping[str, str | Sequence[str]]) -> Blobs:
    wanted = [digest for one in asked.values() for digest in ([one] if isinstance(one, str) else one)]
    missing = house.uploads.missing(user, wanted)
    if missing:
        raise MissingUploads(missing)
    read = house.uploads.read
    try:
        return {
            name: read(user, one) if isinstance(one, str) else [read(user, digest) for digest in one]
            for name, one in asked.items()
        }
    except FileNotFoundError:
        raise MissingUploads(wanted) from None
