"""What the nodes of ``lib.image.color`` mean: identities and single pixels."""

import pytest

from nodetool_jupyter.nodes.library.lib_image import color as c
from tests.nodes.picture_cases import MODES, keeps_alpha, keeps_its_promises, pixels, same, speckled

CHANGES = [c.Invert, c.Posterize, c.Exposure, lambda image: c.Grade(image, lift=0.1, gamma=2.0)]


@pytest.mark.parametrize("call", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(call, mode):
    keeps_its_promises(call, mode)


@pytest.mark.parametrize("call", CHANGES)
def test_transparency_stays(call):
    keeps_alpha(call)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "call",
    [
        lambda image: c.Invert(image, amount=0.0),
        lambda image: c.Invert(c.Invert(image)),
        lambda image: c.Posterize(image, levels=256),
        lambda image: c.Exposure(image, stops=0.0),
        lambda image: c.Grade(image),
        lambda image: c.Grade(image, lift=0.5, gamma=3.0, mix=0.0),
    ],
)
def test_at_rest_nothing_changes(call, mode):
    made = call(speckled(mode))
    assert (made.mode, same(made, speckled(mode))) == (mode, True)


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        (lambda p: c.Invert(p), (255, 100, 0), (0, 155, 255)),
        (lambda p: c.Invert(p, amount=0.5), (255, 0, 128), (128, 128, 128)),
        (lambda p: c.Posterize(p, levels=2), (127, 128, 255), (0, 255, 255)),
        (lambda p: c.Posterize(p, levels=3), (0, 128, 255), (0, 128, 255)),
        (lambda p: c.Exposure(p, stops=1), (10, 100, 200), (20, 200, 255)),
        (lambda p: c.Exposure(p, stops=-1), (10, 100, 200), (5, 50, 100)),
        (lambda p: c.Exposure(p, stops=1e9), (0, 1, 255), (0, 255, 255)),
        (lambda p: c.Grade(p, blackpoint=0.2, whitepoint=0.6), (51, 102, 153), (0, 128, 255)),
        (lambda p: c.Grade(p, lift=0.2, gain=0.6), (0, 255, 255), (51, 153, 153)),
        (lambda p: c.Grade(p, multiply=0.5, offset=0.2), (0, 100, 200), (51, 101, 151)),
        (lambda p: c.Grade(p, gamma=2.0), (0, 64, 255), (0, 128, 255)),
        (lambda p: c.Grade(p, multiply=0.0, mix=0.5), (200, 100, 50), (100, 50, 25)),
        (lambda p: c.Grade(p, offset=-1.0, gamma=2.2), (200, 100, 50), (0, 0, 0)),
    ],
)
def test_pixel(call, before, after):
    assert call(pixels([before])).getpixel((0, 0)) == after


def test_a_picture_is_taken_apart_into_its_channels():
    parts = c.ChannelSplit(pixels([[1, 2, 3, 4]]))
    assert {name: (part.mode, part.getpixel((0, 0))) for name, part in parts.items()} == {
        "r": ("L", 1), "g": ("L", 2), "b": ("L", 3), "a": ("L", 4),
    }  # fmt: skip
    assert c.ChannelSplit(pixels([7]))["a"].getpixel((0, 0)) == 255


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: c.Invert(None), "there is no image"),
        (lambda: c.Posterize(speckled(), levels=1), "levels is 2 or more, not 1"),
        (lambda: c.Grade(speckled(), gamma=0), "Grade: gamma"),
        (lambda: c.Grade(speckled(), blackpoint=1.0), "whitepoint"),
        (lambda: c.ChannelSplit("x"), "not a picture"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
