"""What the nodes of ``lib.image.warp`` mean: sizes, identities, single pixels, symmetry."""

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageOps

from nodetool_jupyter.nodes.library.lib_image import draw
from nodetool_jupyter.nodes.library.lib_image import warp as w
from tests.nodes.picture_cases import MODES, alike, keeps_its_promises, near, pixels, speckled

CHANGES = {
    "Tile": lambda image: w.Tile(image, 2.5, 3),
    "Offset": lambda image: w.Offset(image, 0.3, 0.2, 2),
    "Pad": w.Pad,
    "Affine": lambda image: w.Affine(image, rotation=30, scale_x=0.5, shear_y=0.2),
    "CornerPin": lambda image: w.CornerPin(image, top_left_x=0.2, bottom_right_y=0.7),
    "Spherize": w.Spherize,
    "PolarRemap": w.PolarRemap,
    "Displace": lambda image: w.Displace(image, speckled()),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(CHANGES[name], mode)


@pytest.mark.parametrize("name", CHANGES)
def test_a_single_pixel_can_be_bent(name):
    made = CHANGES[name](pixels([[9, 8, 7]]))
    assert made.size == (1, 1)
    if name not in ("Affine", "CornerPin"):  # which draw it in part
        assert made.convert("RGB").getpixel((0, 0)) == (9, 8, 7)


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "Pad"])
def test_the_canvas_keeps_its_size_and_a_mask_stays_a_mask(name):
    made = CHANGES[name](speckled("L", (13, 7)))
    assert (made.size, made.mode) == ((13, 7), "L")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "call",
    [
        lambda p: w.Tile(p, 1, 1),
        lambda p: w.Offset(p),
        lambda p: w.Offset(p, 1.0, -2.0),
        lambda p: w.Offset(w.Offset(p, 0.25, 1 / 3), -0.25, -1 / 3),
        lambda p: w.Pad(p, 0, 0, 0, 0, color="white"),
        lambda p: w.Pad(w.Pad(p, 0.5, 1, 1, 0), -0.2, -0.5, -0.4, 0),
        lambda p: w.Affine(p),
        lambda p: w.Affine(p, rotation=360),
        lambda p: w.Affine(w.Affine(p, scale_x=-1), scale_x=-1),
        lambda p: w.CornerPin(p),
        lambda p: w.Spherize(p, amount=0),
        lambda p: w.Spherize(p, radius=0),
        lambda p: w.Displace(p, speckled(), 0, 0),
        lambda p: w.Displace(p, Image.new("L", (2, 2), 128)),
    ],
)
def test_at_rest_nothing_changes(call, mode):
    assert alike(call(speckled(mode)), speckled(mode))


def test_tiles_lie_inside_the_canvas():
    board = draw.Checkerboard(64, 64, 16, "red", "blue")
    tiled = w.Tile(board, tiles_x=2, tiles_y=2)
    assert tiled.size == (64, 64)
    assert tiled.crop((0, 0, 32, 32)).tobytes() == board.resize((32, 32), Image.Resampling.BOX).tobytes()
    assert tiled.crop((0, 0, 32, 32)).tobytes() == tiled.crop((32, 32, 64, 64)).tobytes()


@pytest.mark.parametrize(("wrap", "line"), [(0, [10, 20, 20, 20]), (1, [10, 20, 10, 20]), (2, [10, 20, 20, 10])])
def test_what_lies_behind_the_first_tile(wrap, line):
    assert list(w.Tile(pixels([10, 10, 20, 20]), 2, 1, wrap).tobytes()) == line


@pytest.mark.parametrize(("wrap", "line"), [(0, [10, 10, 20, 30]), (1, [40, 10, 20, 30]), (2, [10, 10, 20, 30])])
def test_what_comes_in_behind_a_picture_that_moved(wrap, line):
    assert list(w.Offset(pixels([10, 20, 30, 40]), offset_x=0.25, wrap=wrap).tobytes()) == line


@pytest.mark.parametrize(
    ("edges", "size"),
    [
        ({}, (120, 60)),
        ({"left": 1, "right": 0}, (200, 60)),
        ({"top": -0.2, "bottom": 0}, (120, 40)),
        ({"left": 0.004}, (110, 60)),
    ],
)
def test_padding_adds_fractions_of_the_size(edges, size):
    assert w.Pad(Image.new("RGB", (100, 50)), **edges).size == size


@pytest.mark.parametrize(
    ("color", "mode", "corner"),
    [("red", "RGB", (255, 0, 0)), ("#ff000080", "RGBA", (255, 0, 0, 128)), ({"value": None}, "RGBA", (0, 0, 0, 0))],
)
def test_padding_has_its_colour(color, mode, corner):
    made = w.Pad(Image.new("RGB", (10, 10), "white"), color=color)
    assert (made.mode, made.getpixel((0, 0)), made.getpixel((1, 1))[:3]) == (mode, corner, (255, 255, 255))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"rotation": 90}, lambda p: p.transpose(Image.Transpose.ROTATE_270)),
        ({"rotation": 180}, lambda p: p.transpose(Image.Transpose.ROTATE_180)),
        ({"scale_x": -1}, ImageOps.mirror),
        ({"scale_y": -1}, ImageOps.flip),
        ({"translate_x": 0.5, "edge": "repeat"}, lambda p: w.Offset(p, 0.5)),
        ({"scale_x": 0.5, "scale_y": 0.5, "edge": "repeat", "translate_x": 0.25, "translate_y": 0.25},
         lambda p: w.Affine(p, scale_x=0.5, scale_y=0.5, edge="repeat", translate_x=-0.25, translate_y=-0.25)),
    ],
)  # fmt: skip
def test_affine_agrees_with_simple_moves(given, wanted):
    picture = speckled("RGB", (8, 8))
    assert near(w.Affine(picture, **given).convert("RGB"), wanted(picture).convert("RGB"))


def test_shearing_moves_lower_lines_further():
    made = w.Affine(pixels(*[[0, 0, 255, 0, 0]] * 5), shear_x=1.0)
    assert [row.argmax() for row in np.asarray(made)] == [0, 1, 2, 3, 4]


def test_what_turned_in_from_outside_is_clear():
    assert w.Affine(Image.new("RGB", (20, 20), "red"), rotation=45).getpixel((0, 0))[3] == 0


def test_corners_go_where_they_are_pinned():
    pinned = w.CornerPin(Image.new("RGB", (100, 100), "red"), top_left_x=0.4, top_left_y=0.4)
    assert [pinned.getpixel(place)[3] for place in ((20, 20), (60, 60), (97, 5), (5, 97))] == [0, 255, 255, 255]


@pytest.mark.parametrize(
    "corners",
    [
        (0.4, 0.4, 1, 0, 1, 1, 0, 1),
        (0, 0, 1, 0, 0.6, 0.6, 0, 1),
        (1, 0, 0, 0, 0, 1, 1, 1),
        (0.3, 0, 0.7, 0, 1, 1, 0, 1),
    ],
)
def test_every_corner_lands_where_it_is_pinned(corners):
    quarters = Image.new("RGB", (80, 80))
    colours = ("#ff0000", "#00ff00", "#0000ff", "#ffffff")
    for place, colour in zip(((0, 0), (40, 0), (40, 40), (0, 40)), colours, strict=True):
        quarters.paste(colour, (*place, place[0] + 40, place[1] + 40))
    pinned = w.CornerPin(quarters, *corners)
    middle = (sum(corners[0::2]) / 4, sum(corners[1::2]) / 4)
    for number, colour in enumerate(colours):
        x, y = corners[2 * number : 2 * number + 2]
        place = (int((x + (middle[0] - x) * 0.15) * 79), int((y + (middle[1] - y) * 0.15) * 79))
        assert pinned.getpixel(place) == (*ImageColor.getrgb(colour), 255)


def test_pinning_to_half_the_width_is_a_scaling():
    picture = draw.LinearGradient(64, 8)
    half = w.CornerPin(picture, top_right_x=0.5, bottom_right_x=0.5)
    assert near(half.getpixel((16, 4)), picture.getpixel((32, 4)), 4)
    assert half.getpixel((40, 4))[3] == 0


@pytest.mark.parametrize(("amount", "larger"), [(0.8, True), (-0.8, False)])
def test_a_ball_makes_the_middle_larger_and_a_pinch_smaller(amount, larger):
    dot = draw.RadialGradient(81, 81, "white", "black", radius=0.2).convert("L")
    bent = w.Spherize(dot, amount)
    assert bool(np.asarray(bent).sum() > np.asarray(dot).sum()) is larger
    assert alike(bent, ImageOps.mirror(bent)), "from both sides"
    assert bent.getpixel((0, 0)) == dot.getpixel((0, 0)), "outside the ball nothing moves"


def test_a_strip_becomes_a_ring_with_its_top_in_the_middle():
    ring = w.PolarRemap(draw.LinearGradient(65, 65, "red", "blue", angle=90))
    assert near(ring.getpixel((32, 32)), (255, 0, 0, 255), 2)
    assert near([ring.getpixel(place) for place in ((0, 32), (32, 0), (64, 32))], [(0, 0, 255, 255)] * 3, 4)


def test_a_ring_is_unrolled_again():
    strip = draw.LinearGradient(64, 64, angle=90)
    again = w.PolarRemap(w.PolarRemap(strip), "polar_to_rectangular")
    assert near(np.asarray(again)[8:56], np.asarray(strip)[8:56], 5)


def test_turning_a_ring_moves_the_strip():
    strip = draw.LinearGradient(64, 64, "red", "blue")
    right, below = w.PolarRemap(strip).getpixel((56, 32)), w.PolarRemap(strip, rotation=90).getpixel((32, 56))
    assert near(right, below, 6)


def test_a_white_map_fetches_from_the_right_and_below():
    white, black = Image.new("L", (1, 1), 255), Image.new("RGB", (1, 1), (1, 128, 0))
    line = pixels([10, 20, 30, 40])
    assert list(w.Displace(line, white, 0.25, 0).tobytes()) == [20, 30, 40, 40]
    assert list(w.Displace(line, black, 0.25, 0.25).tobytes()) == [10, 10, 20, 30]
    assert list(w.Displace(line, black, 0.25, 0, "repeat").tobytes()) == [40, 10, 20, 30]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: w.Tile(None), "there is no image"),
        (lambda p: w.Tile(p, 0), "Tile: tiles_x"),
        (lambda p: w.Pad(p, left=-2), "Pad: nothing is left of a picture of 12 × 9"),
        (lambda p: w.Pad(p, left=1e6), "too large"),
        (lambda p: w.Affine(p, scale_x=0), "Affine: a scale of 0"),
        (lambda p: w.Affine(p, shear_x=1, shear_y=1), "shears"),
        (lambda p: w.CornerPin(p, *[0.5] * 8), "CornerPin: the corners cross"),
        (lambda p: w.CornerPin(p, 0.5, 0.5), "three of them lie on one line"),
        (lambda p: w.Displace(p), "there is no displacement"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call(speckled())
