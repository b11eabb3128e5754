"""What the nodes of ``lib.image.enhance`` mean: Pillow's operations of the same names, alpha left alone."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from nodetool_jupyter.nodes.examples.samples import Sample
from nodetool_jupyter.nodes.library.lib_image import enhance as e
from nodetool_jupyter.nodes.registry import registry

NAMES = [
    "AdaptiveContrast",
    "AutoContrast",
    "Brightness",
    "Color",
    "Contrast",
    "Detail",
    "EdgeEnhance",
    "Equalize",
    "RankFilter",
    "Sharpen",
    "Sharpness",
    "UnsharpMask",
]


@pytest.fixture
def photo():
    return Sample("photo").draw()


@pytest.mark.parametrize(
    ("made", "by_hand"),
    [
        (lambda p: e.AutoContrast(p), lambda p: ImageOps.autocontrast(p)),
        (lambda p: e.AutoContrast(p, cutoff=10), lambda p: ImageOps.autocontrast(p, 10)),
        (lambda p: e.Brightness(p, factor=1.5), lambda p: ImageEnhance.Brightness(p).enhance(1.5)),
        (lambda p: e.Color(p, factor=0.2), lambda p: ImageEnhance.Color(p).enhance(0.2)),
        (lambda p: e.Contrast(p, factor=2), lambda p: ImageEnhance.Contrast(p).enhance(2)),
        (lambda p: e.Sharpness(p, factor=2.0), lambda p: ImageEnhance.Sharpness(p).enhance(2.0)),
        (lambda p: e.Detail(p), lambda p: p.filter(ImageFilter.DETAIL)),
        (lambda p: e.EdgeEnhance(p), lambda p: p.filter(ImageFilter.EDGE_ENHANCE)),
        (lambda p: e.Sharpen(p), lambda p: p.filter(ImageFilter.SHARPEN)),
        (lambda p: e.Equalize(p), lambda p: ImageOps.equalize(p)),
        (lambda p: e.RankFilter(p), lambda p: p.filter(ImageFilter.RankFilter(3, 3))),
        (lambda p: e.RankFilter(p, size=5, rank=12), lambda p: p.filter(ImageFilter.MedianFilter(5))),
        (lambda p: e.UnsharpMask(p), lambda p: p.filter(ImageFilter.UnsharpMask(2, 150, 3))),
        (
            lambda p: e.UnsharpMask(p, radius=4, percent=50, threshold=0),
            lambda p: p.filter(ImageFilter.UnsharpMask(4, 50, 0)),
        ),
    ],
)
def test_it_is_what_pillow_does(photo, made, by_hand):
    assert made(photo).tobytes() == by_hand(photo).tobytes() != photo.tobytes()


@pytest.mark.parametrize(
    "call",
    [
        lambda p: e.Brightness(p),
        lambda p: e.Color(p),
        lambda p: e.Contrast(p),
        lambda p: e.Sharpness(p),
        lambda p: e.AutoContrast(p, cutoff=108),
        lambda p: e.UnsharpMask(p, radius=0),
        lambda p: e.UnsharpMask(p, percent=0),
        lambda p: e.RankFilter(p, size=1, rank=0),
    ],
)
@pytest.mark.parametrize("sample", ["photo", "portrait", "mask"])
def test_at_rest_it_changes_nothing(call, sample):
    picture = Sample(sample).draw()
    assert call(picture).tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    ("call", "pixel"),
    [
        (lambda p: e.Brightness(p, factor=0), (0, 0, 0)),
        (lambda p: e.Brightness(p, factor=2), (200, 100, 20)),
        (lambda p: e.Contrast(p, factor=0), (60, 60, 60)),
        (lambda p: e.Color(p, factor=0), (60, 60, 60)),
        (lambda p: e.RankFilter(p, rank=0), (100, 50, 10)),
    ],
)
def test_a_single_colour(call, pixel):
    assert call(Image.new("RGB", (3, 3), (100, 50, 10))).getpixel((1, 1)) == pixel


def test_tones_are_stretched_each_colour_by_itself():
    dull = Image.fromarray(np.array([[[50, 100, 7], [150, 101, 7]]], "uint8"))
    assert [e.AutoContrast(dull).getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 7), (255, 255, 7)]


def test_contrast_grows_where_a_part_is_dull():
    steps = np.linspace(100, 110, 64).astype("uint8")
    dull = Image.fromarray(np.hstack([np.tile(steps, (64, 1)), np.tile([[0], [255]], (32, 64)).astype("uint8")]))
    clear = np.asarray(e.AdaptiveContrast(dull, clip_limit=40.0, grid_size=2))
    assert np.ptp(clear[:, :32]) > 4 * np.ptp(np.asarray(dull)[:, :32])


def test_a_lower_limit_does_less(photo):
    def change(limit):
        made = np.asarray(e.AdaptiveContrast(photo, clip_limit=limit, grid_size=2), "int16")
        return abs(made - np.asarray(photo)).mean()

    assert change(1.0) < change(2.0) < change(8.0) < change(0)


def test_colours_keep_their_tone_when_their_contrast_grows():
    red = Image.fromarray(
        np.tile(np.arange(64, dtype="uint8")[:, None, None] * np.array([2, 1, 1], "uint8"), (1, 64, 1))
    )
    made = np.asarray(e.AdaptiveContrast(red, grid_size=1)).astype(int)
    assert (made[..., 0] >= made[..., 1]).all()
    assert abs(made[..., 1] - made[..., 2]).max() <= 2


@pytest.mark.parametrize("name", NAMES)
def test_alpha_stays(name):
    portrait = Sample("portrait").draw()
    made = getattr(e, name)(portrait)
    assert made.getchannel("A").tobytes() == portrait.getchannel("A").tobytes()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["1", "P", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("size", [(1, 1), (5, 4)])
def test_every_mode_and_the_smallest_picture(name, mode, size):
    strange = Image.new(mode, size)
    before = strange.tobytes()
    assert getattr(e, name)(strange).size == size
    assert strange.tobytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_arrays_are_taken(name):
    assert getattr(e, name)(np.zeros((2, 3, 1))).size == (3, 2)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_picture(name):
    with pytest.raises(ValueError, match="there is no image"):
        getattr(e, name)()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: e.RankFilter(p, size=4), "RankFilter: size is 4; it must be an odd number"),
        (lambda p: e.RankFilter(p, size=-1), "RankFilter: size is -1"),
        (lambda p: e.RankFilter(p, rank=9), "RankFilter: rank is 9; with size 3 it goes from 0 to 8"),
        (lambda p: e.UnsharpMask(p, radius=-1), "UnsharpMask: radius is -1"),
        (lambda p: e.AutoContrast(p, cutoff=-1), "AutoContrast: cutoff is -1"),
        (lambda p: e.AdaptiveContrast(p, clip_limit=-1), "AdaptiveContrast: clip_limit is -1"),
        (lambda p: e.AdaptiveContrast(p, grid_size=0), "grid_size is 0; it goes from 1 to 64"),
        (lambda p: e.AdaptiveContrast(p, grid_size=65), "grid_size is 65"),
    ],
)
def test_refusals_are_sentences(photo, call, message):
    with pytest.raises(ValueError, match=message):
        call(photo)


@pytest.mark.parametrize("name", NAMES)
def test_the_old_name_is_the_same_type(name):
    assert registry.get(f"lib.pillow.enhance.{name}") is registry.get(f"lib.image.enhance.{name}") is not None
