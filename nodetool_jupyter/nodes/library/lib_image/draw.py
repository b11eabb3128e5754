"""``lib.image.draw``: making pictures out of nothing. What is made has alpha."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import size
from nodetool_jupyter.nodes.pixels import BLACK, WHITE, as_bytes, bytes_of, paint, ramp, read_colour, turned
from nodetool_jupyter.nodes.types import Color, Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Bytes, Floats

node = family("lib.image.draw", inline=False)


@node
def Background(width: int = 512, height: int = 512, color: Color = WHITE) -> Image:
    """Make a picture of one colour."""
    import PIL.Image

    return PIL.Image.new("RGBA", size(width, height), as_bytes(read_colour(color, WHITE)))


@node
def LinearGradient(
    width: int = 512,
    height: int = 512,
    color_a: Color = BLACK,
    color_b: Color = WHITE,
    angle: float = 0.0,
    midpoint: float = 0.5,
) -> Image:
    """Make a picture that goes from one colour to another along a line.

    ``angle`` is its direction in degrees: 0 to the right, 90 down. ``midpoint``, from 0 to 1, is where along the line
    the two are mixed half and half.
    """
    turn = math.radians(angle % 360.0)
    across, down = math.cos(turn), math.sin(turn)
    wide, high = size(width, height)
    reach = abs(across) * wide + abs(down) * high

    def along(x: Floats, y: Floats) -> Floats:
        return ((x - wide / 2) * across + (y - high / 2) * down) / reach + 0.5

    return _gradient(width, height, color_a, color_b, along, midpoint)


@node
def RadialGradient(
    width: int = 512,
    height: int = 512,
    color_inner: Color = WHITE,
    color_outer: Color = BLACK,
    radius: float = 0.5,
) -> Image:
    """Make a picture that goes from one colour in its middle to another at a radius.

    ``radius`` is a fraction of the shorter side: at 0.5 the circle touches its edges.
    """
    import numpy as np

    _above_zero("RadialGradient", radius)
    wide, high = size(width, height)
    reach = radius * min(wide, high)

    def away(x: Floats, y: Floats) -> Floats:
        far: Floats = np.hypot(x - wide / 2, y - high / 2) / reach
        return far

    return _gradient(width, height, color_inner, color_outer, away)


@node
def DiamondGradient(
    width: int = 512,
    height: int = 512,
    color_inner: Color = WHITE,
    color_outer: Color = BLACK,
    radius: float = 0.5,
) -> Image:
    """Make a picture that goes from one colour in its middle to another at the edge of a diamond.

    ``radius`` is a fraction of the shorter side: at 0.5 the diamond's corners touch its edges.
    """
    _above_zero("DiamondGradient", radius)
    wide, high = size(width, height)
    reach = radius * min(wide, high)

    def away(x: Floats, y: Floats) -> Floats:
        return (abs(x - wide / 2) + abs(y - high / 2)) / reach

    return _gradient(width, height, color_inner, color_outer, away)


@node
def AngularGradient(
    width: int = 512,
    height: int = 512,
    color_a: Color = BLACK,
    color_b: Color = WHITE,
    rotation: float = 0.0,
) -> Image:
    """Make a picture that goes from one colour to another once round its middle, clockwise.

    It begins at the right, turned clockwise by ``rotation`` degrees.
    """
    import numpy as np

    wide, high = size(width, height)

    def around(x: Floats, y: Floats) -> Floats:
        right, below = turned(x - wide / 2, y - high / 2, -rotation)
        part: Floats = (np.arctan2(below, right) / np.float32(2 * math.pi)) % 1.0
        return part

    return _gradient(width, height, color_a, color_b, around)


@node
def Checkerboard(
    width: int = 512, height: int = 512, cell_size: int = 32, color_a: Color = WHITE, color_b: Color = BLACK
) -> Image:
    """Make a chequered picture; ``cell_size`` is the side of a square in pixels, the first has ``color_a``."""
    import numpy as np

    _above_zero("Checkerboard", cell_size, "cell_size")
    pair = np.array(
        [as_bytes(read_colour(color_a, WHITE, "color_a")), as_bytes(read_colour(color_b, BLACK, "color_b"))], "uint8"
    )

    def cells(x: Floats, y: Floats) -> Bytes:
        squares: Bytes = pair[((x // cell_size + y // cell_size) % 2).astype("int64")]
        return squares

    return paint(width, height, cells)


@node
def GaussianNoise(width: int = 512, height: int = 512, mean: float = 0.0, stddev: float = 1.0, seed: int = 0) -> Image:
    """Make a picture of coloured noise, the same for the same ``seed``.

    Each colour of each pixel is drawn from a normal distribution, where 0 is dark and 1 bright.
    """
    import numpy as np

    if stddev < 0:
        raise ValueError(f"GaussianNoise: stddev is 0 or more, not {stddev}")
    numbers = np.random.default_rng(abs(int(seed)))

    def noise(x: Floats, y: Floats) -> Bytes:
        values = np.ones((y.shape[0], x.shape[1], 4), "float32")
        values[..., :3] = numbers.standard_normal((*values.shape[:2], 3), "float32") * stddev + mean
        return bytes_of(values)

    return paint(width, height, noise)


def _gradient(
    width: int,
    height: int,
    first: Color,
    second: Color,
    along: Callable[[Floats, Floats], Floats],
    midpoint: float = 0.5,
) -> Image:
    colours = ramp(read_colour(first, BLACK), read_colour(second, WHITE), midpoint)
    return paint(width, height, lambda x, y: colours(along(x, y)))


def _above_zero(kind: str, number: float, what: str = "radius") -> None:
    if not number > 0:
        raise ValueError(f"{kind}: {what} is above 0, not {number}")
