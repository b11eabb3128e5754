"""One node looked at closely, and what a finished cell keeps of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nodetool_jupyter import events as ev
from nodetool_jupyter.values import ValueStore, closer
from nodetool_jupyter.widgets.detail import KEPT, detail, final
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from tests.widgets.showcase import START, Story, chain, chain_graph, completed, failed, graph
from tests.widgets.test_view_state import flowing


def line(text: str) -> dict[str, Any]:
    return {"kind": "line", "text": text}


def summed() -> Story:
    story = Story().job(0, "running").node(0, "a", "running").node(1, "a", "completed", result={"output": 7})
    return story.node(1, "b", "running").node(2, "b", "completed", result={"output": 9}).node(2, "c", "running")


def test_inputs_come_along_edges_else_from_the_node_itself() -> None:
    assert detail(summed().state, flowing(), "c")["inputs"] == {"a": line("7"), "b": line("9")}
    assert detail(summed().state, flowing(), "b")["inputs"] == {"a": line("3"), "b": line("4")}


def test_an_input_whose_value_has_not_come_is_left_out() -> None:
    assert "inputs" not in detail(Story().job(0, "running").state, flowing(), "c")


def test_several_edges_into_one_handle_are_shown_together() -> None:
    drawn = flowing()
    drawn.edges[1].targetHandle = "a"
    assert detail(summed().state, drawn, "c")["inputs"]["a"] == line("[7, 9]")


def test_outputs_are_what_was_sent_last_until_the_node_has_ended() -> None:
    story = Story().job(0, "running").node(0, "a", "running")
    story.tell(1, ev.PreviewUpdate(node_id="a", value=1, output="output"))
    assert detail(story.state, flowing(), "a")["outputs"] == {"output": line("1")}
    story.node(2, "a", "completed", result={"output": 5})
    assert detail(story.state, flowing(), "a")["outputs"] == {"output": line("5")}


def test_a_picture_keeps_its_small_copy() -> None:
    picture = Image.new("RGB", (320, 200), "red")
    small = {"type": "image", "width": 320, "height": 200, "mode": "RGB"}
    story = Story().job(0, "running").node(0, "a", "running").node(1, "a", "completed", result={"output": small})
    story.tell(1, ev.PreviewUpdate(node_id="a", value=closer(picture), output="output"))
    shown = detail(story.state, flowing(), "a")["outputs"]["output"]
    assert (shown["kind"], shown["text"]) == ("picture", "picture 320 × 200")
    assert shown["image"].startswith("data:image/jpeg;base64,/9j/")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html;base64,PGI+",
        "data:image/svg+xml;base64,PHN2Zz4=",
        'data:image/png;base64,x" onload="alert(1)',
        pytest.param("data:image/png;base64," + "A" * 5000, id="large"),
        3,
    ],
)
def test_only_a_small_picture_is_a_picture(address: object) -> None:
    small = {"type": "image", "width": 3, "height": 2, "mode": "RGB", "thumbnail": address}
    story = Story().job(0, "running").node(0, "a", "running").node(1, "a", "completed", result={"output": small})
    assert "image" not in detail(story.state, flowing(), "a")["outputs"]["output"]


def test_what_a_node_shows_itself_stands_beside_its_outputs() -> None:
    story = Story().job(0, "running").node(0, "a", "running")
    story.tell(1, ev.PreviewUpdate(node_id="a", value="so far"))
    assert detail(story.state, flowing(), "a")["outputs"] == {"preview": line("so far")}


def test_a_failed_node_has_its_error_its_traceback_and_its_own_lines() -> None:
    story = Story().job(0, "running").node(0, "a", "running").node(0, "b", "running")
    story.tell(1, ev.LogUpdate(node_id="a", content="mine"))
    story.tell(1, ev.LogUpdate(node_id="b", content="not mine"))
    story.node(2, "a", "error", error="ValueError: no", traceback='  File "/home/me/x.py", line 3\n')
    found = detail(story.state, flowing(), "a")
    assert (found["name"], found["type"], found["status"]) == ("photo", "nodetool.image.LoadImage", "error")
    assert (found["error"], found["traceback"]) == ("ValueError: no", '  File "/home/me/x.py", line 3\n')
    assert found["log"] == [{"time": START + 1, "severity": "info", "text": "mine"}]


def test_a_node_that_did_nothing_is_known_by_the_graph() -> None:
    found = detail(Story().state, flowing(), "a")
    assert found == {"node": "a", "name": "first", "type": "lib.math.Add", "status": "waiting"}


def test_a_node_that_nobody_knows_says_only_that() -> None:
    assert detail(Story().state, flowing(), "zz") == {"node": "zz", "name": "zz", "status": "waiting"}


# -- what stays -------------------------------------------------------------------------------------------------------


def last(story: Story, values: ValueStore | None = None, drawn: Any = None) -> dict[str, Any]:
    return final(Snapshots(About(graph=drawn or graph(), values=values)), story.state)


def test_a_finished_cell_keeps_the_details_of_every_node() -> None:
    assert list(last(completed())["details"]) == ["a", "b", "c", "d"]


def test_the_failed_node_comes_first() -> None:
    assert next(iter(last(failed())["details"])) == "b"


def test_details_take_64_kilobytes_at_most_and_leave_out_what_has_no_room() -> None:
    story = Story().job(0, "running")
    for number in range(60):
        story.node(number, f"n{number}", "running")
        story.node(number, f"n{number}", "completed", result={"output": "x" * 1900})
    found = last(story.job(99, "completed"), drawn=chain_graph(60))["details"]
    assert 20 < len(found) < 60
    assert len(json.dumps(found, ensure_ascii=False).encode()) < KEPT + 60 * 10


def test_stored_tables_show_their_head_and_stored_pictures_a_small_copy(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    rows = values.encode([{"x": number, "y": "z" * 90} for number in range(2_000)])
    photo = values.encode(Image.new("RGB", (640, 400), "blue"))
    assert rows["type"] == "json" and photo["type"] == "image"
    shown = last(completed(rows=rows, photo=photo), values)["outputs"]
    assert shown["rows"]["columns"] == ["x", "y"] and len(shown["rows"]["rows"]) == 10
    assert shown["photo"]["image"].startswith("data:image/jpeg;base64,") and len(shown["photo"]["image"]) < 4096


def test_a_picture_that_is_gone_is_named(tmp_path: Path) -> None:
    photo = {"type": "image", "uri": "values/" + "a" * 24 + ".png", "metadata": {"width": 2, "height": 1}}
    assert last(completed(photo=photo), ValueStore(tmp_path))["outputs"]["photo"] == {
        "kind": "picture",
        "text": "picture 2 × 1",
        "alt": "picture 2 × 1",
    }


def test_what_is_kept_names_no_folder() -> None:
    story = Story().job(0, "running").node(0, "a", "running")
    story.node(1, "a", "error", error="no", traceback='Traceback:\n  File "/home/me/lib/x.py", line 3, in f\n')
    story.job(2, "error", node_id="a", error="no")
    assert last(story)["details"]["a"]["traceback"] == 'Traceback:\n  File "x.py", line 3, in f\n'


def test_the_same_job_keeps_the_same_bytes() -> None:
    assert json.dumps(last(failed())) == json.dumps(last(failed()))


def test_a_large_graph_is_kept_too() -> None:
    assert len(json.dumps(last(chain(499, 499).job(9, "completed"), drawn=chain_graph(500)))) < 300_000
