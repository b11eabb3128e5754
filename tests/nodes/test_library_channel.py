"""What the nodes of ``lib.image.channel`` mean."""

import pytest
from PIL import Image

from nodetool_jupyter.nodes.library.lib_image import channel as ch
from nodetool_jupyter.nodes.library.lib_image import color
from tests.nodes.picture_cases import MODES, keeps_its_promises, near, pixels, same, speckled

CHANGES = {
    "ChannelMerge": lambda image: ch.ChannelMerge(g=image),
    "ChannelShuffle": lambda image: ch.ChannelShuffle(image, red="luminance"),
    "SetAlpha": ch.SetAlpha,
    "SetAlpha by": lambda image: ch.SetAlpha(speckled(), image),
    "Premultiply": ch.Premultiply,
    "Unpremultiply": ch.Unpremultiply,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(CHANGES[name], mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "call",
    [
        lambda p: ch.ChannelMerge(**color.ChannelSplit(p)),
        lambda p: ch.ChannelShuffle(p),
        lambda p: ch.ChannelShuffle(ch.ChannelShuffle(p, red="blue", blue="red"), red="blue", blue="red"),
        lambda p: ch.SetAlpha(p, color.ChannelSplit(p)["a"]),
    ],
)
def test_at_rest_nothing_changes(call, mode):
    assert same(call(speckled(mode)), speckled(mode))


@pytest.mark.parametrize("call", [ch.Premultiply, ch.Unpremultiply, ch.SetAlpha])
def test_what_is_opaque_stays(call):
    assert same(call(speckled()), speckled())


@pytest.mark.parametrize(
    ("call", "pixel"),
    [
        (lambda: ch.ChannelMerge(pixels([1]), pixels([2]), pixels([3]), pixels([4])), (1, 2, 3, 4)),
        (lambda: ch.ChannelMerge(b=pixels([3])), (0, 0, 3, 255)),
        (lambda: ch.ChannelMerge(a=pixels([3])), (0, 0, 0, 3)),
        (lambda: ch.ChannelShuffle(pixels([[1, 2, 3]]), "green", "blue", "red"), (2, 3, 1)),
        (lambda: ch.ChannelShuffle(pixels([[1, 2, 3, 4]]), "alpha", "one", "zero"), (4, 255, 0, 4)),
        (lambda: ch.ChannelShuffle(pixels([[0, 255, 0]]), *["luminance"] * 3), (182, 182, 182)),
        (lambda: ch.ChannelShuffle(pixels([[1, 2, 3]]), alpha="red"), (1, 2, 3, 1)),
        (lambda: ch.SetAlpha(pixels([[1, 2, 3, 4]]), opacity=0.5), (1, 2, 3, 128)),
        (lambda: ch.SetAlpha(pixels([[1, 2, 3]]), pixels([200]), 0.5), (1, 2, 3, 100)),
        (lambda: ch.SetAlpha(pixels([[1, 2, 3]]), opacity=7), (1, 2, 3, 255)),
        (lambda: ch.Premultiply(pixels([[200, 100, 50, 128]])), (100, 50, 25, 128)),
        (lambda: ch.Premultiply(pixels([[200, 100, 50, 0]])), (0, 0, 0, 0)),
        (lambda: ch.Unpremultiply(pixels([[100, 50, 25, 128]])), (199, 100, 50, 128)),
        (lambda: ch.Unpremultiply(pixels([[200, 50, 25, 100]])), (255, 128, 64, 100)),
        (lambda: ch.Unpremultiply(pixels([[9, 8, 7, 0]])), (9, 8, 7, 0)),
    ],
)
def test_pixel(call, pixel):
    assert near(call().getpixel((0, 0)), pixel)


def test_channels_of_other_sizes_are_stretched_to_the_first():
    made = ch.ChannelMerge(g=Image.new("L", (6, 4)), b=Image.new("L", (1, 1), 77), a=Image.new("L", (9, 9), 5))
    assert (made.size, made.getpixel((5, 3))) == ((6, 4), (0, 0, 77, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ch.ChannelMerge(), "ChannelMerge: there is no channel"),
        (lambda: ch.ChannelMerge(r=pixels([1]), a="x"), "the a is not a picture"),
        (lambda: ch.SetAlpha(None), "there is no image"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
