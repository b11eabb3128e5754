"""The typed events of a job: NodeTool's names and fields, discriminated by ``type``.

An event says what happened; who it happened to (``job_id``), in which ``attempt``, when (``time``, seconds since the
epoch by the runner's clock) and under which number is its envelope. ``seq`` numbers the lines of a job's log
1, 2, 3 … without gaps; ``source`` is the number the runner gave the line in its own channel, absent on lines that the
owner wrote. Field names and meanings are those of NodeTool's messages (nodetool-core 0.8.2); ``resource_update`` and
``gap`` are ours. Types that nobody here knows are carried as :class:`UnknownEvent`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from nodetool_jupyter.states import read_status

Json = Any  # a JSON value; spelled out it would be recursive and slow to validate


class Event(BaseModel):
    """What every event has: its type and its envelope."""

    # Built when first used: a runner needs five of the types, and its start is what a job waits for.
    model_config = ConfigDict(extra="allow", ser_json_inf_nan="constants", defer_build=True)

    LOSSY: ClassVar[bool] = False  # whether only the last value matters

    type: str
    job_id: str | None = None
    attempt: int | None = None
    seq: int | None = None
    time: float | None = None
    source: int | None = None


class ValidationIssue(BaseModel):
    """One fault of a graph, in NodeTool's form."""

    node_id: str = ""
    node_type: str | None = None
    property: str = ""
    message: str


class JobUpdate(Event):
    """The job changed its state, or something about its state is now known.

    ``result`` maps output names to values and comes with ``completed`` only; ``duration`` is in seconds.
    """

    type: Literal["job_update"] = "job_update"
    status: str
    workflow_id: str | None = None
    message: str | None = None
    reason: str | None = None
    result: dict[str, Json] | None = None
    error: str | None = None
    traceback: str | None = None
    node_id: str | None = None
    duration: float | None = None
    queue_position: int | None = None
    validation_issues: list[ValidationIssue] | None = None
    cancel_requested: bool | None = None
    winding_down: bool | None = None
    params: dict[str, Json] | None = None  # what attach() needs: identity of the process, container, task


class NodeUpdate(Event):
    """A node changed its state; ``result`` holds a preview of each output, never more than 4 KiB a handle."""

    type: Literal["node_update"] = "node_update"
    node_id: str
    node_name: str
    node_type: str
    status: str
    error: str | None = None
    traceback: str | None = None
    result: dict[str, Json] | None = None
    duration: float | None = None


class NodeProgress(Event):
    """A node did ``progress`` of ``total`` units of its work."""

    LOSSY = True
    type: Literal["node_progress"] = "node_progress"
    node_id: str
    progress: float
    total: float
    message: str | None = None


class EdgeUpdate(Event):
    """``counter`` values passed an edge; ``status`` is ``message_sent`` while it flows, ``drained`` at its end."""

    LOSSY = True
    type: Literal["edge_update"] = "edge_update"
    edge_id: str
    status: str
    counter: int | None = None


class OutputUpdate(Event):
    """One value reached an output of the workflow."""

    type: Literal["output_update"] = "output_update"
    node_id: str
    node_name: str
    output_name: str
    value: Json = None
    output_type: str = "any"
    metadata: dict[str, Json] | None = None


class PreviewUpdate(Event):
    """A value to look at while the job runs: what the node shows, or what it last sent from ``output``."""

    LOSSY = True
    type: Literal["preview_update"] = "preview_update"
    node_id: str
    value: Json = None
    output: str | None = None  # ours


class LogUpdate(Event):
    """A line that a node, or the runner for it, wrote for people."""

    type: Literal["log_update"] = "log_update"
    node_id: str = ""
    node_name: str = ""
    content: str
    severity: str = "info"


class Notification(Event):
    """A line that a person should see at once."""

    type: Literal["notification"] = "notification"
    node_id: str = ""
    content: str
    severity: str = "info"


class Chunk(Event):
    """A piece of a text or other content that a node produces bit by bit."""

    type: Literal["chunk"] = "chunk"
    node_id: str | None = None
    content: str
    content_type: str = "text"
    done: bool = False


class BinaryUpdate(Event):
    """Bytes that a node sent; stored as a value, named here by its reference."""

    type: Literal["binary_update"] = "binary_update"
    node_id: str
    output_name: str
    value: Json = None


class ErrorEvent(Event):
    """An error that belongs to no node, as NodeTool's command line prints it."""

    type: Literal["error"] = "error"
    message: str | None = None
    error: str | None = None


class ResourceUpdate(Event):
    """What the job uses now: bytes of memory, CPU seconds, and bytes of memory on each GPU."""

    LOSSY = True
    type: Literal["resource_update"] = "resource_update"
    memory: int | None = None
    cpu_time: float | None = None
    gpu_memory: dict[str, int] | None = None


class Gap(Event):
    """The lines ``first`` … ``last`` were cut from the log to keep it under its cap."""

    type: Literal["gap"] = "gap"
    first: int
    last: int
    lines: int


class UnknownEvent(Event):
    """An event of a type that is not known here; carried with all its fields."""


AnyEvent = (
    JobUpdate
    | NodeUpdate
    | NodeProgress
    | EdgeUpdate
    | OutputUpdate
    | PreviewUpdate
    | LogUpdate
    | Notification
    | Chunk
    | BinaryUpdate
    | ErrorEvent
    | ResourceUpdate
    | Gap
)

_KNOWN: dict[str, type[Event]] = {model.model_fields["type"].default: model for model in get_args(AnyEvent)}

LOSSY_TYPES = frozenset(name for name, model in _KNOWN.items() if model.LOSSY)

# By a field's name, not by a function: then a line is read once, by the model that it is for.
_ADAPTER: TypeAdapter[Event] = TypeAdapter(
    Annotated[AnyEvent, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)


def parse(line: bytes | str) -> Event:
    """Read one JSON line of a log or channel.

    Raises ``ValueError`` when it is not an event: bad JSON, no ``type``, or a known type with wrong fields.
    """
    try:
        try:
            return _ADAPTER.validator.validate_json(line)  # type: ignore[no-any-return]
        except ValidationError as error:
            if not _is_of_no_known_type(error):
                raise
            return UnknownEvent.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(
            f"not an event: {where}: {first['msg']}" if where else f"not an event: {first['msg']}"
        ) from None


def read(data: dict[str, Any]) -> Event:
    """Read one event from a mapping, as :func:`parse` does from bytes."""
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        if not _is_of_no_known_type(error):
            raise
        return UnknownEvent.model_validate(data)


def _is_of_no_known_type(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_input=False)[0]["type"].startswith("union_tag")


def ends(event: Event) -> bool:
    """Tell whether an event is an end: a runner's claim in a channel, the job's own in its log."""
    return isinstance(event, JobUpdate) and read_status(event.status).terminal


def dump(event: Event) -> bytes:
    """Write an event as one line of JSON, without the line end; fields that are ``None`` are left out."""
    try:
        line: bytes = event.__pydantic_serializer__.to_json(event, exclude_none=True)
    except PydanticSerializationError:
        line = event.__pydantic_serializer__.to_json(read(_writable(event.model_dump())), exclude_none=True)
    return line


def _writable(data: Any) -> Any:
    """Spell out in texts what UTF-8 has no bytes for, such as half a surrogate pair from an odd file name."""
    if isinstance(data, str):
        return data.encode("utf-8", "backslashreplace").decode()
    if isinstance(data, dict):
        return {_writable(key): _writable(value) for key, value in data.items()}
    return [_writable(value) for value in data] if isinstance(data, (list, tuple)) else data


def dump_line(
    event: Event, *, job_id: str, attempt: int, seq: int, time: float, source: int | None, body: bytes | None = None
) -> bytes:
    """Write an event as a line of a job's log: the owner's envelope first, whatever envelope the event had before.

    ``body`` are the event's own bytes as :func:`find_body` found them in its runner's line. The line end is included.
    """
    if body is not None and source is not None:  # what a busy runner sends: one step for all of it
        envelope = (seq, attempt, time, source, job_id.encode(), body)
        return b'{"seq":%d,"attempt":%d,"time":%.6f,"source":%d,"job_id":"%b",%b\n' % envelope
    return number(dump_unnumbered(event, job_id=job_id, attempt=attempt, time=time, source=source), seq)


def dump_unnumbered(event: Event, *, job_id: str, attempt: int, time: float, source: int | None = None) -> bytes:
    """Write a line as :func:`dump_line` does but for its number, which :func:`number` puts before it.

    These two are the only places that write an envelope.
    """
    plain = event.__dict__  # past pydantic's __setattr__, which costs more than the rest of this function
    if plain["seq"] is not None or plain["job_id"] is not None or plain["time"] is not None:
        plain.update(job_id=None, attempt=None, seq=None, time=None, source=None)
    by = b"" if source is None else b',"source":%d' % source
    return b'"attempt":%d,"time":%.6f%b,"job_id":"%b",%b\n' % (attempt, time, by, job_id.encode(), dump(event)[1:])


def number(line: bytes, seq: int) -> bytes:
    """Return a line of :func:`dump_unnumbered` with its number."""
    return b'{"seq":%d,%b' % (seq, line)


def find_body(line: bytes) -> bytes | None:
    """Return what a line that :func:`parse` accepted holds behind its envelope, to be written again as it is.

    ``None`` when something else stands before the type, or when the envelope's fields could be named once more, and
    would then hold in the place of the owner's: such a line is dumped anew.
    """
    end = line.find(b',"type":"')
    if end < 0 or line.rfind(b"{", 0, end) != 0 or line.count(b'"', 0, end) != _QUOTES:
        return None
    body = line[end + 1 :]
    if b'"seq"' in body or b'"source"' in body or b'"time"' in body or b'"attempt"' in body or b'"job_id"' in body:
        return None
    return None if b"\\u" in body else body  # a name can be spelled with escapes


_QUOTES = 10  # of seq, attempt, time and job_id, which is a text
