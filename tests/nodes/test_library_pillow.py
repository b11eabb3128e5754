"""What the nodes of ``lib.pillow`` and ``lib.image.filter`` mean: identities, single pixels, Pillow by hand."""

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.examples.samples import Sample
from nodetool_jupyter.nodes.library.lib_image import filter as f
from nodetool_jupyter.nodes.library.pillow import draw as d
from nodetool_jupyter.nodes.library.pillow import filter as p
from nodetool_jupyter.nodes.library.pillow import mixing as m
from nodetool_jupyter.nodes.registry import registry

FILTERS = {
    "lib.image.filter": (f, ["ConvertToGrayscale", "Threshold", "Emboss", "Contour", "Smooth", "Expand"]),
    "lib.pillow.filter": (p, ["Blur", "Canny", "FindEdges", "GetChannel", "Invert", "Posterize", "Solarize"]),
}
EVERY = [getattr(module, name) for module, names in FILTERS.values() for name in names]
each = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)


@pytest.fixture
def photo():
    return Sample("photo").draw()


@pytest.fixture
def ctx():
    return NodeContext(TrialRun(), "n")


@pytest.mark.parametrize(
    ("made", "by_hand"),
    [
        (lambda i: f.ConvertToGrayscale(i), lambda i: i.convert("L")),
        (lambda i: f.Emboss(i), lambda i: i.filter(ImageFilter.EMBOSS)),
        (lambda i: f.Contour(i), lambda i: i.filter(ImageFilter.CONTOUR)),
        (lambda i: f.Smooth(i), lambda i: i.filter(ImageFilter.SMOOTH)),
        (lambda i: f.Expand(i, border=3), lambda i: ImageOps.expand(i, 3)),
        (lambda i: p.Blur(i), lambda i: i.filter(ImageFilter.GaussianBlur(2))),
        (lambda i: p.Blur(i, radius=7.5), lambda i: i.filter(ImageFilter.GaussianBlur(7.5))),
        (lambda i: p.FindEdges(i), lambda i: i.filter(ImageFilter.FIND_EDGES)),
        (lambda i: p.GetChannel(i, channel="B"), lambda i: i.getchannel("B")),
        (lambda i: p.Invert(i), lambda i: ImageOps.invert(i)),
        (lambda i: p.Posterize(i), lambda i: ImageOps.posterize(i, 4)),
        (lambda i: p.Solarize(i), lambda i: ImageOps.solarize(i, 128)),
        (lambda i: p.Solarize(i, threshold=30), lambda i: ImageOps.solarize(i, 30)),
    ],
)
def test_it_is_what_pillow_does(photo, made, by_hand):
    assert made(photo).tobytes() == by_hand(photo).tobytes() != photo.tobytes()


@pytest.mark.parametrize(
    ("call", "mode"),
    [
        (lambda i: p.Blur(i, radius=0), "RGBA"),
        (lambda i: p.Posterize(i, bits=8), "RGBA"),
        (lambda i: p.Solarize(i, threshold=256), "RGBA"),
        (lambda i: p.Invert(p.Invert(i)), "RGBA"),
        (lambda i: f.Expand(i), "RGBA"),
        (lambda i: f.ConvertToGrayscale(i), "L"),
        (lambda i: m.Blend(i, p.Invert(i), alpha=0), "RGB"),
        (lambda i: m.Blend(p.Invert(i), i, alpha=1), "RGB"),
        (lambda i: m.Blend(i, i), "L"),
        (lambda i: m.Composite(i, p.Invert(i), Image.new("L", i.size, 255)), "RGB"),
        (lambda i: m.Composite(p.Invert(i), i, Image.new("L", i.size, 0)), "L"),
    ],
)
@pytest.mark.parametrize("sample", ["photo", "portrait"])
def test_at_rest_it_changes_nothing(call, mode, sample):
    picture = Sample(sample).draw().convert(mode)
    assert call(picture).tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    ("call", "pixel"),
    [
        (lambda i: p.Invert(i), (55, 155, 245)),
        (lambda i: p.Posterize(i, bits=1), (128, 0, 0)),
        (lambda i: p.Solarize(i), (55, 100, 10)),
        (lambda i: p.GetChannel(i, channel="G"), 100),
        (lambda i: p.FindEdges(i), (0, 0, 0)),
        (lambda i: f.Emboss(i), (128, 128, 128)),
        (lambda i: f.Contour(i), (255, 255, 255)),
        (lambda i: f.Smooth(i), (200, 100, 10)),
        (lambda i: f.ConvertToGrayscale(i), 120),
        (lambda i: f.Threshold(i), 0),
        (lambda i: f.Threshold(i, threshold=0.47), 255),
        (lambda i: f.Threshold(i, threshold=120 / 255, softness=0.5), 128),
        (lambda i: f.Expand(i, border=2), (200, 100, 10)),
        (lambda i: m.Blend(i, Image.new("RGB", (5, 5)), alpha=0.25), (150, 75, 7)),
        (lambda i: m.Composite(i, Image.new("RGB", (9, 9)), Image.new("1", (2, 2))), (0, 0, 0)),
        (lambda i: m.Composite(i, Image.new("RGB", (5, 5)), Image.new("L", (5, 5), 51)), (40, 20, 2)),
    ],
)
def test_a_single_colour(call, pixel):
    assert call(Image.new("RGB", (5, 5), (200, 100, 10))).getpixel((2, 2)) == pixel


@pytest.mark.parametrize(
    ("mode", "fill", "corner"),
    [
        ("L", 99, 99),
        ("RGB", 255, (255, 255, 255)),
        ("RGBA", 0, (0, 0, 0, 255)),
        ("L", "#ff8000", (255, 128, 0)),
        ("L", {"type": "color", "value": "#808080"}, 128),
        ("RGB", "#ff800080", (255, 128, 0, 128)),
        ("P", "white", (255, 255, 255)),
    ],
)
def test_a_border_has_its_colour(mode, fill, corner):
    framed = f.Expand(Image.new(mode, (3, 2)), border=4, fill=fill)
    assert (framed.size, framed.getpixel((0, 0))) == ((11, 10), corner)


def test_a_soft_threshold_rises():
    ramp = Image.fromarray(np.arange(256, dtype="uint8")[None, :])
    soft = np.asarray(f.Threshold(ramp, threshold=0.5, softness=0.5)).astype(int)[0]
    assert (np.diff(soft) >= 0).all()
    assert (soft[63], soft[192]) == (0, 255)
    assert set(np.asarray(f.Threshold(ramp)).ravel()) == {0, 255}


def test_edges_are_thin_lines_around_what_is_bright():
    square = Image.new("RGB", (20, 20))
    square.paste((255, 255, 255), (5, 5, 15, 15))
    lines = np.asarray(p.Canny(square)) == 255
    assert lines[10].sum() == lines[:, 10].sum() == 2
    assert not lines[7:13, 7:13].any()
    assert not lines[:4].any()


def test_a_faint_edge_counts_where_it_goes_on_from_a_strong_one():
    tones = np.zeros((20, 20), "uint8")
    tones[:10, 10:], tones[10:, 10:] = 200, 20
    faint_alone = np.zeros((20, 20), "uint8")
    faint_alone[:, 10:] = 20
    assert (np.asarray(p.Canny(tones, low_threshold=50, high_threshold=400))[13:] == 255).any()
    assert not np.asarray(p.Canny(faint_alone, low_threshold=50, high_threshold=400)).any()
    assert np.asarray(p.Canny(faint_alone, low_threshold=50, high_threshold=60)).any()


@pytest.mark.parametrize("sample", ["photo", "portrait"])
@each
def test_alpha_survives(kind, sample):
    picture = Sample(sample).draw()
    made, keeps = kind(picture), kind.__name__ not in ("Canny", "GetChannel")
    assert ("A" in made.getbands()) == (picture.mode == "RGBA" and keeps)


@pytest.mark.parametrize("name", ["ConvertToGrayscale", "Threshold", "Emboss", "Contour", "Expand"])
def test_alpha_stays_as_it_is(name):
    portrait = Sample("portrait").draw()
    assert getattr(f, name)(portrait).getchannel("A").tobytes() == portrait.getchannel("A").tobytes()


@pytest.mark.parametrize("mode", ["1", "P", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("size", [(1, 1), (5, 4)])
@each
def test_every_mode_and_the_smallest_picture(kind, mode, size):
    strange = Image.new(mode, size)
    before = strange.tobytes()
    assert kind(strange).size == size
    assert strange.tobytes() == before


@pytest.mark.parametrize("first", ["1", "P", "L", "LA", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("second", ["L", "RGB", "RGBA"])
def test_pictures_of_any_modes_and_sizes_mix(first, second):
    one, other = Image.new(first, (5, 4)), Image.new(second, (1, 9))
    assert m.Blend(one, other).size == m.Composite(one, other, one).size == (5, 4)


@pytest.mark.parametrize("call", [m.Blend, lambda a, b: m.Composite(a, b, Image.new("L", (1, 1), 128))])
def test_hidden_colours_do_not_mix(call):
    red, hidden = Image.new("RGBA", (1, 1), (255, 0, 0, 255)), Image.new("RGBA", (1, 1), (0, 255, 0, 0))
    assert call(red, hidden).getpixel((0, 0)) in {(255, 0, 0, 127), (255, 0, 0, 128)}


def test_a_mask_that_is_a_shape_on_nothing_shows_the_first_in_the_shape():
    shape = Image.new("RGBA", (2, 1))
    shape.putpixel((0, 0), (255, 255, 255, 255))
    mixed = m.Composite(Image.new("RGB", (2, 1), "red"), Image.new("RGB", (2, 1), "blue"), shape)
    assert [mixed.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0), (0, 0, 255)]


def _ink(picture):
    """Where something was written on white: left, top, right, bottom."""
    return ImageOps.invert(picture.convert("RGB")).getbbox()


def test_text_is_written_from_its_place_on(ctx):
    paper = Image.new("RGB", (200, 100), "white")
    small, large = (d.RenderText(ctx, "Hi Grüße", x=20, y=30, size=size, image=paper) for size in (12, 30))
    assert _ink(paper) is None
    assert 20 <= _ink(small)[0] < 25
    assert 30 <= _ink(small)[1] < 40
    assert _ink(large)[2] - _ink(large)[0] > 2 * (_ink(small)[2] - _ink(small)[0])


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_lines_stand_to_each_other_as_wanted(ctx, align):
    paper = Image.new("RGB", (300, 100), "white")
    written = d.RenderText(ctx, "MMMMMMMM\nI", size=20, align=align, image=paper)
    first, second = (_ink(written.crop((0, top, 300, top + 24))) for top in (0, 26))
    left, right = second[0] - first[0], first[2] - second[2]
    assert {"left": left < right, "center": abs(left - right) < 8, "right": right < left}[align]


@pytest.mark.parametrize(
    ("mode", "becomes"), [("L", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA"), ("P", "RGB"), ("1", "RGB"), ("LA", "RGBA")]
)
def test_text_has_its_colour_in_every_mode(ctx, mode, becomes):
    written = d.RenderText(ctx, "■■■", size=40, color="#ff0000", image=Image.new(mode, (60, 60)))
    assert written.mode == becomes
    assert (255, 0, 0) in {colour[:3] for _, colour in written.getcolors(9999)}


def test_text_in_a_clear_colour_is_half_there(ctx):
    written = d.RenderText(ctx, "M", size=80, color="#00000080", image=Image.new("RGB", (80, 80), "white"))
    assert written.getextrema()[0][0] == 127


def test_no_text_changes_nothing(ctx, photo):
    assert d.RenderText(ctx, image=photo).tobytes() == photo.tobytes()


@pytest.mark.parametrize("name", ["No Such Font", "/no/such.ttf", "a\0b", __file__])
def test_a_font_that_is_not_here_is_told_and_another_used(ctx, photo, name):
    written = d.RenderText(ctx, "Hi", font={"type": "font", "name": name}, image=photo)
    assert written.tobytes() == d.RenderText(ctx, "Hi", image=photo).tobytes()
    (kind, (severity, line)), *rest = ctx._run.reports
    assert (kind, severity, rest) == ("log", "warning", [])
    assert repr(name) in line


@pytest.mark.parametrize("kind", [*EVERY, m.Blend, m.Composite], ids=lambda kind: kind.__name__)
def test_without_a_picture(kind):
    with pytest.raises(ValueError, match="there is no image"):
        kind()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda i: p.Posterize(i, bits=0), "Posterize: bits is 0; it goes from 1 to 8"),
        (lambda i: p.Posterize(i, bits=9), "Posterize: bits is 9"),
        (lambda i: p.Canny(i, low_threshold=9, high_threshold=8), r"low_threshold \(9\) is above high_threshold \(8\)"),
        (lambda i: f.Threshold(i, softness=-1), "softness is -1"),
        (lambda i: f.Expand(i, border=-1), "Expand: border is -1"),
        (lambda i: f.Expand(i, border=40_000), "too large"),
        (lambda i: f.Expand(i, border=1, fill=256), "Expand: fill is 256"),
        (lambda i: f.Expand(i, border=1, fill="nocolour"), "fill is not a colour: 'nocolour'"),
        (lambda i: m.Blend(i, i, alpha=1.5), "Blend: alpha is 1.5; it goes from 0 to 1"),
        (lambda i: m.Blend(i), "there is no image2"),
        (lambda i: m.Composite(i, i), "there is no mask"),
        (lambda i: d.RenderText(None, "x", size=0, image=i), "RenderText: size is 0"),
        (lambda i: d.RenderText(None, "x", color="nocolour", image=i), "not a colour: 'nocolour'"),
        (lambda i: d.RenderText(None, "x"), "there is no image"),
    ],
)
def test_refusals_are_sentences(photo, call, message):
    with pytest.raises(ValueError, match=message):
        call(photo)


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("lib.pillow.draw.Background", "lib.image.draw.Background"),
        ("lib.pillow.draw.GaussianNoise", "lib.image.draw.GaussianNoise"),
        *[
            (f"lib.pillow.filter.{n}", f"lib.image.filter.{n}")
            for n in FILTERS["lib.image.filter"][1]
            if n != "Threshold"
        ],
    ],
)
def test_the_old_name_is_the_same_type(old, now):
    assert registry.get(old) is registry.get(now) is not None
