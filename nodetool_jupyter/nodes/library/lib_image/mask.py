"""``lib.image.mask``: masks, which are grey pictures: white counts, black does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import blurred, luma, matte, read_mask, smoothstep, stretched
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from nodetool_jupyter.nodes.pixels import Bytes

node = family("lib.image.mask", inline=False)


@node
def ApplyMask(image: Image | None = None, mask: Image | None = None, invert: bool = False) -> Image:
    """Make a picture transparent where a mask is dark; what was transparent stays so.

    A mask of another size is stretched to the picture's.
    """
    from PIL import ImageChops

    picture = plain(read_picture(image)).convert("RGBA")
    shape = read_mask(mask, picture.size)
    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), ImageChops.invert(shape) if invert else shape))
    return picture


@node
def BlendWithMask(image_a: Image | None = None, image_b: Image | None = None, mask: Image | None = None) -> Image:
    """Show the first picture where a mask is black, and the second where it is white.

    The second picture and the mask are stretched to the size of the first.
    """
    import PIL.Image

    first = plain(read_picture(image_a, "image_a"))
    second = plain(read_picture(image_b, "image_b"))
    shape = read_mask(mask, first.size)
    mode = max(first.mode, second.mode, key=("L", "RGB", "RGBA").index)
    if mode == "RGBA":
        mode = "RGBa"  # what is transparent gives nothing of its hidden colour
        first, second = first.convert("RGBA"), second.convert("RGBA")
    pair = [first.convert(mode), stretched(second.convert(mode), first.size)]
    mixed = PIL.Image.composite(pair[1], pair[0], shape)
    return mixed.convert("RGBA") if mode == "RGBa" else mixed


@node
def MaskFromAlpha(image: Image | None = None) -> Image:
    """Return how opaque a picture is, as a mask; white without transparency."""
    return plain(read_picture(image)).convert("RGBA").getchannel("A")


@node
def MaskFromLuminance(image: Image | None = None, threshold: float = 0.5, softness: float = 0.1) -> Image:
    """Return a mask of what is brighter than a threshold from 0 to 1.

    The mask goes from black to white within half of ``softness`` on either side of the threshold.
    """
    return matte(image, lambda colours: smoothstep(luma(colours), threshold - softness / 2, threshold + softness / 2))


@node
def InvertMask(mask: Image | None = None) -> Image:
    """Turn a mask round: what counted does not, and the other way about."""
    from PIL import ImageChops

    return ImageChops.invert(read_mask(mask))


@node
def FeatherMask(mask: Image | None = None, radius: float = 5.0) -> Image:
    """Soften the edge of a mask; ``radius`` is in pixels."""
    return blurred(read_mask(mask), radius)


@node
def GrowMask(mask: Image | None = None, pixels: int = 1) -> Image:
    """Make what counts in a mask larger on all sides by some pixels, or with a number below 0 smaller."""
    import numpy as np
    import PIL.Image

    shape = read_mask(mask)
    reach = min(abs(int(pixels)), max(shape.size))
    if not reach:
        return shape
    turn = 0 if pixels > 0 else 255
    values = np.pad(np.asarray(shape) ^ turn, reach)
    for _ in ("down", "across"):
        values = _highest(values, 2 * reach + 1).T
    return PIL.Image.fromarray(np.ascontiguousarray(values ^ turn))


@node
def CombineMasks(
    mask_a: Image | None = None,
    mask_b: Image | None = None,
    operation: Literal["union", "intersection", "subtract", "difference"] = "union",
) -> Image:
    """Combine two masks: what counts in either, in both, in the first only, or in just one of them.

    The second is stretched to the size of the first.
    """
    from PIL import ImageChops

    first = read_mask(mask_a, what="mask_a")
    second = read_mask(mask_b, first.size, "mask_b")
    if operation == "subtract":
        return ImageChops.darker(first, ImageChops.invert(second))
    combine: dict[str, Any] = {
        "union": ImageChops.lighter, "intersection": ImageChops.darker, "difference": ImageChops.difference,
    }  # fmt: skip
    combined: Picture = combine[operation](first, second)
    return combined


def _highest(values: Bytes, count: int) -> Bytes:
    """Return the highest of every ``count`` lines that follow each other; what is known of few gives that of many."""
    import numpy as np

    known = 1
    while known < count:
        step = min(known, count - known)
        values = np.maximum(values[:-step], values[step:])
        known += step
    return values
