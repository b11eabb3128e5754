"""What nodetool.code.Code means: what a script finds, what comes out of it, and what ends it."""

import asyncio
import json
import math
import os
import queue
import sys
import time
from pathlib import Path

import pytest

from nodetool_jupyter.engine.plan import make_plan
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.errors import InvalidGraph
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes import kinds
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.processes import everyone
from nodetool_jupyter.values import ValueStore
from tests.engine.running import edge, graph, run

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "examples" / "nodetool"
SETTINGS = ("timeout", "max_response_mb", "packages", "allow_local_network", "allow_host_filesystem")


def code(script, **values):
    """A graph of one Code node, everything it sends to ``output`` and ``a`` gathered."""
    settings = {name: values.pop(name) for name in SETTINGS if name in values}
    more = {"dynamic_properties": values, "dynamic_outputs": {"a": {"type": "any"}}}
    return graph(
        {
            "c": ("nodetool.code.Code", {"code": script, **settings}, more),
            "all": "Collect",
            "o": ("Output", {"name": "o"}),
            "all_a": "Collect",
            "a": ("Output", {"name": "a"}),
        },
        "c all.input_item",
        "all o.value",
        "c.a all_a.input_item",
        "all_a a.value",
    )


def sent(script, **values):
    """What the script sends to ``output``, and to ``a`` behind it."""
    result = run(code(script, **values)).result
    return [*result["o"], *result["a"]]


@node(namespace="scripts")
def seen(value=None):
    """Tell the test what came."""
    SEEN.put(value)


SEEN = queue.SimpleQueue()


def cancelled(script, look=lambda: None, **settings):
    """Run a script until it has sent something to ``a``, then ``look``, then cancel."""
    data = code(script)
    data["nodes"].append({"id": "seen", "type": "scripts.seen", "data": {}})
    data["edges"].append(edge("c.a seen.value"))

    async def cancel(runner, lines):
        await asyncio.to_thread(SEEN.get, timeout=20)
        look()
        runner.cancel()

    return run(data, during=cancel, **settings)


def failure(script, **values):
    ran = run(code(script, **values))
    assert ran.outcome.status == "error"
    return ran.outcome.error


@pytest.mark.parametrize(
    ("script", "inputs", "expected"),
    [
        # what a script is given
        ("return inputs.text + '!'", {"text": "hi"}, ["hi!"]),
        ("return text + '!'", {"text": "hi"}, ["hi!"]),
        ("const text = inputs.text.trim(); return text", {"text": " hi "}, ["hi"]),
        ("return [inputs.self, inputs.ctx, inputs.JSON, typeof JSON]", {"self": 1, "ctx": 2, "JSON": 3},
         [[1, 2, 3, "object"]]),
        ("return inputs.list.map(n => n * 2)", {"list": [1, 2.5]}, [[2, 5]]),
        ("return inputs.nan !== inputs.nan", {"nan": math.nan}, [True]),
        ("return inputs.data.deep[0].inf", {"data": {"deep": [{"inf": -math.inf}]}}, [-math.inf]),
        ("return inputs.missing === undefined", {}, [True]),
        ("return inputs.none === null", {"none": None}, [True]),
        ("return [...inputs.text].length", {"text": "é😀"}, [2]),
        # where what it returns goes
        ("return {output: 1, a: 2}", {}, [1, 2]),
        ("return {a: 2}", {}, [2]),
        ("return {}", {}, []),
        ("", {}, []),
        ("return undefined", {}, []),
        ("return {output: undefined, a: null}", {}, [None]),
        ("return null", {}, [None]),
        ("return [1, 2]", {}, [[1, 2]]),
        ("return false", {}, [False]),
        ("await output('output', 1); await output('a', 2); return 3", {}, [1, 3, 2]),
        ("output('output', 'not awaited')", {}, ["not awaited"]),
        ("for (const n of [1, 2, 3]) await output('output', n)", {}, [1, 2, 3]),
        # the values that JSON has no form for
        ("return [undefined, NaN, Infinity, -0]", {}, [[None, math.nan, math.inf, 0]]),
        ("return {a: {kept: 1, dropped: undefined, f: () => 1}}", {}, [{"kept": 1}]),
        ("return 2n ** 70n", {}, [2**70]),
        ("return new Date(0)", {}, ["1970-01-01T00:00:00.000Z"]),
        ("return new Map([['k', new Set([1])]])", {}, [{"k": [1]}]),
        ("return [new Float32Array([1.5]), /x/g, new Error('e')]", {}, [[[1.5], "/x/g", "Error: e"]]),
        (r"return ['\ud800x', '\\ud800', {'\udfff': 1}]", {}, [["\ufffdx", "\\ud800", {"\ufffd": 1}]]),
        ("return 2 ** 53", {}, [2**53]),
        # the language
        ("const {groups} = /(?<y>\\d{4})-(?<m>\\d\\d)/.exec(t); return {a: groups.y + groups.m}", {"t": "2026-07"},
         ["202607"]),
        ("return t.match(/(?<=\\$)\\d+/g)", {"t": "$12 and 13"}, [["12"]]),
        ("return t.normalize('NFD').replace(/\\p{M}/gu, '')", {"t": "Ålesund café"}, ["Alesund cafe"]),
        ("return t.replaceAll('a', 'b').padEnd(5, '.')", {"t": "aXa"}, ["bXb.."]),
        ("return Object.groupBy ? t?.length ?? 0 : 0", {"t": None}, [0]),
        ("class A { #x = 1; get x() { return this.#x } } return new A().x", {}, [1]),
        ("return await Promise.all([1, Promise.resolve(2)])", {}, [[1, 2]]),
        ("try { null.x } catch { return 'caught' } finally { await output('a', 1) }", {}, ["caught", 1]),
        # nothing of a host
        ("return [typeof fetch, typeof require, typeof process, typeof Deno, typeof setTimeout, typeof WebAssembly,"
         " typeof std, typeof os, typeof Worker, typeof __send, typeof __run].join()", {},
         [",".join(["undefined"] * 11)]),
        ("try { await import('fs') } catch (e) { return String(e) }", {},
         ["ReferenceError: could not load module 'fs'"]),
    ],
)  # fmt: skip
def test_what_a_script_gives(script, inputs, expected):
    found = sent(script, **inputs)
    assert repr(found) == repr(expected)  # where NaN is itself, and True no 1


def test_bytes_go_in_and_out(tmp_path):
    script = "return inputs.data.map(n => n + 1)"
    data = graph(
        {"n": ("test.Input", {"name": "n"}), "c": ("nodetool.code.Code", {"code": script}), "o": "Output"},
        "n.value c.data",
        "c o.value",
    )
    data["nodes"][1]["dynamic_inputs"] = {"data": {"type": "any"}}
    ran = run(data, params={"n": b"ab\xff"}, folder=tmp_path)
    assert ValueStore(tmp_path / "values").decode(ran.result["o"]) == b"bc\x00"


def test_what_a_script_cannot_read_is_named():
    data = graph({"n": ("test.Input", {"name": "n"}), "c": "nodetool.code.Code"}, "n.value c.thing")
    ran = run(data, params={"n": object()})
    assert "the input 'thing' is a object, which a script cannot read" in ran.outcome.error


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("let a = 1;\nfoo.bar", "failed in line 2: ReferenceError: foo is not defined"),
        ("let a = 1;\n\nlet b = ;", "failed in line 3: SyntaxError"),
        ("await null;\n[1].map(v =>\n  v.x.y)", "failed in line 3: TypeError: cannot read property 'y' of undefined"),
        ("throw new RangeError('too far')", "failed in line 1: RangeError: too far"),
        ("throw 'only text'", "failed: only text"),
        ("throw {get message() { throw 1 }}", "failed: "),
        ("const o = {}; o.o = o; return [o]", "a value that contains itself cannot leave the script"),
        ("return await new Promise(() => {})", "a promise that nothing will fulfil"),
        ("await output(1)", "output(name, value) needs the name of an output"),
        ("import x from 'y'", "SyntaxError"),
        ("let a = []; for (let i = 0; i < 3000; i++) a = [a]; return a", "nested too deep"),
    ],
)
def test_a_script_that_fails_says_where_and_why(script, says):
    assert says in failure(script)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("return 'x'.repeat(2**30)", "RangeError: invalid string length"),
        ("return 'x'.repeat(2**29)", "more memory than the 256 MB"),
        ("return new Array(1e9).fill(0)", "more memory than the 256 MB"),
        ("return new Uint8Array(2**29)", "more memory than the 256 MB"),
        ("const f = () => f() + 1; f()", "RangeError: Maximum call stack size exceeded"),
        ("eval('['.repeat(1e5))", "Maximum call stack size exceeded"),
        ("return JSON.parse('['.repeat(1e6) + ']'.repeat(1e6))", "Maximum call stack size exceeded"),
        ("return 2n ** (2n ** 40n)", "RangeError"),
        ("return 'x'.repeat(2**23)", "more than 8 MB came out of the script"),
        ("for (;;) console.log('x'.repeat(9999))", "more than 8 MB came out of the script"),
        ("for (;;) output('output', 'x'.repeat(9999))", "more than 8 MB came out of the script"),
    ],
)
def test_a_runaway_script_ends_within_its_limits(script, says):
    assert says in failure(script)


@pytest.mark.parametrize(
    "script",
    [
        "for (;;) {}",
        "for (;;) await null",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return 'a'.repeat(2**26).indexOf('a'.repeat(2**13) + 'b')",  # one native loop, which no engine interrupts
    ],
)
def test_a_script_that_takes_too_long_is_ended(script):
    began = time.monotonic()
    assert "took longer than its timeout of 0.5 s" in failure(script, timeout=0.5)
    assert time.monotonic() - began < 10


def test_more_may_come_out_where_more_is_allowed():
    assert sent("return 'x'.repeat(9e6)", max_response_mb=10)[0] is not None


@pytest.mark.parametrize("given", [{"timeout": 0}, {"max_response_mb": -1}])
def test_limits_must_be_more_than_nothing(given):
    assert "timeout and max_response_mb must be more than 0" in failure("return 1", **given)


def test_state_lives_from_item_to_item_of_one_node_only():
    count = {"code": "state.n = (state.n ?? 0) + inputs.item; return state.n"}
    data = graph(
        {
            "each": ("ForEach", {"input_list": [1, 2, 3]}),
            "first": ("nodetool.code.Code", count),
            "second": ("nodetool.code.Code", count),
            "all": "Collect",
            "o": "Output",
        },
        "each first.item",
        "first second.item",
        "second all.input_item",
        "all o.value",
    )
    assert run(data).result == {"o": [1, 4, 10]}


def test_what_was_an_input_before_is_no_global_any_more():
    script = "const before = typeof text; globalThis.text = 1; return before"
    assert sent(script, text="x") == ["string"]
    assert sent("return typeof text") == ["undefined"]


def test_what_it_sends_is_there_while_the_script_runs():
    assert cancelled("await output('a', 1); for (;;) {}").outcome.status == "cancelled"


@pytest.mark.parametrize(
    ("script", "streams"),
    [
        ("return {output: inputs.x}", False),
        ("const output = 1; return {output}", False),
        ("await output('a', 1)", True),
        ("[1].forEach(v => output ('a', v))", True),
        ("const emit = output;\nemit('a', 1)", True),
    ],
)
def test_a_script_counts_as_a_stream_where_it_sends_by_itself(script, streams):
    assert make_plan(resolve(read_graph(code(script)))).steps[0].streaming is streams


def test_a_script_that_only_returns_is_paired_with_every_item_of_a_stream():
    data = graph(
        {
            "each": ("ForEach", {"input_list": [1, 2]}),
            "ten": ("nodetool.code.Code", {"code": "return 10"}),
            "add": "lib.math.Add",
            "all": "Collect",
            "o": "Output",
        },
        "each add.a",
        "ten add.b",
        "add all.input_item",
        "all o.value",
    )
    assert run(data).result == {"o": [11, 12]}


def test_the_console_writes_into_the_log():
    ran = run(code("console.log('hi', {a: 1}, null, 2n); console.warn('careful'); console.error(new Error('e'))"))
    assert [(event.content, event.severity) for event in ran.events("log_update")] == [
        ('hi {"a":1} null 2', "info"),
        ("careful", "warning"),
        ('"Error: e"', "error"),
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"packages": ["csv", {"name": "xml"}]}, "its packages cannot be had here ('csv', 'xml')"),
        ({"allow_local_network": True}, "allow_local_network cannot be granted"),
        ({"allow_host_filesystem": True}, "allow_host_filesystem cannot be granted"),
    ],
)
def test_what_cannot_be_had_is_refused_before_the_job_runs(given, says):
    with pytest.raises(InvalidGraph) as refused:
        run(code("return 1", **given))
    assert says in str(refused.value)


def test_what_an_edge_brings_is_refused_when_it_comes():
    data = graph({"l": ("nodetool.constant.List", {"value": ["csv"]}), "c": "nodetool.code.Code"}, "l c.packages")
    assert "its packages cannot be had here ('csv')" in run(data).outcome.error


def test_without_the_engine_the_type_is_refused_by_name_with_the_cure(monkeypatch):
    monkeypatch.setattr(kinds, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "quickjs", raising=False)
    with pytest.raises(InvalidGraph) as refused:
        run(code("return 1"))
    assert str(refused.value.issues[0]) == (
        "node 'c' (nodetool.code.Code): it needs the package quickjs, which is not installed; "
        "pip install 'nodetool-jupyter[js]'"
    )


def test_its_description_names_what_it_needs():
    found = registry.get("nodetool.code.Code")
    assert found is not None
    said = describe(found)
    assert (said["requires"], said["extra"], said["supports_dynamic_outputs"]) == (["quickjs"], "js", True)


def test_a_cancel_ends_a_script_and_its_process():
    began = []
    ran = cancelled("output('a', 1); for (;;) {}", look=lambda: began.append(time.monotonic()))
    assert ran.outcome.status == "cancelled"
    assert time.monotonic() - began[0] < 1
    assert ran.events("log_update") == []  # nothing winds down
    assert hosts() == []


def hosts():
    """The command lines and environments of the scripts that this process runs."""
    own = [Path(f"/proc/{one.pid}") for one in everyone() if one.parent == os.getpid() and not one.zombie]
    read = [((folder / "cmdline").read_text(), (folder / "environ").read_text()) for folder in own]
    return [(line, environ) for line, environ in read if "script_host" in line]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_nothing_of_the_script_stands_in_a_command_line_and_no_secret_in_its_environment(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("PLAIN", "sekretsekret")
    found = []
    cancelled(
        "output('a', 1); for (;;) {} // of mine",
        look=lambda: found.extend(hosts()),
        secrets={"x": "sekretsekret"},
        env={"MINE": "word"},
    )
    ((line, environ),) = found
    assert "of mine" not in line
    assert "hunter2" not in environ
    assert "sekret" not in environ
    assert "MINE=word" in environ


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example workflows are not here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Count to Three with a Loop", {"final_count": 3}),
        ("Find Every Number in a Sentence", {"numbers": ["12", "47", "3"]}),
        ("Find and Replace", {"edited": "The quick brown fox jumps over the energetic dog"}),
    ],
)
def test_real_workflows(name, expected):
    data = json.loads((EXAMPLES / f"{name}.json").read_text())
    assert run(data.get("graph", data)).result == expected
