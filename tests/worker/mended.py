"""Where our worker answers otherwise than the recorded one, case by case, and which fault of that one is mended by it.

Faults are numbered as in the research on NodeTool's contract, section (h):

1   compression that costs more than it saves        7   server paths, tracebacks and environment in what clients get
2   no limit on what comes in                         8   anybody may do anything: no TLS, no identity, open binds
3   several copies of a blob, and a file beside       10  progress by polling, lost on the way
4   SIGTERM ends at once, and there is no health      11  a stream that loses values, nulls in it, no list
                                                         of what a worker can
5   a node that blocks freezes all                    12  errors are texts only, of Python's own wording
6   cancel is a request, ids are everybody's          13  jobs nobody can ask about
                                                     15  metadata too poor to check values by
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mended:
    """What is different: the faults, the code an error has, and other replies where the recorded ones do not hold."""

    faults: tuple[int, ...]
    code: str = ""
    error: str = ""
    replies: tuple[tuple[str, dict[str, Any]], ...] | None = None


def _chunk(**outputs: Any) -> tuple[str, dict[str, Any]]:
    return ("chunk", {"outputs": outputs, "blobs": {}})


_DONE = ("result", {"outputs": {}, "blobs": {}})
_NEEDS = "needs data, a map with a node_type"
_LIMITS = "MAX_FRAME_SIZE=100000, BLOB_CHUNK_SIZE=90000: "

MENDED: dict[str, Mended] = {
    "handshake": Mended((1,)),
    "discover": Mended((15,)),
    "worker.status": Mended((11, 13)),
    "still alive": Mended((11, 13)),
    "stdio: worker.status": Mended((11, 13)),
    "execute wrong-typed field": Mended((7, 12), "invalid_fields", "a: 'not a number' is not of type float"),
    "execute unknown node": Mended(
        (7, 12),
        "unknown_node",
        "Unknown node type: bridgecheck.basic.Nope; did you mean 'bridgecheck.basic.Nap'?",
    ),
    "execute failing node": Mended((7, 12), "node_failed"),
    "execute 50 MiB input blob": Mended((3,)),
    "execute input blob list into single field": Mended(
        (3, 7, 12), "invalid_request", "image: it takes one blob, not a list of 2"
    ),
    "execute blob name with path": Mended((3,), replies=(("result", {"outputs": {"output": 1.0}, "blobs": {}}),)),
    "execute.stream": Mended((11,), replies=(*(_chunk(value=n) for n in range(3)), _chunk(total=3), _DONE)),
    "execute.stream on buffered node": Mended((11,), replies=(_chunk(output=3.0), _DONE)),
    "execute.stream fails midway": Mended((7, 12), "node_failed"),
    "cancel running execute": Mended((6, 7, 12), "cancelled"),
    "cancel running execute.stream": Mended((6, 7, 11, 12), "cancelled"),
    "cancel node that ignores it": Mended((6,), "cancelled", "Node execution was cancelled"),
    "cancel from a different connection": Mended((6,)),
    "job.start without id": Mended((12,), "invalid_request"),
    "job.start data null": Mended((12,), "invalid_request"),
    "job.start data list": Mended((7, 12), "invalid_request", "job.start requires a non-empty string job_id"),
    "job.unknown": Mended((12,), "unknown_type"),
    "models.nope": Mended((12,), "unknown_type"),
    "unknown type": Mended((12,), "unknown_type"),
    "missing type": Mended((12,), "unknown_type"),
    "numeric type": Mended((12,), "unknown_type"),
    "execute without data": Mended((7, 12), "invalid_request", f"execute {_NEEDS}"),
    "execute data null": Mended((7, 12), "invalid_request", f"execute {_NEEDS}"),
    "execute missing node_type": Mended(
        (7, 12), "invalid_request", "a execute frame has a bad node_type: field required"
    ),
    "bad frame: garbage bytes": Mended((12,), "malformed"),
    "bad frame: msgpack list": Mended((12,), "malformed"),
    "bad frame: msgpack int": Mended((12,), "malformed"),
    "bad frame: truncated map with request_id": Mended((12,), "malformed"),
    "bad frame: trailing bytes": Mended((12,), "malformed"),
    "bad frame: empty binary message": Mended((12,), "malformed"),
    "bad frame: text message": Mended((12,), "malformed"),
    "bad frame: non-utf8 string": Mended((12,), "malformed"),
    "stdio: malformed payload": Mended((12,), "malformed"),
    "stdio: zero-length frame": Mended((12,), "malformed"),
    "stdio: list": Mended((12,), "malformed"),
    "stdio: length prefix 2147483648 (above the limit)": Mended((12,), "too_large"),
    "worker without NODETOOL_WORKER_TOKEN accepts any Authorization header": Mended((8,)),
    "a node that blocks the event loop for 1 s delays worker.status sent at 0.2 s": Mended((5,)),
    "plain HTTP GET": Mended((4, 7)),
    "SIGTERM": Mended((4,)),
    f"{_LIMITS}inbound frame above the limit": Mended((2,)),
    f"{_LIMITS}outbound frame above the limit": Mended((7, 12), "too_large"),
    f"{_LIMITS}chunk above the limit in execute.stream": Mended((11,), "too_large"),
}
