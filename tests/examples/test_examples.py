"""NodeTool's own workflow files give what their index says.

Only results that the index marks as asserted upstream (T) or worked out from the sources (D) are compared.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.engine.validate import validate
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.values import ValueStore
from tests.engine.running import Ran, run
from tests.examples.expected import EXPECTED, OTHERS, file_of

VARYING = {"now_epoch_ms"}  # of which only the kind can be asserted


def run_file(examples: Path, file: str, /, **params: Any) -> Ran:
    data = file_of(examples / f"{file}.json")
    return run(data["graph"], params={**(data.get("params") or {}), **params})


def test_every_file_has_a_place_here(examples: Path) -> None:
    assert {file.stem for file in examples.glob("*.json")} == {*EXPECTED, *OTHERS}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_what_its_index_says(examples: Path, name: str) -> None:
    params, outputs = EXPECTED[name]
    result = run_file(examples, name, **params).result
    assert {key: value for key, value in result.items() if key not in VARYING} == outputs


@pytest.mark.parametrize("name", [*EXPECTED, *sorted(OTHERS)])
def test_no_file_that_runs_has_an_error(examples: Path, name: str) -> None:
    issues = validate(read_graph(file_of(examples / f"{name}.json")["graph"]))
    assert [str(issue) for issue in issues if issue.severity == "error"] == []


@pytest.mark.parametrize(
    "name",
    ["Batch a List", "Dictionary Transformation", "Drop Duplicates", "Every Combination", "List Processing Engine"],
)
def test_a_file_without_a_result_to_assert_completes(examples: Path, name: str) -> None:
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
    data = file_of(examples / "Crop then Fit.json")
    ran = run(data["graph"], params={"picture": store.encode(picture)}, folder=tmp_path)
    found = next(iter(ran.result.values()))
    assert found["type"] == "image"
    width, height = store.decode(found).size
    assert 0 < width <= 480
    assert 0 < height <= 270


def test_a_picture_that_is_enhanced_keeps_its_size(examples: Path, tmp_path: Path) -> None:
    picture = Image.fromarray(np.arange(90 * 160 * 3, dtype="uint32").reshape(90, 160, 3).astype("uint8"))
    store = ValueStore(tmp_path / "values")
    data = file_of(examples / "Image Enhance.json")
    ran = run(data["graph"], params={"image": store.encode(picture)}, folder=tmp_path)
    assert store.decode(ran.result["enhanced"]).size == (160, 90)


def test_now_is_now(examples: Path) -> None:
    assert run_file(examples, "datetime_cli").result["now_epoch_ms"] > 1.7e12


def test_the_dictionary_example_makes_and_checks_a_profile(examples: Path) -> None:
    result = run_file(examples, "Dictionary Transformation").result
    profile = result["normalized_profile"]
    assert json.loads(result["normalized_profile_json"]) == profile
    assert (profile["plan_tier"], profile["lifecycle"]["churn_category"]) == ("GROWTH", "watchlist")
    assert result["schema_valid"] is True
    assert "- **Monthly Recurring Revenue:** $1825.75 USD\n" in result["profile_summary"]


def test_the_list_example_sums_up_its_regions(examples: Path) -> None:
    result = run_file(examples, "List Processing Engine").result
    totals = {row["region"]: row["total_mrr"] for row in result["regional_summary"]["rows"]}
    assert totals == {"North America": 7300, "EMEA": 4950, "Asia Pacific": 5410, "Latin America": 1560}
    assert [row["id"] for row in result["high_value_customers"]["rows"]] == [104, 108, 103, 106, 107, 101, 110]
    assert "- North America → 2 customers • Total MRR: $7300" in result["summary_report"]
