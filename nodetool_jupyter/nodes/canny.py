"""Edges as lines one pixel wide, after Canny, A Computational Approach to Edge Detection (1986)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Picture

    Numbers = np.ndarray[Any, Any]

_STEEP = 2.414213562373095  # tan 67.5°: between this and its inverse an edge counts as diagonal


def edges(grey: Picture, low: float, high: float) -> Picture:
    """Return the edges of a grey picture, white on black.

    Slopes are Sobel's, without a blur before; how steep one is is the sum across and down. Kept are its ridges above
    ``high``, and those above ``low`` that touch a kept one.
    """
    import numpy as np
    import PIL.Image

    across, down = _slopes(np.asarray(grey))
    steep = np.pad(abs(across) + abs(down), 1)
    ridge = _ridges(steep, across, down)
    inner = steep[1:-1, 1:-1]
    weak = np.pad(ridge & (inner > low), 1)
    strong = np.pad(ridge & (inner > high), 1)
    kept = _grown(strong, weak)[1:-1, 1:-1]
    return PIL.Image.fromarray(np.where(kept, np.uint8(255), np.uint8(0)))


def _slopes(tones: Numbers) -> tuple[Numbers, Numbers]:
    import numpy as np

    wide = np.pad(tones, 1, mode="edge").astype("int16")
    sums = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    differences = wide[2:] - wide[:-2]
    across = sums[:, 2:] - sums[:, :-2]
    down = differences[:, :-2] + 2 * differences[:, 1:-1] + differences[:, 2:]
    return across, down


def _ridges(steep: Numbers, across: Numbers, down: Numbers) -> Numbers:
    """Return where a slope is the steepest of three in its own direction."""
    import numpy as np

    middle = steep[1:-1, 1:-1]
    wide, high = abs(across).astype("float32"), abs(down).astype("float32")
    level = high * np.float32(_STEEP) < wide
    upright = high > wide * np.float32(_STEEP)
    falling = (across < 0) == (down < 0)
    flat_ridge = (middle > steep[1:-1, :-2]) & (middle >= steep[1:-1, 2:])
    upright_ridge = (middle > steep[:-2, 1:-1]) & (middle >= steep[2:, 1:-1])
    falling_ridge = (middle > steep[:-2, :-2]) & (middle > steep[2:, 2:])
    rising_ridge = (middle > steep[:-2, 2:]) & (middle > steep[2:, :-2])
    diagonal = np.where(falling, falling_ridge, rising_ridge)
    ridges: Numbers = np.where(level, flat_ridge, np.where(upright, upright_ridge, diagonal))
    return ridges


def _grown(strong: Numbers, weak: Numbers) -> Numbers:
    """Return the pixels that are strong, or weak and in touch with one that is kept; both have an empty rim."""
    import numpy as np

    width = strong.shape[1]
    around = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    kept, open_ = strong.copy(), (weak & ~strong).ravel()
    flat = kept.reshape(-1)
    newest = np.flatnonzero(flat)
    while newest.size:
        near = (newest[:, None] + around).ravel()
        newest = np.unique(near[open_[near]])
        flat[newest], open_[newest] = True, False
    return kept
