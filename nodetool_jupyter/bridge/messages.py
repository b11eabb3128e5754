"""Messages of NodeTool's worker protocol, versions 1 to 6: what is asked, what is answered, and their fields.

A frame is ``{type, request_id, data}``. Replies repeat the request's id, and requests may be answered in any order.
Types are read leniently, as the protocol grows by new keys: unknown ones are kept or passed over, never refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from nodetool_jupyter.errors import BadFrame

PROTOCOL = 6  # the newest version that is known here
FLOOR = 1  # the oldest that is spoken
CHUNKED = "chunked-v1"
CHUNKED_INPUT = "chunked-input-v1"  # our own worker's: blobs of a request come in pieces before it
BLOB_VALUES = "blob-values-v1"  # our own worker's: blobs of a request that were put there before
SINCE = {"job.start": 4, "job.end": 4, "models.evict": 4, CHUNKED: 5}  # what older workers do not have
ENDINGS = frozenset(("result", "error", "discover"))  # types of frames behind which no more come for a request

Blobs = dict[str, bytes | list[bytes]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The envelope that every message has; ``request_id`` is ``None`` where the peer could not tell whose it is."""

    type: str
    request_id: str | None
    data: dict[str, Any]


def read_frame(message: Mapping[str, Any]) -> Frame:
    """Return a reply's envelope; raises :class:`BadFrame` when it has no type, or data that are no map."""
    kind, request_id, data = message.get("type"), message.get("request_id"), message.get("data", {})
    known = request_id if isinstance(request_id, str) and request_id else None
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise BadFrame("a frame needs a type and a map of data", request_id=known)
    return Frame(kind, known, data)


def _own_text(value: object) -> object:
    return value if isinstance(value, str) and value else None


def _own_number(value: object) -> object:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if number and value > 0 else None  # type: ignore[operator]


Identity = Annotated[str | None, BeforeValidator(_own_text)]  # of another type it is dropped, never an error


class Message(BaseModel):
    """What every message has: its type on the wire, and its data."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True)

    TYPE: ClassVar[str] = ""

    def frame(self, request_id: str | None) -> dict[str, Any]:
        """Return the map to send; fields that are not set are left out, because a null is no absence to every peer."""
        return {"type": self.TYPE, "request_id": request_id, "data": self.data()}

    def data(self) -> dict[str, Any]:
        """Return the data as they go out; values are not copied."""
        return {name: value for name, value in self if value is not None}

    @classmethod
    def read(cls, frame: Frame) -> Self:
        """Return a frame's data as this message; raises :class:`BadFrame` with one sentence that names the field."""
        try:
            return cls.model_validate(frame.data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            said = f"a {frame.type} frame has a bad {where}: {first['msg'].lower()}"
            raise BadFrame(said, request_id=frame.request_id) from None


# What a client asks.


class Discover(Message):
    """Ask for the protocol's version and the node types; answered by one :class:`Discovered`."""

    TYPE = "discover"


class GetStatus(Message):
    """Ask how the worker is; answered by one :class:`WorkerStatus`."""

    TYPE = "worker.status"


class Execute(Message):
    """Run one node; answered by progress, updates and blobs, then a :class:`Result` or :class:`Failure`.

    ``blobs`` are bytes by field, a list of them for a field that is a list; ``secrets`` are for this request only.
    """

    TYPE = "execute"

    node_type: str
    fields: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict, repr=False)
    blobs: Blobs = Field(default_factory=dict, repr=False)
    node_id: Identity = None
    job_id: Identity = None
    workflow_id: Identity = None
    user_id: Identity = None
    requires_vram_gb: Annotated[float | None, BeforeValidator(_own_number)] = None
    blob_transfer: Identity = None
    blob_input: Identity = None
    blob_values: dict[str, str | list[str]] | None = None


class ExecuteStream(Execute):
    """Run one node that streams; answered as :class:`Execute` is, with :class:`Chunk` for each item it yields.

    A node that does not stream loses its value so: choose by :attr:`NodeMetadata.is_streaming_output`.
    """

    TYPE = "execute.stream"


class Cancel(Message):
    """Stop the request whose id the envelope bears; never answered."""

    TYPE = "cancel"


class JobStart(Message):
    """Open a job, so that models its nodes load are kept until its end; answered by :class:`JobStarted`."""

    TYPE = "job.start"

    job_id: str = Field(min_length=1)
    workflow_id: Identity = None
    user_id: Identity = None


class JobEnd(Message):
    """Close a job and release what its nodes hold; answered by :class:`JobEnded`.

    ``reason`` is ``completed``, ``failed``, ``cancelled`` or ``abandoned``.
    """

    TYPE = "job.end"

    job_id: str = Field(min_length=1)
    reason: Identity = None


# What a worker answers.


class Slot(BaseModel):
    """An output of a node type; ``type`` is a map with at least its own ``type``, such as ``int`` or ``image``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    type: dict[str, Any] = Field(default_factory=dict)


class Property(Slot):
    """An input of a node type; its ``type`` has Python's names, such as ``list[int]`` or ``ImageRef``."""

    default: Any = None
    description: str | None = None


class NodeMetadata(BaseModel):
    """What a worker says about one of its node types; only ``node_type`` must be there."""

    model_config = ConfigDict(extra="allow", frozen=True)

    node_type: str = Field(min_length=1)
    title: str = ""
    description: str = ""
    properties: tuple[Property, ...] = ()
    outputs: tuple[Slot, ...] = ()
    required_settings: tuple[str, ...] = ()
    recommended_models: tuple[Any, ...] = ()
    is_streaming_output: bool = False
    is_streaming_input: bool = False
    is_dynamic: bool = False
    requires_vram_gb: float | None = None


class LoadError(BaseModel):
    """A module of nodes that the worker could not import, or read."""

    model_config = ConfigDict(extra="allow", frozen=True)

    module: str = ""
    phase: str = ""
    error_type: str = ""
    error: str = ""


class Discovered(Message):
    """The protocol's version, absent in the first, and the node types.

    An entry of ``nodes`` that cannot be read is among ``load_errors`` instead of ending the whole answer.
    """

    TYPE = "discover"

    protocol_version: int = FLOOR
    nodes: tuple[NodeMetadata, ...] = ()
    load_errors: tuple[LoadError, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the data as they go out."""
        return self.model_dump(exclude_none=True)

    @classmethod
    def read(cls, frame: Frame) -> Self:
        """Return what a worker said, with the entries that can be read."""
        nodes, faults = [], []
        for entry in _listed(frame.data.get("nodes")):
            try:
                nodes.append(NodeMetadata.model_validate(entry))
            except ValidationError:
                name = str(entry.get("node_type") or "?") if isinstance(entry, dict) else "?"
                faults.append(LoadError(module=name, phase="metadata", error="its description is not valid"))
        faults += [LoadError.model_validate(one) for one in _listed(frame.data.get("load_errors")) if _texts(one)]
        version = frame.data.get("protocol_version", FLOOR)
        if not isinstance(version, int) or isinstance(version, bool):
            raise BadFrame("a discover frame has a protocol_version that is no number", request_id=frame.request_id)
        return cls(protocol_version=version, nodes=tuple(nodes), load_errors=tuple(faults))


class WorkerStatus(Message):
    """How a worker is; what it says beyond these fields is kept, ``gpus`` and ``queue`` of our own worker among it."""

    model_config = ConfigDict(strict=False, frozen=True, extra="allow", defer_build=True)

    TYPE = "result"

    protocol_version: int = FLOOR
    node_count: int = 0
    provider_count: int = 0
    namespaces: tuple[str, ...] = ()
    load_errors: tuple[LoadError, ...] = ()
    transport: str = ""
    max_frame_size: int | None = None

    def data(self) -> dict[str, Any]:
        """Return the data as they go out."""
        return self.model_dump(exclude_none=True)


class Result(Message):
    """The end of a node that worked: its values by slot, and the bytes that references in them stand for."""

    TYPE = "result"

    outputs: dict[str, Any] = Field(default_factory=dict)
    blobs: dict[str, bytes] = Field(default_factory=dict, repr=False)


class Chunk(Message):
    """One item of a stream; slots that this item does not have may come with a null, and are left out here."""

    TYPE = "chunk"

    outputs: dict[str, Any] = Field(default_factory=dict)
    blobs: dict[str, bytes] = Field(default_factory=dict, repr=False)

    @field_validator("outputs")
    @classmethod
    def _drop_nulls(cls, outputs: dict[str, Any]) -> dict[str, Any]:
        return {slot: value for slot, value in outputs.items() if value is not None}


class Progress(Message):
    """How far a node is: ``progress`` of ``total``."""

    TYPE = "progress"

    progress: int | float = 0
    total: int | float = 0
    message: str | None = None

    def data(self) -> dict[str, Any]:
        """Return the data as they go out, a missing message as null."""
        return dict(self)


class Update(Message):
    """A message of the node's own, such as ``log_update`` or ``preview_update``, told apart by its own ``type``."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    TYPE = "update"

    type: str = ""

    def data(self) -> dict[str, Any]:
        """Return the data as they go out, nulls among them."""
        return dict(self)


class Failure(Message):
    """The end of a request that failed; ``traceback`` is left out where there is none, never null.

    ``code`` and ``retry`` are our own worker's: the kind of the error, and whether to ask again may help.
    """

    TYPE = "error"

    error: str
    traceback: str | None = None
    code: str | None = None
    retry: bool | None = None


class BlobStart(Message):
    """A blob of ``size`` bytes comes in pieces, the next blob only behind its end."""

    TYPE = "blob.start"

    name: str
    size: int = Field(ge=0)


class BlobChunk(Message):
    """The next bytes of a blob, ``bytes`` on the wire; ``offset`` is where the ones before ended."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True, populate_by_name=True)

    TYPE = "blob.chunk"

    name: str
    offset: int = Field(ge=0)
    body: bytes = Field(repr=False, alias="bytes")

    def data(self) -> dict[str, Any]:
        """Return the data as they go out; the bytes are not copied."""
        return {"name": self.name, "offset": self.offset, "bytes": self.body}


class BlobEnd(Message):
    """A blob has come whole; ``sha256`` is the hexadecimal digest of all its bytes."""

    TYPE = "blob.end"

    name: str
    size: int = Field(ge=0)
    sha256: str


class JobStarted(Message):
    """A job is open; so it stays when it is opened again."""

    TYPE = "result"

    job_id: str
    started: bool = True


class JobEnded(Message):
    """A job is closed; ``released_nodes`` are the node ids that no other open job used."""

    TYPE = "result"

    job_id: str
    released_nodes: list[str] = Field(default_factory=list)
    known: bool = False


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name, ""), str) for name in ("module", "phase", "error_type", "error")
    )
