"""``lib.image.filter``: filters."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import colours_only, mixing, plain, read_picture, size
from nodetool_jupyter.nodes.pixels import as_bytes, curve, read_colour, smoothstep
from nodetool_jupyter.nodes.types import Image

node = family("lib.image.filter", inline=False)


@node
def ConvertToGrayscale(image: Image | None = None) -> Image:
    """Take the colours out of a picture; its transparency stays."""
    return colours_only(read_picture(image), lambda colours: colours.convert("L"))


@node
def Threshold(image: Image | None = None, threshold: float = 0.5, softness: float = 0.0) -> Image:
    """Make a picture black and white: white where it is brighter than ``threshold``, from 0 to 1.

    With ``softness`` the step becomes a rise of that width.
    """
    if softness < 0:
        raise ValueError(f"Threshold: softness is {softness}; it must be 0 or more")
    low, high = threshold - softness / 2, threshold + softness / 2
    return colours_only(
        read_picture(image), lambda colours: curve(colours.convert("L"), lambda tones: smoothstep(tones, low, high))
    )


@node
def Emboss(image: Image | None = None) -> Image:
    """Show a picture as if it were pressed into grey paper."""
    from PIL import ImageFilter

    return colours_only(read_picture(image), lambda colours: colours.filter(ImageFilter.EMBOSS))


@node
def Contour(image: Image | None = None) -> Image:
    """Draw the outlines of a picture, dark on white."""
    from PIL import ImageFilter

    return colours_only(read_picture(image), lambda colours: colours.filter(ImageFilter.CONTOUR))


@node
def Smooth(image: Image | None = None) -> Image:
    """Soften a picture a little."""
    from PIL import ImageFilter

    return mixing(read_picture(image), lambda whole: whole.filter(ImageFilter.SMOOTH))


@node
def Expand(image: Image | None = None, border: int = 0, fill: Any = 0) -> Image:
    """Put a border around a picture, ``border`` pixels wide on each side.

    ``fill`` is its colour: a grey from 0 to 255, or a colour such as ``#ff8800``.
    """
    from PIL import ImageOps

    picture = plain(read_picture(image))
    if border < 0:
        raise ValueError(f"Expand: border is {border}; it must be 0 or more")
    size(picture.width + 2 * border, picture.height + 2 * border)
    red, green, blue, alpha = _grey(fill) if isinstance(fill, int | float) else as_bytes(read_colour(fill, what="fill"))
    if alpha < 255:
        picture = picture.convert("RGBA")
    if picture.mode == "L" and not red == green == blue:
        picture = picture.convert("RGB")
    colour: Any = red if picture.mode == "L" else (red, green, blue, alpha)[: len(picture.getbands())]
    return ImageOps.expand(picture, border, colour)


def _grey(level: float) -> tuple[int, int, int, int]:
    if not 0 <= level <= 255:
        raise ValueError(f"Expand: fill is {level}; a grey goes from 0 to 255")
    return round(level), round(level), round(level), 255
