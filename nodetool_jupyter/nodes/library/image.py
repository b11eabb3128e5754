"""``nodetool.image``: cutting, scaling and mixing pictures. Between nodes a picture is a Pillow image."""

from __future__ import annotations

import math
from typing import Any, Literal, TypedDict

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.library.image_files import *  # noqa: F403  # the other part of the family
from nodetool_jupyter.nodes.pictures import lanczos, mixing, plain, read_picture, size
from nodetool_jupyter.nodes.types import Image

node = family("nodetool.image", inline=False)


@node
def Crop(image: Image | None = None, left: int = 0, top: int = 0, right: int = 512, bottom: int = 512) -> Image:
    """Cut out a rectangle, as far as the picture reaches."""
    picture = read_picture(image)
    box = (max(0, left), max(0, top), min(picture.width, right), min(picture.height, bottom))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError(
            f"Crop: nothing of a picture of {picture.width} × {picture.height} is between "
            f"({left}, {top}) and ({right}, {bottom})"
        )
    return picture.crop(box)


@node
def Fit(image: Image | None = None, width: int = 512, height: int = 512) -> Image:
    """Scale a picture so that it just fits inside a size; its proportions stay."""
    picture = read_picture(image)
    factor = min(width / picture.width, height / picture.height)
    return plain(picture).resize(size(picture.width * factor, picture.height * factor), lanczos())


@node
def Resize(image: Image | None = None, width: int = 512, height: int = 512) -> Image:
    """Scale a picture to exactly a size."""
    return plain(read_picture(image)).resize(size(width, height), lanczos())


@node
def Scale(image: Image | None = None, scale: float = 1.0) -> Image:
    """Make a picture larger or smaller by a factor."""
    picture = read_picture(image)
    return plain(picture).resize(size(picture.width * scale, picture.height * scale), lanczos())


@node
def RotateAndFlip(
    image: Image | None = None, angle: float = 0.0, flip_horizontal: bool = False, flip_vertical: bool = False
) -> Image:
    """Turn a picture clockwise by an angle in degrees, then mirror it; the canvas grows to hold all of it."""
    from PIL.Image import Resampling, Transpose

    picture = read_picture(image)
    quarters = {0: None, 90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
    turn = round(angle, 9) % 360
    if turn not in quarters:
        size(*_turned(picture.width, picture.height, turn))
        picture = plain(picture).convert("RGBA").rotate(-angle, Resampling.BICUBIC, expand=True)
    elif (exactly := quarters[int(turn)]) is not None:
        picture = picture.transpose(exactly)
    if flip_horizontal:
        picture = picture.transpose(Transpose.FLIP_LEFT_RIGHT)
    return picture.transpose(Transpose.FLIP_TOP_BOTTOM) if flip_vertical else picture


def _turned(width: int, height: int, degrees: float) -> tuple[float, float]:
    """Return the size of what holds a picture after a turn."""
    across, down = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    return width * across + height * down, width * down + height * across


@node
def Paste(image: Image | None = None, paste: Image | None = None, left: int = 0, top: int = 0) -> Image:
    """Put a second picture onto the first; where it is transparent the first shows."""
    base, patch = plain(read_picture(image)), plain(read_picture(paste, "paste"))
    if base.mode == "L" and patch.mode != "L":
        base = base.convert("RGB")
    result = base.copy()
    if left <= -patch.width or top <= -patch.height or left >= base.width or top >= base.height:
        return result
    if result.mode == "RGBA":
        result.alpha_composite(patch.convert("RGBA"), (max(0, left), max(0, top)), (max(0, -left), max(0, -top)))
    else:
        result.paste(patch, (left, top), patch if patch.mode == "RGBA" else None)
    return result


@node
def Channels(image: Image | None = None, channel: Literal["R", "G", "B"] = "R") -> Image:
    """Return one colour of a picture as a grey picture."""
    return plain(read_picture(image)).convert("RGB").getchannel(channel)


@node
def Blur(
    image: Image | None = None, blur_type: Literal["gaussian", "box", "median"] = "gaussian", size: float = 2.0
) -> Image:
    """Soften a picture; ``size`` is the radius in pixels."""
    from PIL import ImageFilter

    if not math.isfinite(size):
        raise ValueError(f"Blur: a picture cannot be blurred by {size} pixels")
    picture = plain(read_picture(image))
    if size <= 0:
        return picture
    if blur_type == "median":
        shape: Any = ImageFilter.MedianFilter(2 * min(round(size) or 1, 10) + 1)
    else:
        shape = ImageFilter.BoxBlur(size) if blur_type == "box" else ImageFilter.GaussianBlur(size)
    return mixing(picture, lambda whole: whole.filter(shape))


@node
def Levels(
    image: Image | None = None,
    r_black: float = 0.0,
    r_gamma: float = 1.0,
    r_white: float = 1.0,
    g_black: float = 0.0,
    g_gamma: float = 1.0,
    g_white: float = 1.0,
    b_black: float = 0.0,
    b_gamma: float = 1.0,
    b_white: float = 1.0,
) -> Image:
    """Stretch each colour between its black and white point, from 0 to 1, and bend it by its gamma."""
    picture = plain(read_picture(image))
    colours = picture if picture.mode != "L" else picture.convert("RGB")
    curves = [
        *_curve(r_black, r_gamma, r_white),
        *_curve(g_black, g_gamma, g_white),
        *_curve(b_black, b_gamma, b_white),
    ]
    return colours.point(curves + list(range(256)) if colours.mode == "RGBA" else curves)


def _curve(black: float, gamma: float, white: float) -> list[int]:
    if gamma <= 0 or white <= black:
        raise ValueError(f"Levels: gamma ({gamma}) must be above 0, and white ({white}) above black ({black})")
    stretched = (min(1.0, max(0.0, (value / 255 - black) / (white - black))) for value in range(256))
    return [round(255 * value ** (1 / gamma)) for value in stretched]


class Metadata(TypedDict):
    """What is known of a picture; ``format`` is empty for one that was made here."""

    format: str
    mode: str
    width: int
    height: int
    channels: int


@node
def GetMetadata(image: Image | None = None) -> Metadata:
    """Tell the size and kind of a picture."""
    picture = read_picture(image)
    return {
        "format": picture.format or "",
        "mode": picture.mode,
        "width": picture.width,
        "height": picture.height,
        "channels": len(picture.getbands()),
    }


@node
def BatchToList(batch: Any = None) -> list[Image]:
    """Split a batch of pictures into a list: an array of them, such as a model gives, or what is a list already."""
    if isinstance(batch, list | tuple):
        return [read_picture(picture, f"picture {index} of the batch") for index, picture in enumerate(batch)]
    if getattr(batch, "ndim", 0) == 4:
        return [read_picture(picture, f"picture {index} of the batch") for index, picture in enumerate(batch)]
    return [read_picture(batch, "batch")]


@node
def ImagesToList(**images: Image) -> list[Image]:
    """Gather the pictures of all inputs into a list, in the order of the inputs."""
    return [read_picture(picture, name) for name, picture in images.items()]
