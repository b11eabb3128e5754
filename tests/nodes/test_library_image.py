"""What the nodes of ``nodetool.image`` mean: sizes, identities and single pixels."""

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.library import image as i


def pixels(rows, mode="RGB"):
    return Image.fromarray(np.array(rows, dtype="uint8"), mode=None).convert(mode)


@pytest.fixture
def picture():
    """Two rows of three: red, green, blue above black, grey, white."""
    return pixels([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [128, 128, 128], [255, 255, 255]]])


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (lambda p: i.Crop(p), (3, 2)),
        (lambda p: i.Crop(p, left=1, top=1, right=2, bottom=2), (1, 1)),
        (lambda p: i.Crop(p, left=-5, top=-5, right=2, bottom=99), (2, 2)),
        (lambda p: i.Fit(p, width=30, height=30), (30, 20)),
        (lambda p: i.Fit(p, width=300, height=2), (3, 2)),
        (lambda p: i.Resize(p, width=100, height=50), (100, 50)),
        (lambda p: i.Scale(p, scale=2.0), (6, 4)),
        (lambda p: i.Scale(p, scale=0.0), (1, 1)),
        (lambda p: i.RotateAndFlip(p, angle=90), (2, 3)),
        (lambda p: i.RotateAndFlip(p, angle=-180), (3, 2)),
        (lambda p: i.RotateAndFlip(i.Resize(p, width=10, height=10), angle=45), (16, 16)),
        (lambda p: i.Paste(p, i.Resize(p, width=50, height=50)), (3, 2)),
        (lambda p: i.Channels(p, channel="G"), (3, 2)),
        (lambda p: i.Blur(p, size=1), (3, 2)),
        (lambda p: i.Levels(p), (3, 2)),
    ],
)
def test_size(picture, make, size):
    before = picture.tobytes()
    assert make(picture).size == size
    assert picture.tobytes() == before, "a node leaves its input alone"


def test_cropping_keeps_the_pixels(picture):
    assert i.Crop(picture, left=1, right=2, bottom=1).getpixel((0, 0)) == (0, 255, 0)


def test_turning_is_clockwise(picture):
    turned = i.RotateAndFlip(picture, angle=90)
    assert (turned.getpixel((1, 0)), turned.getpixel((0, 0))) == ((255, 0, 0), (0, 0, 0))


def test_a_full_turn_changes_nothing(picture):
    assert i.RotateAndFlip(picture, angle=720.0).tobytes() == picture.tobytes()


@pytest.mark.parametrize("angle", [1e-14, -1e-14, 0.1 + 0.2 - 0.3])
def test_an_angle_that_is_nothing_but_a_rounding_changes_nothing(picture, angle):
    assert i.RotateAndFlip(picture, angle=angle).tobytes() == picture.tobytes()


def test_flipping_mirrors_sideways_or_upside_down(picture):
    assert i.RotateAndFlip(picture, flip_horizontal=True).getpixel((0, 0)) == (0, 0, 255)
    assert i.RotateAndFlip(picture, flip_vertical=True).getpixel((0, 0)) == (0, 0, 0)


def test_corners_are_transparent_after_an_odd_turn(picture):
    turned = i.RotateAndFlip(i.Resize(picture, width=20, height=20), angle=45)
    assert (turned.mode, turned.getpixel((0, 0))[3]) == ("RGBA", 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_pasting_lays_one_picture_on_the_other(picture, mode):
    pasted = i.Paste(picture.convert(mode), pixels([[[9, 8, 7]]]), left=1, top=1)
    assert pasted.convert("RGB").getpixel((1, 1)) == (9, 8, 7)
    assert pasted.convert("L").getpixel((0, 0)) == picture.convert("L").getpixel((0, 0))


def test_pasting_beyond_the_edge_keeps_what_fits(picture):
    patch = pixels([[[1, 1, 1], [2, 2, 2]], [[3, 3, 3], [4, 4, 4]]])
    for base in (picture, picture.convert("RGBA")):
        assert i.Paste(base, patch, left=-1, top=-1).convert("RGB").getpixel((0, 0)) == (4, 4, 4)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(("left", "top"), [(-2, 0), (0, -9), (3, 0), (0, 99)])
def test_pasting_outside_changes_nothing(picture, mode, left, top):
    base, patch = picture.convert(mode), Image.new("RGB", (2, 2))
    assert i.Paste(base, patch.convert(mode), left=left, top=top).tobytes() == base.tobytes()


def test_transparent_parts_of_what_is_pasted_let_the_picture_show(picture):
    assert i.Paste(picture, pixels([[[9, 9, 9, 0]]], "RGBA")).getpixel((0, 0)) == (255, 0, 0)


def test_a_channel_is_a_grey_picture(picture):
    red = i.Channels(picture, channel="R")
    assert (red.mode, [red.getpixel((x, 0)) for x in range(3)]) == ("L", [255, 0, 0])


@pytest.mark.parametrize("kind", ["gaussian", "box", "median"])
def test_blurring_an_even_area_changes_nothing(kind):
    even = Image.new("RGB", (9, 9), (10, 20, 30))
    assert i.Blur(even, blur_type=kind, size=2).tobytes() == even.tobytes()


def test_blurring_spreads_a_dot_and_size_zero_does_not():
    dot = Image.new("L", (9, 9))
    dot.putpixel((4, 4), 255)
    assert 0 < i.Blur(dot, size=1).getpixel((3, 4)) < 255
    assert i.Blur(dot, size=0).tobytes() == dot.tobytes()


def test_hidden_colours_do_not_show_in_a_blur():
    red = Image.new("RGBA", (9, 9), (0, 255, 0, 0))
    red.paste((255, 0, 0, 255), (0, 0, 5, 9))
    shown = [i.Blur(red, blur_type=kind, size=2).getpixel((5, 4)) for kind in ("gaussian", "box")]
    assert all(pixel[1] == 0 < pixel[3] for pixel in shown)


def test_levels_at_rest_change_nothing_and_stretch_otherwise(picture):
    assert i.Levels(picture).tobytes() == picture.tobytes()
    stretched = i.Levels(picture, r_black=0.25, r_white=0.75, g_gamma=2.0, b_white=0.5)
    assert stretched.getpixel((1, 1)) == (128, 181, 255)


def test_levels_leave_transparency_alone():
    half = pixels([[[100, 100, 100, 50]]], "RGBA")
    assert i.Levels(half, r_white=0.5).getpixel((0, 0)) == (200, 100, 100, 50)


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("P", 1), ("LA", 2), ("RGB", 3), ("CMYK", 4)])
def test_channels_are_counted(mode, channels):
    assert i.GetMetadata(Image.new(mode, (1, 1)))["channels"] == channels


def test_metadata():
    assert i.GetMetadata(Image.new("RGBA", (4, 3))) == {
        "format": "", "mode": "RGBA", "width": 4, "height": 3, "channels": 4,
    }  # fmt: skip


def test_arrays_are_pictures_too():
    assert i.GetMetadata(np.zeros((2, 5, 3), "uint8"))["width"] == 5
    assert i.Crop(np.ones((1, 1, 3)), right=1, bottom=1).getpixel((0, 0)) == (255, 255, 255)


MODES = ["1", "P", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"]


@pytest.mark.parametrize("side", [1, 4])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "make",
    [
        lambda p: i.Crop(p),
        lambda p: i.Fit(p, width=p.width, height=p.height),
        lambda p: i.Resize(p, width=p.width, height=p.height),
        lambda p: i.Scale(p),
        lambda p: i.RotateAndFlip(p, angle=180, flip_horizontal=True, flip_vertical=True),
        lambda p: i.Paste(p, p),
        lambda p: i.Channels(p),
        lambda p: i.Blur(p),
        lambda p: i.Levels(p),
    ],
    ids=["Crop", "Fit", "Resize", "Scale", "RotateAndFlip", "Paste", "Channels", "Blur", "Levels"],
)
def test_every_mode_and_the_smallest_picture(make, mode, side):
    strange = Image.new(mode, (side, side))
    before = strange.tobytes()
    assert make(strange).size == (side, side)
    assert strange.tobytes() == before


def test_a_batch_becomes_a_list(picture):
    batch = np.stack([np.asarray(picture), np.zeros((2, 3, 3), "uint8")])
    assert [one.tobytes() for one in i.BatchToList(batch)] == [batch[0].tobytes(), batch[1].tobytes()]
    assert [one.size for one in i.BatchToList([picture, batch[0]])] == [(3, 2), (3, 2)]
    assert i.BatchToList(picture) == [picture]
    assert i.BatchToList([]) == []


def test_the_pictures_of_all_inputs_become_a_list(picture):
    other = np.zeros((1, 1))
    assert [one.size for one in i.ImagesToList(first=picture, second=other)] == [(3, 2), (1, 1)]
    assert i.ImagesToList() == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: i.Crop(None), "there is no image"),
        (lambda p: i.Crop({"type": "image", "uri": ""}), "there is no image"),
        (
            lambda p: i.Crop({"type": "image", "uri": "http://h/x.png"}),
            "the image at 'http://h/x.png' cannot be read here",
        ),
        (lambda p: i.Paste(p), "there is no paste"),
        (lambda p: i.Crop("x"), "the image is not a picture but str"),
        (lambda p: i.Crop(p, left=3), "Crop: nothing of a picture of 3 × 2"),
        (lambda p: i.Scale(p, scale=1e6), "too large"),
        (lambda p: i.Levels(p, r_gamma=0), "must be above 0"),
        (lambda p: i.Levels(p, r_black=0.5, r_white=0.5), "above black"),
        (lambda p: i.Scale(p, scale=6000), "all in all it may have"),
        (lambda p: i.Scale(p, scale=float("nan")), "cannot have"),
        (lambda p: i.RotateAndFlip(p, angle=float("nan")), "cannot have"),
        (lambda p: i.RotateAndFlip(p, angle=float("inf")), "cannot have"),
        (lambda p: i.Blur(p, size=float("nan")), "Blur: a picture cannot be blurred by nan pixels"),
        (lambda p: i.Crop(p, left=2, right=1), "nothing of a picture"),
        (lambda p: i.Crop(p, top=1, bottom=1), "nothing of a picture"),
        (lambda p: i.BatchToList([p, None]), "there is no picture 1 of the batch"),
        (lambda p: i.BatchToList(None), "there is no batch"),
        (lambda p: i.ImagesToList(a=p, b="x"), "the b is not a picture"),
    ],
)
def test_refusals_are_sentences(picture, call, message):
    with pytest.raises(ValueError, match=message):
        call(picture)
