"""What nodes take for a picture, in which mode they work on it, and what they refuse."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.pictures import (
    MAX_PIXELS,
    MAX_SIDE,
    as_mask,
    colours_only,
    mixing,
    open_picture,
    plain,
    read_picture,
    size,
)


@pytest.mark.parametrize(
    ("value", "mode", "pixel"),
    [
        (Image.new("L", (3, 2), 7), "L", 7),
        (np.full((2, 3), 7, "uint8"), "L", 7),
        (np.full((2, 3, 1), 7, "uint8"), "L", 7),
        (np.full((2, 3, 2), 7, "uint8"), "LA", (7, 7)),
        (np.full((2, 3, 3), 7, "uint8"), "RGB", (7, 7, 7)),
        (np.full((2, 3, 4), 7, "uint8"), "RGBA", (7, 7, 7, 7)),
        (np.full((2, 3), 0.5), "L", 128),
        (np.full((2, 3, 3), 2.0, "float16"), "RGB", (255, 255, 255)),
        (np.full((2, 3), -1.0), "L", 0),
        (np.full((2, 3), np.nan), "L", 0),
        (np.full((2, 3), np.inf), "L", 255),
        (np.full((2, 3), True), "L", 255),
        (np.full((2, 3), 300), "L", 255),
        (np.full((2, 3), 0x1234, "uint16"), "L", 0x12),
        (np.asfortranarray(np.full((2, 3, 3), 7, "uint8")), "RGB", (7, 7, 7)),
        (np.full((2, 6, 3), 7, "uint8")[:, ::2], "RGB", (7, 7, 7)),
    ],
)
def test_what_is_a_picture(value, mode, pixel):
    picture = read_picture(value)
    assert (picture.mode, picture.size, picture.getpixel((2, 1))) == (mode, (3, 2), pixel)


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "uint8"])
def test_a_tensor_is_a_picture(kind):
    torch = pytest.importorskip("torch")
    tensor = torch.ones(2, 3, 3, dtype=getattr(torch, kind))
    assert read_picture(tensor).getpixel((0, 0)) == ((1, 1, 1) if kind == "uint8" else (255, 255, 255))


def test_a_tensor_that_learns_is_a_picture():
    torch = pytest.importorskip("torch")
    assert read_picture(torch.zeros(2, 3, requires_grad=True)).size == (3, 2)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "there is no photo"),
        ("", "there is no photo"),
        ({"type": "image", "uri": "", "asset_id": None}, "there is no photo"),
        ({"type": "image", "uri": "https://h/x.png"}, "photo at 'https://h/x.png' cannot be read here, where nothing"),
        ({"type": "image", "uri": "asset://7.png"}, "at 'asset://7.png'"),
        ({"type": "image", "uri": "data:" + "x" * 1000}, "at 'data:x{91}…"),
        ({"type": "image", "uri": "file:///no/such%20file.png"}, "there is no file '/no/such file.png'"),
        ([1, 2], "the photo is not a picture but list"),
        (np.zeros((9, 4, 5)), r"shape \(9, 4, 5\); a picture is height × width.*channels$"),
        (np.zeros((3, 4, 5)), r"shape \(3, 4, 5\).*; move the channels last$"),
        (np.zeros((2, 3, 4, 3)), r"shape \(2, 3, 4, 3\)"),
        (np.zeros((0, 4, 3)), r"empty: it is an array of shape \(0, 4, 3\)"),
        (np.array([["a"]]), "an array of <U1"),
        (np.zeros((2, 2), "complex64"), "an array of complex64"),
        (Image.new("RGB", (0, 3)), "empty: it has 0 × 3 pixels"),
    ],
)
def test_what_is_none(value, message):
    with pytest.raises(ValueError, match=message):
        read_picture(value, "photo")


def test_a_reference_to_a_file_is_read(tmp_path):
    Image.new("RGB", (3, 2)).save(tmp_path / "a b.png")
    uri = (tmp_path / "a b.png").as_uri()
    assert read_picture({"type": "image", "uri": uri}).size == (3, 2)


@pytest.mark.parametrize(
    ("orientation", "red"), [(1, (0, 0)), (2, (2, 0)), (3, (2, 1)), (4, (0, 1)), (6, (1, 0)), (8, (0, 2))]
)
def test_a_photo_stands_upright(tmp_path, orientation, red):
    picture = Image.new("RGB", (3, 2))
    picture.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "photo.png", exif=exif)
    loaded = open_picture(tmp_path / "photo.png")
    assert (loaded.getpixel(red), loaded.format) == ((255, 0, 0), "PNG")
    assert loaded.getexif().get(0x0112, 1) == 1, "nobody turns it a second time"


def _png(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_png(30_000, 30_000), f"more than {MAX_PIXELS} pixels"),
        (_png(9, 9, b"no deflated bytes"), "cannot be read as a picture"),
        (_png(9, 9, zlib.compress(b"\0" * 90))[:-30], "cannot be read as a picture"),
        (b"", "cannot be read as a picture"),
        (b"no picture", "cannot be read as a picture"),
    ],
    ids=["huge", "no pixels", "cut off", "nothing", "text"],
)
def test_a_file_that_is_huge_or_broken_is_refused(tmp_path, body, message):
    path = tmp_path / "x.png"
    path.write_bytes(body)
    with pytest.raises(ValueError, match=f"photo: .*{message}"):
        open_picture(path, "photo")


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        open_picture(tmp_path)


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [
        *[(mode, "L") for mode in ("1", "L", "I", "F", "I;16", "I;16B")],
        *[(mode, "RGB") for mode in ("P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")],
        *[(mode, "RGBA") for mode in ("LA", "La", "PA", "RGBA", "RGBa")],
    ],
)
def test_every_mode_becomes_a_plain_one(mode, becomes):
    assert plain(Image.new(mode, (2, 2))).mode == becomes


def test_the_transparent_colour_of_a_palette_stays_transparent():
    picture = Image.new("P", (1, 1))
    picture.info["transparency"] = 0
    assert plain(picture).getpixel((0, 0))[3] == 0


def test_sixteen_bits_become_the_upper_eight():
    deep = Image.fromarray(np.array([[0, 255, 256, 65535]], dtype="uint16"))
    assert list(plain(deep).tobytes()) == [0, 0, 1, 255]


@pytest.mark.parametrize(
    ("wanted", "given"), [((0, 0), (1, 1)), ((-3, 2.5), (1, 2)), ((MAX_SIDE, 1), (MAX_SIDE, 1)), ((3.6, 7), (4, 7))]
)
def test_a_size_is_in_whole_pixels(wanted, given):
    assert size(*wanted) == given


@pytest.mark.parametrize("wanted", [(MAX_SIDE + 1, 1), (20_000, 20_000), (float("nan"), 1), (1, float("inf"))])
def test_a_size_that_cannot_be_is_refused(wanted):
    with pytest.raises(ValueError, match=r"a picture (of|cannot have)"):
        size(*wanted)


def test_work_on_colours_leaves_transparency_alone():
    half = Image.new("RGBA", (1, 1), (10, 20, 30, 77))
    made = colours_only(half, lambda colours: colours.point(lambda value: 255 - value))
    assert (made.getpixel((0, 0)), half.getpixel((0, 0))) == ((245, 235, 225, 77), (10, 20, 30, 77))


def test_work_on_colours_may_take_the_colours_out():
    assert colours_only(Image.new("RGBA", (1, 1)), lambda colours: colours.convert("L")).mode == "LA"


def test_hidden_colours_do_not_mix():
    both = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    both.putpixel((1, 0), (0, 255, 0, 0))
    mixed = mixing(both, lambda whole: whole.resize((1, 1), Image.Resampling.BOX))
    assert mixed.getpixel((0, 0)) == (255, 0, 0, 128)


@pytest.mark.parametrize(
    ("mode", "colour", "light"),
    [
        ("L", 99, 99),
        ("1", 1, 255),
        ("RGB", (255, 255, 255), 255),
        ("RGBA", (255, 255, 255, 128), 128),
        ("RGBA", (0, 0, 0, 255), 0),
        ("LA", (200, 255), 200),
    ],
)
def test_a_mask_is_as_bright_as_the_picture_on_black(mode, colour, light):
    assert as_mask(Image.new(mode, (1, 1), colour)).getpixel((0, 0)) == light
