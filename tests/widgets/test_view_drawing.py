"""The graph as a picture: what is in it, how large it is, and that nothing else decides about its bytes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import nodetool_jupyter as nt
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.graph import Graph, read_graph
from nodetool_jupyter.widgets import canvas, drawing, lettering, wording
from nodetool_jupyter.widgets.layout import COMMENT, GROUP, NODE_WIDTH
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from nodetool_jupyter.widgets.summary import GRAPH_TYPE, graph_output
from tests.conftest import ROOT
from tests.widgets.showcase import JOB, PAYLOADS, Story, chain, completed, failed, graph
from tests.widgets.test_view_layout import path
from tests.widgets.test_view_tables import contrast


def view(drawn: Graph, state: JobState | None = None) -> dict[str, Any]:
    return Snapshots(About(graph=drawn)).of(state or JobState())


def picture(drawn: Graph, state: JobState | None = None) -> drawing.Picture:
    found = drawing.draw(view(drawn, state))
    assert found is not None
    return found


def opened(shown: drawing.Picture) -> Image.Image:
    return Image.open(io.BytesIO(shown.png))


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is written on pictures, in its order."""
    written: list[str] = []
    write = lettering.write

    def note(pen: object, place: tuple[float, float], text: str, size: int, colour: str) -> None:
        written.append(text)
        write(pen, place, text, size, colour)

    monkeypatch.setattr(canvas.lettering, "write", note)
    return written


def named(*names: str) -> Graph:
    nodes = [{"id": str(n), "type": "lib.image.Blur", "name": name} for n, name in enumerate(names)]
    return read_graph({"nodes": nodes, "edges": []})


def test_each_node_tells_its_name_its_type_and_how_long_it_took(texts: list[str]) -> None:
    picture(graph(), completed().state)
    start = texts.index("photo")
    assert texts[start : start + 4] == ["photo", "LoadImage", "✓", "310 ms"]


def test_a_failed_node_says_why_and_one_after_it_that_it_never_ran(texts: list[str]) -> None:
    picture(graph(), failed("bad radius").state)
    assert "bad radius" in texts and texts.count("not run") == 2


def test_a_stream_tells_how_many_items_passed(texts: list[str]) -> None:
    drawn = read_graph({
        "nodes": [{"id": "a", "type": "t.A"}, {"id": "d", "type": "t.D"}],
        "edges": [{"id": "e", "source": "a", "sourceHandle": "o", "target": "d", "targetHandle": "i"}],
    })  # fmt: skip
    state = completed().state
    state.edges["e"] = 1200
    picture(drawn, state)
    assert "310 ms · 1,200 items" in texts


def test_a_workflow_that_never_ran_shows_no_states(texts: list[str]) -> None:
    picture(graph())
    assert {"photo", "LoadImage"} <= set(texts) and not {"○", "waiting", "not run"} & set(texts)


def test_groups_and_comments_are_drawn(texts: list[str]) -> None:
    nodes = [
        {"id": "g", "type": GROUP, "name": "Before"}, {"id": "a", "type": "t.A", "parent_id": "g"},
        {"id": "c", "type": COMMENT, "data": {"comment": "# Look\nat **this**"}},
    ]  # fmt: skip
    picture(read_graph({"nodes": nodes, "edges": []}))
    assert {"Before", "Look", "at this"} <= set(texts)


def test_a_graph_without_nodes_has_no_picture() -> None:
    assert drawing.draw(view(read_graph({"nodes": [], "edges": []}))) is None
    assert drawing.draw({}) is None


# -- how large it is --------------------------------------------------------------------------------------------------


def test_a_small_picture_has_two_pixels_for_each_of_the_page() -> None:
    shown = picture(named("a"))
    assert opened(shown).size == (2 * shown.width, 2 * shown.height) == (2 * (NODE_WIDTH + 32), 2 * 92)
    assert opened(shown).info["dpi"] == pytest.approx((192, 192), abs=0.1)


@pytest.mark.parametrize("nodes", [20, 100, 500, 2000])
def test_a_large_one_stays_within_its_bounds(nodes: int) -> None:
    shown = picture(path(nodes), chain(nodes - 1, nodes // 2).job(99, "error").state)
    image = opened(shown)
    assert image.width <= drawing.WIDEST and image.height <= drawing.HIGHEST + 100
    assert shown.width <= drawing.SHOWN and len(shown.png) < 2_000_000


def test_a_map_counts_the_states_and_names_what_failed(texts: list[str]) -> None:
    story = chain(1999, 300).node(400, "n300", "error", error="boom")
    picture(path(2000), story.job(401, "error").state)
    assert texts == ["– 1,699 not run · ✓ 300 completed · ✗ 1 error", "✗ Add"]


def test_of_a_graph_in_between_the_names_are_left_each_with_its_sign(texts: list[str]) -> None:
    picture(path(120), chain(119, 120).job(99, "completed").state)
    assert texts == ["✓", "Add"] * 120


# -- what is drawn of a text -------------------------------------------------------------------------------------------

DRAWN = {
    "Ωmega ж été ₂": "Ωmega ж été ₂", "line\nbreak": "line break", "画像の入力": "⋯", "日本 input": "⋯ input",
    "one 日本 two 🤖": "one ⋯ two ⋯", "\x1b[31mred\x00": "�[31mred�", "a\u202etxt.exe": "a�txt.exe", "": "",
}  # fmt: skip


@pytest.mark.parametrize("text", DRAWN)
def test_what_the_font_lacks_is_marked_and_what_would_be_obeyed_is_taken_out(text: str) -> None:
    assert lettering.drawable(text) == DRAWN[text]


def test_text_that_runs_from_right_to_left_is_drawn_or_marked() -> None:
    expected = "سلام" if lettering._shapes() else lettering.LACKING
    assert lettering.drawable("سلام") == expected


def test_a_name_that_cannot_be_drawn_gives_way_to_the_type_and_the_picture_says_so(texts: list[str]) -> None:
    picture(named("画像の入力"))
    assert " ".join(texts[:-2]) == wording.LACKING.format(sign="⋯")
    assert texts[-2:] == ["⋯ Blur", "Blur"]


def test_a_long_text_is_cut_to_its_room() -> None:
    shown = lettering.cut("an extraordinarily long name for a node", 13, 100)
    assert shown.endswith("…") and 80 < lettering.width(shown, 13) <= 100


SEAMS = {
    "short": ["short"], "regional_summary": ["regional_", "summary"], "a name of words": ["a name of", "words"],
    "FilterDictsByNumber": ["FilterDictsBy", "Number"], "unbreakablename": ["unbreaka…"],
}  # fmt: skip


@pytest.mark.parametrize("name", SEAMS)
def test_a_name_is_broken_at_its_seams(name: str) -> None:
    room = {"FilterDictsByNumber": 95.0}.get(name, 80.0)
    assert lettering.in_two(name, 13, room) == SEAMS[name]


GROUNDS = (canvas.CARD, drawing._NODE, drawing._FAILED, drawing._GROUP, drawing._COMMENT)


@pytest.mark.parametrize("ground", GROUNDS)
def test_words_stand_out_from_every_ground(ground: str) -> None:
    assert min(contrast(ink, ground) for ink in (canvas.INK, canvas.MUTED)) >= 4.5


def test_signs_and_lines_stand_out_from_theirs() -> None:
    looks = wording.LOOKS.values()
    pairs = [(look.colour, ground) for look in looks for ground in (drawing._NODE, canvas.CARD)]
    pairs += [(wording.LOOKS["error"].colour, drawing._FAILED), (drawing._EDGE, canvas.CARD)]
    assert [pair for pair in pairs if contrast(*pair) < 3] == []


def test_a_text_is_broken_between_words_and_says_where_it_goes_on() -> None:
    shown = lettering.wrap("one two three four five six\nseven", 13, 80, 2)
    assert len(shown) == 2 and shown[0] == "one two" and shown[1].endswith("…")
    assert max(lettering.width(line, 13) for line in shown) <= 80


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_of_others_is_drawn_as_it_is(payload: str, texts: list[str]) -> None:
    picture(named(payload), Story().job(0, "running").node(1, "0", "error", error=payload).state)
    shown = wording.one_line(payload)
    assert any(text and shown.startswith(text.rstrip("…").rstrip()) for text in texts)
    assert not any(ord(character) < 32 for text in texts for character in text)


# -- its bytes ---------------------------------------------------------------------------------------------------------


def test_the_same_job_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib; from tests.widgets.test_view_drawing import *;"
        "print(hashlib.sha256(picture(graph(), completed().state).png).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }  # fmt: skip
    assert len(made) == 1


def test_a_picture_tells_nothing_but_its_pixels() -> None:
    assert set(opened(picture(graph(), completed().state)).info) == {"dpi"}


def test_its_corners_let_the_page_through_and_the_rest_does_not() -> None:
    image = opened(picture(graph(), completed().state))
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0 and image.getpixel((image.width // 2, 2))[3] == 255


def test_the_output_says_whose_graph_it_is_and_how_large_it_should_be() -> None:
    shown = graph_output(view(graph(), completed().state))
    assert shown is not None
    assert shown.data[GRAPH_TYPE] == {"job": JOB} and shown.data["text/plain"] == "graph of china.jpg"
    size = shown.metadata["image/png"]
    assert isinstance(size, dict) and set(size) == {"width", "height", "alt"}


def test_a_graph_that_cannot_be_drawn_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    broken = view(graph())
    del broken["graph"]["nodes"]["a"]["x"]
    assert graph_output(broken) is None
    assert "the graph cannot be drawn" in caplog.text


# -- a workflow --------------------------------------------------------------------------------------------------------

ODD = {
    "unknown types": {"nodes": [{"id": "a", "type": "no.such"}], "edges": []},
    "a loose edge": {
        "nodes": [{"id": "a", "type": "no.such"}],
        "edges": [{"source": "a", "sourceHandle": "x", "target": "gone", "targetHandle": "y"}],
    },
    "places that are none": {
        "nodes": [{"id": "a", "type": "", "parent_id": "a", "ui_properties": {"position": {"x": None, "y": 10**400}}}],
        "edges": [{"source": "a", "sourceHandle": "", "target": "a", "targetHandle": ""}],
    },
}


@pytest.mark.parametrize("kind", ODD)
def test_a_workflow_shows_its_picture_whatever_is_wrong_with_it(kind: str) -> None:
    shown = nt.Workflow.from_dict(ODD[kind])._repr_png_()
    assert shown is not None and str(shown[0]).startswith("iVBORw0KGgo")


def test_a_workflow_without_nodes_shows_only_its_text() -> None:
    assert nt.Workflow.from_dict({"nodes": [], "edges": []})._repr_png_() is None


def test_the_font_comes_with_its_licence() -> None:
    folder = Path(lettering.__file__).parent / "assets"
    assert "Bitstream Vera" in (folder / "DejaVuSans-LICENSE.txt").read_text()
    assert (folder / "DejaVuSans.ttf").stat().st_size > 500_000
