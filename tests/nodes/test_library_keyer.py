"""What the nodes of ``lib.image.keyer`` mean: what goes, what stays, and how soft the border is."""

import pytest
from PIL import Image

from nodetool_jupyter.nodes.library.lib_image import keyer as k
from tests.nodes.picture_cases import MODES, keeps_alpha, keeps_its_promises, near, pixels, same, speckled

CHANGES = {
    "ChromaKey": k.ChromaKey,
    "LumaKey": k.LumaKey,
    "DifferenceKey": lambda image: k.DifferenceKey(image, speckled()),
    "DifferenceKey from": lambda image: k.DifferenceKey(speckled(), image),
    "Despill": k.Despill,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(CHANGES[name], mode)


@pytest.mark.parametrize(
    ("call", "alphas"),
    [
        (lambda p: k.ChromaKey(p), [0, 255, 255, 255]),
        (lambda p: k.ChromaKey(p, "#ff0000"), [255, 0, 255, 255]),
        (lambda p: k.ChromaKey(p, {"type": "color", "value": None}), [0, 255, 255, 255]),
        (lambda p: k.ChromaKey(p, tolerance=-1, softness=0), [255, 255, 255, 255]),
        (lambda p: k.ChromaKey(p, tolerance=2), [0, 0, 0, 0]),
        (lambda p: k.LumaKey(p), [255, 255, 0, 255]),
        (lambda p: k.LumaKey(p, invert=True), [0, 0, 255, 0]),
        (lambda p: k.LumaKey(p, low=0.6, high=1.0, softness=0), [0, 255, 255, 0]),
        (lambda p: k.LumaKey(p, low=0.0, high=1.0), [0, 0, 0, 0]),
        (lambda p: k.DifferenceKey(p, p), [0, 0, 0, 0]),
        (lambda p: k.DifferenceKey(p, Image.new("RGB", (1, 1), "red")), [255, 0, 255, 255]),
        (lambda p: k.DifferenceKey(p, Image.new("RGB", (1, 1), "black"), 0.9, 0), [255, 255, 0, 255]),
    ],
)
def test_what_goes_and_what_stays(call, alphas):
    line = pixels([[0, 255, 0], [255, 0, 0], [0, 0, 0], [255, 255, 255]])
    assert list(call(line).getchannel("A").tobytes()) == alphas


@pytest.mark.parametrize("green", [(0, 255, 0), (0, 120, 0), (20, 200, 20)])
def test_a_wall_goes_in_light_and_in_shade(green):
    assert k.ChromaKey(pixels([green])).getpixel((0, 0))[3] == 0


def test_within_softness_a_key_goes_from_clear_to_opaque():
    ramp = pixels([26, 38, 51, 64, 77])
    alphas = list(k.LumaKey(ramp, high=0.1, softness=0.2).getchannel("A").tobytes())
    assert alphas == sorted(alphas)
    assert near(alphas[2], 128, 3)


@pytest.mark.parametrize("name", ["ChromaKey", "LumaKey", "DifferenceKey"])
def test_what_was_clear_stays_clear(name):
    made = CHANGES[name](pixels([[255, 0, 255, 0], [255, 0, 255, 128]]))
    assert made.getpixel((0, 0))[3] == 0
    assert made.getpixel((1, 0))[3] <= 128


def test_a_picture_without_the_colour_is_unchanged():
    picture = pixels([[255, 0, 200, 90], [30, 20, 200, 255], [128, 128, 128, 255]])
    assert same(k.ChromaKey(picture), picture)


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        (lambda p: k.Despill(p), (100, 200, 50), (100, 75, 50)),
        (lambda p: k.Despill(p, amount=0.5), (100, 200, 50), (100, 138, 50)),
        (lambda p: k.Despill(p, amount=0), (100, 200, 50), (100, 200, 50)),
        (lambda p: k.Despill(p), (100, 60, 50), (100, 60, 50)),
        (lambda p: k.Despill(p, "blue"), (100, 60, 250), (100, 60, 80)),
        (lambda p: k.Despill(p, "red"), (100, 60, 50), (55, 60, 50)),
        (lambda p: k.ChromaKey(p, tolerance=0, spill=1).convert("RGB"), (150, 200, 150), (150, 150, 150)),
        (lambda p: k.ChromaKey(p, tolerance=0, spill=0).convert("RGB"), (150, 200, 150), (150, 200, 150)),
    ],
)
def test_the_glow_of_a_wall(call, before, after):
    assert near(call(pixels([before])).getpixel((0, 0)), after)


def test_despill_leaves_transparency_alone():
    keeps_alpha(k.Despill)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: k.ChromaKey(None), "there is no image"),
        (lambda: k.ChromaKey(speckled(), "#808080"), "is a grey, which has no hue; use LumaKey"),
        (lambda: k.ChromaKey(speckled(), "greenish"), "key_color is not a colour"),
        (lambda: k.DifferenceKey(speckled()), "there is no background"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
