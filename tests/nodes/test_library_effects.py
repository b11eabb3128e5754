"""What the nodes of ``lib.image.effects`` mean."""

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.library.lib_image import effects as e
from tests.nodes.picture_cases import MODES, alike, keeps_alpha, keeps_its_promises, near, pixels, same, speckled

CHANGES = {
    "Pixelate": lambda image: e.Pixelate(image, 2),
    "ChromaticAberration": lambda image: e.ChromaticAberration(image, 0.2),
    "Glow": e.Glow,
    "FilmGrain": lambda image: e.FilmGrain(image, monochrome=False),
    "DropShadow": e.DropShadow,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(CHANGES[name], mode)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("size", [(1, 1), (13, 5)])
def test_the_size_stays(name, size):
    assert CHANGES[name](speckled(size=size)).size == size


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "call",
    [
        lambda p: e.Pixelate(p, 1),
        lambda p: e.ChromaticAberration(p, 0),
        lambda p: e.Glow(p, intensity=0),
        lambda p: e.Glow(p, threshold=1.0),
        lambda p: e.FilmGrain(p, 0),
        lambda p: e.DropShadow(p, opacity=0),
        lambda p: e.DropShadow(p, color="transparent"),
    ],
)
def test_at_rest_nothing_changes(call, mode):
    assert alike(call(speckled(mode)), speckled(mode))


@pytest.mark.parametrize("name", ["ChromaticAberration", "Glow", "FilmGrain"])
def test_transparency_stays(name):
    keeps_alpha(CHANGES[name])


def test_a_block_is_the_mean_of_what_is_in_it():
    made = e.Pixelate(pixels([0, 100, 7, 9, 50], [200, 100, 8, 8, 60]), 2)
    assert list(made.tobytes()) == [100, 100, 8, 8, 55] * 2


def test_clear_pixels_give_a_block_none_of_their_colour():
    made = e.Pixelate(pixels([[200, 100, 50, 255], [0, 0, 255, 0]]), 2)
    assert near(made.getpixel((0, 0)), (200, 100, 50, 128), 2)


def test_red_reaches_further_out_than_blue_and_green_stays():
    ring = Image.new("RGB", (101, 101))
    ring.paste("white", (30, 30, 71, 71))
    made = np.asarray(e.ChromaticAberration(ring, 0.1))[50]
    red, green, blue = ((made[:, channel] > 127).sum() for channel in range(3))
    assert red > green > blue
    assert green == 41


def test_light_shines_onto_what_is_around_it_and_nowhere_gets_darker():
    lamp = Image.new("RGB", (41, 41), (20, 20, 20))
    lamp.paste("white", (18, 18, 23, 23))
    shone = np.asarray(e.Glow(lamp, radius=5, intensity=1))
    assert shone[20, 15, 0] > 25
    assert shone[20, 20].tolist() == [255, 255, 255]
    assert (shone >= np.asarray(lamp)).all()


def test_what_is_darker_than_the_threshold_does_not_shine():
    assert same(e.Glow(Image.new("RGB", (9, 9), (150, 150, 150)), threshold=0.8), Image.new("RGB", (9, 9), (150,) * 3))


def test_grain_is_strongest_in_the_middle_and_leaves_black_and_white():
    grey = np.asarray(e.FilmGrain(Image.new("RGB", (200, 200), (128, 128, 128)), 0.1)) / 255
    assert abs(grey.std() - 0.1) < 0.005
    assert abs(grey.mean() - 0.5) < 0.005
    for colour in ("black", "white"):
        assert same(e.FilmGrain(Image.new("RGB", (9, 9), colour)), Image.new("RGB", (9, 9), colour))


def test_grain_is_of_one_colour_or_three_and_of_its_seed():
    grey = Image.new("RGB", (20, 20), (128, 128, 128))
    one, three = np.asarray(e.FilmGrain(grey)), np.asarray(e.FilmGrain(grey, monochrome=False))
    assert (one[..., 0] == one[..., 2]).all()
    assert (three[..., 0] != three[..., 2]).any()
    assert e.FilmGrain(grey, seed=1).tobytes() != e.FilmGrain(grey, seed=2).tobytes()


def test_a_shadow_lies_behind_and_beside_what_is_opaque():
    card = Image.new("RGBA", (40, 40))
    card.paste("red", (10, 10, 20, 20))
    made = e.DropShadow(card, offset_x=10, offset_y=5, blur=0, color="#0000ff", opacity=0.5)
    assert made.getpixel((12, 12)) == (255, 0, 0, 255)
    assert near(made.getpixel((25, 20)), (0, 0, 255, 128))
    assert made.getpixel((15, 30))[3] == 0
    soft = e.DropShadow(card, 10, 5, blur=3, opacity=1.0)
    assert 0 < soft.getpixel((31, 20))[3] < 128


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: e.Pixelate(speckled(), 0), "block_size is 1 or more, not 0"),
        (lambda: e.Glow(None), "there is no image"),
        (lambda: e.DropShadow(speckled(), color="?"), "not a colour"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
