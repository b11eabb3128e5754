"""The messages: leniently read, completely written."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.errors import BadFrame


def frame(kind: str, data: dict[str, Any]) -> m.Frame:
    return m.Frame(kind, "r1", data)


MESSAGES: list[tuple[m.Message, str, dict[str, Any]]] = [
    (m.Discover(), "discover", {}),
    (m.GetStatus(), "worker.status", {}),
    (m.Cancel(), "cancel", {}),
    (
        m.Execute(node_type="a.B", fields={"x": None}, job_id="j"),
        "execute",
        {"node_type": "a.B", "fields": {"x": None}, "secrets": {}, "blobs": {}, "job_id": "j"},
    ),
    (
        m.ExecuteStream(node_type="a.B", blobs={"x": [b"1", b"2"]}, blob_transfer=m.CHUNKED, requires_vram_gb=1.5),
        "execute.stream",
        {
            "node_type": "a.B",
            "fields": {},
            "secrets": {},
            "blobs": {"x": [b"1", b"2"]},
            "blob_transfer": "chunked-v1",
            "requires_vram_gb": 1.5,
        },
    ),
    (m.JobStart(job_id="j", user_id="u"), "job.start", {"job_id": "j", "user_id": "u"}),
    (m.JobEnd(job_id="j", reason="failed"), "job.end", {"job_id": "j", "reason": "failed"}),
    (m.Result(outputs={"o": None}), "result", {"outputs": {"o": None}, "blobs": {}}),
    (m.Progress(progress=1, total=2), "progress", {"progress": 1, "total": 2, "message": None}),
    (m.Failure(error="x"), "error", {"error": "x"}),
    (m.BlobStart(name="o", size=0), "blob.start", {"name": "o", "size": 0}),
    (m.BlobChunk(name="o", offset=3, body=b"b"), "blob.chunk", {"name": "o", "offset": 3, "bytes": b"b"}),
    (m.BlobEnd(name="o", size=1, sha256="ff"), "blob.end", {"name": "o", "size": 1, "sha256": "ff"}),
    (m.JobStarted(job_id="j"), "result", {"job_id": "j", "started": True}),
    (m.JobEnded(job_id="j", known=True), "result", {"job_id": "j", "released_nodes": [], "known": True}),
]


@pytest.mark.parametrize(("message", "kind", "data"), MESSAGES, ids=[type(one[0]).__name__ for one in MESSAGES])
def test_a_message_is_written_and_read(message: m.Message, kind: str, data: dict[str, Any]) -> None:
    sent = message.frame("r1")
    assert sent == {"type": kind, "request_id": "r1", "data": data}
    assert type(message).read(m.read_frame(sent)) == message


def test_what_an_update_holds_is_all_there() -> None:
    data = {"type": "log_update", "node_id": "n", "content": "hello", "workflow_id": None}
    update = m.Update.read(frame("update", data))
    assert (update.type, update.frame("r1")["data"]) == ("log_update", data)


@pytest.mark.parametrize("value", [5, "", None, ["x"], True, {"a": 1}], ids=repr)
def test_an_identity_of_another_type_is_dropped(value: object) -> None:
    data = {"node_type": "a.B", "node_id": value, "job_id": value, "workflow_id": value, "user_id": value}
    assert m.Execute.read(frame("execute", data)) == m.Execute(node_type="a.B")


@pytest.mark.parametrize("value", [True, -1, 0, "2", None], ids=repr)
def test_memory_that_is_no_number_above_0_is_dropped(value: object) -> None:
    data = {"node_type": "a.B", "requires_vram_gb": value}
    assert m.Execute.read(frame("execute", data)).requires_vram_gb is None


BAD: list[tuple[type[m.Message], dict[str, Any], str]] = [
    (m.Execute, {}, "node_type"),
    (m.Execute, {"node_type": 5}, "node_type"),
    (m.Execute, {"node_type": "a", "secrets": {"K": 1}}, "secrets.K"),
    (m.Execute, {"node_type": "a", "blobs": {"x": "text"}}, "blobs.x"),
    (m.JobStart, {"job_id": ""}, "job_id"),
    (m.Progress, {"progress": "half"}, "progress"),
    (m.Result, {"outputs": [1]}, "outputs"),
    (m.BlobStart, {"name": "o", "size": -1}, "size"),
    (m.BlobChunk, {"name": "o", "offset": 0, "bytes": "text"}, "bytes"),
]


@pytest.mark.parametrize(("kind", "data", "where"), BAD, ids=[f"{one[0].__name__} {one[2]}" for one in BAD])
def test_a_bad_field_is_named(kind: type[m.Message], data: dict[str, Any], where: str) -> None:
    with pytest.raises(BadFrame) as caught:
        kind.read(frame("that", data))
    assert str(caught.value).startswith(f"a that frame has a bad {where}")
    assert caught.value.request_id == "r1"


def test_secrets_and_bytes_never_show() -> None:
    shown = repr(m.Execute(node_type="a", secrets={"K": "canary"}, blobs={"x": b"canary"}))
    assert "canary" not in shown + repr(m.Result(blobs={"x": b"canary"}))


def test_nulls_of_a_chunk_are_left_out() -> None:
    assert m.Chunk.read(frame("chunk", {"outputs": {"value": 0, "total": None}})).outputs == {"value": 0}


def test_a_version_that_is_not_told_is_the_first() -> None:
    assert m.Discovered.read(frame("discover", {})).protocol_version == 1


def test_one_bad_node_does_not_spoil_the_others() -> None:
    nodes = [{"node_type": "a.Good", "more": 1}, {"title": "no type"}, {"node_type": "a.Bad", "outputs": 5}, 7]
    found = m.Discovered.read(frame("discover", {"protocol_version": 6, "nodes": nodes, "load_errors": [3, {}]}))
    assert [node.node_type for node in found.nodes] == ["a.Good"]
    assert [one.module for one in found.load_errors] == ["?", "a.Bad", "?", ""]


@pytest.mark.parametrize("version", ["6", None, True, 6.5], ids=repr)
def test_a_version_that_is_no_number_is_refused(version: object) -> None:
    with pytest.raises(BadFrame, match="protocol_version"):
        m.Discovered.read(frame("discover", {"protocol_version": version}))


@pytest.mark.parametrize(
    "message", [{}, {"type": 5}, {"type": "result", "data": [1]}, {"type": "result", "data": None}], ids=range(4)
)
def test_an_envelope_needs_a_type_and_a_map(message: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        m.read_frame({"request_id": "r1", **message})


@pytest.mark.parametrize("request_id", [5, b"x", None, "", ["x"]], ids=repr)
def test_an_id_that_is_no_text_is_nobody_s(request_id: object) -> None:
    assert m.read_frame({"type": "result", "request_id": request_id}).request_id is None
