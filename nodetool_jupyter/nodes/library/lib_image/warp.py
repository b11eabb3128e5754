"""``lib.image.warp``: bending and moving pixels. The canvas keeps its size, except where ``Pad`` adds to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture, size
from nodetool_jupyter.nodes.pixels import CLEAR, as_bytes, read_colour, sample, stretched, turned
from nodetool_jupyter.nodes.types import Color, Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Edge, Floats

node = family("lib.image.warp", inline=False)

_WRAPS: tuple[Edge, ...] = ("clamp", "repeat", "mirror")


@node
def Tile(image: Image | None = None, tiles_x: float = 2.0, tiles_y: float = 2.0, wrap: Literal[0, 1, 2] = 1) -> Image:
    """Fill the canvas with small copies of a picture, ``tiles_x`` side by side and ``tiles_y`` below each other.

    ``wrap``: 0 one copy whose edges are drawn out, 1 the same again, 2 mirrored each time.
    """
    from PIL.Image import Resampling

    picture = plain(read_picture(image))
    if tiles_x <= 0 or tiles_y <= 0:
        raise ValueError(f"Tile: tiles_x ({tiles_x}) and tiles_y ({tiles_y}) are above 0")
    if tiles_x == tiles_y == 1:
        return picture
    # Shrunk first, so that a fine pattern is averaged and does not flicker.
    small = picture.resize(size(picture.width / max(1.0, tiles_x), picture.height / max(1.0, tiles_y)), Resampling.BOX)
    return sample(small, lambda u, v: (u * tiles_x, v * tiles_y), _WRAPS[wrap], canvas=picture.size)


@node
def Offset(
    image: Image | None = None, offset_x: float = 0.0, offset_y: float = 0.0, wrap: Literal[0, 1, 2] = 1
) -> Image:
    """Move a picture right and down by fractions of its width and height.

    ``wrap``: what comes in behind it; 0 its edge drawn out, 1 what went out on the other side, 2 its mirror image.
    """
    picture = plain(read_picture(image))
    if offset_x == offset_y == 0:
        return picture
    return sample(picture, lambda u, v: (u - offset_x, v - offset_y), _WRAPS[wrap])


@node
def Pad(
    image: Image | None = None,
    left: float = 0.1,
    top: float = 0.1,
    right: float = 0.1,
    bottom: float = 0.1,
    color: Color = CLEAR,
) -> Image:
    """Put a picture onto a larger canvas; the added edges are fractions of its width and height.

    A number below 0 cuts off instead.
    """
    import PIL.Image

    picture, fill = plain(read_picture(image)), read_colour(color, CLEAR)
    size(picture.width * (1 + left + right), picture.height * (1 + top + bottom))  # refuses what is no size
    before, above = round(left * picture.width), round(top * picture.height)
    canvas = (
        picture.width + before + round(right * picture.width),
        picture.height + above + round(bottom * picture.height),
    )
    if min(canvas) < 1:
        raise ValueError(f"Pad: nothing is left of a picture of {picture.width} × {picture.height}")
    mode = "RGBA" if picture.mode == "RGBA" or fill[3] < 1 else "RGB"
    made = PIL.Image.new(mode, size(*canvas), as_bytes(fill)[: len(mode)])
    made.paste(picture.convert(mode), (before, above))
    return made


@node
def Affine(
    image: Image | None = None,
    translate_x: float = 0.0,
    translate_y: float = 0.0,
    rotation: float = 0.0,
    scale_x: float = 1.0,
    scale_y: float = 1.0,
    shear_x: float = 0.0,
    shear_y: float = 0.0,
    edge: Literal["transparent", "clamp", "repeat", "mirror"] = "transparent",
) -> Image:
    """Shear, scale, turn clockwise and move a picture, in this order, about its middle.

    It moves by fractions of its width and height; ``rotation`` is in degrees; ``shear_x`` is how far a line moves
    sideways for each line down. ``edge`` is what lies beyond the picture.
    """
    picture = plain(read_picture(image))
    wide, high = picture.size
    flat = 1 - shear_x * shear_y
    if scale_x == 0 or scale_y == 0 or flat == 0:
        raise ValueError("Affine: a scale of 0, or shears whose product is 1, leave nothing of the picture")
    if (translate_x, translate_y, rotation % 360, scale_x, scale_y, shear_x, shear_y) == (0, 0, 0, 1, 1, 0, 0):
        return picture

    def where(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        x, y = turned((u - 0.5 - translate_x) * wide, (v - 0.5 - translate_y) * high, -rotation)
        x, y = x / scale_x, y / scale_y
        return (x - shear_x * y) / flat / wide + 0.5, (y - shear_y * x) / flat / high + 0.5

    return sample(picture, where, edge)


@node
def CornerPin(
    image: Image | None = None,
    top_left_x: float = 0.0,
    top_left_y: float = 0.0,
    top_right_x: float = 1.0,
    top_right_y: float = 0.0,
    bottom_right_x: float = 1.0,
    bottom_right_y: float = 1.0,
    bottom_left_x: float = 0.0,
    bottom_left_y: float = 1.0,
) -> Image:
    """Pull the corners of a picture to four places, in perspective; beyond it nothing is left.

    Places are fractions of the width and height.
    """
    import numpy as np

    picture = plain(read_picture(image))
    corners = [
        (top_left_x, top_left_y), (top_right_x, top_right_y),
        (bottom_right_x, bottom_right_y), (bottom_left_x, bottom_left_y),
    ]  # fmt: skip
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    if corners == square:
        return picture
    if not _bulges(corners):
        raise ValueError(
            "CornerPin: the corners cross, or three of them lie on one line, or one lies inside the others"
        )
    # The other way about it could not be told which side of the horizon the picture is on.
    back = np.linalg.inv(_perspective(square, corners)).tolist()

    def where(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        x, y, depth = (row[0] * u + row[1] * v + row[2] for row in back)
        # Where the depth is not above 0 the place is behind the viewer, and shows nothing.
        seen = depth > 1e-6
        depth = np.where(seen, depth, 1.0)
        return np.where(seen, x / depth, -9.0), np.where(seen, y / depth, -9.0)

    return sample(picture, where, "transparent")


@node
def Spherize(
    image: Image | None = None,
    amount: float = 0.5,
    radius: float = 0.5,
    center_x: float = 0.5,
    center_y: float = 0.5,
) -> Image:
    """Bulge a picture as if a ball lay behind it; ``amount`` goes from -1, pinched, to 1.

    ``radius`` is a fraction of the shorter side, the centre is given in fractions of the width and height.
    """
    import numpy as np

    picture = plain(read_picture(image))
    if amount == 0 or radius <= 0:
        return picture
    wide, high = picture.size
    reach, strength = radius * min(wide, high), max(-1.0, min(1.0, amount))

    def where(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        x, y = u - center_x, v - center_y
        far = np.hypot(x * (wide / reach), y * (high / reach)).clip(1e-6, 1.0)
        bent = np.arcsin(far) * (2 / math.pi) if strength > 0 else np.sin(far * (math.pi / 2))
        factor = 1.0 + abs(strength) * (bent / far - 1.0)
        return center_x + x * factor, center_y + y * factor

    return sample(picture, where, "clamp")


@node
def PolarRemap(
    image: Image | None = None,
    direction: Literal["rectangular_to_polar", "polar_to_rectangular"] = "rectangular_to_polar",
    rotation: float = 0.0,
) -> Image:
    """Bend a picture into a ring, its top edge in the middle, or unroll such a ring.

    Round the ring runs the picture's width, clockwise from the top, turned by ``rotation`` degrees.
    """
    import numpy as np

    picture = plain(read_picture(image))

    def ring(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        x, y = turned(2 * u - 1, 2 * v - 1, -rotation)
        return np.arctan2(x, -y) / np.float32(2 * math.pi) % 1.0, np.hypot(x, y).clip(0.0, 1.0)

    def strip(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        angle = u * np.float32(2 * math.pi) + np.float32(math.radians(rotation))
        return 0.5 + v * np.sin(angle) / 2, 0.5 - v * np.cos(angle) / 2

    if direction == "polar_to_rectangular":
        return sample(picture, strip, "clamp")
    return sample(picture, ring, "repeat", edge_down="clamp")


@node
def Displace(
    image: Image | None = None,
    displacement: Image | None = None,
    scale_x: float = 0.1,
    scale_y: float = 0.1,
    edge: Literal["transparent", "clamp", "repeat", "mirror"] = "clamp",
) -> Image:
    """Move the pixels of a picture as another says: its red sideways, its green up and down.

    Middle grey (128) moves nothing; white fetches from the right or below, at most ``scale_x`` of the width and
    ``scale_y`` of the height away. The other picture is stretched to the size of the first.
    """
    import numpy as np

    picture = plain(read_picture(image))
    guide = stretched(plain(read_picture(displacement, "displacement")).convert("RGB"), picture.size)
    shifts: Any = np.asarray(guide)

    def where(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        rows = (v[:, 0] * picture.height).astype("int64")
        moved = (shifts[rows, :, :2].astype("float32") - 128) / np.float32(127)
        return u + moved[..., 0] * scale_x, v + moved[..., 1] * scale_y

    return sample(picture, where, edge)


def _perspective(corners: list[tuple[float, float]], targets: list[tuple[float, float]]) -> Floats:
    """Return the matrix that takes four corners to four targets."""
    import numpy as np

    lines, wanted = [], []
    for (x, y), (u, v) in zip(corners, targets, strict=True):
        lines += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    found = np.linalg.solve(np.array(lines, "float64"), np.array(wanted, "float64"))
    return np.append(found, 1.0).reshape(3, 3)


def _bulges(corners: list[tuple[float, float]]) -> bool:
    """Tell whether a walk along four corners turns the same way at each."""
    turns = []
    for number in range(4):
        (ax, ay), (bx, by), (cx, cy) = (corners[(number + step) % 4] for step in range(3))
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    near = all(abs(place) < 1e6 for corner in corners for place in corner)
    return near and (all(turn > 1e-6 for turn in turns) or all(turn < -1e-6 for turn in turns))
