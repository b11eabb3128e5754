"""NodeTool's own workflow files: those whose node types are here give what their index says, the others name the rest.

Only results that the index marks as asserted upstream (T) or worked out from the sources (D) are compared.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check, validate
from nodetool_jupyter.errors import InvalidGraph
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.values import ValueStore
from tests.engine.running import Ran, run

DATE = {"type": "date", "year": 2026, "month": 7, "day": 29}
TEMPLATE = "Subject: the winter release\n\nWrite one sentence of launch copy about it."

# file -> (params beside the file's own, outputs: the last value of each)
EXPECTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "A Constant Dictionary": ({}, {"config": {"tone": "dry", "length": "short", "audience": "engineers"}}),
    "A Fixed Date": ({}, {"the_date": DATE}),
    "Fill a Template": ({}, {"filled": TEMPLATE}),
    "Keep Only the Long Lines": (
        {},
        {"kept": ["a much longer line worth keeping", "another long enough line"], "count": 2},
    ),
    "combine_dictionary_cli": ({}, {"merged": {"left": 1, "shared": "R", "right": 2}}),
    "compare_numbers_cli": ({"a": 9, "b": 4}, {"is_true": True}),
    "concat_text_cli": ({"a": "Node", "b": "Tool"}, {"result": "NodeTool"}),
    "control_flow_stream_cli": (
        {},
        {
            "evens": [0, 2, 4],
            "after_warmup": [3, 4, 5],
            "tapped": [0, 1, 2, 3, 4, 5],
            "present": ["alpha", "beta", "gamma"],
            "matched": "payload",
            "matched_index": 1,
            "routed_to_default": "payload",
            "default_index": -1,
            "fallback": "default-value",
            "fallback_flag": True,
            "passthrough": "present",
            "passthrough_flag": False,
        },
    ),
    "format_text_cli": ({"name": "Ada", "city": "Paris"}, {"rendered": "Hello Ada from Paris"}),
    "get_dictionary_value_cli": ({}, {"value": "ts"}),
    "hello_reroute": ({}, {"output": "hello from TS workflow runner"}),
    "if_true_route": ({}, {"when_true": {"kind": "example", "value": 42}}),
    "inputs_scalar_cli": (
        {},
        {
            "flag": False,
            "count": 7,
            "ratio": 0.25,
            "title": "untitled",
            "mode": "fast",
            "tags": ["alpha", "beta"],
            "lines": ["first", "second"],
        },
    ),
    "list_aggregates_cli": ({}, {"sum": 30, "average": 7.5, "min": 3, "max": 12}),
    "list_build_cli": (
        {},
        {
            "range": [0, 2, 4, 6, 8],
            "repeat_value": ["ok", "ok", "ok"],
            "tile": ["a", "b", "a", "b", "a", "b"],
            "repeat_each": ["a", "a", "a", "b", "b", "b"],
        },
    ),
    "list_range_foreach": ({}, {"items": 4}),
    "list_slice_cli": ({}, {"sliced": [1, 2, 3]}),
    "parse_json_dictionary_cli": ({}, {"parsed": {"project": "nodetool", "version": 1}}),
    "text_transforms_cli": (
        {},
        {
            "trimmed": "hello nodetool",
            "upper": "HELLO NODETOOL",
            "capitalized": "Hello nodetool",
            "starts_with_hello": True,
            "ends_with_tool": True,
            "index_of_node": 6,
            "has_length_14": True,
            "slice_6_14": "nodetool",
        },
    ),
    "variables_cli": ({}, {"set_returns": "nightly-42", "read_back": "nightly-42"}),
}

# file -> exactly the node types it still lacks
MISSING: dict[str, set[str]] = {
    "Check a URL and an IP": {"lib.validate.IP", "lib.validate.URL"},
    "Clean and Rank a Table": {
        f"nodetool.data.{name}" for name in ("DropDuplicates", "ImportCSV", "Slice", "SortByColumn")
    },
    "Count to Three with a Loop": {"nodetool.code.Code"},
    "Describe a Table": {"nodetool.data.Describe", "nodetool.data.ImportCSV"},
    "Dictionary Transformation": {"lib.json.StringifyJSON", "lib.json.ValidateJSON"},
    "Fill the Gaps Instead": {"nodetool.data.FillNA", "nodetool.data.ImportCSV"},
    "Find Every Number in a Sentence": {"nodetool.code.Code"},
    "Find and Replace": {"nodetool.code.Code"},
    "Image Enhance": {"lib.pillow.enhance.AutoContrast", "lib.pillow.enhance.Sharpen"},
    "List Processing Engine": {
        f"nodetool.data.{name}"
        for name in ("Aggregate", "FromList", "Join", "Rename", "SelectColumn", "SortByColumn", "ToList")
    },
    "dataframe_reshape_cli": {f"nodetool.data.{name}" for name in ("ForEachRow", "Pivot", "Schema")},
    "datetime_cli": {f"lib.datetime.{name}" for name in ("Add", "Diff", "Format", "Now", "StartEnd")},
    "image_geometry_cli": {"lib.image.draw.Checkerboard", "lib.image.warp.Tile"},
    "import_csv_select_cli": {"nodetool.data.ImportCSV", "nodetool.data.SelectColumn"},
    "markdown_extract_cli": {
        f"lib.markdown.Extract{name}" for name in ("BulletLists", "CodeBlocks", "Headers", "NumberedLists", "Tables")
    },
}

# Run to their end, with a test of their own below or no expected result that may be asserted.
OTHERS = {"Batch a List", "Drop Duplicates", "Every Combination", "Conditional Logic Engine", "Crop then Fit"}


def load(examples: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((examples / f"{name}.json").read_text())
    return data


def run_file(examples: Path, file: str, /, **params: Any) -> Ran:
    data = load(examples, file)
    return run(data["graph"], params={**(data.get("params") or {}), **params})


def test_every_file_has_a_place_here(examples: Path) -> None:
    assert {file.stem for file in examples.glob("*.json")} == {*EXPECTED, *MISSING, *OTHERS}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_what_its_index_says(examples: Path, name: str) -> None:
    params, outputs = EXPECTED[name]
    assert run_file(examples, name, **params).result == outputs


@pytest.mark.parametrize("name", MISSING)
def test_a_file_that_misses_types_is_refused_with_their_names(examples: Path, name: str) -> None:
    graph = read_graph(load(examples, name)["graph"])
    with pytest.raises(InvalidGraph) as caught:
        check(resolve(graph))
    unknown = {issue.message.split("'")[1] for issue in caught.value.issues if "unknown node type" in issue.message}
    assert unknown == MISSING[name]


@pytest.mark.parametrize("name", [*EXPECTED, *sorted(OTHERS)])
def test_no_file_that_runs_has_an_error(examples: Path, name: str) -> None:
    issues = validate(read_graph(load(examples, name)["graph"]))
    assert [str(issue) for issue in issues if issue.severity == "error"] == []


@pytest.mark.parametrize("name", ["Batch a List", "Drop Duplicates", "Every Combination"])
def test_a_file_whose_result_upstream_disputes_completes(examples: Path, name: str) -> None:
    assert run_file(examples, name).outcome.status == "completed"


def test_items_come_one_by_one(examples: Path) -> None:
    assert run_file(examples, "list_range_foreach").sent("items") == [1, 2, 3, 4]


def test_the_conditional_engine_takes_the_middle_way(examples: Path) -> None:
    text = run_file(examples, "Conditional Logic Engine").result["decision_result"]
    for line in (
        "Greater than 100? False",
        "Less than 50? False",
        "Combined (OR): False",
        "Route Decision: MEDIUM_VALUE",
        "🟡 MEDIUM VALUE: 75 is between 50 and 100.",
    ):
        assert line in text


def test_a_branch_that_is_not_taken_sends_nothing(examples: Path) -> None:
    ran = run_file(examples, "if_true_route")
    assert ran.sent("when_false") == []
    assert ran.statuses("false_sink") == []


def test_numbers_are_clamped_and_options_are_checked(examples: Path) -> None:
    assert run_file(examples, "inputs_scalar_cli", count=500, ratio=2.5).result["count"] == 100
    assert run_file(examples, "inputs_scalar_cli", count=500, ratio=2.5).result["ratio"] == 1
    outcome = run_file(examples, "inputs_scalar_cli", mode="not-an-option").outcome
    assert outcome.status == "error"
    assert "'not-an-option'" in outcome.error
    assert "fast, balanced, thorough" in outcome.error


def test_a_picture_is_cropped_and_fits(examples: Path, tmp_path: Path) -> None:
    picture = Image.fromarray(np.zeros((900, 1600, 3), "uint8"))
    store = ValueStore(tmp_path / "values")
    data = load(examples, "Crop then Fit")
    ran = run(data["graph"], params={"picture": store.encode(picture)}, folder=tmp_path)
    found = next(iter(ran.result.values()))
    assert found["type"] == "image"
    width, height = store.decode(found).size
    assert 0 < width <= 480
    assert 0 < height <= 270
