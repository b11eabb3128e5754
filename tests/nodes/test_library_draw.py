"""What the nodes of ``lib.image.draw`` mean: sizes, corners, symmetry."""

import numpy as np
import pytest
from PIL import ImageOps

from nodetool_jupyter.nodes.library.lib_image import draw as d
from tests.nodes.picture_cases import near, same

ALL = [
    d.Background, d.LinearGradient, d.RadialGradient, d.DiamondGradient, d.AngularGradient, d.Checkerboard,
    d.GaussianNoise,
]  # fmt: skip


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(("width", "height"), [(7, 3), (1, 1), (1, 9)])
def test_what_is_made_has_the_size_and_alpha(make, width, height):
    made = make(width=width, height=height)
    assert (made.size, made.mode) == ((width, height), "RGBA")
    assert make(width=width, height=height).tobytes() == made.tobytes()


@pytest.mark.parametrize("make", ALL)
def test_sizes_are_limited(make):
    assert make(width=0, height=-3).size == (1, 1)
    with pytest.raises(ValueError, match="too large"):
        make(width=10**6, height=2)


def test_the_default_is_512_square():
    assert d.Background().size == (512, 512)


@pytest.mark.parametrize(
    ("make", "place", "pixel"),
    [
        (lambda: d.Background(4, 4, "#11223344"), (3, 3), (0x11, 0x22, 0x33, 0x44)),
        (lambda: d.Background(4, 4), (0, 0), (255, 255, 255, 255)),
        (lambda: d.Background(4, 4, {"type": "color", "value": None}), (0, 0), (255, 255, 255, 255)),
        (lambda: d.LinearGradient(256, 2), (0, 0), (0, 0, 0, 255)),
        (lambda: d.LinearGradient(256, 2), (255, 1), (255, 255, 255, 255)),
        (lambda: d.LinearGradient(256, 2, "red", "blue", midpoint=0.25), (64, 0), (127, 0, 128, 255)),
        (lambda: d.LinearGradient(2, 256, angle=90), (0, 255), (255, 255, 255, 255)),
        (lambda: d.LinearGradient(256, 2, angle=180), (255, 0), (0, 0, 0, 255)),
        (lambda: d.LinearGradient(256, 256, angle=45), (255, 255), (255, 255, 255, 255)),
        (lambda: d.RadialGradient(257, 257, "red", "blue"), (128, 128), (255, 0, 0, 255)),
        (lambda: d.RadialGradient(257, 257, "red", "blue"), (0, 128), (1, 0, 254, 255)),
        (lambda: d.RadialGradient(101, 301, "red", "blue"), (50, 0), (0, 0, 255, 255)),
        (lambda: d.DiamondGradient(257, 257, "red", "blue"), (128, 128), (255, 0, 0, 255)),
        (lambda: d.DiamondGradient(257, 257, "red", "blue"), (64, 64), (0, 0, 255, 255)),
        (lambda: d.AngularGradient(257, 257), (250, 129), (0, 0, 0, 255)),
        (lambda: d.AngularGradient(257, 257), (128, 250), (64, 64, 64, 255)),
        (lambda: d.AngularGradient(257, 257), (5, 128), (128, 128, 128, 255)),
        (lambda: d.AngularGradient(257, 257, rotation=90), (128, 5), (128, 128, 128, 255)),
        (lambda: d.Checkerboard(64, 64, 16, "red", "blue"), (0, 0), (255, 0, 0, 255)),
        (lambda: d.Checkerboard(64, 64, 16, "red", "blue"), (16, 15), (0, 0, 255, 255)),
        (lambda: d.Checkerboard(64, 64, 16, "red", "blue"), (16, 16), (255, 0, 0, 255)),
        (lambda: d.GaussianNoise(9, 9, mean=0.5, stddev=0), (4, 4), (128, 128, 128, 255)),
    ],
)
def test_pixel(make, place, pixel):
    assert near(make().getpixel(place), pixel)


@pytest.mark.parametrize("make", [d.RadialGradient, d.DiamondGradient])
def test_round_gradients_are_the_same_from_every_side(make):
    made = make(width=31, height=20)
    assert same(made, ImageOps.mirror(made))
    assert same(made, ImageOps.flip(made))


def test_a_larger_radius_reaches_further():
    assert d.RadialGradient(99, 99, radius=1.0).getpixel((0, 49))[0] > d.RadialGradient(99, 99).getpixel((0, 49))[0]


def test_noise_has_its_mean_its_spread_and_its_seed():
    values = np.asarray(d.GaussianNoise(300, 300, mean=0.5, stddev=0.1, seed=3))[..., :3] / 255
    assert abs(values.mean() - 0.5) < 0.002
    assert abs(values.std() - 0.1) < 0.002
    assert abs(np.corrcoef(values[..., 0].ravel(), values[..., 1].ravel())[0, 1]) < 0.02, "each colour by itself"
    assert d.GaussianNoise(9, 9, seed=1).tobytes() != d.GaussianNoise(9, 9, seed=2).tobytes()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d.RadialGradient(radius=0), "RadialGradient: radius is above 0"),
        (lambda: d.DiamondGradient(radius=-1), "DiamondGradient: radius"),
        (lambda: d.Checkerboard(cell_size=0), "Checkerboard: cell_size is above 0"),
        (lambda: d.GaussianNoise(stddev=-1), "GaussianNoise: stddev"),
        (lambda: d.Background(color="reddish"), "not a colour: 'reddish'"),
        (lambda: d.Checkerboard(color_b="reddish"), "color_b is not a colour"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
