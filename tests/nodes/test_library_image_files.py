"""What the nodes of ``nodetool.image`` that touch the disk mean."""

import datetime as dt

import pytest
from PIL import Image

from nodetool_jupyter import clock
from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.library import image as i
from nodetool_jupyter.nodes.pictures import open_picture

NOON = dt.datetime(2026, 7, 29, 12, 0, 5)


@pytest.fixture
def ctx():
    return NodeContext(TrialRun(), "n")


@pytest.fixture
def noon(monkeypatch):
    class Noon(clock.SystemClock):
        time = staticmethod(NOON.timestamp)

    monkeypatch.setattr(clock, "current", Noon())


@pytest.fixture
def picture():
    return Image.new("RGB", (3, 2), (10, 200, 30))


@pytest.mark.parametrize(
    ("kind", "given", "file"),
    [
        (i.SaveImage, {}, "2026-07-29_12-00-05.png"),
        (i.SaveImage, {"folder": {"type": "folder", "asset_id": "7"}, "name": "a.png"}, "a.png"),
        (i.SaveImage, {"folder": "sub", "name": "%H.png"}, "sub/12.png"),
        (i.SaveImageFile, {}, "2026-07-29_12-00-05.png"),
        (i.SaveImageFile, {"folder": "sub/deep", "filename": "a.jpg"}, "sub/deep/a.jpg"),
        (i.SaveImageFile, {"filename": "%Y.webp"}, "2026.webp"),
    ],
)
def test_a_picture_goes_below_the_folder_of_the_job_and_on(ctx, noon, picture, kind, given, file):
    assert kind(ctx, image=picture, **given) is picture
    assert [path.name for path in ctx.scratch.rglob("*.*")] == [file.rpartition("/")[2]]
    assert open_picture(ctx.scratch / file).size == (3, 2)


def test_a_file_that_is_there_stays_unless_it_may_be_written_over(ctx, tmp_path, picture):
    for _ in range(3):
        i.SaveImageFile(ctx, image=picture, folder=str(tmp_path), filename="a.png")
    i.SaveImageFile(ctx, image=picture.resize((1, 1)), folder=str(tmp_path), filename="a_1.png", overwrite=True)
    sizes = {path.name: open_picture(path).size for path in tmp_path.iterdir()}
    assert sizes == {"a.png": (3, 2), "a_1.png": (1, 1), "a_2.png": (3, 2)}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "LAB"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
def test_every_mode_goes_into_every_form(ctx, mode, suffix):
    i.SaveImage(ctx, image=Image.new(mode, (3, 2)), name=f"a.{suffix}")
    assert open_picture(ctx.scratch / f"a.{suffix}").size == (3, 2)


def test_what_is_transparent_becomes_white_where_the_form_has_no_transparency(ctx):
    i.SaveImage(ctx, image=Image.new("RGBA", (8, 8)), name="a.jpg")
    assert open_picture(ctx.scratch / "a.jpg").getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_are_kept_where_the_form_has_them(ctx):
    i.SaveImage(ctx, image=Image.new("I;16", (1, 1), 0x1234), name="a.png")
    assert open_picture(ctx.scratch / "a.png").getpixel((0, 0)) == 0x1234


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, p: i.SaveImage(c, image=p, name="a.pgn"), "SaveImage: 'a.pgn' does not end in a form .*mean"),
        (lambda c, p: i.SaveImageFile(c, image=p, filename="a"), "SaveImageFile: 'a' .*such as '.png'"),
        (lambda c, p: i.SaveImage(c, image=p, name="../a.png"), "leads out of the job's folder"),
        (lambda c, p: i.SaveImage(c, name="a.png"), "there is no image"),
        (lambda c, p: i.SaveImage(c, image=Image.new("L", (70_000, 1)), name="a.jpg"), "a.jpg' cannot be written"),
        (lambda c, p: i.LoadImageFile("/no/such.png"), "LoadImageFile: there is no file '/no/such.png'"),
        (lambda c, p: i.LoadImageFile(""), "LoadImageFile: there is no file ''"),
        (lambda c, p: i.LoadImageFile(__file__), "LoadImageFile: .*cannot be read as a picture"),
        (lambda c, p: list(i.LoadImageFolder("/no/such")), "LoadImageFolder: there is no folder '/no/such'"),
    ],
)
def test_refusals_are_sentences(ctx, picture, call, message):
    with pytest.raises(ValueError, match=message):
        call(ctx, picture)
    assert list(ctx.scratch.iterdir()) == [], "nothing half-written is left"


def test_a_saved_picture_is_loaded_with_its_form(ctx, picture):
    i.SaveImage(ctx, image=picture, name="a.png")
    assert i.GetMetadata(i.LoadImageFile(str(ctx.scratch / "a.png"))) == {
        "format": "PNG", "mode": "RGB", "width": 3, "height": 2, "channels": 3,
    }  # fmt: skip


def test_pictures_are_loaded_in_the_order_of_their_names(tmp_path, ctx, picture):
    for name in ("p10.png", "p9.JPG", "sub/p1.png"):
        i.SaveImage(ctx, image=picture, folder=str(tmp_path), name=name)
    (tmp_path / "notes.txt").write_text("no picture")
    found = list(i.LoadImageFolder(str(tmp_path)))
    assert [sent["path"] for sent in found] == [str(tmp_path / "p9.JPG"), str(tmp_path / "p10.png")]
    assert found[1]["image"].size == (3, 2)
    assert len(list(i.LoadImageFolder(str(tmp_path), include_subdirectories=True))) == 3
    assert list(i.LoadImageFolder(str(tmp_path), extensions=[".tiff"])) == []


def test_a_broken_picture_in_a_folder_is_named(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"LoadImageFolder: .*bad\.png"):
        list(i.LoadImageFolder(str(tmp_path)))
