"""What NodeTool's own workflow files give: the results that their index asserts (T) or works out (D)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    "Check a URL and an IP": ({}, {"url_ok": True, "is_ipv6": True, "is_ipv4": False}),
    "Clean and Rank a Table": (
        {},
        {
            "ranked": {
                "rows": [
                    {"region": "east", "rep": "ada", "units": 4, "price": 12.5},
                    {"region": "south", "rep": "bo", "units": 7, "price": 9.5},
                    {"region": "north", "rep": "ada", "units": 12, "price": 9.5},
                ]
            }
        },
    ),
    "Count to Three with a Loop": ({}, {"final_count": 3}),
    "Describe a Table": (
        {},
        {
            "summary": {
                "rows": [
                    {"stat": "count", "units": 6, "price": 6},
                    {"stat": "mean", "units": 11.8333, "price": 10},
                    {"stat": "std", "units": 7.2503, "price": 1.5492},
                    {"stat": "min", "units": 4, "price": 8},
                    {"stat": "25%", "units": 7, "price": 9.5},
                    {"stat": "50%", "units": 9.5, "price": 9.5},
                    {"stat": "75%", "units": 17.25, "price": 10.625},
                    {"stat": "max", "units": 22, "price": 12.5},
                ]
            }
        },
    ),
    "Fill the Gaps Instead": (
        {},
        {
            "filled": {
                "rows": [
                    {"city": "Oslo", "population": 700000},
                    {"city": "Bergen", "population": 0},
                    {"city": "Tromso", "population": 77000},
                ]
            }
        },
    ),
    "Find Every Number in a Sentence": ({}, {"numbers": ["12", "47", "3"]}),
    "Find and Replace": ({}, {"edited": "The quick brown fox jumps over the energetic dog"}),
    "dataframe_reshape_cli": (
        {},
        {
            "pivoted": {"rows": [{"region": "north", "Q1": 10, "Q2": 15}, {"region": "south", "Q1": 7, "Q2": 3}]},
            "rows": [
                {"region": "north", "quarter": "Q1", "amount": 10},
                {"region": "north", "quarter": "Q2", "amount": 15},
                {"region": "south", "quarter": "Q1", "amount": 7},
                {"region": "south", "quarter": "Q2", "amount": 3},
            ],
            "schema": {
                "type": "record_type",
                "columns": [{"name": "region", "data_type": "string"}, {"name": "amount", "data_type": "int"}],
            },
            "repeated": ["tick", "tick", "tick"],
        },
    ),
    "datetime_cli": (  # now_epoch_ms is looked at on its own
        {},
        {
            "formatted": "2026-08-02",
            "added_iso": "2026-09-01T00:00:00.000Z",
            "diff_days": -30,
            "a_is_before_b": True,
            "month_start": "2026-08-01T00:00:00.000Z",
            "month_end": "2026-08-31T23:59:59.999Z",
        },
    ),
    "image_geometry_cli": (
        {},
        {
            "source_width": 64,
            "source_height": 64,
            "source_mode": "RGBA",
            "resized_width": 100,
            "resized_height": 50,
            "scaled_width": 32,
            "scaled_height": 32,
            "tiled_width": 64,
            "tiled_height": 64,
            "rotated_width": 50,
            "rotated_height": 100,
        },
    ),
    "import_csv_select_cli": ({}, {"dataframe": {"rows": [{"team": "A", "score": 10}, {"team": "B", "score": 5}]}}),
    "markdown_extract_cli": (
        {},
        {
            "headers": [
                {"level": 1, "text": "Release Notes", "index": 0},
                {"level": 2, "text": "Added", "index": 1},
                {"level": 2, "text": "Steps", "index": 2},
            ],
            "headers_h1": [{"level": 1, "text": "Release Notes", "index": 0}],
            "bullets": [[{"text": "trigger examples"}, {"text": "an executing test"}]],
            "numbered": [["build the packages", "run the suite"]],
            "code_blocks": [{"language": "bash", "code": "npm run test"}],
            "tables": {"rows": [{"node": "Concat", "covered": "yes"}, {"node": "Chunk", "covered": "no"}]},
        },
    ),
}

# Run to their end; what they give has a test of its own, or no expected result that may be asserted.
OTHERS = {
    "Batch a List",
    "Conditional Logic Engine",
    "Crop then Fit",
    "Dictionary Transformation",
    "Drop Duplicates",
    "Every Combination",
    "Image Enhance",
    "List Processing Engine",
}


def file_of(path: Path) -> dict[str, Any]:
    """Read a workflow file; its ``params`` are values for its inputs."""
    data: dict[str, Any] = json.loads(path.read_text())
    return data
