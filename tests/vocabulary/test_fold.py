"""The state of a job is a fold over its events: the same lines give the same state."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events as ev
from nodetool_jupyter.fold import LOG_TAIL, JobState, telling
from nodetool_jupyter.states import Status


def fold(*events: ev.Event | dict[str, Any]) -> JobState:
    """A state after these events, numbered and a second apart."""
    state = JobState()
    for seq, event in enumerate(events, 1):
        data = event if isinstance(event, dict) else event.model_dump(exclude_none=True)
        state.apply(ev.read({"seq": seq, "time": 100.0 + seq, "job_id": "j", "attempt": 1, **data}))
    return state


def node(status: str, node_id: str = "a", **more: Any) -> ev.NodeUpdate:
    return ev.NodeUpdate(node_id=node_id, node_name=node_id.upper(), node_type="x.Y", status=status, **more)


def test_a_job_from_its_submission_to_its_end() -> None:
    state = fold(
        ev.JobUpdate(status="queued", queue_position=2),
        ev.JobUpdate(status="starting"),
        ev.JobUpdate(status="running"),
        node("running"),
        ev.NodeProgress(node_id="a", progress=1, total=4, message="m"),
        ev.EdgeUpdate(edge_id="e", status="message_sent", counter=3),
        ev.OutputUpdate(node_id="a", node_name="A", output_name="r", value=1),
        ev.OutputUpdate(node_id="a", node_name="A", output_name="r", value=2),
        ev.PreviewUpdate(node_id="a", value="p"),
        ev.LogUpdate(node_id="a", content="hello"),
        node("completed", result={"output": 2}),
        ev.JobUpdate(status="completed", result={"r": 2}, duration=5.0),
    )
    assert (state.job_id, state.seq, state.status, state.result) == ("j", 12, Status.COMPLETED, {"r": 2})
    assert (state.submitted, state.started, state.ended, state.duration) == (101.0, 103.0, 108.0, 5.0)
    assert (state.nodes["a"].duration, state.nodes["a"].message, state.nodes["a"].result) == (7.0, "m", {"output": 2})
    assert (state.edges, state.outputs, state.output_counts, state.previews) == (
        {"e": 3},
        {"r": 2},
        {"r": 2},
        {"a": "p"},
    )
    assert [line.content for line in state.log] == ["hello"]
    assert (state.done, state.progress, state.queue_position) == (1, 1.0, None)


def test_progress_counts_parts_of_nodes() -> None:
    state = JobState()
    state.expect([("a", "A", "x"), ("b", "B", "x")])
    assert state.progress == 0.0
    state.apply(node("running"))
    state.apply(ev.NodeProgress(node_id="a", progress=1, total=4))
    assert state.progress == 0.125
    state.apply(node("completed"))
    assert state.progress == 0.5


def test_nodes_that_wait_are_shown_in_the_graphs_order() -> None:
    state = fold(node("running", "b"))
    state.expect([("a", "A", "x"), ("b", "B", "x")])
    assert [(one.id, one.status) for one in state.nodes.values()] == [("a", "waiting"), ("b", "running")]


def test_a_new_attempt_begins_with_fresh_nodes() -> None:
    state = fold(
        ev.JobUpdate(status="running"),
        node("running"),
        ev.OutputUpdate(node_id="a", node_name="A", output_name="r", value=1),
        node("error", error="bad"),
        {"type": "job_update", "status": "starting", "attempt": 2},
    )
    assert state.attempt == 2
    assert (state.nodes["a"].status, state.nodes["a"].error, state.nodes["a"].started) == ("waiting", None, None)
    assert (state.outputs, state.output_counts) == ({}, {})


def test_a_line_seen_before_changes_nothing() -> None:
    state = fold(ev.JobUpdate(status="running"), ev.OutputUpdate(node_id="a", node_name="A", output_name="r", value=1))
    before = state.snapshot()
    state.apply(
        ev.read({"type": "output_update", "node_id": "a", "node_name": "A", "output_name": "r", "value": 9, "seq": 2})
    )
    assert state.snapshot() == before


def test_nodes_that_ran_at_the_end_were_cancelled() -> None:
    state = fold(ev.JobUpdate(status="running"), node("running"), ev.JobUpdate(status="cancelled", winding_down=True))
    assert state.nodes["a"].status == "cancelled"
    assert state.winding_down


def test_nodetools_word_for_an_error_is_read() -> None:
    state = fold(ev.JobUpdate(status="failed", error="bad", reason="node_failed", node_id="a"))
    assert (state.status, state.error, state.failed_node) == (Status.ERROR, "bad", "a")


def test_the_log_keeps_its_tail_and_gaps_are_counted() -> None:
    state = fold(*(ev.LogUpdate(content=str(n)) for n in range(LOG_TAIL + 5)), ev.Gap(first=1, last=9, lines=9))
    assert len(state.log) == LOG_TAIL
    assert state.log[-1].content == str(LOG_TAIL + 4)
    assert state.lines_cut == 9


def test_an_unknown_event_only_moves_the_number_on() -> None:
    assert fold(ev.read({"type": "brand_new", "x": 1})).seq == 1


some_events = st.lists(
    st.one_of(
        st.builds(
            ev.JobUpdate, status=st.sampled_from(["queued", "starting", "running", "completed", "error", "failed"])
        ),
        st.builds(node, st.sampled_from(["running", "completed", "error"]), st.sampled_from("abc")),
        st.builds(ev.NodeProgress, node_id=st.sampled_from("abc"), progress=st.floats(0, 9), total=st.floats(0, 9)),
        st.builds(
            ev.OutputUpdate,
            node_id=st.just("a"),
            node_name=st.just("A"),
            output_name=st.sampled_from("rs"),
            value=st.integers(),
        ),
        st.builds(ev.EdgeUpdate, edge_id=st.sampled_from("ef"), status=st.just("drained"), counter=st.integers(0, 9)),
    ),
    max_size=25,
)


@given(some_events, st.data())
def test_reading_lines_again_gives_the_same_state(events: list[ev.Event], data: st.DataObject) -> None:
    lines = [
        ev.dump_line(event, job_id="j", attempt=1, seq=seq, time=float(seq), source=None)
        for seq, event in enumerate(events, 1)
    ]
    once, twice = JobState(), JobState()
    for line in lines:
        once.apply(ev.parse(line))
    cut = data.draw(st.integers(0, len(lines)))
    for line in [*lines[:cut], *lines[: data.draw(st.integers(0, cut))], *lines]:
        twice.apply(ev.parse(line))
    assert twice.snapshot() == once.snapshot()
    assert 0.0 <= once.progress <= 1.0


LINES = st.sampled_from(
    [
        ev.LogUpdate(content='"type":"chunk"'),
        ev.Notification(content="n"),
        ev.Chunk(content="c"),
        ev.OutputUpdate(node_id="a", node_name="A", output_name="r", value={"type": "log_update"}),
        node("running"),
        ev.EdgeUpdate(edge_id="e", status="message_sent", counter=2),
    ]
)


@given(st.lists(LINES, max_size=40), st.integers(0, 30))
def test_the_lines_that_a_state_needs_make_the_state(events: list[ev.Event], tail: int) -> None:
    lines = [
        ev.dump_line(event, job_id="j", attempt=1, seq=seq, time=100.0 + seq, source=None)
        for seq, event in enumerate([*events, *[ev.LogUpdate(content="l")] * LOG_TAIL, *events[:tail]], 1)
    ]
    whole, some = JobState(), JobState()
    for line in lines:
        whole.apply(ev.parse(line))
    for line in telling(lines):
        some.apply(ev.parse(line))
    assert some.snapshot() == whole.snapshot()


def test_what_nobody_will_see_of_a_busy_job_is_not_read() -> None:
    lines = [
        ev.dump_line(ev.LogUpdate(content="l"), job_id="j", attempt=1, seq=seq, time=1.0, source=seq)
        for seq in range(1, 1001)
    ]
    assert telling(lines) == lines[-LOG_TAIL:]
