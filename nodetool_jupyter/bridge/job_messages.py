"""Messages about whole jobs: what a client asks of a worker of ours, its extension ``jobs-v1``, and their fields."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from nodetool_jupyter.bridge.messages import Failure, Message
from nodetool_jupyter.errors import InvalidRequest

JOBS = "jobs-v1"  # the capability
BY_URL = "values-url-v1"  # that of values that go through a bucket
ABOVE = "values_by_url_above"  # the key of worker.status that tells how many bytes they have more than
STORED = "values/"  # what the name of a blob begins with that is a value to be kept; its SHA-256 follows
_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Values = Annotated[dict[str, _Digest], Field(max_length=10_000)]
_Secrets = Annotated[dict[str, str], Field(max_length=1_000)]


def read_json(data: Any) -> Any:
    """Return data that came as they are, or as the bytes of JSON; raises :class:`InvalidRequest`."""
    if not isinstance(data, bytes):
        return data
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidRequest("these bytes are no JSON") from None


class SubmitJob(Message):
    """Ask for a job; answered by its record, or by :class:`ValuesMissing`.

    ``request`` is a :class:`~nodetool_jupyter.request.RunJobRequest` as a map or as the bytes of JSON, ``values`` the
    SHA-256 of each file that its references name, ``secrets`` are by value, ``code`` is what
    :func:`~nodetool_jupyter.nodes.shipping.pack` made.
    """

    TYPE = "jobs.submit"

    request: dict[str, Any] | bytes
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    secrets: _Secrets = Field(default_factory=dict, repr=False)
    values: _Values = Field(default_factory=dict)
    code: bytes | None = Field(None, repr=False)


class ListJobs(Message):
    """Ask for a page of the user's jobs, newest first; ``after`` is that of the page before."""

    TYPE = "jobs.list"

    status: list[str] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    after: str | None = None


class GetJob(Message):
    """Ask for a job's record."""

    TYPE = "jobs.get"

    job_id: _Id


class FollowJob(Message):
    """Ask for the lines of a job's log behind number ``after``, with ``follow`` also for those to come.

    Answered by any number of :class:`JobLines`, then a result with ``last`` and ``ended``.
    """

    TYPE = "jobs.events"

    job_id: _Id
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    follow: bool = False


class JobLines(Message):
    """Some lines of a job's log, each as it stands there."""

    TYPE = "jobs.lines"

    lines: list[str]


class CancelJob(Message):
    """Ask a job to end as cancelled; ``grace`` are the seconds it gets for that."""

    TYPE = "jobs.cancel"

    job_id: _Id
    grace: Annotated[float, Field(ge=0, le=3600, strict=False)] | None = None


class RetryJob(Message):
    """Ask for a job's request again, as a new job; the secrets that it names come by value again."""

    TYPE = "jobs.retry"

    job_id: _Id
    secrets: _Secrets = Field(default_factory=dict, repr=False)


class PushInput(Message):
    """Send one more value into an input that a job keeps open, or with ``end`` close it.

    ``value`` is what a :class:`~nodetool_jupyter.values.ValueStore` makes, or that as the bytes of JSON; ``values`` as
    in :class:`SubmitJob`.
    """

    TYPE = "jobs.push_input"

    job_id: _Id
    name: str
    value: Any = None
    end: bool = False
    values: _Values = Field(default_factory=dict)


class RemoveJob(Message):
    """Ask to remove a job that has ended, with all its files."""

    TYPE = "jobs.remove"

    job_id: _Id


class GetValue(Message):
    """Ask for a stored value of a job, ``values/NAME``, or a part of it; answered by one blob and a result."""

    TYPE = "values.get"

    job_id: _Id
    name: Annotated[str, Field(max_length=64)]
    offset: Annotated[int, Field(ge=0, lt=2**63)] = 0
    length: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class MissingValues(Message):
    """Ask which values, by their SHA-256, are to be sent before a job can have them."""

    TYPE = "values.missing"

    digests: Annotated[list[_Digest], Field(max_length=10_000)]


class PutValue(Message):
    """Ask to keep a value, which came in pieces before as the blob ``values/<sha256>`` under the same request id.

    With a ``ticket`` of :class:`SignedUrl` it was put under that URL instead.
    """

    TYPE = "values.put"

    sha256: _Digest
    ticket: Annotated[str, Field(max_length=64)] | None = None


class PutUrl(Message):
    """Ask for a URL to put a value under; answered by a :class:`SignedUrl` with a ticket."""

    TYPE = "values.put_url"

    sha256: _Digest
    size: Annotated[int, Field(ge=0, lt=2**63)]


class GetUrl(Message):
    """Ask for a URL to get a stored value of a job from; answered by a :class:`SignedUrl` with size and SHA-256."""

    TYPE = "values.get_url"

    job_id: _Id
    name: Annotated[str, Field(max_length=64)]


class SignedUrl(Message):
    """A URL that lets whoever has it make one request for ``expires_in`` seconds; it is never shown or logged."""

    TYPE = "result"

    url: Annotated[str, Field(max_length=8192, repr=False)]
    method: str
    headers: Annotated[dict[str, str], Field(max_length=16, repr=False, default_factory=dict)]
    expires_in: int = 0
    ticket: Annotated[str | None, Field(max_length=64, repr=False)] = None
    size: Annotated[int, Field(ge=0)] | None = None
    sha256: _Digest | None = None


class ValuesMissing(Failure):
    """A job was not submitted, because these values are to be sent first."""

    error: str = "some values are to be sent before the job can have them"
    code: str | None = "values_missing"
    missing: list[str]
