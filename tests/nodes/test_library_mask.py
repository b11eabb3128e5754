"""What the nodes of ``lib.image.mask`` mean."""

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.library.lib_image import draw
from nodetool_jupyter.nodes.library.lib_image import mask as m
from tests.nodes.picture_cases import MODES, alike, keeps_its_promises, near, pixels, same, speckled

LINE = pixels([0, 64, 128, 255])
CHANGES = {
    "ApplyMask": lambda image: m.ApplyMask(image, LINE),
    "ApplyMask to": lambda image: m.ApplyMask(speckled(), image),
    "BlendWithMask": lambda image: m.BlendWithMask(image, speckled("RGBA"), LINE),
    "BlendWithMask in": lambda image: m.BlendWithMask(speckled("L"), image, LINE),
    "MaskFromAlpha": m.MaskFromAlpha,
    "MaskFromLuminance": m.MaskFromLuminance,
    "InvertMask": m.InvertMask,
    "FeatherMask": m.FeatherMask,
    "GrowMask": m.GrowMask,
    "CombineMasks": lambda image: m.CombineMasks(image, LINE),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(CHANGES[name], mode)


@pytest.mark.parametrize("name", CHANGES)
def test_a_single_pixel(name):
    assert CHANGES[name](pixels([[9, 8, 7]])).size in ((1, 1), (12, 9))


@pytest.mark.parametrize(
    "call",
    [
        lambda p: m.InvertMask(m.InvertMask(p)),
        lambda p: m.FeatherMask(p, radius=0),
        lambda p: m.FeatherMask(p, radius=-3),
        lambda p: m.GrowMask(p, pixels=0),
        lambda p: m.CombineMasks(p, Image.new("L", (1, 1)), "union"),
        lambda p: m.CombineMasks(p, Image.new("L", (1, 1), 255), "intersection"),
        lambda p: m.CombineMasks(p, Image.new("L", (1, 1)), "subtract"),
        lambda p: m.CombineMasks(p, Image.new("L", (1, 1)), "difference"),
        lambda p: m.MaskFromAlpha(m.ApplyMask(Image.new("RGB", p.size), p)),
    ],
)
def test_at_rest_a_mask_does_not_change(call):
    made = call(speckled("L"))
    assert (made.mode, made.tobytes()) == ("L", speckled("L").tobytes())


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_mask_that_is_all_one_changes_nothing(mode):
    picture, white = speckled(mode), Image.new("L", (1, 1), 255)
    assert same(m.ApplyMask(picture, white), picture)
    assert same(m.ApplyMask(picture, Image.new("L", (1, 1)), invert=True), picture)
    assert alike(m.BlendWithMask(picture, Image.new(mode, (3, 3)), Image.new("L", (1, 1))), picture)
    assert alike(m.BlendWithMask(Image.new(mode, picture.size), picture, white), picture)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: m.MaskFromAlpha(pixels([[9, 9, 9, 0], [9, 9, 9, 70]])), [0, 70]),
        (lambda: m.MaskFromAlpha(pixels([9, 9])), [255, 255]),
        (lambda: m.MaskFromLuminance(LINE, 0.5, 0.0), [0, 0, 255, 255]),
        (lambda: m.MaskFromLuminance(pixels([51, 128, 204]), 0.5, 1.0), [27, 128, 228]),
        (lambda: m.MaskFromLuminance(pixels([[0, 255, 0], [0, 0, 255]]), 0.5, 0.0), [255, 0]),
        (lambda: m.InvertMask(LINE), [255, 191, 127, 0]),
        (lambda: m.InvertMask(pixels([[255, 255, 255, 0]])), [255]),
        (lambda: m.GrowMask(pixels([0, 0, 9, 0, 0, 0]), 2), [9, 9, 9, 9, 9, 0]),
        (lambda: m.GrowMask(pixels([9, 9, 9, 0, 9, 9]), -1), [9, 9, 0, 0, 0, 9]),
        (lambda: m.GrowMask(pixels([0, 0, 9]), 10**9), [9, 9, 9]),
        (lambda: m.CombineMasks(LINE, pixels([100, 100, 100, 100]), "union"), [100, 100, 128, 255]),
        (lambda: m.CombineMasks(LINE, pixels([100, 100, 100, 100]), "intersection"), [0, 64, 100, 100]),
        (lambda: m.CombineMasks(LINE, pixels([255, 0, 255, 55]), "subtract"), [0, 64, 0, 200]),
        (lambda: m.CombineMasks(LINE, pixels([255, 64, 0, 255]), "difference"), [255, 0, 128, 0]),
    ],
)
def test_line(call, line):
    assert near(list(call().tobytes()), line)


def test_a_mask_grows_by_a_square():
    dot = Image.new("L", (41, 41))
    dot.putpixel((20, 20), 255)
    grown = np.asarray(m.GrowMask(dot, 7))
    assert int((grown == 255).sum()) == 15 * 15
    assert int((np.asarray(m.GrowMask(Image.fromarray(grown), -7)) == 255).sum()) == 1


def test_a_mask_makes_transparent_and_what_was_so_stays():
    made = m.ApplyMask(pixels([[1, 2, 3, 255], [1, 2, 3, 128], [1, 2, 3, 0]]), pixels([128, 128, 128]))
    assert [made.getpixel((x, 0)) for x in range(3)] == [(1, 2, 3, 128), (1, 2, 3, 64), (1, 2, 3, 0)]


def test_a_mask_of_another_size_is_stretched():
    made = m.ApplyMask(Image.new("RGB", (8, 8)), pixels([0, 255]))
    assert (made.getpixel((0, 7))[3], made.getpixel((7, 0))[3]) == (0, 255)


def test_pictures_are_blended_half_and_half_and_clear_ones_give_no_colour():
    grey = Image.new("L", (1, 1), 128)
    assert near(m.BlendWithMask(pixels([0]), pixels([[200, 100, 0]]), grey).getpixel((0, 0)), (100, 50, 0))
    clear = m.BlendWithMask(pixels([[200, 100, 0]]), pixels([[0, 0, 255, 0]]), grey).getpixel((0, 0))
    assert near(clear, (200, 100, 0, 127), 2)


def test_feathering_softens_an_edge_and_keeps_its_place():
    soft = m.FeatherMask(draw.Checkerboard(64, 9, 32, "black", "white"), 4).tobytes()
    assert soft[0] < 5 < soft[28] < 127 < soft[35] < 250 < soft[63]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: m.ApplyMask(None, LINE), "there is no image"),
        (lambda: m.ApplyMask(LINE), "there is no mask"),
        (lambda: m.BlendWithMask(LINE, None, LINE), "there is no image_b"),
        (lambda: m.CombineMasks(LINE), "there is no mask_b"),
        (lambda: m.GrowMask("x"), "the mask is not a picture"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
