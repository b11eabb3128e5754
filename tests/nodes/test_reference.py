"""How much of NodeTool's own library is here, pinned: what is missing is missing on purpose."""

from __future__ import annotations

import json

import pytest

from nodetool_jupyter import cli
from nodetool_jupyter.api import catalog
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.reference import NOT_BUILT, REFERENCE, UNNAMED, coverage, percent
from nodetool_jupyter.nodes.registry import FAMILIES

KNOWN = {f"{space}.{name}" for space, names in REFERENCE.items() for name in names.split()}


def test_what_is_here_and_what_is_not():
    found = coverage()
    counts = (sum(one.here for one in found), sum(one.known for one in found))
    missing = {f"{one.namespace}.{name}": reason for one in found for name, reason in one.missing.items()}
    assert missing == NOT_BUILT
    assert counts == (359, 363)
    assert round(percent(found), 1) == 98.9


def test_no_name_stands_twice():
    for space, names in REFERENCE.items():
        assert len(names.split()) == len(set(names.split())), space


def test_every_family_has_its_line():
    assert {one.namespace for one in coverage()} == {*REFERENCE, *UNNAMED, *FAMILIES}


def test_every_namespace_of_which_nothing_is_here_says_why():
    silent = [one for one in coverage() if not one.here and not one.further and not one.missing and not one.note]
    assert silent == []


def test_the_types_of_real_workflows_are_known(examples):
    used = set()
    for path in examples.glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        used |= {node["type"] for node in data.get("graph", data)["nodes"]}
    assert used - KNOWN == set()


def test_the_text_has_a_line_a_namespace_with_reasons_below_and_a_total():
    text = catalog.coverage_text()
    assert "nodetool.text                    45/45\n" in text
    assert "\n  EvaluateExpression             withdrawn upstream" in text
    assert text.splitlines()[-1].startswith("all  ")
    assert "98.9 %" in text.splitlines()[-1]


def test_one_namespace_is_told_alone():
    assert catalog.coverage_text("lib.math").splitlines()[0].split() == ["lib.math", "10/10"]
    assert catalog.coverage_data("lib.math")["percent"] == 100.0


def test_a_namespace_that_is_not_known_is_refused():
    with pytest.raises(InvalidRequest, match=r"did you mean 'lib\.math'"):
        catalog.coverage_text("lib.mth")


@pytest.mark.parametrize("words", [["nodes", "list", "--coverage"], ["nodes", "list", "lib.math", "--coverage"]])
def test_the_command_line_tells_it(words, capsys):
    assert cli.main(words) == 0
    assert "lib.math" in capsys.readouterr().out


def test_the_command_line_writes_it_as_json(capsys):
    assert cli.main(["nodes", "list", "lib.math", "--coverage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["percent"] == 100.0


def test_the_data_is_json():
    data = json.loads(json.dumps(catalog.coverage_data()))
    (output,) = [one for one in data["namespaces"] if one["namespace"] == "nodetool.output"]
    assert (output["here"], output["known"], list(output["missing"])) == (7, 8, ["GroupOutput"])
