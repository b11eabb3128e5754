"""``lib.pillow.filter``: filters. Those that have kept their name and meaning are in ``lib.image.filter``."""

from __future__ import annotations

from typing import Literal

from nodetool_jupyter.nodes.canny import edges
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.library import image as nodetool_image
from nodetool_jupyter.nodes.pictures import as_mask, colours_only, read_picture
from nodetool_jupyter.nodes.types import Image

node = family("lib.pillow.filter", inline=False)


@node
def Blur(image: Image | None = None, radius: float = 2) -> Image:
    """Soften a picture; ``radius`` is in pixels."""
    return nodetool_image.Blur(image, "gaussian", radius)


@node
def Canny(image: Image | None = None, low_threshold: float = 100, high_threshold: float = 200) -> Image:
    """Find edges as lines one pixel wide, white on black.

    A line begins where the slope is above ``high_threshold`` and goes on while it is above ``low_threshold``.
    """
    if low_threshold > high_threshold:
        raise ValueError(f"Canny: low_threshold ({low_threshold}) is above high_threshold ({high_threshold})")
    return edges(as_mask(read_picture(image)), low_threshold, high_threshold)


@node
def FindEdges(image: Image | None = None) -> Image:
    """Show how steeply each colour changes, bright on black."""
    from PIL import ImageFilter

    return colours_only(read_picture(image), lambda colours: colours.filter(ImageFilter.FIND_EDGES))


@node
def GetChannel(image: Image | None = None, channel: Literal["R", "G", "B"] = "R") -> Image:
    """Return one colour of a picture as a grey picture."""
    return nodetool_image.Channels(image, channel)


@node
def Invert(image: Image | None = None) -> Image:
    """Turn a picture into its negative."""
    from PIL import ImageOps

    return colours_only(read_picture(image), ImageOps.invert)


@node
def Posterize(image: Image | None = None, bits: int = 4) -> Image:
    """Leave only so many ``bits`` of each colour, from 1 to 8: 4 are 16 tones."""
    from PIL import ImageOps

    if not 1 <= bits <= 8:
        raise ValueError(f"Posterize: bits is {bits}; it goes from 1 to 8")
    return colours_only(read_picture(image), lambda colours: ImageOps.posterize(colours, bits))


@node
def Solarize(image: Image | None = None, threshold: int = 128) -> Image:
    """Turn all tones from ``threshold`` on, of 0 to 255, into their negative."""
    from PIL import ImageOps

    return colours_only(read_picture(image), lambda colours: ImageOps.solarize(colours, threshold))
