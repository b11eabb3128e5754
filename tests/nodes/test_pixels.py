"""Pictures as numbers: colours, curves, bands and places between pixels."""

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes import pixels as p
from nodetool_jupyter.nodes.library.lib_image import color, color_grading, draw, effects, keyer, mask, warp
from tests.nodes.picture_cases import alike, pixels, speckled


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("#ff8000", (255, 128, 0, 255)),
        ("#FF800080", (255, 128, 0, 128)),
        ("#f80", (255, 136, 0, 255)),
        ("Orange", (255, 165, 0, 255)),
        (" white ", (255, 255, 255, 255)),
        ("transparent", (0, 0, 0, 0)),
        ({"type": "color", "value": "#010203"}, (1, 2, 3, 255)),
        ({"type": "color", "value": None}, (9, 9, 9, 255)),
        ({}, (9, 9, 9, 255)),
        ("", (9, 9, 9, 255)),
        (None, (9, 9, 9, 255)),
    ],
)
def test_colours_are_read_in_every_form(value, found):
    assert p.as_bytes(p.read_colour(value, "#090909")) == found


@pytest.mark.parametrize("value", ["#12", "reddish", 7, ["a"], {"value": "no"}])
def test_what_is_no_colour_is_named(value):
    with pytest.raises(ValueError, match=r"color_a is not a colour: .*'#ff8800'"):
        p.read_colour(value, what="color_a")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_unchanged_numbers_give_the_same_bytes(mode, monkeypatch):
    picture = speckled(mode)
    monkeypatch.setattr(p, "BAND", 24)  # two rows
    for made in (
        p.recolour(picture, lambda colours, rows: colours),
        p.recolour(picture, lambda colours, rows: colours, grey=True),
        p.rematte(picture, lambda colours, alpha, rows: (colours, alpha)),
        p.curve(picture, lambda values: values),
        p.curve(picture, *[lambda values: values] * 3),
    ):
        assert made.convert("RGBA").tobytes() == picture.convert("RGBA").tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("edge", ["transparent", "clamp", "repeat", "mirror"])
def test_sampling_a_picture_where_it_is_gives_it_back(mode, edge):
    assert alike(p.sample(speckled(mode), lambda u, v: (u, v), edge), speckled(mode))


@pytest.mark.parametrize(
    ("edge", "line"),
    [
        ("clamp", [10, 10, 10, 20, 30, 30, 30]),
        ("repeat", [20, 30, 10, 20, 30, 10, 20]),
        ("mirror", [20, 10, 10, 20, 30, 30, 20]),
        ("transparent", [0, 0, 10, 20, 30, 0, 0]),
    ],
)
def test_beyond_the_edge(edge, line):
    made = p.sample(pixels([10, 20, 30]), lambda u, v: ((u * 7 - 2) / 3, v), edge, canvas=(7, 1))
    assert list(made.tobytes()) == line


def test_between_pixels_the_neighbours_are_mixed():
    made = p.sample(pixels([0, 100], [100, 200]), lambda u, v: (u + 0.25, v + 0.25), "clamp")
    assert made.getpixel((0, 0)) == 100


def test_clear_pixels_give_nothing_of_their_hidden_colour():
    pair = pixels([[255, 0, 0, 255], [0, 255, 0, 0]])
    assert p.sample(pair, lambda u, v: (u + 0.25, v), "clamp").getpixel((0, 0)) == (255, 0, 0, 128)


def test_places_of_every_kind_can_be_asked_for():
    made = p.sample(pixels([1, 2]), lambda u, v: (np.float32([[1e30, -1e30]]), v * 1e12), "repeat")
    assert set(made.tobytes()) <= {1, 2}


def test_ramps_keep_to_their_ends_and_their_middle():
    ramp = p.ramp((1, 0, 0, 1), (0, 0, 1, 1), 0.25)
    found = ramp(np.float32([[-3, 0, 0.25, 1, 9]]))[0].tolist()
    assert found == [[255, 0, 0, 255], [255, 0, 0, 255], [128, 0, 128, 255], [0, 0, 255, 255], [0, 0, 255, 255]]


def test_a_ramp_into_nothing_keeps_its_colour():
    assert p.ramp((1, 0, 0, 1), (0, 0, 0, 0))(np.float32([[0.5]]))[0].tolist() == [[255, 0, 0, 128]]


def test_masks_are_stretched_and_clear_is_black():
    half = Image.new("RGBA", (2, 2), (255, 255, 255, 128))
    assert p.read_mask(half, (4, 4)).getpixel((3, 3)) == 128
    with pytest.raises(ValueError, match="there is no mask_b"):
        p.read_mask(None, what="mask_b")


def test_smoothstep_is_a_step_where_it_has_no_width():
    assert p.smoothstep(np.float32([0.4, 0.5, 0.6]), 0.5, 0.5).tolist() == [0, 0, 1]


def test_a_wide_picture_is_worked_on_row_by_row():
    assert [rows.stop - rows.start for rows in p.bands(p.BAND * 2, 3)] == [1, 1, 1]


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 1e30, -1e30])
@pytest.mark.parametrize(
    "call",
    [
        lambda picture, number: color.Exposure(picture, number),
        lambda picture, number: color.Grade(picture, offset=number),
        lambda picture, number: color_grading.SaturationVibrance(picture, number),
        lambda picture, number: color_grading.ColorBalance(picture, number, number),
        lambda picture, number: draw.LinearGradient(9, 9, angle=number),
        lambda picture, number: effects.DropShadow(picture, offset_x=10**12, blur=number, opacity=number),
        lambda picture, number: keyer.ChromaKey(picture, tolerance=number),
        lambda picture, number: mask.FeatherMask(picture, number),
        lambda picture, number: warp.Affine(picture, translate_x=number, rotation=number, edge="mirror"),
        lambda picture, number: warp.Spherize(picture, amount=number, center_x=number),
    ],
)
def test_numbers_beyond_reason_are_no_failure(call, number):
    assert call(speckled(size=(9, 9)), number).size == (9, 9)
