"""``lib.pillow``: mixing pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import as_mask, lanczos, plain, read_picture
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

node = family("lib.pillow", inline=False)


@node
def Blend(image1: Image | None = None, image2: Image | None = None, alpha: float = 0.5) -> Image:
    """Mix two pictures: at ``alpha`` 0 the first shows, at 1 the second.

    A second picture of another size is scaled, and cut where it is too long, to the size of the first.
    """
    import PIL.Image

    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"Blend: alpha is {alpha}; it goes from 0 to 1")
    first, second = _alike(read_picture(image1, "image1"), read_picture(image2, "image2"))
    if first.mode != "RGBA":
        return PIL.Image.blend(first, second, alpha)
    # What is transparent must give nothing of its hidden colour.
    return PIL.Image.blend(first.convert("RGBa"), second.convert("RGBa"), alpha).convert("RGBA")


@node
def Composite(image1: Image | None = None, image2: Image | None = None, mask: Image | None = None) -> Image:
    """Put two pictures together by a mask: where it is white the first shows, where it is black the second.

    A second picture or a mask of another size is scaled, and cut where it is too long, to the size of the first.
    """
    import PIL.Image

    first, second = _alike(read_picture(image1, "image1"), read_picture(image2, "image2"))
    where = as_mask(_fitted(plain(read_picture(mask, "mask")), first.size))
    if first.mode != "RGBA":
        return PIL.Image.composite(first, second, where)
    return PIL.Image.composite(first.convert("RGBa"), second.convert("RGBa"), where).convert("RGBA")


def _alike(first: Picture, second: Picture) -> tuple[Picture, Picture]:
    """Return both in one mode, the second in the size of the first."""
    first, second = plain(first), plain(second)
    modes = {first.mode, second.mode}
    mode = "RGBA" if "RGBA" in modes else "RGB" if "RGB" in modes else "L"
    return first.convert(mode), _fitted(second, first.size).convert(mode)


def _fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    from PIL import ImageOps

    return picture if picture.size == size else ImageOps.fit(picture, size, lanczos())
