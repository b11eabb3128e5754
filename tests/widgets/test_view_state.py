"""The state of a view: what it says of a job, and that patches carry it whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events as ev
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.widgets.patch import merge, patch
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from tests.widgets.showcase import START, Story, cancelled, chain, chain_graph, completed, failed, graph, running

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5]) | st.text(max_size=2)


def flowing() -> Graph:
    """Two numbers that are added, the sum shown; a switched-off node and a comment beside them."""
    node = {"type": "lib.math.Add"}
    return Graph.model_validate(
        {
            "name": "sums",
            "nodes": [
                {"id": "a", "name": "first", **node},
                {"id": "b", **node, "data": {"a": 3, "b": 4}},
                {"id": "c", "name": "sum", **node, "data": {"a": 1}},
                {"id": "off", **node, "ui_properties": {"bypassed": True}},
                {"id": "note", "type": "nodetool.workflows.base_node.Comment", "data": {"comment": "read me"}},
            ],
            "edges": [
                {"id": "ac", "source": "a", "sourceHandle": "output", "target": "c", "targetHandle": "a"},
                {"id": "bc", "source": "b", "sourceHandle": "output", "target": "c", "targetHandle": "b"},
                {"id": "run", "source": "a", "sourceHandle": "o", "target": "b", "targetHandle": "__control__"},
            ],
        }
    )


def snapshot(story: Story, drawn: Graph | None = None, **about: Any) -> dict[str, Any]:
    return Snapshots(About(graph=drawn, **about)).of(story.state)


# -- patches ----------------------------------------------------------------------------------------------------------


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects without ``null`` where a key of an object would have it."""
    values = st.recursive(
        LEAVES.filter(lambda leaf: leaf is not None) | st.lists(st.text(max_size=2), max_size=2),
        lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


def exact(data: object) -> str:
    """The JSON of data: ``1``, ``1.0`` and ``true`` are different values there."""
    return json.dumps(data, sort_keys=True)


@given(documents(), documents())
def test_a_patch_makes_one_state_of_another(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert exact(merge(before, patch(before, after))) == exact(after)


@given(documents())
def test_nothing_changed_is_an_empty_patch(state: dict[str, Any]) -> None:
    assert patch(state, json.loads(json.dumps(state))) == {}


NODE = st.sampled_from(["a", "b", "c", "elsewhere"])
EVENTS = st.one_of(
    st.builds(ev.JobUpdate, status=st.sampled_from(["queued", "starting", "running", "error"]), attempt=st.just(1)),
    st.builds(ev.JobUpdate, status=st.just("starting"), attempt=st.integers(2, 3)),
    st.builds(ev.JobUpdate, status=st.just("completed"), result=st.just({"r": [{"x": 1}]})),
    st.builds(
        ev.NodeUpdate,
        node_id=NODE,
        node_name=st.text(max_size=3),
        node_type=st.just("lib.math.Add"),
        status=st.sampled_from(["running", "completed", "error"]),
        error=st.none() | st.text(max_size=3),
    ),
    st.builds(ev.NodeProgress, node_id=NODE, progress=st.integers(0, 4), total=st.just(4), message=st.none()),
    st.builds(ev.EdgeUpdate, edge_id=st.sampled_from(["ac", "bc"]), status=st.just("m"), counter=st.integers(0, 9)),
    st.builds(
        ev.OutputUpdate,
        node_id=NODE,
        node_name=st.just("n"),
        output_name=st.sampled_from("rs"),
        value=st.one_of(LEAVES, st.just([{"x": 1}, {"x": 2}]), st.just({"type": "image", "uri": "values/x.png"})),
    ),
    st.builds(ev.LogUpdate, node_id=NODE, content=st.text(max_size=4)),
    st.builds(ev.ResourceUpdate, memory=st.integers(0, 9) | st.none(), cpu_time=st.integers(0, 9)),
)


@given(st.lists(st.lists(EVENTS, max_size=4), max_size=8))
def test_a_view_that_was_sent_patches_sees_what_one_that_comes_anew_sees(batches: list[list[ev.Event]]) -> None:
    state, one, shown = JobState(job_id="j"), Snapshots(About(graph=flowing())), {}
    sent: dict[str, Any] = {}
    for number, event in enumerate([event for batch in batches for event in batch], 1):
        event.seq, event.time = number, START + number
    for batch in batches:
        for event in batch:
            state.apply(event)
        fresh = one.of(state)
        shown, sent = merge(shown, json.loads(json.dumps(patch(sent, fresh)))), fresh
    assert exact(shown) == exact(Snapshots(About(graph=flowing())).of(state) if batches else {})


def holes(data: Any) -> bool:
    """Whether a mapping in data has a ``None``, which a patch could not carry."""
    if isinstance(data, dict):
        return any(value is None or holes(value) for value in data.values())
    return any(map(holes, data)) if isinstance(data, list) else False


@pytest.mark.parametrize("story", [Story(), running(), completed(r=None), failed(), cancelled(), chain(5, 2)])
def test_a_state_has_no_null(story: Story) -> None:
    assert not holes(snapshot(story, graph()))


# -- what it says -----------------------------------------------------------------------------------------------------


def test_the_job_and_its_totals() -> None:
    story = running()
    story.tell(1.4, ev.ResourceUpdate(memory=500, cpu_time=1.0, gpu_memory={"0": 3, "1": 4}))
    story.tell(2.4, ev.ResourceUpdate(memory=700, cpu_time=2.5, gpu_memory={"0": 3, "1": 4}))
    found = snapshot(story, graph(), name="a run", strategy="threaded")
    job = found["job"]
    assert (job["id"], job["name"], job["strategy"], job["status"]) == ("k3jq2mx7ab", "a run", "threaded", "running")
    assert (job["done"], job["all"], job["progress"]) == (1, 4, round((1 + 7 / 16) / 4, 4))
    assert (job["memory"], job["gpu_memory"], job["cpu"]) == (700, 7, 1.5)
    assert (job["started"], found["at"]) == (START + 0.1, START + 2.4)
    assert "left" not in job and "ended" not in job


def test_a_job_without_a_name_has_its_graphs() -> None:
    assert snapshot(running(), flowing())["job"]["name"] == "sums"


def test_the_graph_in_boxes() -> None:
    drawn = snapshot(running(), flowing())["graph"]
    assert list(drawn["nodes"]) == ["a", "b", "c", "off"] and list(drawn["comments"]) == ["note"]
    assert drawn["nodes"]["a"] | {"x": 0, "y": 0, "w": 0, "h": 0} == {
        **{"name": "first", "type": "Add", "kind": "lib.math.Add", "bypassed": False},
        **{"x": 0, "y": 0, "w": 0, "h": 0},
    }
    assert drawn["comments"]["note"]["text"] == "read me"
    assert drawn["edges"]["bc"] == {
        **{"from": "b", "from_handle": "output", "to": "c", "to_handle": "b", "control": False}
    }
    assert drawn["edges"]["run"]["control"] is True


@pytest.mark.parametrize(
    ("story", "node", "shown"),
    [
        (running(), "a", {"status": "completed", "started": START + 0.1, "ended": START + 0.41}),
        (running(), "b", {"status": "running", "started": START + 0.42, "part": 0.4375, "message": "tile 7"}),
        (running(), "c", None),
        (failed("no"), "b", {"status": "error", "started": START + 0.42, "ended": START + 2.0, "error": "no"}),
        (failed("no"), "c", {"status": "not_run"}),
        (cancelled(), "b", {"status": "cancelled", "started": START + 0.42, "ended": START + 2.0}),
    ],
    ids=["completed", "running", "waiting", "failed", "not run", "cancelled"],
)
def test_nodes_as_they_are(story: Story, node: str, shown: dict[str, Any] | None) -> None:
    assert snapshot(story, graph())["nodes"].get(node) == shown


def test_a_node_that_is_switched_off_says_so() -> None:
    assert snapshot(Story(), flowing())["nodes"] == {"off": {"status": "bypassed"}}


def test_a_node_that_the_graph_does_not_have_names_itself() -> None:
    found = snapshot(Story().job(0, "running").node(1, "new", "running"))
    assert found["graph"] == {}
    assert found["nodes"]["new"] == {"status": "running", "name": "step new", "type": "Add", "started": START + 1}


def test_items_are_counted_where_they_leave_and_at_the_end_where_they_come_in() -> None:
    story = Story().job(0, "running").node(0, "a", "running").node(0, "b", "running").node(0, "c", "running")
    story.tell(1, ev.EdgeUpdate(edge_id="ac", status="message_sent", counter=7))
    story.tell(1, ev.EdgeUpdate(edge_id="bc", status="message_sent", counter=4))
    found = snapshot(story, flowing())
    assert {key: node.get("items") for key, node in found["nodes"].items() if key != "off"} == {"a": 7, "b": 4, "c": 7}
    assert found["edges"] == {"ac": 7, "bc": 4}


def test_the_log_has_its_numbers() -> None:
    found = snapshot(running(), graph())["log"]
    assert found == {
        "7": {"time": START + 1.3, "node": "", "severity": "info", "text": "radius 12 px"},
        "8": {"time": START + 1.3, "node": "", "severity": "warning", "text": "edges are mirrored"},
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.25, {"kind": "line", "text": "0.25"}),
        ("a\nb", {"kind": "text", "text": "a\nb"}),
        ([{"x": 1}], {"kind": "table", "columns": ["x"], "rows": [["1"]], "note": "1 row × 1 column"}),
        (
            {"type": "image", "uri": "values/a.png", "metadata": {"width": 8, "height": 4}},
            {"kind": "picture", "text": "picture 8 × 4", "alt": "picture 8 × 4"},
        ),
        (
            {"type": "np_array", "uri": "values/a.npy", "shape": [2, 3], "dtype": "<f4", "range": [0, 1.5]},
            {"kind": "line", "text": "array 2 × 3 float32", "note": "0 … 1.5"},
        ),
    ],
    ids=["number", "text", "table", "picture", "array"],
)
def test_outputs_at_a_glance(value: Any, shown: dict[str, Any]) -> None:
    assert snapshot(completed(r=value), graph())["outputs"] == {"r": shown}


def test_inputs_take_values_while_the_job_runs_only() -> None:
    assert snapshot(running(), graph(), pushable=("n",))["pushable"] == ["n"]
    assert snapshot(completed(), graph(), pushable=("n",))["pushable"] == []


@pytest.mark.parametrize(
    ("history", "seconds", "left"),
    [((), 1, None), ((4, 10, 6), 1, 5), ((6,), 6, 0), ((6,), 8.9, 0), ((6,), 9.1, None)],
    ids=["no history", "the median", "used up", "a little late", "unlike those before"],
)
def test_the_time_left(history: tuple[float, ...], seconds: float, left: float | None) -> None:
    story = Story().job(0, "running").log(seconds, "so far")
    maker = Snapshots(About(graph=graph()), history)
    assert maker.of(story.state)["job"].get("left") == left


def test_a_job_that_ended_has_no_time_left() -> None:
    assert "left" not in Snapshots(About(graph=graph()), (60.0,)).of(completed().state)["job"]


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_five_hundred_nodes_are_under_200_kilobytes() -> None:
    story = chain(499, 499)
    for number in range(300):
        story.log(9, f"line {number} of what the nodes wrote while they ran")
    assert len(json.dumps(snapshot(story, chain_graph(500)))) < 200_000


def test_long_words_are_cut() -> None:
    story = Story().job(0, "running").node(0, "a", "error", error="e" * 9_000).log(1, "l" * 9_000)
    found = snapshot(
        story, Graph.model_validate({"nodes": [{"id": "a", "type": "t.T", "name": "n" * 900}], "edges": []})
    )
    assert len(found["graph"]["nodes"]["a"]["name"]) == 200
    assert len(found["nodes"]["a"]["error"]) == 500 and len(found["log"]["3"]["text"]) == 500


def test_what_a_terminal_or_a_browser_would_obey_is_gone() -> None:
    found = snapshot(Story().job(0, "running").log(0, "\x1b[31m\u202ered\x00"), graph())
    assert found["log"]["2"]["text"] == "\ufffd[31m\ufffdred\ufffd"


def test_the_same_job_gives_the_same_bytes() -> None:
    one, other = (json.dumps(snapshot(completed(r=[{"x": 1}]), graph())) for _ in range(2))
    assert one == other


def test_figures_that_json_has_no_number_for_are_left_out() -> None:
    story = Story().job(0, "running").node(0, "a", "running")
    story.tell(1, ev.ResourceUpdate(cpu_time=1.0))
    story.tell(2, ev.ResourceUpdate(cpu_time=float("inf")))
    story.tell(2, ev.NodeProgress(node_id="a", progress=float("nan"), total=float("inf")))
    story.job(3, "error", duration=float("inf"))
    assert json.dumps(snapshot(story, graph()), allow_nan=False)
