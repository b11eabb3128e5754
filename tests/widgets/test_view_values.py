from __future__ import annotations

import datetime as dt
from collections import namedtuple
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.lib.pretty import pretty
from PIL import Image

from nodetool_jupyter.values import Audio, ValueStore
from nodetool_jupyter.widgets.outputs import Outputs
from nodetool_jupyter.widgets.preview import Shown, brief, show
from tests.widgets.showcase import Page, refused


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**30, "… a whole number of 100 bits"),
        ("text", "text"),
        ("", ""),
        ([1, 2, 3], "[1, 2, 3]"),
        ([], "[]"),
        ({}, "{}"),
        (np.float64(2.5), "2.5"),
        (np.zeros((3, 4), "f4"), "array 3 × 4 float32"),
        (np.array(7), "7"),
        (b"12345", "5 bytes"),
        (Image.new("L", (8, 4)), "picture 8 × 4"),
        (dt.date(2026, 3, 7), "2026-03-07"),
        (dt.datetime(2026, 3, 7, 12, 30), "2026-03-07T12:30:00"),
        ({3, 1, 2}, "[1, 2, 3]"),
        (object(), "a object"),
    ],
)
def test_a_value_in_one_line(value: object, shown: str) -> None:
    assert show(value).text == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((3, 4)), "array 3 × 4 float64"),
        (np.array([True]), "array 1 bool"),
        (Image.new("RGB", (8, 4)), "picture 8 × 4"),
        (Audio(np.zeros(100), 8000), "sound, 244 bytes"),
        (b"x" * 5000, "bytes, 5 kB"),
    ],
)
def test_a_stored_value_is_told_by_its_reference_alone(tmp_path: Path, value: object, shown: str) -> None:
    assert show(ValueStore(tmp_path).encode(value)).text == shown


def test_a_stored_table_shows_its_head(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    stored = values.encode(pd.DataFrame({"n": range(30), "word": ["w"] * 30}))
    shown = show(stored, values)
    assert shown.columns == ("n", "word") and shown.rows[1] == ("1", "w") and len(shown.rows) == 10
    assert shown.note == "30 rows × 2 columns, the first 10 shown"
    assert show(stored).text == "table 30 rows × 2 columns"


def test_a_stored_list_shows_its_head(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    shown = show(values.encode(list(range(100_000))), values)
    assert shown.text.startswith("[0, 1, 2") and shown.note == "100,000 items"


def test_a_lost_file_is_told(tmp_path: Path) -> None:
    lost = {"type": "json", "uri": "values/" + "a" * 24 + ".json", "size": 10}
    assert show(lost, ValueStore(tmp_path)).text == "data, 10 bytes, no longer there"


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    large = {"type": "json", "uri": "values/" + "a" * 24 + ".json", "size": 10**9}
    assert show(large, ValueStore(tmp_path)).text == "data, 1 GB"


def test_a_stored_python_object_is_named_and_never_loaded(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    stored = values.encode({1: "keys that are no text"})
    (tmp_path / str(stored["uri"]).removeprefix("values/")).unlink()
    assert show(stored, values).text == "Python object dict"


def test_records_are_a_table() -> None:
    shown = show([{"a": 1, "b": "x"}, {"a": 2, "c": None}])
    assert shown == Shown(
        "table", columns=("a", "b", "c"), rows=(("1", "x", ""), ("2", "", "None")), note="2 rows × 3 columns"
    )


def test_rows_of_equal_length_are_a_table() -> None:
    assert show([[1, 2], [3, 4]]).rows == (("1", "2"), ("3", "4"))


def test_columns_of_equal_length_are_a_table() -> None:
    shown = show({"a": [1, 2], "b": [3, 4]})
    assert shown.columns == ("a", "b") and shown.rows == (("1", "3"), ("2", "4"))


def test_a_wide_table_is_cut() -> None:
    shown = show([{f"c{n}": n for n in range(20)}])
    assert shown.columns[-2:] == ("c6", "…") and shown.note == "1 row × 20 columns"


def test_nodetools_own_table_is_a_table() -> None:
    shown = show({"type": "dataframe", "columns": [{"name": "n", "data_type": "int"}], "data": [[1], [2]]})
    assert shown.columns == ("n",) and shown.rows == (("1",), ("2",))


def test_a_mapping_is_a_table_of_keys() -> None:
    shown = show({"radius": 12, "mode": "mirror"})
    assert shown.columns == () and shown.rows == (("radius", "12"), ("mode", "mirror"))


def test_a_mapping_with_a_type_of_its_own_is_a_mapping() -> None:
    assert show({"type": "image", "size": 3}).rows == (("type", "image"), ("size", "3"))


def test_a_long_list_is_cut() -> None:
    assert show(["word " * 20] * 30).note == "30 items, the first 10 shown"


def test_a_long_text_is_cut() -> None:
    shown = show("line\n" * 1000)
    assert shown.kind == "text" and shown.text.count("\n") == 19
    assert shown.note == "4,999 characters, the first 99 shown"


def test_nested_values_stay_on_one_line() -> None:
    deep: object = "end"
    for _ in range(50):
        deep = [deep, {"k": deep}] if len(repr(deep)) < 2000 else [deep]
    assert "\n" not in brief(deep) and len(brief(deep)) <= 100


def test_pairs_and_sets_of_odd_things_are_shown() -> None:
    pair = namedtuple("pair", "left right")
    assert show(pair(1, "x")).text == "[1, x]"
    assert brief({"b", "a"}) == "[a, b]"


def test_outputs_are_a_plain_dictionary() -> None:
    outputs = Outputs(a=1, b=[2])
    assert outputs == {"a": 1, "b": [2]} and isinstance(outputs, dict) and outputs["b"] == [2]


def test_outputs_in_a_terminal_are_lines() -> None:
    outputs = Outputs(mean=0.25, array=np.zeros((2, 3)))
    assert pretty(outputs).split("\n") == ["mean   0.25", "array  array 2 × 3 float64"]


def test_outputs_as_text_name_sizes_not_contents() -> None:
    assert repr(Outputs(array=np.zeros((2, 3)), n=1)) == "{'array': array 2 × 3 float64, 'n': 1}"


def test_no_outputs_say_so() -> None:
    assert pretty(Outputs()) == "No outputs." and "No outputs." in Outputs()._repr_html_()


def test_pictures_among_outputs_are_shown_small() -> None:
    html = Outputs(photo=Image.new("RGB", (2000, 100)), pages=[Image.new("P", (4, 4))] * 2)._repr_html_()
    images = [attributes for tag, attributes in Page(html).tags if tag == "img"]
    assert [image["alt"] for image in images] == ["picture 2000 × 100", "picture 4 × 4", "picture 4 × 4"]
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in images)
    assert refused(html) == [] and len(html) < 5000


def test_a_data_frame_among_outputs_is_a_table() -> None:
    page = Page(Outputs(frame=pd.DataFrame({"a": [1, 2]}))._repr_html_())
    assert "1" in page.cells and "2 rows × 1 column" in page.text
