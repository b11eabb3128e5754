"""``lib.image.channel``: putting channels together, and the alpha of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import luma, matte, read_mask, rematte
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.channel", inline=False)


@node
def ChannelMerge(
    r: Image | None = None, g: Image | None = None, b: Image | None = None, a: Image | None = None
) -> Image:
    """Put grey pictures together as red, green, blue and alpha.

    A colour without a picture is black, alpha without one opaque; all are stretched to the size of the first there is.
    """
    import PIL.Image

    given = {"r": r, "g": g, "b": b, "a": a}
    first = next((name for name, value in given.items() if value is not None), None)
    if first is None:
        raise ValueError("ChannelMerge: there is no channel: wire a grey picture into r, g, b or a")
    wanted = read_mask(given[first], what=first).size
    channels = [
        PIL.Image.new("L", wanted, 255 if name == "a" else 0) if value is None else read_mask(value, wanted, name)
        for name, value in given.items()
    ]
    return PIL.Image.merge("RGBA", channels)


Source = Literal["red", "green", "blue", "alpha", "luminance", "zero", "one"]


@node
def ChannelShuffle(
    image: Image | None = None, red: Source = "red", green: Source = "green", blue: Source = "blue",
    alpha: Source = "alpha",
) -> Image:  # fmt: skip
    """Make each channel of a picture from another: a colour, alpha, brightness, or all black or white."""
    import PIL.Image

    picture = plain(read_picture(image))
    parts = dict(zip(("red", "green", "blue", "alpha"), picture.convert("RGBA").split(), strict=True))
    wanted = (red, green, blue, alpha)
    if "luminance" in wanted:
        parts["luminance"] = matte(picture, luma)
    parts["zero"], parts["one"] = PIL.Image.new("L", picture.size), PIL.Image.new("L", picture.size, 255)
    made = PIL.Image.merge("RGBA", [parts[name] for name in wanted])
    return made if picture.mode == "RGBA" or alpha != "alpha" else made.convert("RGB")


@node
def SetAlpha(image: Image | None = None, alpha: Image | None = None, opacity: float = 1.0) -> Image:
    """Replace the transparency of a picture by how bright another is, times ``opacity``, from 0 to 1.

    Without the other picture the whole of it gets this opacity.
    """
    import PIL.Image

    picture = plain(read_picture(image)).convert("RGBA")
    strength = min(1.0, max(0.0, opacity))
    if alpha is None:
        channel = PIL.Image.new("L", picture.size, round(255 * strength))
    else:
        channel = read_mask(alpha, picture.size, "alpha")
        channel = channel.point([round(strength * value) for value in range(256)])
    picture.putalpha(channel)
    return picture


@node
def Premultiply(image: Image | None = None) -> Image:
    """Multiply the colours of a picture by its alpha, as compositing programs want them."""
    return rematte(image, lambda colours, alpha, _: (colours * alpha[..., None], alpha))


@node
def Unpremultiply(image: Image | None = None) -> Image:
    """Divide the colours of a picture by its alpha, which undoes ``Premultiply``; where it is clear they stay."""
    import numpy as np

    def divided(colours: Floats, alpha: Floats, rows: slice) -> tuple[Floats, Floats]:
        return colours / np.where(alpha > 0, alpha, 1.0)[..., None], alpha

    return rematte(image, divided)
