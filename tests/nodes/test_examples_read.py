"""Examples in their files and as people write them; whether they are true is in test_examples_of_types."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import numpy as np
import pytest

from nodetool_jupyter.api import catalog
from nodetool_jupyter.nodes import examples
from nodetool_jupyter.nodes.examples import Example, Picture, Tensor, example_of, examples_in
from nodetool_jupyter.nodes.examples.samples import SAMPLES, Sample
from nodetool_jupyter.nodes.examples.written import rows_of, spoken, written
from nodetool_jupyter.nodes.registry import registry


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write the one file of examples that there is."""
    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    examples_in.cache_clear()
    yield lambda text, name="text.yaml": (tmp_path / name).write_text(text)
    examples_in.cache_clear()


def test_tags_become_values(file):
    file(
        "nodetool.text.A:\n  given: {p: !photo , t: !tensor [[1, 2]], n: !tensor 5}\n"
        "  gives: [!image 64x43 RGB, !date 2026-07-29, !datetime 2026-07-29T12:00:00+00:00]\n"
    )
    found = example_of("nodetool.text.A")
    assert found.given == {"p": Sample("photo"), "t": Tensor([[1, 2]]), "n": Tensor(5)}
    moment = dt.datetime(2026, 7, 29, 12, tzinfo=dt.UTC)
    assert found.gives == [Picture(64, 43, "RGB"), dt.date(2026, 7, 29), moment]


def test_given_values_are_made_for_a_node(file):
    file("nodetool.text.A: {given: {all: [!mask , !tensor [1, 2]], n: 1}, varies: true}")
    values = example_of("nodetool.text.A").values()
    assert values["all"][0].size == (96, 64) and values["n"] == 1
    assert np.array_equal(values["all"][1], np.array([1, 2]))


def test_parts_of_a_family_are_read_together(file):
    file("nodetool.text.A: {given: {}, gives: 1}")
    file("nodetool.text.B: {given: {}, gives: 2}", "text_more.yaml")
    file("nodetool.list.C: {given: {}, gives: 3}", "list.yaml")
    assert list(examples_in("text")) == ["nodetool.text.A", "nodetool.text.B"]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{gives: 1}", "an example has 'given'"),
        ("{given: [1], gives: 1}", "an example has 'given'"),
        ("{given: {}, gives: 1, need: js}", "an example has 'given'"),
        ("{given: {}}", "says what it gives, or that it varies"),
        ("{given: {}, gives: 1, varies: true}", "says what it gives, or that it varies"),
    ],
)
def test_a_wrong_entry_is_named(file, entry, fault):
    file(f"nodetool.text.A: {entry}")
    with pytest.raises(ValueError, match=rf"text\.yaml: nodetool\.text\.A: .*{fault}"):
        example_of("nodetool.text.A")


def test_types_of_others_have_no_example():
    assert example_of("notebook.shout") is None
    assert example_of("nodetool.text.Nothing") is None


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_drawn_anew_and_alike(name):
    first, second = Sample(name).draw(), Sample(name).draw()
    assert first is not second and first.tobytes() == second.tobytes()
    assert first.size == SAMPLES[name][0]


def test_samples_have_colours_edges_and_a_transparent_rim():
    portrait, mask = Sample("portrait").draw(), Sample("mask").draw()
    assert (Sample("photo").draw().mode, portrait.mode, mask.mode) == ("RGB", "RGBA", "L")
    assert (portrait.getpixel((0, 0))[3], portrait.getpixel((32, 40))[3]) == (0, 255)
    assert (mask.getpixel((0, 0)), mask.getpixel((48, 32))) == (0, 255)
    assert {Sample("photo").draw().getpixel((92, y)) for y in (20, 28, 36)} == {
        (230, 30, 40),
        (30, 190, 60),
        (30, 70, 230),
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Node", '"Node"'),
        ('{"a": 1}', "'{\"a\": 1}'"),
        (r"(\w)=", r'r"(\w)="'),
        ("a\nb", '"a\\nb"'),
        ("a\\", '"a\\\\"'),
        ("'\"", '"\'\\""'),
        ({"a": [1, None, True]}, '{"a": [1, None, True]}'),
        (Picture(64, 43, "RGB"), "image 64×43 RGB"),
        (Sample("photo"), "photo"),
        (Tensor([[1, 2]]), "tensor([[1, 2]])"),
        (dt.date(2026, 7, 29), "2026-07-29"),
        ("x" * 900, '"' + "x" * 265 + " … " + "x" * 130 + '"'),
    ],
)
def test_values_as_written(value, text):
    assert written(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nodetool.text.Concat", 'Concat(a="Node", b="Tool")  ->  "NodeTool"'),
        ("nodetool.control.Count", 'Count(input_item=stream("a", "b", "c"))  ->  3'),
        ("nodetool.control.RepeatCount", "RepeatCount(count=3)  ->  0, 1, 2  (one after the other)"),
        ("nodetool.control.If", 'If(condition=True, value="tea")  ->  if_true: "tea"'),
        (
            "nodetool.control.Collection",
            'Collection(items=["a", "b"])  ->  output: "a", index: 0; output: "b", index: 1  (one after the other)',
        ),
        ("nodetool.list.Randomize", "Randomize(values=[1, 2, 3, 4])  ->  (another result each time)"),
        ("nodetool.workflows.base_node.Group", 'Group(name="Reading the file")  ->  nothing'),
        (
            "nodetool.text.CountTokens",
            'CountTokens(text="How many tokens are these?")  ->  6\nNeeds the package tiktoken',
        ),
        (
            "nodetool.dictionary.Combine",
            'Combine(dict_a={"tea": 2, "milk": 1}, dict_b={"milk": 5})  ->  {"tea": 2, "milk": 5}',
        ),
    ],
)
def test_examples_as_people_write_them(name, text):
    assert spoken(registry.get(name), example_of(name)) == text


CONCAT = registry.get("nodetool.text.Concat")
TABLE = {"rows": [{"tea": "green", "cups": 2}, {"tea": "black", "cups": None}, {"tea": "x" * 80}]}


@pytest.mark.parametrize(
    ("given", "gives", "lines"),
    [
        ({"a": "x" * 86}, "y", ['Concat(a="' + "x" * 86 + '")', '    ->  "y"']),
        ({"a": "x" * 86, "b": "z"}, "y", ["Concat(", '    a="' + "x" * 86 + '",', '    b="z",', ")", '    ->  "y"']),
        ({}, TABLE, ["Concat()", f"    ->  tea{' ' * 79}cups", f"        green{' ' * 77}2"]),
        ({}, {"a": ["x" * 96]}, ["Concat()", "    ->  {", '            "a": [', '                "' + "x" * 96 + '",']),
    ],
)
def test_a_long_example_is_laid_out(given, gives, lines):
    assert spoken(CONCAT, Example(CONCAT.name, given, gives)).splitlines()[: len(lines)] == lines


def test_a_table_is_read_in_both_shapes():
    columns = {"type": "dataframe", "columns": [{"name": "tea", "data_type": "string"}], "data": [["green"], [None]]}
    assert rows_of(columns) == [["tea"], ["green"], [None]]
    assert rows_of(TABLE)[:3] == [["tea", "cups"], ["green", 2], ["black", None]]
    assert rows_of({"rows": []}) == rows_of({"rows": [1]}) == rows_of([1]) == []


def test_showing_a_type_shows_its_example():
    text = catalog.nodes_text("nodetool.text.Concat")
    assert text.endswith('Example:\n    Concat(a="Node", b="Tool")  ->  "NodeTool"')


def test_examples_are_read_only_when_asked_for():
    code = (
        "import sys, nodetool_jupyter.nodes.examples, nodetool_jupyter.api.catalog\n"
        "print([name for name in ('yaml', 'PIL', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout.strip() == "[]"
