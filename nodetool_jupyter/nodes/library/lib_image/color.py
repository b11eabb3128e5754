"""``lib.image.color``: brighter, darker, inverted, taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import curve
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.color", inline=False)


@node
def Invert(image: Image | None = None, amount: float = 1.0) -> Image:
    """Turn colours into their opposites; ``amount`` goes from 0, unchanged, to 1."""
    return curve(image, lambda values: values + amount * (1 - 2 * values))


@node
def Posterize(image: Image | None = None, levels: int = 4) -> Image:
    """Leave only some levels of each colour, evenly spread from dark to bright."""
    if levels < 2:
        raise ValueError(f"Posterize: levels is 2 or more, not {levels}")

    def stepped(values: Floats) -> Floats:
        return (values * levels).astype("int64").clip(0, levels - 1).astype("float32") / (levels - 1)

    return curve(image, stepped)


@node
def Exposure(image: Image | None = None, stops: float = 0.0) -> Image:
    """Make a picture brighter or darker as a camera does: each stop doubles or halves every value."""
    factor = 2.0 ** max(-64.0, min(64.0, stops))
    return curve(image, lambda values: values * factor)


@node
def Grade(
    image: Image | None = None,
    blackpoint: float = 0.0,
    whitepoint: float = 1.0,
    lift: float = 0.0,
    gain: float = 1.0,
    multiply: float = 1.0,
    offset: float = 0.0,
    gamma: float = 1.0,
    mix: float = 1.0,
) -> Image:
    """Grade a picture: what was at the black and white point goes to ``lift`` and ``gain``.

    Then values are multiplied, the offset added, and bent by ``gamma``: above 1 the middle gets brighter. ``mix`` is
    how much of the graded picture is in the result.
    """
    if whitepoint == blackpoint or gamma <= 0:
        raise ValueError(
            f"Grade: gamma ({gamma}) must be above 0, and whitepoint ({whitepoint}) not the same as blackpoint"
        )
    slope = multiply * (gain - lift) / (whitepoint - blackpoint)
    start = offset + multiply * lift - slope * blackpoint

    def graded(values: Floats) -> Floats:
        made: Floats = (values * slope + start).clip(0.0, None) ** (1 / gamma)
        return values + mix * (made - values)

    return curve(image, graded)


class Channels(TypedDict):
    """The channels of a picture, each a grey picture."""

    r: Image
    g: Image
    b: Image
    a: Image


@node
def ChannelSplit(image: Image | None = None) -> Channels:
    """Take a picture apart into red, green, blue and alpha; without alpha, that one is white."""
    red, green, blue, alpha = plain(read_picture(image)).convert("RGBA").split()
    return {"r": red, "g": green, "b": blue, "a": alpha}
