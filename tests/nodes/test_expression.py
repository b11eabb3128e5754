"""JavaScript expressions: they mean what JavaScript means, and end whatever they are given."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodetool_jupyter.nodes.expression import MAX_DEPTH, MAX_LENGTH, ExpressionError, expression, predicate

SCOPE = {"item": {"a": {"b": [10, 20]}, "text": " Näme ", "n": None, "length": 7}, "x": 5, "list": [1, "2", None]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("2 * 3 % 4", 2),
        ("-7 % 3", -1),
        ("7.5 % 2", 1.5),
        ("6 / 4", 1.5),
        ("6 / 3", 2),
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("0x1f + .5 + 1e1", 41.5),
        ("-x + +'3'", -2),
        ("'a' + 1 + true + null", "a1truenull"),
        ("1 + null", 1),
        ("[1, 2] + ''", "1,2"),
        ("'' + 0.5 + ' ' + .00001 + ' ' + 1e-7 + ' ' + 1e21 + ' ' + 2.0", "0.5 0.00001 1e-7 1e+21 2"),
        ("'5' * '2'", 10),
        ("'tab\\tu\\u0041\\x42\\u{43}\\''", "tab\tuABC'"),
        ("`plain`", "plain"),
        ("1 === 1.0", True),
        ("1 === true", False),
        ("1 == true", True),
        ("1 === '1'", False),
        ("1 == '1'", True),
        ("'' == 0", True),
        ("null == undefined", True),
        ("null === undefined", False),
        ("null == 0", False),
        ("NaN === NaN", False),
        ("[1] == 1", True),
        ("[] === []", False),
        ("1 !== '1'", True),
        ("1 != '1'", False),
        ("'b' > 'a'", True),
        ("'10' < '9'", True),
        ("'10' < 9", False),
        ("'abc' < 5", False),
        ("'abc' >= 5", False),
        ("null >= 0", True),
        ("undefined <= 0", False),
        ("100 <= 150 <= 200", True),
        ("300 <= 150 <= 200", True),
        ("true && 'yes'", "yes"),
        ("0 && boom", 0),
        ("'' || 'other'", "other"),
        ("1 || boom", 1),
        ("null ?? 4", 4),
        ("0 ?? 4", 0),
        ("true || false && false", True),
        ("!0 && !''", True),
        ("!!'false'", True),
        ("![]", False),
        ("x > 3 ? 'big' : x > 1 ? 'mid' : 'small'", "big"),
        ("typeof x", "number"),
        ("typeof item", "object"),
        ("typeof item.zzz === 'undefined'", True),
        ("item.a.b[1]", 20),
        ("item['a'][\"b\"].length", 2),
        ("item.length", 7),
        ("item.a.b[9]", None),
        ("item.a.b[-1]", None),
        ("item.zzz", None),
        ("item.n?.deep", None),
        ("item?.a?.b[0]", 10),
        ("'abc'[1]", "b"),
        ("'a😀'.length", 3),
        ("item.text.trim().toUpperCase()", "NÄME"),
        ("'ABC'.toLowerCase().startsWith('ab')", True),
        ("'abc'.endsWith('c') && 'abc'.includes('b')", True),
        ("list.includes('2') && !list.includes(2)", True),
        ("list.indexOf(null)", 2),
        ("'abcdef'.slice(1, -1)", "bcde"),
        ("'abc'.charAt(1)", "b"),
        ("(12).toString() + [1, null, 2].toString()", "121,,2"),
    ],
)
def test_value(text, value):
    found = expression(text)(SCOPE)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a value is missing at character 1"),
        ("item +", "a value is missing at character 7"),
        ("item ==== 3", "'=' is not understood"),
        ("(1", r"'\)' is expected, not the end"),
        ("1 2", "'2' is not expected at character 3"),
        ("x = 3", "'=' is not understood"),
        ("item.", "a name is expected"),
        ("item.text.match(/x/)", "there is no method 'match'"),
        ("'open", "is not understood"),
        ("x ? 1", "':' is expected"),
        ("(" * 500 + "1" + ")" * 500, f"deeper than {MAX_DEPTH} levels"),
        ("!" * 500 + "1", "deeper than"),
        ("1" + "+1" * 500, "operators stand in a row"),
        ("x" + ".y" * 500, "accesses stand in a row"),
        ("1" * (MAX_LENGTH + 1), "characters; it may have"),
    ],
)
def test_what_does_not_read_is_refused_with_its_place(text, message):
    with pytest.raises(ExpressionError, match=message):
        expression(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y > 1", "'y' is not defined; there are item, x, list"),
        ("item.n.length", "null has no property 'length'"),
        ("item.zzz.deep", "undefined has no property"),
        ("x.trim()", "number has no method 'trim'"),
        ("x.indexOf(1)", "no items to look among"),
        ("'abc'.slice('x')", "cannot be evaluated"),
    ],
)
def test_what_cannot_be_evaluated_is_one_error(text, message):
    run = expression(text)
    with pytest.raises(ExpressionError, match=message):
        run(SCOPE)


@pytest.mark.parametrize("text", ["item.__class__", "x.__class__", "item['__class__']", "'a'.__class__", "list.append"])
def test_python_is_out_of_reach(text):
    assert expression(text)(SCOPE) is None


def test_words_are_operators_where_asked():
    assert expression("not x and 1 or item.a.b[0] == 10", words=True)({**SCOPE, "x": 5}) is True
    with pytest.raises(ExpressionError):
        expression("x and 1")


def test_a_key_may_be_called_like_a_word():
    assert expression("row.not and 1", words=True)({"row": {"not": True}}) == 1


@pytest.mark.parametrize(
    ("text", "item", "holds"),
    [
        ("item % 2 === 0", 4, True),
        ("item.length > 10", None, False),
        ("item", [], True),
        ("item", 0.0, False),
        ("item", math.nan, False),
        ("", None, True),
        ("   ", None, True),
        ("unknown", 1, False),
    ],
)
def test_a_predicate_that_throws_does_not_hold_and_an_empty_one_does(text, item, holds):
    assert predicate(text)({"item": item}) is holds


ALPHABET = """item x 1 0 2.5 'a' "" true null undefined NaN ( ) [ ] . , ? : ! - + * / % < <= == === != !== && || ??
    ?. typeof .length .trim() .slice(1) .includes(x) 1e308 99999999999999999999"""
WORDS = st.sampled_from(ALPHABET.split())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=40), VALUES, VALUES)
@settings(max_examples=600, deadline=None)
def test_anything_ends_with_a_value_or_the_one_error(text, item, x):
    try:
        run = expression(text)
    except ExpressionError:
        return
    assert isinstance(predicate(text)({"item": item, "x": x}), bool)
    try:
        run({"item": item, "x": x})
    except ExpressionError:
        return
