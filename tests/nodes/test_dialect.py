"""Patterns mean what they mean in JavaScript, and none of them runs without end."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodetool_jupyter.nodes.dialect import searching
from nodetool_jupyter.nodes.javascript import UNDEFINED, to_number, to_text, truthy, typeof
from nodetool_jupyter.nodes.plain import plain_key, plain_text, same


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\d+", "12 ٣٤ 5", ["12", "5"]),
        (r"\D+", "1٣2", ["٣"]),
        (r"\w+", "né_1", ["n", "_1"]),
        (r"\W", "aé", ["é"]),
        (r"[\d\w-]+", "a-1 é", ["a-1"]),
        (r"[^\d]+", "1ab2", ["ab"]),
        (r"[\D]", "1a", ["a"]),
        (r"\s", "a\u00a0\n", ["\u00a0", "\n"]),
        (r"\bcat\b", "cat écat concat", ["cat", "cat"]),
        (r"\Bat", "cat at", ["at"]),
        (r"[\b]", "\x08b", ["\x08"]),
        (r"a$", "a\n", []),
        (r"a$|\n", "a\nb", ["\n"]),
        (r"[^]", "\n", ["\n"]),
        (r"x[]|y", "xy", ["y"]),
        (r"[[a]", "[a]", ["[", "a"]),
        (r"[a\]]+", "a]", ["a]"]),
        (r"[$]", "$", ["$"]),
        (r"\/\-\$", "/-$", ["/-$"]),
        (r"\u0041\x42\u{1F600}", "AB😀", ["AB😀"]),
        (r"(?<q>['\"])x\k<q>", "'x' \"x' \"x\"", ["'x'", '"x"']),
        (r"(?P<n>a)(?P=n)", "aa", ["aa"]),
        (r"(?<=\$)\d+", "$12 13", ["12"]),
        (r"(?<!\$)\b\d+", "$12 13", ["13"]),
        (r"\(\?<n>", "(?<n>", ["(?<n>"]),
        (r"\p{Lu}", "aÅ", ["Å"]),
    ],
)
def test_matches(pattern, text, matches):
    assert [match.group() for match in searching(pattern).all(text)] == matches


def test_the_end_of_each_line_matches_where_asked():
    assert [match.start() for match in searching("$", multiline=True).all("a\nb\n")] == [1, 3, 4]


@pytest.mark.parametrize(
    ("replacement", "result"),
    [
        ("[$1]", "[a]"),
        ("[$&]", "[ab]"),
        ("$$1", "$1"),
        ("$<n>", "b"),
        ("$<m>$9$x", "$<m>$9$x"),
        (r"\1\g<1>", r"\1\g<1>"),
    ],
)
def test_marks_in_a_replacement(replacement, result):
    assert searching("(a)(?<n>b)(c)?").replace("ab", replacement) == result


def test_a_group_that_took_no_part_is_replaced_by_nothing():
    assert searching("(a)|(b)").replace("ab", "<$1$2>") == "<a><b>"


MARKS = r"\d \w \b \D \s a b . * + ? | ( ) (?: (?<n> \k<n> [ [^ ] - $ ^ {2} {1,} \\ \u0041 \u{41} \1 ~~ && --"
PIECES = MARKS.split()


@given(
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | st.text(max_size=12), st.text("ab1 \n", max_size=12)
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_pattern_or_refused(pattern, text):
    try:
        search = searching(pattern)
    except ValueError as error:
        assert "does not read" in str(error)
        return
    assert isinstance(search.all(text), list)


@pytest.mark.parametrize(
    ("value", "text", "number", "kind"),
    [
        (None, "null", 0, "object"),
        (UNDEFINED, "undefined", math.nan, "undefined"),
        (True, "true", 1, "boolean"),
        (math.inf, "Infinity", math.inf, "number"),
        (-math.inf, "-Infinity", -math.inf, "number"),
        (math.nan, "NaN", math.nan, "number"),
        (10**400, str(10**400), math.inf, "number"),
        ("", "", 0, "string"),
        (" 12.0 ", " 12.0 ", 12, "string"),
        ("1_0", "1_0", math.nan, "string"),
        ("-Infinity", "-Infinity", -math.inf, "string"),
        ({}, "[object Object]", math.nan, "object"),
        ([], "", 0, "object"),
        ([[1, [2]], None], "1,2,", math.nan, "object"),
    ],
)
def test_conversions(value, text, number, kind):
    assert (to_text(value), typeof(value)) == (text, kind)
    found = to_number(value)
    assert found == number or (math.isnan(found) and math.isnan(number))


def test_what_counts_as_true():
    assert [truthy(value) for value in (0, 0.0, math.nan, "", None, UNDEFINED, False)] == [False] * 7
    assert all(map(truthy, (1, -0.5, "0", [], {}, True)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (2.0, "2"),
        (1.5, "1.5"),
        ([1, "å"], '[1, "å"]'),
        ({"a": None}, '{"a": null}'),
        ("x", "x"),
    ],
)
def test_plain_text(value, text):
    assert plain_text(value) == text


def test_keys_tell_values_apart():
    values = [1, "1", True, None, "None", 1.5, [1], "[1]", {"a": 1}, {"a": "1"}, frozenset([1]), b"1"]
    assert len({plain_key(value) for value in values}) == len(values)
    assert plain_key(1) == plain_key(1.0)
    assert plain_key({"a": 1, "b": 2}) == plain_key({"b": 2, "a": 1})
    thing = bytearray(b"x")
    assert plain_key(thing) == plain_key(thing) != plain_key(bytearray(b"x"))


def test_arrays_are_compared_item_by_item():
    import numpy as np

    assert same(np.array([1, 2]), np.array([1, 2]))
    assert not same(np.array([1, 2]), np.array([1, 3]))
    assert not same([True], [1])
