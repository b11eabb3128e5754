"""Pictures as numbers: colours from 0 to 1 with alpha kept apart, a band of rows at a time.

A whole picture is never held as floats: what is computed is read from its bytes and written back band by band, so that
a picture of twelve megapixels costs three or four copies of itself, and a band stays in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from nodetool_jupyter.nodes.pictures import MAX_SIDE, as_mask, plain, read_picture, size

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Picture

    # Of 32 bits and of 8; numpy's own annotations lose track of both in plain arithmetic.
    Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Bytes: TypeAlias = np.ndarray[Any, np.dtype[Any]]

Edge: TypeAlias = Literal["transparent", "clamp", "repeat", "mirror"]
"""What lies beyond a picture: nothing, its outermost pixels, the picture again, or its mirror image."""

Colour: TypeAlias = tuple[float, float, float, float]
"""Red, green, blue and alpha from 0 to 1."""

BAND = 1 << 18  # pixels that are floats at one time


def colour(value: str) -> dict[str, Any]:
    """Return a colour in NodeTool's form, as the default of a property."""
    return {"type": "color", "value": value}


WHITE, BLACK, CLEAR = colour("#ffffff"), colour("#000000"), colour("#00000000")


def read_colour(value: Any, default: Any = BLACK, what: str = "color") -> Colour:
    """Return a colour as four numbers from 0 to 1: ``#rgb``, ``#rrggbb``, ``#rrggbbaa``, a name, NodeTool's dict.

    Without a value, the default. Raises ``ValueError`` for anything else.
    """
    from PIL import ImageColor

    text = value.get("value") if isinstance(value, dict) else value
    if text is None or text == "":
        return read_colour(default, "black")
    if str(text).strip().lower() == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    try:
        red, green, blue, *alpha = ImageColor.getrgb(str(text).strip())
    except ValueError:
        hint = "write it as '#ff8800', '#ff880080' or 'orange'"
        raise ValueError(f"the {what} is not a colour: {text!r}; {hint}") from None
    return (red / 255, green / 255, blue / 255, alpha[0] / 255 if alpha else 1.0)


def as_bytes(wanted: Colour) -> tuple[int, int, int, int]:
    """Return a colour in whole numbers from 0 to 255, as Pillow takes it."""
    red, green, blue, alpha = (round(255 * part) for part in wanted)
    return red, green, blue, alpha


def luma(colours: Floats) -> Floats:
    """Return how bright colours look, from 0 to 1, as ITU-R BT.709 weighs them."""
    bright: Floats = colours[..., 0] * 0.2126 + colours[..., 1] * 0.7152 + colours[..., 2] * 0.0722
    return bright


def saturated(colours: Floats, factor: float | Floats) -> Floats:
    """Return colours further from the grey that is as bright, or nearer to it; 1 changes nothing."""
    if isinstance(factor, float | int) and factor == 1:
        return colours
    grey = luma(colours)[..., None]
    moved: Floats = grey + (colours - grey) * factor
    return moved


def smoothstep(values: Floats, low: float, high: float) -> Floats:
    """Return 0 up to ``low``, 1 from ``high``, and a soft rise between; a step where both are the same."""
    import numpy as np

    if high <= low:
        return (values > low).astype("float32")
    rise = np.clip((values - low) / (high - low), 0.0, 1.0)
    soft: Floats = rise * rise * (3.0 - 2.0 * rise)
    return soft


def ramp(first: Colour, second: Colour, midpoint: float = 0.5) -> Callable[[Floats], Bytes]:
    """Return the function that gives colours between two, as bytes, for numbers from 0 to 1.

    At ``midpoint`` the two are mixed half and half; where one is clear it gives no colour of its own.
    """
    import numpy as np

    steps = 4096
    middle = min(1 - 1e-4, max(1e-4, midpoint))
    share = np.linspace(0.0, 1.0, steps + 1, dtype="float32")
    share = np.where(share < middle, share / (2 * middle), 0.5 + (share - middle) / (2 - 2 * middle))[:, None]
    start, end = (np.array([*(part * ends[3] for part in ends[:3]), ends[3]], "float32") for ends in (first, second))
    table = start + share * (end - start)
    table[:, :3] /= np.maximum(table[:, 3:], 1e-6)
    packed = bytes_of(table).reshape(-1).view("uint32")

    def colours(amount: Floats) -> Bytes:
        places = (np.clip(amount, 0.0, 1.0) * steps + 0.5).astype("int64")
        return packed.take(places, mode="clip").view("uint8").reshape(*amount.shape, 4)

    return colours


def curve(value: Any, *functions: Callable[[Floats], Floats]) -> Picture:
    """Send every value of a picture through a function, or red, green and blue through one each; alpha stays.

    With one function a grey picture stays grey.
    """
    import numpy as np

    picture = plain(read_picture(value))
    if len(functions) == 3 and picture.mode == "L":
        picture = picture.convert("RGB")
    steps = np.linspace(0.0, 1.0, 256, dtype="float32")
    with _quiet():
        wanted = [bytes_of(function(steps.copy())).tolist() for function in functions]
    if picture.mode != "L" and len(wanted) == 1:
        wanted *= 3
    if picture.mode == "RGBA":
        wanted.append(list(range(256)))
    return picture.point([number for table in wanted for number in table])


def recolour(value: Any, change: Callable[[Floats, slice], Floats], *, grey: bool = False) -> Picture:
    """Change the colours of a picture; alpha stays.

    ``change`` gets a band of colours (rows × width × 3, its own to write on) and which rows they are. With ``grey`` a
    grey picture stays grey, and ``change`` gets one value a pixel.
    """
    picture = plain(read_picture(value))
    if picture.mode == "L" and not grey:
        picture = picture.convert("RGB")
    before, after = _pair(picture)
    last = 1 if picture.mode == "L" else 3
    with _quiet():
        for rows in bands(picture.width, picture.height):
            after[rows, :, :last] = bytes_of(change(floats(before[rows, :, :last]), rows))
            after[rows, :, last:] = before[rows, :, last:]
    return _picture(after)


def rematte(value: Any, change: Callable[[Floats, Floats, slice], tuple[Floats, Floats]]) -> Picture:
    """Change the colours and the alpha of a picture; it has alpha afterwards.

    ``change`` gets a band of colours (rows × width × 3), its alpha (rows × width) and which rows they are.
    """
    before, after = _pair(plain(read_picture(value)).convert("RGBA"))
    with _quiet():
        for rows in bands(before.shape[1], before.shape[0]):
            colours, alpha = change(floats(before[rows, :, :3]), floats(before[rows, :, 3]), rows)
            after[rows, :, :3], after[rows, :, 3] = bytes_of(colours), bytes_of(alpha)
    return _picture(after)


def matte(value: Any, change: Callable[[Floats], Floats]) -> Picture:
    """Make a grey picture of the colours of another: ``change`` gets a band of them (rows × width × 3)."""
    import numpy as np

    colours = _array(plain(read_picture(value)).convert("RGB"))
    made = np.empty(colours.shape[:2], "uint8")
    with _quiet():
        for rows in bands(made.shape[1], made.shape[0]):
            made[rows] = bytes_of(change(floats(colours[rows])))
    return _picture(made[:, :, None])


def paint(width: float, height: float, shade: Callable[[Floats, Floats], Bytes]) -> Picture:
    """Make a picture with alpha: ``shade`` gets x (1 × width) and y (rows × 1) of pixel centres, in pixels.

    It returns bytes, four a pixel.
    """
    import numpy as np

    wide, high = size(width, height)
    made = np.empty((high, wide, 4), "uint8")
    x = np.arange(wide, dtype="float32")[None, :] + 0.5
    with _quiet():
        for rows in bands(wide, high):
            y = np.arange(rows.start, rows.stop, dtype="float32")[:, None] + 0.5
            made[rows] = shade(x, y)
    return _picture(made)


def sample(
    value: Any,
    where: Callable[[Floats, Floats], tuple[Floats, Floats]],
    edge: Edge,
    *,
    edge_down: Edge | None = None,
    canvas: tuple[int, int] | None = None,
) -> Picture:
    """Bend a picture: ``where`` says for each pixel of the result where in the picture it comes from.

    Places are fractions of the width and height, at pixel centres. Between pixels the four nearest are mixed, each as
    much as it is opaque. A grey picture stays grey (nothing is black there); others get alpha only where they need it.
    ``edge_down`` is for what lies above and below, where that is another; ``canvas`` is the result's size.
    """
    import numpy as np
    import PIL.Image

    picture = plain(read_picture(value))
    clear = picture.mode == "RGBA" or (picture.mode == "RGB" and edge == "transparent")
    # Colours are mixed as Pillow mixes them when it scales: each multiplied by its alpha.
    source = _array(picture if picture.mode == "L" else picture.convert("RGBA").convert("RGBa"))
    packed = source.reshape(-1) if picture.mode == "L" else source.reshape(-1).view("uint32")
    wide, high = canvas or picture.size
    result = np.empty((high, wide), packed.dtype)
    u = (np.arange(wide, dtype="float32")[None, :] + 0.5) / wide
    with _quiet():
        for rows in bands(wide, high):
            v = (np.arange(rows.start, rows.stop, dtype="float32")[:, None] + 0.5) / high
            across, down = where(u, v)
            x, y = across * picture.width - 0.5, down * picture.height - 0.5
            result[rows] = _taken(packed, picture.size, x, y, (edge, edge_down or edge))
    if picture.mode == "L":
        return PIL.Image.fromarray(result)
    bent = PIL.Image.frombuffer("RGBa", (wide, high), result, "raw", "RGBa", 0, 1).convert("RGBA")
    return bent if clear else bent.convert("RGB")


def read_mask(value: Any, wanted: tuple[int, int] | None = None, what: str = "mask") -> Picture:
    """Return what a handle got as a mask (grey), stretched to a size."""
    mask = as_mask(read_picture(value, what))
    return mask if wanted is None else stretched(mask, wanted)


def stretched(picture: Picture, wanted: tuple[int, int]) -> Picture:
    """Return a picture of exactly a size, so that it can be laid over another."""
    from PIL.Image import Resampling

    return picture if picture.size == wanted else picture.resize(wanted, Resampling.BILINEAR)


def blurred(picture: Picture, radius: float) -> Picture:
    """Return a picture softened as by a bell curve; ``radius`` is in pixels, and 0 or less does nothing."""
    from PIL import ImageFilter

    return picture.filter(ImageFilter.GaussianBlur(min(float(MAX_SIDE), max(0.0, radius))))


def bands(width: int, height: int) -> Iterator[slice]:
    """Yield the rows of a picture in bands that are small enough to be held as floats."""
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def _quiet() -> Any:
    """Let numbers that are far too large be just that, and no warning: they end as black, white or the edge."""
    import numpy as np

    return np.errstate(all="ignore")


def floats(values: Bytes) -> Floats:
    """Return bytes as numbers from 0 to 1."""
    import numpy as np

    return np.multiply(values, np.float32(1 / 255), dtype="float32")


def bytes_of(values: Floats) -> Bytes:
    """Return numbers from 0 to 1 as bytes; those beyond are cut off."""
    import numpy as np

    scaled = values * np.float32(255)
    np.rint(scaled, out=scaled)
    return np.clip(scaled, 0, 255, out=scaled).astype("uint8")


def _array(picture: Picture) -> Bytes:
    import numpy as np

    return np.asarray(picture).reshape(picture.height, picture.width, -1)


def _pair(picture: Picture) -> tuple[Bytes, Bytes]:
    import numpy as np

    before = _array(picture)
    return before, np.empty_like(before)


def _picture(values: Bytes) -> Picture:
    import PIL.Image

    return PIL.Image.fromarray(values[:, :, 0] if values.shape[2] == 1 else values)


_LANES = 0x00FF00FF  # every other of a pixel's four bytes: two of them can be weighed in one number


def _taken(packed: Any, area: tuple[int, int], x: Floats, y: Floats, edges: tuple[Edge, Edge]) -> Any:
    """Return pixels, as they are packed, at places in a picture of ``area``; weights are whole, their sum 256."""
    import numpy as np

    left, top = np.floor(x), np.floor(y)
    across, down = np.rint((x - left) * 256).astype("uint32"), np.rint((y - top) * 256).astype("uint32")
    both = (across * down) >> 8
    shares = (256 - across - down + both, across - both, down - both, both)
    columns, lines = _indices(left, area[0], edges[0]), _indices(top, area[1], edges[1])
    low = np.full(both.shape, 0x00800080, "uint32")  # a half, for rounding
    high = low.copy()
    for number, share in enumerate(shares):
        (column, in_width), (row, in_height) = columns[number & 1], lines[number >> 1]
        taken = packed.take(row * area[0] + column).astype("uint32", copy=False)
        weight = share * in_width * in_height
        low += (taken & _LANES) * weight
        taken >>= 8
        high += (taken & _LANES) * weight
    return ((low >> 8) & _LANES) | (high & ~np.uint32(_LANES))


def _indices(places: Floats, count: int, edge: Edge) -> list[tuple[Any, Any]]:
    """Return which of ``count`` pixels lie at places and which after them, each with 0 where nothing lies there."""
    first = places.clip(-1e9, 1e9).astype("int64")
    return [_index(first, count, edge), _index(first + 1, count, edge)]


def _index(whole: Any, count: int, edge: Edge) -> tuple[Any, Any]:
    import numpy as np

    if edge == "repeat":
        return whole % count, np.uint32(1)
    if edge == "mirror":
        there = whole % (2 * count)
        return np.minimum(there, 2 * count - 1 - there), np.uint32(1)
    inside: Any = np.uint32(1)
    if edge == "transparent":
        inside = ((whole >= 0) & (whole < count)).astype("uint32")
    return np.clip(whole, 0, count - 1), inside


def turned(x: Floats, y: Floats, degrees: float) -> tuple[Floats, Floats]:
    """Return places turned clockwise about the origin, in pictures' coordinates (y down)."""
    angle = math.radians(degrees % 360.0)
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine - y * sine, x * sine + y * cosine
