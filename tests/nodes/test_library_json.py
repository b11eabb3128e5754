"""What the nodes of ``lib.json`` mean."""

import datetime as dt
import json
import math
import socket

import numpy as np
import pytest

from nodetool_jupyter.nodes.library import json as j
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.schema import conforms

DATA = {"user": {"name": "Ada", "age": "36", "tags": ["a", "b"], "ok": False, "gone": None}, "n": [1.5, 2], "a b": 3}
LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (j.StringifyJSON({"a": 1}, 0), '{"a":1}'),
        (j.StringifyJSON({"a": [1, {"b": None}], "c": {}, "d": []}), "{\n"
            '  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}'),
        (j.StringifyJSON([1, 2], 1), "[\n 1,\n 2\n]"),
        (j.StringifyJSON([1], 50), "[\n" + " " * 10 + "1\n]"),
        (j.StringifyJSON([1], -1), "[1]"),
        (j.StringifyJSON([2.0, 0.1, 1e21, 1e-7, 0.00001, -0.0], 0), "[2,0.1,1e+21,1e-7,0.00001,0]"),
        (j.StringifyJSON([math.nan, math.inf, True, None], 0), "[null,null,true,null]"),
        (j.StringifyJSON(2**60, 0), "1152921504606846976"),
        (j.StringifyJSON('é"\\\n\x01\u2028/', 0), '"é\\"\\\\\\n\\u0001\u2028/"'),
        (j.StringifyJSON("a\ud800", 0), '"a\\ud800"'),
        (j.StringifyJSON({1: "a", None: "b"}, 0), '{"1":"a","null":"b"}'),
        (j.StringifyJSON((1, {2}), 0), "[1,[2]]"),
        (j.StringifyJSON([dt.date(2026, 7, 29), dt.datetime(2026, 7, 29, 12, tzinfo=dt.UTC)], 0),
            '["2026-07-29","2026-07-29T12:00:00.000Z"]'),
        (j.StringifyJSON(np.array([[1, 2], [3, 4]]), 0), "[[1,2],[3,4]]"),
        (j.StringifyJSON(np.float32(0.5), 0), "0.5"),
        (j.StringifyJSON(1j, 0), '"1j"'),
        (j.StringifyJSON(), "{}"),
        (j.ParseDict('{"a": [1]}'), {"a": [1]}),
        (j.ParseList('[1, {"a": null}]'), [1, {"a": None}]),
        (j.GetJSONPathStr(DATA, "user.name"), "Ada"),
        (j.GetJSONPathStr(DATA, "$.user.tags[1]"), "b"),
        (j.GetJSONPathStr(DATA, "user.tags.0"), "a"),
        (j.GetJSONPathStr(DATA, '$["a b"]'), "3"),
        (j.GetJSONPathStr(DATA, "user.ok"), "false"),
        (j.GetJSONPathStr(DATA, "user.nope", "none"), "none"),
        (j.GetJSONPathStr(DATA, "user.gone", "none"), "none"),
        (j.GetJSONPathStr(), "{}"),
        (j.GetJSONPathInt(DATA, "user.age"), 36),
        (j.GetJSONPathInt(DATA, "n.0"), 1),
        (j.GetJSONPathInt(DATA, "n.9", -1), -1),
        (j.GetJSONPathFloat(DATA, "n.0"), 1.5),
        (j.GetJSONPathFloat(DATA, "n.1"), 2.0),
        (j.GetJSONPathFloat(DATA, "x"), 0.0),
        (j.GetJSONPathBool(DATA, "user.ok", True), False),
        (j.GetJSONPathBool(DATA, "user.tags"), True),
        (j.GetJSONPathBool(DATA, "x", True), True),
        (j.GetJSONPathList(DATA, "user.tags"), ["a", "b"]),
        (j.GetJSONPathList({"o": [{"n": 1}, {"n": 2}]}, "$.o[*].n"), [1, 2]),
        (j.GetJSONPathList(DATA, "x", [0]), [0]),
        (j.GetJSONPathList(DATA, "x.*", [0]), [0]),
        (j.GetJSONPathDict({"a": {"b": 1}}, "a"), {"b": 1}),
        (j.GetJSONPathDict({}, "a", {"d": 1}), {"d": 1}),
        (j.FilterJSON([{"a": 1, "b": 2}, {"a": 2}, {"a": True}, {"c": 1}, "x"], "a", 1), [{"a": 1, "b": 2}]),
        (j.FilterJSON([{"a": [1]}, {"a": None}, {}], "a", [1]), [{"a": [1]}]),
        (j.FilterJSON([{"a": None}, {}], "a"), [{"a": None}]),
        (j.JSONTemplate('{"name": "$user", "age": $age}', {"user": "Jo\n\"A\"", "age": 30}),
            {"name": 'Jo\n"A"', "age": 30}),
        (j.JSONTemplate('{"$k": ${v}, "price": "$$1"}', {"k": "a", "v": [None]}), {"a": [None], "price": "$1"}),
    ],
)  # fmt: skip
def test_meaning(result, expected):
    assert result == expected
    assert type(result) is type(expected)


OBJECT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
TREE = {"$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"}
NAMES = {"patternProperties": {"^n_": {"type": "integer"}}, "properties": {"x": {}}, "additionalProperties": False}
ENDLESS = r"^(a|aa)+$"
TRAP = "a" * 60 + "b"


@pytest.mark.parametrize(
    ("data", "schema", "expected"),
    [
        ({"a": 1}, {}, True),
        ({"a": 1}, OBJECT, True),
        ({"a": 1.0}, OBJECT, True),
        ({"a": "1"}, OBJECT, False),
        ({}, OBJECT, False),
        (None, {"type": "null"}, True),
        ((1, 2), {"type": "array", "items": {"type": "integer"}}, True),
        (dt.date(2026, 7, 29), {"type": "string"}, True),
        ([[], [[]]], TREE, True),
        ([[], [1]], TREE, False),
        ("x1", {"pattern": r"^\w\d$"}, True),
        ("x٣", {"pattern": r"^\w\d$"}, False),
        (5, {"pattern": "a"}, True),
        ("aa", {"pattern": r"^(?<letter>\w)\k<letter>$"}, True),
        ({"n_a": 1, "x": "y"}, NAMES, True),
        ({"n_a": "1"}, NAMES, False),
        ({"y": 1}, NAMES, False),
        ({"y": 1}, {"additionalProperties": {"type": "integer"}}, True),
        (["a", 1], {"prefixItems": [{"type": "string"}, {"type": "string"}]}, False),
        # what 2020-12 calls prefixItems is items in draft 7, which knows no prefixItems
        (["a", 1], {"$schema": "http://json-schema.org/draft-07/schema#", "prefixItems": [{"type": "null"}]}, True),
        (["a"], {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "null"}]}, False),
        ({"type": "object"}, {"$ref": "https://json-schema.org/draft/2020-12/schema"}, True),
        ({"type": 5}, {"$ref": "https://json-schema.org/draft/2020-12/schema"}, False),
        ("nonsense", {"format": "email"}, True),
        ({}, {"unevaluatedProperties": False, "properties": {}}, True),
    ],
)
def test_validation(data, schema, expected):
    assert j.ValidateJSON(data, schema) is expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: j.StringifyJSON(LOOP), "nested too deep"),
        (lambda: j.ParseDict("{"), "ParseDict: the text is not JSON"),
        (lambda: j.ParseDict("[]"), "ParseDict: the JSON is a list, not a dictionary"),
        (lambda: j.ParseList("{}"), "ParseList: the JSON is a dict, not a list"),
        (lambda: j.ParseList("[" * 100_000), "ParseList: the text is not JSON"),
        (lambda: j.GetJSONPathStr({}, "$.["), "GetJSONPathStr: the path .* does not read"),
        (lambda: j.GetJSONPathInt({"a": "x"}, "a"), "GetJSONPathInt: at 'a' is str 'x', not a number"),
        (lambda: j.GetJSONPathInt({"a": math.inf}, "a"), "GetJSONPathInt: at 'a' is float 'inf'"),
        (lambda: j.GetJSONPathFloat({"a": []}, "a"), "GetJSONPathFloat: at 'a' is list"),
        (lambda: j.GetJSONPathList({"a": 1}, "a"), "GetJSONPathList: at 'a' is int '1', not a list"),
        (lambda: j.GetJSONPathDict({"a": 1}, "a"), "GetJSONPathDict: at 'a' is int '1', not a dictionary"),
        (lambda: j.JSONTemplate('{"a": $name}', {"nam": 1}), "JSONTemplate: there is no value 'name': .*nam"),
        (lambda: j.JSONTemplate("[$a]", {"a": 1}), "JSONTemplate: the JSON is a list, not a dictionary"),
        (lambda: j.ValidateJSON({}, {"type": "nope"}), r"ValidateJSON: the schema does not read at \['type'\]: 'nope'"),
        (lambda: j.ValidateJSON({}, {"$ref": "https://example.com/x.json"}), "refers to 'https://example.com/x.json'"),
        (lambda: j.ValidateJSON({}, {"$ref": "#/$defs/x"}), "refers to '/.defs/x', which is not in it"),
        (lambda: j.ValidateJSON({}, {"$ref": "#"}), "refers to itself without end"),
        (lambda: j.ValidateJSON("a", {"pattern": "("}), r"ValidateJSON: the pattern '\(' does not read"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: j.GetJSONPathList(json.loads("[" * 300 + "]" * 300), "$..*..*..*..*..*"),
            "more than 1,000,000 values",
        ),
        (lambda: j.JSONTemplate('"' + '\\"' * 500_000, {}), "JSONTemplate: the text is not JSON"),
        (lambda: j.JSONTemplate('"' * 500_001 + "\\", {}), "JSONTemplate: the text is not JSON"),
    ],
)
def test_what_is_hostile_is_refused_in_time(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_schema_is_ever_fetched(monkeypatch):
    def reach(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", reach)
    monkeypatch.setattr(socket.socket, "connect", reach)
    with pytest.raises(ValueError, match="nothing is fetched"):
        conforms({}, {"allOf": [{"$ref": "http://example.com/schema.json#/a"}]})


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (TRAP, {"pattern": ENDLESS}),
        ({TRAP: 1}, {"patternProperties": {ENDLESS: {}}}),
        ({TRAP: 1}, {"additionalProperties": False, "patternProperties": {ENDLESS: {}}}),
        ({TRAP: 1}, {"propertyNames": {"pattern": ENDLESS}}),
    ],
)
def test_a_pattern_without_end_fails_in_time(data, schema, monkeypatch):
    monkeypatch.setattr("nodetool_jupyter.nodes.dialect.TIMEOUT", 0.05)
    with pytest.raises(ValueError, match=r"took longer than 0\.05 s"):
        j.ValidateJSON(data, schema)


def test_what_is_written_is_json_again():
    assert json.loads(j.StringifyJSON(DATA)) == DATA


def test_old_names_are_the_same_types():
    for name in ("StringifyJSON", "ValidateJSON", "ParseDict", "ParseList", "FilterJSON", "GetJSONPathStr"):
        assert registry.get(f"nodetool.json.{name}") is registry.get(f"lib.json.{name}")
