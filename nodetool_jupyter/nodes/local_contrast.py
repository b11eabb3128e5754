"""Equalising the tones of a picture part by part, with a limit on how far (CLAHE)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Picture

    Numbers = np.ndarray[Any, Any]


def equalize_locally(grey: Picture, limit: float, parts: int) -> Picture:
    """Return a grey picture whose tones are spread in each of ``parts`` × ``parts`` tiles.

    No tone counts more than ``limit`` times the mean (0 is no limit), and between the middles of tiles their curves
    are mixed: as Zuiderveld describes it in Graphics Gems IV (1994).
    """
    import numpy as np
    import PIL.Image

    tones = np.asarray(grey)
    high, wide = tones.shape
    top, left = _cuts(high, parts), _cuts(wide, parts)
    curves = np.array(
        [[_curve(tones[y:y_end, x:x_end], limit) for x, x_end in pairwise(left)] for y, y_end in pairwise(top)]
    )
    result = np.empty_like(tones)
    across = _between(left, wide)
    for row, rows, down_share in _between(top, high):
        for column, columns, share in across:
            here = tones[rows, columns]
            four = curves[row : row + 2, column : column + 2]
            upper = _mixed(four[0, 0][here], four[0, -1][here], share)
            lower = _mixed(four[-1, 0][here], four[-1, -1][here], share)
            result[rows, columns] = np.rint(_mixed(upper, lower, down_share[:, None]))
    return PIL.Image.fromarray(result)


def _mixed(first: Numbers, second: Numbers, share: Numbers) -> Numbers:
    mixed: Numbers = first + share * (second - first)
    return mixed


def _cuts(length: int, parts: int) -> list[int]:
    """Return where tiles begin, and the end of the last; none is empty."""
    parts = min(parts, length)
    return [length * number // parts for number in range(parts + 1)]


def _curve(tile: Numbers, limit: float) -> Numbers:
    """Return what each of 256 tones becomes in a tile."""
    import numpy as np

    counts = np.bincount(tile.ravel(), minlength=256)
    most = max(1, int(limit * tile.size / 256)) if limit else tile.size
    above = int(np.maximum(counts - most, 0).sum())
    counts = np.minimum(counts, most) + above // 256
    left = above % 256  # whole counts, as in OpenCV
    if left:
        counts[:: max(1, 256 // left)][:left] += 1
    curve: Numbers = np.rint(np.cumsum(counts) * (255.0 / tile.size)).astype("float32")
    return curve


def _between(cuts: list[int], length: int) -> list[tuple[int, slice, Numbers]]:
    """Return each tile, the places from its middle to the next one's, and how far towards that each is, from 0 to 1."""
    import numpy as np

    middles = (np.array(cuts[:-1]) + np.array(cuts[1:])) / 2 - 0.5
    places = np.interp(np.arange(length), middles, np.arange(len(middles))).astype("float32")
    first = np.floor(places).astype("int64")
    begins = [*np.flatnonzero(np.diff(first, prepend=-1)).tolist(), length]
    slices = [slice(begin, end) for begin, end in pairwise(begins)]
    return [(int(first[part.start]), part, (places - first)[part]) for part in slices]
