"""What the nodes of ``lib.image.color_grading`` mean, and that the names of 2025 are the same nodes."""

import typing

import numpy as np
import pytest
from PIL import Image, ImageOps

from nodetool_jupyter.nodes.library.lib_image import color_grading as g
from nodetool_jupyter.nodes.pixels import luma
from nodetool_jupyter.nodes.registry import registry
from tests.nodes.picture_cases import MODES, keeps_alpha, keeps_its_promises, near, pixels, same, speckled

LOOKS = typing.get_args(typing.get_type_hints(g.FilmLook)["preset"])
RANGES = typing.get_args(typing.get_type_hints(g.HSLAdjust)["color_range"])
NAMES = [
    "CDL", "ColorBalance", "Curves", "Exposure", "FilmLook", "HSLAdjust", "LiftGammaGain", "SaturationVibrance",
    "SplitToning", "Vignette",
]  # fmt: skip
STRONG = {
    "CDL": lambda p: g.CDL(p, slope_r=1.5, power_g=0.5, offset_b=-0.1, saturation=1.2),
    "ColorBalance": lambda p: g.ColorBalance(p, 0.5, -0.5),
    "Curves": lambda p: g.Curves(p, shadows=0.5, blue_midtones=-0.5),
    "Exposure": lambda p: g.Exposure(p, 0.5, 0.2, -1, 1, 0.3, -0.3),
    "FilmLook": g.FilmLook,
    "HSLAdjust": lambda p: g.HSLAdjust(p, "reds", 40, 0.5, -0.2),
    "LiftGammaGain": lambda p: g.LiftGammaGain(p, lift_r=0.1, gamma_master=1.5, gain_b=0.7),
    "SaturationVibrance": lambda p: g.SaturationVibrance(p, 0.3, 0.5),
    "SplitToning": g.SplitToning,
    "Vignette": g.Vignette,
}
AT_REST = {
    **{name: getattr(g, name) for name in NAMES if name not in ("FilmLook", "SplitToning", "Vignette")},
    "FilmLook": lambda p: g.FilmLook(p, intensity=0),
    "HSLAdjust by a turn": lambda p: g.HSLAdjust(p, hue_shift=360),
    "SplitToning": lambda p: g.SplitToning(p, shadow_saturation=0, highlight_saturation=0),
    "Vignette": lambda p: g.Vignette(p, amount=0),
}


@pytest.mark.parametrize("name", STRONG)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode(name, mode):
    keeps_its_promises(STRONG[name], mode)


@pytest.mark.parametrize("name", STRONG)
def test_transparency_and_size_stay(name):
    keeps_alpha(STRONG[name])
    assert STRONG[name](speckled(size=(1, 1))).size == (1, 1)


@pytest.mark.parametrize("name", STRONG)
def test_a_grade_changes_something(name):
    assert not same(STRONG[name](speckled()), speckled())


@pytest.mark.parametrize("name", AT_REST)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_at_rest_nothing_changes(name, mode):
    assert same(AT_REST[name](speckled(mode)), speckled(mode))


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        (lambda p: g.CDL(p, slope_r=0.5, offset_g=0.2, power_b=2), (200, 100, 128), (100, 151, 64)),
        (lambda p: g.CDL(p, offset_r=-1, power_r=0.5), (200, 100, 50), (0, 100, 50)),
        (lambda p: g.CDL(p, saturation=0), (0, 255, 0), (182, 182, 182)),
        (lambda p: g.LiftGammaGain(p, lift_master=0.2), (0, 128, 255), (51, 153, 255)),
        (lambda p: g.LiftGammaGain(p, gain_g=0.5, gain_master=0.5), (200, 200, 200), (100, 50, 100)),
        (lambda p: g.LiftGammaGain(p, gamma_r=2, gamma_b=0.5), (64, 64, 64), (128, 64, 16)),
        (lambda p: g.Curves(p, black_point=0.2, white_point=0.6), (51, 102, 153), (0, 128, 255)),
        (lambda p: g.Curves(p, midtones=1), (0, 128, 255), (0, 191, 255)),
        (lambda p: g.Curves(p, red_midtones=-1), (128, 128, 128), (64, 128, 128)),
        (lambda p: g.Curves(p, shadows=1), (0, 85, 255), (0, 123, 255)),
        (lambda p: g.Curves(p, highlights=-1), (0, 170, 255), (0, 132, 255)),
        (lambda p: g.Exposure(p, exposure=1), (10, 100, 200), (20, 200, 255)),
        (lambda p: g.Exposure(p, contrast=0.5), (64, 128, 192), (32, 128, 224)),
        (lambda p: g.Exposure(p, contrast=-1), (0, 100, 255), (128, 128, 128)),
        (lambda p: g.Exposure(p, whites=-1, blacks=1), (0, 128, 255), (64, 128, 191)),
        (lambda p: g.Exposure(p, shadows=1), (0, 85, 255), (0, 123, 255)),
        (lambda p: g.SaturationVibrance(p, saturation=-1), (255, 0, 0), (54, 54, 54)),
        (lambda p: g.SaturationVibrance(p, saturation=1), (100, 100, 100), (100, 100, 100)),
        (lambda p: g.HSLAdjust(p, hue_shift=120), (255, 0, 0), (0, 255, 0)),
        (lambda p: g.HSLAdjust(p, hue_shift=-60), (200, 100, 100), (200, 100, 200)),
        (lambda p: g.HSLAdjust(p, saturation=-1), (0, 255, 0), (182, 182, 182)),
        (lambda p: g.HSLAdjust(p, luminance=0.5), (0, 100, 255), (128, 178, 255)),
        (lambda p: g.HSLAdjust(p, luminance=-0.5), (0, 100, 255), (0, 50, 128)),
        (lambda p: g.HSLAdjust(p, "reds", hue_shift=120), (255, 0, 0), (0, 255, 0)),
        (lambda p: g.HSLAdjust(p, "reds", saturation=-1), (0, 200, 0), (0, 200, 0)),
        (lambda p: g.HSLAdjust(p, "magentas", luminance=-1), (255, 0, 191), (0, 0, 0)),
        (lambda p: g.HSLAdjust(p, "blues", luminance=-1), (128, 128, 128), (128, 128, 128)),
        (lambda p: g.FilmLook(p, "noir", 0.5), (128, 128, 128), (128, 128, 128)),
        (lambda p: g.SplitToning(p), (0, 0, 0), (0, 0, 0)),
        (lambda p: g.SplitToning(p), (255, 255, 255), (255, 255, 255)),
    ],
)
def test_pixel(call, before, after):
    assert near(call(pixels([before])).getpixel((0, 0)), after)


@pytest.mark.parametrize("colour", [name for name in RANGES if name != "all"])
def test_a_range_is_strongest_at_its_colour(colour):
    wheel = Image.new("HSV", (360, 1))
    wheel.putdata([(round(degree / 360 * 255) % 256, 255, 255) for degree in range(360)])
    wheel = wheel.convert("RGB")
    darker = np.asarray(g.HSLAdjust(wheel, colour, luminance=-1)).max(axis=-1)[0]
    names = {"reds": 0, "oranges": 30, "yellows": 60, "greens": 120, "cyans": 180, "blues": 240, "purples": 275}
    assert abs(int(darker.argmin()) - names.get(colour, 315)) <= 2
    assert (darker == 255).sum() > 200, "most of the wheel stays"


@pytest.mark.parametrize(
    ("given", "stronger", "weaker"),
    [({"temperature": 1}, 0, 2), ({"temperature": -1}, 2, 0), ({"tint": 1}, 0, 1), ({"tint": -1}, 1, 2)],
)
def test_balance_tints_grey_and_keeps_its_brightness(given, stronger, weaker):
    made = g.ColorBalance(pixels([[128, 128, 128]]), **given).getpixel((0, 0))
    assert made[stronger] > 128 > made[weaker]
    assert abs(luma(np.float32(made)) - 128) < 1


def test_vibrance_moves_pale_colours_more():
    pale, strong = pixels([[140, 120, 120]]), pixels([[255, 10, 10]])
    grew = [
        np.ptp(g.SaturationVibrance(p, vibrance=1).getpixel((0, 0))) / np.ptp(p.getpixel((0, 0)))
        for p in (pale, strong)
    ]
    assert grew[0] > 1.8
    assert grew[1] < 1.1


def test_split_toning_tints_dark_and_bright_differently():
    dark, bright = (g.SplitToning(pixels([[v] * 3]), 240, 0.5, 60, 0.5).getpixel((0, 0)) for v in (50, 200))
    assert dark[2] > dark[0]
    assert bright[2] < bright[0]
    more = g.SplitToning(pixels([[128] * 3]), 240, 0.5, 60, 0.5, balance=1).getpixel((0, 0))
    less = g.SplitToning(pixels([[128] * 3]), 240, 0.5, 60, 0.5, balance=-1).getpixel((0, 0))
    assert more[0] > less[0]


def test_a_vignette_darkens_the_corners_alike_and_leaves_the_middle():
    white = Image.new("RGB", (61, 41), "white")
    dark = g.Vignette(white, amount=0.8)
    assert (dark.getpixel((30, 20)), dark.getpixel((0, 0))[0]) == ((255,) * 3, 51)
    assert same(dark, ImageOps.mirror(dark))
    assert same(dark, ImageOps.flip(dark))
    assert g.Vignette(ImageOps.invert(white), amount=-1.0).getpixel((0, 0)) == (255,) * 3


def test_a_vignette_is_a_rectangle_or_round_and_has_a_width():
    white = Image.new("L", (101, 101), 255)
    square, round_ = (g.Vignette(white, 1, 0.5, roundness, 0.5) for roundness in (0, 1))
    assert square.getpixel((20, 20)) > round_.getpixel((20, 20))
    assert square.getpixel((5, 50)) == round_.getpixel((5, 50))
    hard = np.unique(np.asarray(g.Vignette(white, 1, 0.5, 1, 0)))
    assert hard.tolist() == [0, 255]


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_is_another_and_can_be_mixed_in(look):
    picture = speckled()
    whole, half = g.FilmLook(picture, look), g.FilmLook(picture, look, 0.5)
    assert not any(same(whole, g.FilmLook(picture, other)) for other in LOOKS if other != look)
    assert near(half, (np.asarray(whole).astype(int) + np.asarray(picture)) // 2, 2)


def test_noir_is_grey_and_teal_orange_cools_the_dark():
    noir = np.asarray(g.FilmLook(speckled(), "noir"))
    assert near(noir[..., 0], noir[..., 2])
    dark = g.FilmLook(pixels([[60, 60, 60]])).getpixel((0, 0))
    bright = g.FilmLook(pixels([[200, 200, 200]])).getpixel((0, 0))
    assert dark[2] > dark[0]
    assert bright[0] > bright[2]


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_2025_are_the_same_nodes(name):
    now = registry.get(f"lib.image.color_grading.{name}")
    assert registry.get(f"lib.pillow.color_grading.{name}") is now is not None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: g.CDL(p, power_g=0), "CDL: every power is above 0, not 0"),
        (lambda p: g.LiftGammaGain(p, gamma_master=-1), "LiftGammaGain: every gamma"),
        (lambda p: g.Curves(p, black_point=0.5, white_point=0.5), "Curves: white_point"),
        (lambda p: g.Vignette(None), "there is no image"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call(speckled())
