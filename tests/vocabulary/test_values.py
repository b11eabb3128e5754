"""Values: stored in a form of their own, read back as they were, shown in small."""

from __future__ import annotations

import datetime as dt
import json
import stat
import sys
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nodetool_jupyter.errors import NotStorable
from nodetool_jupyter.values import INLINE_LIMIT, PREVIEW_LIMIT, Audio, ValueStore, finite, inline, preview


@pytest.fixture
def store(tmp_path: Path) -> ValueStore:
    return ValueStore(tmp_path / "values")


def again(store: ValueStore, value: Any) -> Any:
    """Store a value, pass it through JSON as a log does, and read it."""
    return store.decode(json.loads(json.dumps(store.encode(value))))


class Colour(Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (1, 1),
        (2.5, 2.5),
        (True, True),
        (None, None),
        ("é", "é"),
        ("", ""),
        ([], []),
        ({}, {}),
        ((1, 2), [1, 2]),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        (dt.date(2026, 7, 29), dt.date(2026, 7, 29)),
        (dt.datetime(2026, 7, 29, 1, 2, 3, tzinfo=dt.UTC), dt.datetime(2026, 7, 29, 1, 2, 3, tzinfo=dt.UTC)),
        (Decimal("1.50"), "1.50"),
        (UUID(int=1), str(UUID(int=1))),
        (Path("/a"), "/a"),
        (Colour.RED, "red"),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (Point(1, 2), [1, 2]),
        (b"\x00\xff", b"\x00\xff"),
        ({1: "a"}, {1: "a"}),
        (2**70, 2**70),
        pytest.param(10**6000, 10**6000, id="huge"),
        ("half \udc80", "half \udc80"),
        ({"\udc80": 1}, {"\udc80": 1}),
        (complex(1, 2), complex(1, 2)),
    ],
)
def test_a_value_comes_back(store: ValueStore, value: Any, back: Any) -> None:
    found = again(store, value)
    assert found == back
    assert type(found) is type(back)


def test_small_values_make_no_files(store: ValueStore) -> None:
    store.encode({"a": [1, "x" * 1000]})
    assert not store.folder.exists()


@pytest.mark.parametrize("value", ["x" * (INLINE_LIMIT + 1), list(range(50_000)), {"a": {"b": "y" * INLINE_LIMIT}}])
def test_large_plain_values_become_files(store: ValueStore, value: Any) -> None:
    data = store.encode(value)
    assert data["type"] == "json"
    assert data["size"] == store.path(data).stat().st_size
    assert again(store, value) == value


def test_files_are_private_and_named_at_random(store: ValueStore) -> None:
    one, two = store.encode(b"a"), store.encode(b"a")
    assert one["uri"] != two["uri"]
    assert stat.S_IMODE(store.path(one).stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.zeros((0, 3)),
        np.array(5.0),
        np.array(["a", "bc"]),
        np.array([1 + 2j]),
        np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        np.arange(10)[::2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24).reshape(2, 3, 4)[:, ::-1, ::2],
        np.broadcast_to(np.arange(3), (2, 3)),
        np.arange(3, dtype=">i4"),
        np.array(["2026-11-21", "NaT"], dtype="M8[D]")[:1],
        np.zeros(2, dtype=[("é", "i4")]),
        np.zeros(3, dtype="V0"),
        np.rec.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
        np.array([True, False]),
    ],
)
def test_an_array_comes_back_mapped_and_read_only(store: ValueStore, array: Any) -> None:
    found = again(store, array)
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    if found.size and found.ndim and found.itemsize:
        assert isinstance(found, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            found[...] = 0


@pytest.mark.parametrize("name", ["€", "n" * 12_000, "n" * 70_000], ids=["no Latin", "long", "very long"])
def test_an_array_with_fields_of_unusual_names_comes_back(store: ValueStore, name: str) -> None:
    array = np.zeros(2, dtype=[(name, "i4")])
    assert again(store, array).dtype == array.dtype


def test_an_array_with_a_mask_keeps_it(store: ValueStore) -> None:
    found = again(store, np.ma.array([1, 2], mask=[True, False]))
    assert found.mask.tolist() == [True, False]


def test_an_array_of_objects_is_pickled(store: ValueStore) -> None:
    assert store.encode(np.array([{}, None], dtype=object))["type"] == "python_object"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P", "LA", "I;16"])
def test_a_picture_comes_back(store: ValueStore, mode: str) -> None:
    picture = Image.new(mode, (3, 2), 1 if mode in ("1", "P", "L", "I;16") else None)
    found = again(store, picture)
    assert (found.mode, found.size) == (mode, (3, 2))
    assert found.tobytes() == picture.tobytes()


def test_a_picture_of_another_mode_comes_back_as_rgb(store: ValueStore) -> None:
    assert again(store, Image.new("CMYK", (2, 2))).mode == "RGB"


@pytest.mark.parametrize("shape", [(10,), (10, 2)])
def test_sound_comes_back(store: ValueStore, shape: tuple[int, ...]) -> None:
    samples = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    found = again(store, Audio(samples, 8000))
    assert found.rate == 8000
    assert found.samples.shape == shape
    assert np.allclose(found.samples / 32767, samples, atol=1e-4)


def test_long_sound_comes_back_whole(store: ValueStore) -> None:
    samples = np.arange(200_000).astype("i2")
    assert np.array_equal(again(store, Audio(samples, 8000)).samples, samples)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "bool", "int64", "float8_e4m3fn"])
@pytest.mark.parametrize("shape", [(), (0, 3), (4, 5)])
def test_a_tensor_comes_back(store: ValueStore, dtype: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    tensor = torch.ones(shape).to(getattr(torch, dtype)).t() if len(shape) == 2 else torch.ones(shape)
    data = store.encode(tensor)
    found = store.decode(data)
    assert data["type"] == "torch_tensor"
    assert (found.dtype, found.shape) == (tensor.dtype, tensor.shape)
    assert torch.equal(found.float(), tensor.float())


def test_a_tensor_without_a_plain_form_is_pickled(store: ValueStore) -> None:
    torch = pytest.importorskip("torch")
    assert store.encode(torch.eye(2).to_sparse())["type"] == "python_object"


@pytest.mark.parametrize("arrow", [True, False])
def test_a_table_comes_back(store: ValueStore, arrow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    pd = pytest.importorskip("pandas")
    if arrow:
        pytest.importorskip("pyarrow")
    else:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, 1.5]})
    data = store.encode(frame)
    assert data["type"] == "dataframe"
    assert data["uri"].endswith(".arrow" if arrow else ".json")
    assert store.decode(data).to_dict("list") == frame.to_dict("list")


def test_a_table_without_a_plain_form_is_pickled(store: ValueStore) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [object(), {1, 2}]})
    assert store.encode(frame)["type"] == "python_object"


def test_media_inside_other_values_come_back(store: ValueStore) -> None:
    value = {"pictures": [Image.new("L", (1, 1), 7)], "bytes": b"x", "n": 1}
    found = again(store, value)
    assert found["pictures"][0].getpixel((0, 0)) == 7
    assert (found["bytes"], found["n"]) == (b"x", 1)


def test_media_inside_a_large_value_come_back(store: ValueStore) -> None:
    found = again(store, [np.arange(3), dt.date(2026, 11, 21), "x" * INLINE_LIMIT])
    assert found[0].tolist() == [0, 1, 2]
    assert found[1] == dt.date(2026, 11, 21)


def test_not_a_number_and_infinity_come_back(store: ValueStore) -> None:
    found = again(store, [float("nan"), float("inf")])
    assert np.isnan(found[0])
    assert found[1] == float("inf")
    assert finite({"a": [float("inf"), 1.0]}) == {"a": ["inf", 1.0]}


def test_what_is_stored_shares_nothing_with_the_value(store: ValueStore) -> None:
    value = {"a": [1]}
    data = store.encode(value)
    value["a"].append(2)
    assert data == {"a": [1]}


@pytest.mark.parametrize("value", [object, lambda: 1, {1: 2}, 3j])
def test_without_pickles_what_has_no_plain_form_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(NotStorable, match="no form that may be stored between users"):
        ValueStore(tmp_path, pickles=False).encode(value)


def test_a_pickle_is_not_loaded_where_pickles_are_not_allowed(store: ValueStore) -> None:
    data = store.encode({1: 2})
    with pytest.raises(NotStorable, match="never loaded here"):
        ValueStore(store.folder, pickles=False).decode(data)


def test_what_holds_itself_is_refused_by_name(store: ValueStore) -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(NotStorable, match="a list that is nested too deep, or holds itself"):
        store.encode(loop)


def test_what_cannot_be_pickled_is_refused_by_name(store: ValueStore) -> None:
    import threading

    with pytest.raises(NotStorable, match=r"a _thread\.lock cannot be stored"):
        store.encode(threading.Lock())


@pytest.mark.parametrize(
    "uri",
    [
        "values/../../etc/passwd",
        "/etc/passwd",
        "values/passwd",
        "file:///etc/passwd",
        "values/0123456789abcdef.json/..",
        "values/0123456789abcdef.json\n",
        "values/0123456789ABCDEF.json",
    ],
)
def test_a_reference_that_leaves_the_folder_is_not_followed(store: ValueStore, uri: str) -> None:
    reference = {"type": "bytes", "uri": uri, "data": None}
    assert store.path(reference) is None
    assert store.decode(reference) == reference


def test_a_reference_to_elsewhere_stays_as_it_is(store: ValueStore) -> None:
    reference = {"type": "image", "uri": "https://example.org/a.png", "asset_id": None, "data": None}
    assert store.decode(reference) == reference


def test_a_lost_file_is_an_error(store: ValueStore) -> None:
    data = store.encode(b"x")
    store.path(data).unlink()
    with pytest.raises(FileNotFoundError):
        store.decode(data)


def test_media_in_the_properties_of_a_graph_are_inline(store: ValueStore) -> None:
    data = inline({"p": Image.new("RGB", (2, 1), (1, 2, 3)), "a": np.arange(3), "b": b"x"})
    assert json.loads(json.dumps(data)) == data
    found = store.decode(data)
    assert found["p"].getpixel((0, 0)) == (1, 2, 3)
    assert found["a"].tolist() == [0, 1, 2]
    assert found["b"] == b"x"
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((0, 3), "f4"), {"type": "numpy.ndarray", "shape": [0, 3], "dtype": "float32"}),
        (
            np.array([[1.5, np.nan, -2]]),
            {"type": "numpy.ndarray", "shape": [1, 3], "dtype": "float64", "range": [-2.0, 1.5]},
        ),
        (np.array(["a", "b"]), {"type": "numpy.ndarray", "shape": [2], "dtype": "<U1"}),
        (Image.new("RGB", (4, 3)), {"type": "image", "width": 4, "height": 3, "mode": "RGB"}),
        (b"abc", {"type": "bytes", "size": 3}),
        (list(range(12)), [*range(10), "… 2 more"]),
        ({str(n): n for n in range(11)}, {**{str(n): n for n in range(10)}, "…": "1 more"}),
        ("x" * 1001, "x" * 600 + "…"),
        pytest.param(10**5000, "int, which cannot be shown", id="huge"),
    ],
)
def test_a_preview_is_a_small_picture_of_a_value(value: Any, shown: Any) -> None:
    assert preview(value) == shown


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3000)
    | st.binary(max_size=20)
    | st.dates()
    | st.sampled_from([Colour.RED, Decimal("1"), np.zeros(3), object()]),
    lambda inner: (
        st.lists(inner, max_size=14) | st.dictionaries(st.text(max_size=90) | st.integers(), inner, max_size=12)
    ),
    max_leaves=40,
)


@given(values)
def test_a_preview_is_always_small_json(value: Any) -> None:
    assert len(json.dumps(preview(value))) <= PREVIEW_LIMIT


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(plain)
def test_every_plain_value_comes_back(value: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        found = again(ValueStore(Path(name)), value)
    if not _looks_like_a_date(value):
        assert found == value


def _looks_like_a_date(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("type") in ("date", "datetime") or any(map(_looks_like_a_date, value.values()))
    return isinstance(value, list) and any(map(_looks_like_a_date, value))
