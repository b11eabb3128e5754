"""The generated catalogue of node types: up to date, whole, small, and well-formed."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from docs.reference import catalogue
from docs.reference.cards import MOST_ROWS, Handle, card
from docs.reference.depictions import HIGHEST, WIDEST, made_files, shown_size
from nodetool_jupyter.nodes.examples import Picture, example_of
from nodetool_jupyter.nodes.examples.samples import SAMPLES

PAGES = catalogue.pages()
FILES = {path.relative_to(catalogue.TARGET).as_posix(): path for path in catalogue.TARGET.rglob("*") if path.is_file()}
MADE = {
    name: said
    for kinds in catalogue.types().values()
    for kind in kinds
    if (example := example_of(kind.name)) is not None
    for name, said in made_files(kind, example).items()
}


def test_the_pages_are_up_to_date():
    stale = [name for name, text in PAGES.items() if name not in FILES or FILES[name].read_text("utf-8") != text]
    assert stale == [], f"run: {catalogue.COMMAND}"


def test_there_is_a_file_for_every_picture_and_none_besides():
    samples = {f"pictures/{name}.png" for name in SAMPLES}
    assert FILES.keys() == PAGES.keys() | MADE.keys() | samples, f"run: {catalogue.COMMAND}"


def test_every_link_leads_to_a_file():
    texts = [text for name, text in PAGES.items() if name.endswith(".md")]
    prose = [re.sub(r"^(```+).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL) for text in texts]
    links = {link for text in prose for link in re.findall(r'(?:<img src="|\]\()([^")#]+)', text)}
    assert [link for link in links if not (catalogue.TARGET / link).is_file()] == []


def test_every_picture_is_as_large_as_its_example_says():
    wrong = {}
    for name, said in MADE.items():
        with Image.open(FILES[name]) as picture:
            if picture.size != shown_size(said):
                wrong[name] = picture.size
    assert wrong == {}, f"run: {catalogue.COMMAND}"


def test_the_catalogue_is_small():
    assert sum(path.stat().st_size for path in FILES.values()) < 3_000_000
    assert {
        name: path.stat().st_size
        for name, path in FILES.items()
        if path.stat().st_size > 2048 and name.endswith(".svg")
    } == {}


@pytest.mark.parametrize(
    ("made", "shown"),
    [(Picture(96, 64, "RGB"), (96, 64)), (Picture(96, 192, "L"), (48, 96)), (Picture(480, 24, "RGB"), (240, 12))],
)
def test_a_picture_is_kept_within_bounds(made, shown):
    assert shown_size(made) == shown
    assert shown[0] <= WIDEST and shown[1] <= HIGHEST


def words(drawn):
    return [element.text or "" for element in ElementTree.fromstring(drawn).iter() if element.tag.endswith("text")]


def test_a_card_shows_the_node_its_handles_and_their_values():
    drawn = card("Concat", "nodetool.text", [Handle("a", "str", '"<&>"')], [Handle("output", "str", '"x"')])
    assert words(drawn) == ["Concat", "nodetool.text", "a", '"<&>"', "output", '"x"']
    assert drawn == card("Concat", "nodetool.text", [Handle("a", "str", '"<&>"')], [Handle("output", "str", '"x"')])


def test_a_card_cuts_what_is_too_long_and_counts_what_is_too_much():
    drawn = card("Many", "test", [Handle(f"p{n}", "str", "v" * 200) for n in range(12)], [Handle("output", "any", "")])
    shown = words(drawn)
    assert max(map(len, shown)) < 70 and all(text.endswith("…") for text in shown if text.startswith("v"))
    assert "… 8 more" in shown and "output" in shown
    assert len(ElementTree.fromstring(drawn).findall("{*}circle")) < MOST_ROWS


def test_a_stream_has_a_handle_of_another_shape():
    drawn = card(
        "Count", "nodetool.control", [Handle("input_item", "any", "1, 2", True)], [Handle("output", "int", "2")]
    )
    handles = [
        element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawn) if element.get("class") == "h"
    ]
    assert handles == ["path", "circle"]


def test_descriptions_become_markdown():
    text = PAGES["nodetool.text.md"]
    assert "Fill `{{ name }}` and `{name}` in a template" in text
    assert "windows of `length` pieces" in text


def test_the_catalogue_can_be_written_elsewhere_and_loses_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalogue, "pictures", lambda: {})
    (tmp_path / "old.md").write_text("gone")
    done = list(catalogue.write(tmp_path))
    assert done[0] == f"removed {tmp_path / 'old.md'}" and not (tmp_path / "old.md").exists()
    assert (tmp_path / "README.md").read_text("utf-8") == PAGES["README.md"]
