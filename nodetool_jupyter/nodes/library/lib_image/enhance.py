"""``lib.image.enhance``: making pictures clearer. The types of ``lib.pillow.enhance`` are these."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.local_contrast import equalize_locally
from nodetool_jupyter.nodes.pictures import colours_only, plain, read_picture
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

node = family("lib.image.enhance", inline=False)


@node
def AdaptiveContrast(image: Image | None = None, clip_limit: float = 2.0, grid_size: int = 8) -> Image:
    """Raise the contrast of each part of a picture by itself, so that dark and bright parts both show detail.

    The picture is divided into ``grid_size`` × ``grid_size`` parts, at most 64. A lower ``clip_limit`` does less; 0 is
    no limit.
    """
    if not 0 <= clip_limit < math.inf:
        raise ValueError(f"AdaptiveContrast: clip_limit is {clip_limit}; it must be 0 or more")
    if not 1 <= grid_size <= 64:
        raise ValueError(f"AdaptiveContrast: grid_size is {grid_size}; it goes from 1 to 64")
    return colours_only(read_picture(image), lambda colours: _brightness_by(colours, clip_limit, grid_size))


def _brightness_by(colours: Picture, clip_limit: float, grid_size: int) -> Picture:
    import PIL.Image

    if colours.mode == "L":
        return equalize_locally(colours, clip_limit, grid_size)
    bright, *tones = colours.convert("YCbCr").split()
    return PIL.Image.merge("YCbCr", [equalize_locally(bright, clip_limit, grid_size), *tones]).convert("RGB")


@node
def AutoContrast(image: Image | None = None, cutoff: int = 0) -> Image:
    """Stretch each colour so that its darkest tone becomes black and its brightest full.

    ``cutoff`` percent of the tones are left out at each end first; from 50 on nothing changes.
    """
    from PIL import ImageOps

    if cutoff < 0:
        raise ValueError(f"AutoContrast: cutoff is {cutoff}; it must be 0 or more")
    return colours_only(read_picture(image), lambda colours: ImageOps.autocontrast(colours, cutoff))


@node
def Brightness(image: Image | None = None, factor: float = 1.0) -> Image:
    """Make a picture brighter or darker; 1 changes nothing, 0 is black."""
    return _enhanced(image, "Brightness", factor)


@node
def Color(image: Image | None = None, factor: float = 1.0) -> Image:
    """Make the colours of a picture stronger or weaker; 1 changes nothing, 0 is grey."""
    return _enhanced(image, "Color", factor)


@node
def Contrast(image: Image | None = None, factor: float = 1.0) -> Image:
    """Raise or lower the contrast of a picture; 1 changes nothing, 0 is an even grey."""
    return _enhanced(image, "Contrast", factor)


@node
def Sharpness(image: Image | None = None, factor: float = 1.0) -> Image:
    """Sharpen or soften a picture; 1 changes nothing, 0 is soft, 2 is sharp."""
    return _enhanced(image, "Sharpness", factor)


def _enhanced(image: Any, kind: str, factor: float) -> Picture:
    from PIL import ImageEnhance

    made: Picture = getattr(ImageEnhance, kind)(plain(read_picture(image))).enhance(factor)
    return made


@node
def Detail(image: Image | None = None) -> Image:
    """Bring out fine detail."""
    return _filtered(image, "DETAIL")


@node
def EdgeEnhance(image: Image | None = None) -> Image:
    """Bring out edges."""
    return _filtered(image, "EDGE_ENHANCE")


@node
def Sharpen(image: Image | None = None) -> Image:
    """Sharpen a picture."""
    return _filtered(image, "SHARPEN")


def _filtered(image: Any, kind: str) -> Picture:
    from PIL import ImageFilter

    return colours_only(read_picture(image), lambda colours: colours.filter(getattr(ImageFilter, kind)))


@node
def Equalize(image: Image | None = None) -> Image:
    """Spread the tones of a picture so that all occur about equally often."""
    from PIL import ImageOps

    return colours_only(read_picture(image), ImageOps.equalize)


@node
def RankFilter(image: Image | None = None, size: int = 3, rank: int = 3) -> Image:
    """Give each pixel the value that stands at a rank among those around it, in a square of ``size`` × ``size``.

    Rank 0 is the darkest, the last the brightest, the middle one the median.
    """
    from PIL import ImageFilter

    if size < 1 or size % 2 == 0:
        raise ValueError(f"RankFilter: size is {size}; it must be an odd number such as 3")
    if not 0 <= rank < size * size:
        raise ValueError(f"RankFilter: rank is {rank}; with size {size} it goes from 0 to {size * size - 1}")
    return colours_only(read_picture(image), lambda colours: colours.filter(ImageFilter.RankFilter(size, rank)))


@node
def UnsharpMask(image: Image | None = None, radius: float = 2, percent: int = 150, threshold: int = 3) -> Image:
    """Sharpen a picture by what a blur of ``radius`` pixels takes away, where that is more than ``threshold``."""
    from PIL import ImageFilter

    if not 0 <= radius < math.inf:
        raise ValueError(f"UnsharpMask: radius is {radius}; it must be 0 or more")
    mask = ImageFilter.UnsharpMask(radius, percent, threshold)
    return colours_only(read_picture(image), lambda colours: colours.filter(mask))
