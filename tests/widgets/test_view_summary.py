from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets.live import live_html
from nodetool_jupyter.widgets.outputs import Outputs
from nodetool_jupyter.widgets.summary import bundle, pictures, summary_html, summary_text
from tests.widgets.showcase import (
    JOB,
    PAYLOADS,
    Page,
    Story,
    cancelled,
    chain,
    chain_graph,
    completed,
    failed,
    graph,
    refused,
    running,
)

RESULT = {
    "title": "china.jpg, for $5 and $6",
    "mean": 0.4821673,
    "table": [{"channel": "red", "mean": 152.4}, {"channel": "green", "mean": 4.6}],
    "histogram": {"type": "np_array", "uri": "values/" + "b" * 24 + ".npy", "dtype": "<f8", "shape": [3, 256]},
    "numbers": list(range(120)),
    "text": "the best of times,\nthe worst of times\n" * 40,
    "options": {"radius": 12},
}


def test_a_summary_tells_state_name_id_nodes_and_duration() -> None:
    text = Page(summary_html(completed().state, graph())).text
    assert "✓\xa0completed · china.jpg · k3jq2mx7ab · 4 of 4 nodes · 2.50 s" in text


def test_each_node_has_a_row_with_state_name_type_and_time() -> None:
    cells = Page(summary_html(completed().state, graph())).cells
    start = cells.index("✓\xa0completed")
    assert cells[start : start + 4] == ["✓\xa0completed", "photo", "LoadImage", "310 ms"]


def test_comments_in_a_graph_are_no_nodes() -> None:
    assert "a comment" not in summary_html(completed().state, graph())


def test_a_failed_job_says_which_node_and_why() -> None:
    text = Page(summary_html(failed().state, graph())).text
    assert "node 'blur' failed: ValueError: radius must be positive, not -3" in text


def test_nodes_that_never_ran_say_so_when_the_job_is_over() -> None:
    cells = Page(summary_html(failed().state, graph())).cells
    assert cells[cells.index("statistics") - 1] == "–\xa0not run"


def test_a_cancelled_job_says_that_its_thread_still_winds_down() -> None:
    text = Page(summary_html(cancelled().state, graph())).text
    assert "⊘\xa0cancelled" in text and "its thread still winds down" in text


def test_trouble_of_an_earlier_attempt_is_not_told_of_a_job_that_completed() -> None:
    story = running().job(2, "queued", attempt=2, reason="node_failed", error="disk full", node_id="b")
    story.job(3, "running", attempt=2).job(4, "completed", result={})
    assert "disk full" not in summary_html(story.state, graph())


def test_outputs_are_shown_by_name_each_in_its_form() -> None:
    cells = Page(summary_html(completed(**RESULT).state)).cells
    for name, value in (("mean", "0.482167"), ("histogram", "array 3 × 256 float64")):
        assert cells[cells.index(name) + 1] == value
    assert "channel" in cells and cells[cells.index("red") + 1] == "152.4"


def test_dollar_signs_are_kept_from_being_typeset_as_mathematics() -> None:
    _, attributes = Page(summary_html(completed(**RESULT).state)).tags[0]
    assert attributes["class"] == "mathjax_ignore tex2jax_ignore"


def test_the_log_keeps_its_last_twenty_lines() -> None:
    story = running()
    for number in range(50):
        story.log(1.4, f"line {number}.")
    text = Page(summary_html(story.state)).text
    assert "line 30." in text and "line 49." in text and "line 29." not in text


def test_cut_lines_of_the_log_are_told() -> None:
    state = running().state
    state.lines_cut = 1234
    assert "1,234 lines cut from the log" in summary_html(state)
    assert "1,234 lines cut from the log" in summary_text(state)


def test_a_long_graph_is_shortened_and_closed() -> None:
    story = chain(500, 500)
    story.job(9, "completed", result={})
    page = Page(summary_html(story.state, chain_graph(501)))
    assert sum(tag == "tr" for tag, _ in page.tags) <= 62
    assert [attributes for tag, attributes in page.tags if tag == "details"] == [{}]


def test_the_same_state_gives_the_same_bytes() -> None:
    first, second = (bundle(completed(**RESULT).state, graph()) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_no_file_is_named(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    result = {
        name: values.encode(value) for name, value in {"raw": b"12345", "image": Image.new("RGB", (8, 4))}.items()
    }
    data = bundle(completed(**result).state, graph(), values)
    assert str(tmp_path) not in str(data) and "values/" not in str(data)


def test_table_heads_have_a_scope() -> None:
    page = Page(summary_html(completed(**RESULT).state, graph()))
    heads = [attributes for tag, attributes in page.tags if tag == "th"]
    assert heads and all(attributes["scope"] in ("col", "row") for attributes in heads)


STATES = {
    "queued": Story().job(0, "queued", queue_position=3),
    "running": running(),
    "completed": completed(**RESULT),
    "failed": failed(),
    "cancelled": cancelled(),
    "chain": chain(500, 300),
}


@pytest.mark.parametrize("name", STATES)
def test_jupyterlab_keeps_every_element_and_style(name: str) -> None:
    state = STATES[name].state
    assert refused(summary_html(state, graph())) == []
    assert refused(live_html(state, graph())) == []


def test_the_check_against_the_sanitizer_finds_what_it_takes_out() -> None:
    assert refused('<div role="x" style="position:fixed;opacity:2"><svg></svg></div>') == [
        "<div role>", "<div style position:fixed>", "<div style opacity:2>", "<svg>",
    ]  # fmt: skip


def hostile(payload: str) -> tuple[JobState, Graph]:
    """A job in which every text that somebody else wrote is ``payload``."""
    story = Story(payload).job(0, "running").log(1, payload, payload)
    story.node(1, "a", payload, error=payload, result={payload: payload})
    story.job(2, "error", reason=payload, error=payload, node_id=payload, result={
        payload: payload, "list": [payload, payload * 9], "records": [{payload: payload}], "map": {payload: payload},
        "frame": {"type": "dataframe", "columns": [{"name": payload}], "data": [[payload]]},
        "array": {"type": "np_array", "uri": payload, "dtype": payload, "shape": [payload]},
        "object": {"type": "python_object", "uri": payload, "class": payload},
        "image": {"type": "image", "uri": payload, "metadata": {"width": payload, "height": payload}},
    })  # fmt: skip
    state = story.state
    state.nodes["a"].name = state.nodes["a"].type = state.nodes["a"].message = payload
    return state, Graph.model_validate(
        {"nodes": [{"id": "z", "type": payload, "name": payload}], "edges": [], "name": payload}
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_of_others_is_never_markup(payload: str) -> None:
    state, drawn = hostile(payload)
    harmless, plain_graph = hostile("harmless")
    for view in (summary_html, live_html):
        tags = [tag for tag, _ in Page(view(state, drawn)).tags]
        assert tags == [tag for tag, _ in Page(view(harmless, plain_graph)).tags]
        assert refused(view(state, drawn)) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_outputs_of_others_are_never_markup(payload: str) -> None:
    shown = Outputs({payload: payload, "records": [{payload: payload}]})._repr_html_()
    assert {tag for tag, _ in Page(shown).tags} <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_text_of_others_is_shown_as_it_is() -> None:
    text = Page(summary_html(failed("<b>bold</b> & $x").state, graph())).text
    assert "<b>bold</b> & $x" in text


def test_an_empty_line_in_a_text_does_not_end_the_html_for_markdown() -> None:
    text = "first\n\n[a link](javascript:alert(1))"
    state = failed(text).state
    state.result = {"text": text * 9}
    state.log[-1].content = text
    for shown in (summary_html(state, graph()), live_html(state, graph())):
        assert "\n\n" not in shown and text in Page(shown).text


def test_broken_characters_do_not_break_the_view() -> None:
    shown = summary_html(failed("half \ud83d of an emoji, \u202eturned").state, graph())
    assert "half � of an emoji, �turned" in shown
    shown.encode()


def test_pictures_among_the_outputs_are_png_in_their_order(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    red, blue = Image.new("RGB", (8, 4), "red"), Image.new("RGB", (2, 2), "blue")
    state = completed(one=values.encode(red), text="x", more=[values.encode(blue)]).state
    sizes = [Image.open(io.BytesIO(png)).size for png in pictures(state, values)]
    assert sizes == [(8, 4), (2, 2)]


def test_a_picture_is_named_in_the_summary(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    state = completed(photo=values.encode(Image.new("RGB", (8, 4)))).state
    cells = Page(summary_html(state, None, values)).cells
    assert cells[cells.index("photo") + 1] == "picture 8 × 4"


def test_a_picture_that_came_as_jpeg_is_given_as_png() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (6, 3)).save(buffer, "JPEG")
    data = {"type": "image", "uri": "", "data": base64.b64encode(buffer.getvalue()).decode()}
    (png,) = pictures(completed(photo=data).state)
    assert png.startswith(b"\x89PNG") and Image.open(io.BytesIO(png)).size == (6, 3)


def test_lost_broken_and_foreign_pictures_are_left_out(tmp_path: Path) -> None:
    result = {
        "lost": {"type": "image", "uri": "values/" + "a" * 24 + ".png"},
        "broken": {"type": "image", "uri": "", "data": "bm8gcGljdHVyZQ=="},
        "away": {"type": "image", "uri": "https://example.org/a.png"},
        "outside": {"type": "image", "uri": "values/../../secret.png"},
    }
    assert pictures(completed(**result).state, ValueStore(tmp_path)) == []


def test_a_bundle_has_html_and_text() -> None:
    data = bundle(completed().state, graph(), name="my run")
    assert set(data) == {"text/html", "text/plain"}
    assert all("my run" in str(part) and JOB in str(part) for part in data.values())


@pytest.mark.slow
def test_the_sanitizer_itself_changes_nothing(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are needed to run JupyterLab's sanitizer")
    packages = ("sanitize-html@2.12.1", "@jupyterlab/apputils@4.7.6")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps")
    got = subprocess.run([npm, "pack", packages[1]], cwd=tmp_path, capture_output=True, text=True)
    if got.returncode:
        pytest.skip("no npm registry can be reached")
    subprocess.run(["tar", "xzf", got.stdout.split()[-1], "package/lib/sanitizer.js"], cwd=tmp_path, check=True)
    subprocess.run([npm, "install", *quiet, packages[0]], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "package/lib/sanitizer.js").rename(tmp_path / "sanitizer.mjs")
    views = [view(story.state, graph()) for story in STATES.values() for view in (summary_html, live_html)]
    views += [view(*hostile(payload)) for payload in PAYLOADS for view in (summary_html, live_html)]
    views.append(Outputs(photo=Image.new("RGB", (4, 4)))._repr_html_())
    (tmp_path / "views.json").write_text(json.dumps(views))
    (tmp_path / "run.mjs").write_text(
        "import fs from 'fs'; import {Sanitizer} from './sanitizer.mjs'; const s = new Sanitizer();"
        "console.log(JSON.stringify(JSON.parse(fs.readFileSync('views.json', 'utf8')).map(v => s.sanitize(v))))"
    )
    done = subprocess.run([node, "run.mjs"], cwd=tmp_path, check=True, capture_output=True, text=True)
    kept = [(Page(html).tags, Page(html).text) for html in json.loads(done.stdout)]
    assert kept == [(Page(html).tags, Page(html).text) for html in views]
