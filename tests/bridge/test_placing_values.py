"""What a placed node's inputs look like on the wire, and what becomes of what comes back."""

from __future__ import annotations

import base64
import datetime as dt
import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from nodetool_jupyter.errors import InvalidRequest, NotStorable
from nodetool_jupyter.execution.placed_values import pack, unpack
from nodetool_jupyter.nodes.types import TypeSpec
from nodetool_jupyter.values import ValueStore

IMAGE, VIDEO, ANY = TypeSpec("image"), TypeSpec("video"), TypeSpec("any")
RED = PIL.Image.new("RGB", (3, 2), "red")


@pytest.fixture
def values(tmp_path: Path) -> ValueStore:
    return ValueStore(tmp_path / "values")


def png(picture: PIL.Image.Image = RED) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


TEXT = base64.b64encode(png()).decode()


def opened(body: bytes) -> tuple[int, int]:
    return PIL.Image.open(io.BytesIO(body)).size


def test_plain_values_go_as_they_are_and_none_not_at_all(values: ValueStore) -> None:
    sent = pack({"a": 1, "b": "x", "c": None, "d": [1, {"e": 2.5}]}, {}, values)
    assert (sent.fields, sent.blobs, sent.files) == ({"a": 1, "b": "x", "d": [1, {"e": 2.5}]}, {}, [])


def test_a_picture_of_this_run_goes_beside_the_message(values: ValueStore) -> None:
    sent = pack({"image": RED}, {"image": IMAGE}, values)
    assert sent.fields == {}
    assert opened(sent.blobs["image"]) == (3, 2)  # type: ignore[arg-type]


def test_a_stored_one_goes_as_its_file(values: ValueStore) -> None:
    stored: Any = values.encode(RED)
    assert pack({"image": stored}, {"image": IMAGE}, values).files == [("image", values.path(stored))]


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param({"type": "image", "uri": "", "data": TEXT}, id="base64"),
        pytest.param({"type": "image", "uri": "", "data": png()}, id="bytes"),
        pytest.param({"type": "image", "uri": f"data:image/png;base64,{TEXT}"}, id="address"),
    ],
)
def test_bytes_inside_a_reference_go_beside_the_message(values: ValueStore, reference: dict[str, Any]) -> None:
    assert pack({"image": reference}, {"image": IMAGE}, values).blobs == {"image": png()}


def test_a_reference_to_elsewhere_goes_as_it_is(values: ValueStore) -> None:
    reference = {"type": "image", "uri": "https://example.org/a.png", "asset_id": None, "data": None}
    assert pack({"image": reference}, {"image": IMAGE}, values).fields == {"image": reference}


def test_where_no_type_says_that_bytes_are_wanted_they_stand_in_the_value(values: ValueStore) -> None:
    sent = pack({"value": {"here": [RED]}}, {"value": ANY}, values)
    (reference,) = sent.fields["value"]["here"]
    assert (reference["type"], reference["uri"], opened(reference["data"])) == ("image", "", (3, 2))


def test_a_list_of_pictures_is_a_list_of_blobs_also_when_it_is_one(values: ValueStore) -> None:
    types = {"images": TypeSpec("list", (IMAGE,))}
    stored: Any = [values.encode(RED), values.encode(RED)]
    assert pack({"images": stored}, types, values).files == [("images", values.path(one)) for one in stored]
    (one,) = pack({"images": stored[:1]}, types, values).blobs["images"]
    assert opened(one) == (3, 2)  # type: ignore[arg-type]
    assert len(pack({"images": [RED, stored[0]]}, types, values).blobs["images"]) == 2


def test_stored_arrays_and_bytes_are_read(values: ValueStore) -> None:
    array = np.arange(3, dtype="<i2")
    sent = pack({"a": values.encode(array), "b": values.encode(b"raw"), "c": bytearray(b"x")}, {}, values)
    assert sent.fields == {
        "a": {"type": "np_array", "value": array.tobytes(), "dtype": "<i2", "shape": [3]}, "b": b"raw", "c": b"x"
    }  # fmt: skip


def test_a_table_goes_in_the_form_that_nodetool_has(values: ValueStore) -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "c": True}]
    (table,) = pack({"table": {"rows": rows}}, {"table": TypeSpec("dataframe")}, values).fields.values()
    assert table["data"] == [[1, "x", None], [2.5, None, True]]
    assert [(one["name"], one["data_type"]) for one in table["columns"]] == [
        ("a", "float"), ("b", "string"), ("c", "object")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(object(), "value: a object has no form", id="object"),
        pytest.param({1: 2}, "value: a map with a key of type int", id="key"),
        pytest.param({"type": "image", "uri": "values/" + "0" * 24 + ".png"}, "value: a stored value", id="gone"),
    ],
)
def test_what_cannot_be_sent_is_named(values: ValueStore, value: object, says: str) -> None:
    with pytest.raises(NotStorable, match=says):
        pack({"value": value}, {}, values)


def test_blobs_become_files_of_the_job(values: ValueStore) -> None:
    values.folder.mkdir()
    came = values.folder / "blob-1"
    came.write_bytes(png())
    outputs = {"a": {"type": "image", "uri": "blob://a", "metadata": {"w": 3}}, "b": {"type": "video"}, "c": 3}
    found = unpack(outputs, {"b": b"film"}, {"a": came}, values)
    assert found["c"] == 3
    assert (found["a"]["type"], found["a"]["size"], found["a"]["metadata"]) == ("image", len(png()), {"w": 3})
    assert found["a"]["uri"].endswith(".png")
    assert values.decode(found["a"]).size == (3, 2)  # type: ignore[attr-defined]
    assert values.path(found["b"]).read_bytes() == b"film"  # type: ignore[union-attr]
    assert len(values.references(found)) == 2
    assert values.path(found["b"]).stat().st_mode & 0o777 == 0o600  # type: ignore[union-attr]


def test_references_inside_lists_become_files_too(values: ValueStore) -> None:
    outputs = {"all": [{"type": "image", "uri": "", "data": png()}, {"deep": {"type": "audio", "data": b"RIFF"}}]}
    found = unpack(outputs, {}, {}, values)
    assert opened(values.path(found["all"][0]).read_bytes()) == (3, 2)  # type: ignore[union-attr]
    assert found["all"][1]["deep"]["uri"].endswith(".bin")


def test_arrays_and_times_come_as_such(values: ValueStore) -> None:
    now = dt.datetime(2024, 5, 6, tzinfo=dt.UTC)
    array = {"type": "np_array", "value": b"\1\2", "dtype": "|u1", "shape": [2]}
    found = unpack({"array": array, "time": now}, {}, {}, values)
    assert (found["array"].tolist(), found["time"]) == ([1, 2], now)
    with pytest.raises(InvalidRequest, match="an array's 2 bytes do not fit"):
        unpack({"array": {**array, "shape": [3]}}, {}, {}, values)


def test_a_worker_cannot_name_a_file_here_nor_bring_a_pickle(values: ValueStore) -> None:
    secret: Any = values.encode(b"mine")
    found = unpack({"a": {"type": "bytes", "uri": secret["uri"]}, "b": [{"uri": secret["uri"]}]}, {}, {}, values)
    assert values.references(found) == []
    kept = unpack({"a": {"type": "python_object", "uri": "x.pkl"}}, {"a": b"\x80\x04."}, {}, values)["a"]
    assert kept["type"] == "bytes" and not kept["uri"].endswith(".pkl")


def test_what_came_goes_on_to_the_next_worker_as_its_file(values: ValueStore) -> None:
    found = unpack({"film": {"type": "video"}}, {"film": b"film"}, {}, values)
    assert pack(found, {"film": VIDEO}, values).files == [("film", values.path(found["film"]))]
