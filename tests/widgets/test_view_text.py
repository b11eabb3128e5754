from __future__ import annotations

import pytest

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.widgets import cells
from nodetool_jupyter.widgets.text import render
from tests.widgets.showcase import PAYLOADS, Story, cancelled, chain, chain_graph, completed, failed, graph, running


def lines(story: Story, width: int = 80, **options: object) -> list[str]:
    return render(story.state, graph(), width, **options).split("\n")  # type: ignore[arg-type]


def test_the_first_line_tells_state_name_id_nodes_and_time() -> None:
    assert lines(running())[0] == "● running · china.jpg · k3jq2mx7ab · 1 of 4 nodes · 1.20 s"


def test_a_finished_node_tells_its_type_and_time() -> None:
    assert lines(completed())[1] == "  ✓ photo       LoadImage     310 ms"


def test_a_running_node_tells_how_far_it_is() -> None:
    row = next(line for line in lines(running()) if "blur" in line)
    assert row.split() == ["●", "blur", "GaussianBlur", "█████░░░░░░░", "43", "%", "tile", "7", "880", "ms"]


def test_times_stand_below_each_other() -> None:
    rows = lines(failed())[2:4]
    assert rows[0].endswith("310 ms") and rows[1].endswith("1.58 s") and len(rows[0]) == len(rows[1])


def test_a_failed_job_tells_node_and_error() -> None:
    assert lines(failed())[1] == "  node 'blur' failed: ValueError: radius must be positive, not -3"


def test_a_long_error_is_broken_between_words() -> None:
    shown = lines(failed("a word and " * 40), 60)
    assert all(len(line) <= 60 for line in shown)
    assert shown[1:4] == [*shown[1:3], shown[3]] and shown[3].endswith("…") and not shown[1].endswith(" a wor")


def test_a_state_without_a_common_sign_is_written_out() -> None:
    shown = lines(cancelled())
    assert any(line.split()[:4] == ["⊘", "blur", "GaussianBlur", "cancelled"] for line in shown)
    assert any(line.split() == ["–", "report", "Output", "not", "run"] for line in shown)


def test_a_queued_job_tells_its_place() -> None:
    assert "number 3 in the queue" in lines(Story().job(0, "queued", queue_position=3))[0]
    assert "next in the queue" in lines(Story().job(0, "queued", queue_position=1))[0]
    assert "waits for GPU 0" in lines(Story().job(0, "queued", message="waits for GPU 0 (x), which y holds"))[0]


def test_a_job_that_is_being_cancelled_says_so() -> None:
    assert "cancelling" in lines(running().job(2, "running", cancel_requested=True))[0]


def test_a_second_attempt_is_told() -> None:
    assert "attempt 2" in lines(running().job(2, "running", attempt=2))[0]


def test_an_unknown_state_is_shown_as_its_word() -> None:
    state = running().state
    state.nodes["a"].status = "hibernating"
    assert any(line.split()[:4] == ["?", "photo", "LoadImage", "hibernating"] for line in render(state).split("\n"))


def test_a_state_without_events_is_shown() -> None:
    assert render(JobState()) == "◌ queued"


def test_the_last_lines_of_the_log_stand_below() -> None:
    assert lines(running())[-2:] == ["  radius 12 px", "  warning: edges are mirrored"]


def test_outputs_stand_below_by_name() -> None:
    shown = lines(completed(mean=0.25, table=[{"a": 1, "bb": "x"}, {"a": 22, "bb": "y"}]))
    start = shown.index("  mean   0.25")
    assert shown[start + 1 : start + 5] == [
        "  table   a  bb",
        "          1  x",
        "         22  y",
        "         (2 rows × 2 columns)",
    ]


@pytest.mark.parametrize("width", [200, 80, 60, 44, 30, 20])
@pytest.mark.parametrize("make", [running, completed, failed, cancelled])
def test_no_line_is_wider_than_the_terminal(make: object, width: int) -> None:
    story = make() if make is not completed else completed(a="x" * 500, b=[{"c" * 40: "d" * 90}] * 30, c={"k": 1})  # type: ignore[operator]
    assert max(cells.width(line) for line in lines(story, width)) <= width


@pytest.mark.parametrize("height", [1, 3, 8, 23])
def test_a_picture_never_has_more_lines_than_asked_for(height: int) -> None:
    story = failed("one\n" * 30)
    for number in range(30):
        story.log(3, f"line {number}")
    assert len(lines(story, 80, height=height)) <= height
    assert len(render(chain(500, 300).state, chain_graph(500), 80, height=height).split("\n")) <= height


def test_a_long_graph_shows_what_runs_and_counts_the_rest() -> None:
    shown = render(chain(500, 300).state, chain_graph(500)).split("\n")
    assert len(shown) <= 25
    assert any(line.lstrip().startswith("● step n300") for line in shown)
    counts = [line for line in shown if line.startswith("  … ")]
    left = sum(int(line.split()[1]) for line in counts)
    assert left + sum(line[2] in "✓●○" for line in shown) == 500


def test_failed_nodes_of_a_long_graph_are_shown_wherever_they_are() -> None:
    story = chain(500, 300).node(4, "n17", "error", error="broke").node(4, "n444", "error", error="broke too")
    shown = render(story.state, chain_graph(500))
    assert "step n17 " in shown and "step n444" in shown and "step n300" in shown


def test_wide_characters_keep_columns_aligned() -> None:
    story = completed()
    story.state.nodes["a"].name = "写真"
    story.state.nodes["b"].name = "é"  # e and a combining accent
    types = zip(lines(story)[1:4], ("LoadImage", "GaussianBlur", "statistics"), strict=True)
    assert {cells.width(line[: line.rindex(kind)]) for line, kind in types} == {16}


@pytest.mark.parametrize("payload", ["\x1b[2J", "\x1b]0;title\x07", "\r", "\x9b31m", "\u202e", "\b\b\b"])
def test_text_of_others_cannot_steer_the_terminal(payload: str) -> None:
    story = failed(f"a{payload}b").log(3, f"c{payload}d")
    story.state.nodes["a"].name = f"e{payload}f"
    story.state.result = {f"g{payload}h": f"i{payload}j", "k": {f"l{payload}m": 1}}
    shown = render(story.state, None, name=f"n{payload}o")
    assert not set(payload) & set(shown) - set("[2J]0;title31m")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_html_in_text_is_text(payload: str) -> None:
    assert payload.replace("\x00", "�")[:30] in render(failed(payload).state, None, 200)


def test_colour_is_on_signs_only() -> None:
    plain, coloured = render(failed().state, graph()), render(failed().state, graph(), color=True)
    assert "\x1b[31m✗\x1b[0m error" in coloured and "\x1b" not in plain


def test_the_same_state_gives_the_same_text() -> None:
    assert render(failed().state, graph()) == render(failed().state, graph())


@pytest.mark.parametrize("room", [4, 5, 6])
@pytest.mark.parametrize("text", ["日本語テキスト", "plain text", "❤️ ok and more"])
def test_cut_text_fits(text: str, room: int) -> None:
    assert cells.cut(text, room).endswith("…") and room - 1 <= cells.width(cells.cut(text, room)) <= room
    assert cells.width(cells.fill(text, room)) == room
    assert cells.width(cells.fill("x", room, right=True)) == room
