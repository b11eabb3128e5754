"""What the tests of picture nodes share: small pictures, and the promises that every such node keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F")
ORDER = ("L", "RGB", "RGBA")


def pixels(*rows: Any) -> Image.Image:
    """A picture of these rows: numbers for a grey one, triples or quadruples for colours."""
    return Image.fromarray(np.array(rows, "uint8"))


def speckled(mode: str = "RGB", size: tuple[int, int] = (12, 9)) -> Image.Image:
    """A picture of many values, the same each time; with alpha, some of it clear and half clear."""
    bands = 4 if mode in ("RGBA", "LA") else 3
    values = np.random.default_rng(7).integers(0, 256, (size[1], size[0], bands), "uint8")
    if bands == 4:
        values[..., 3] = np.resize(np.array([255, 128, 1, 0], "uint8"), (size[1], size[0]))
    return Image.fromarray(values).convert(mode)


def strange(mode: str) -> Image.Image:
    """A small picture of any mode."""
    return Image.fromarray(np.full((4, 5), 30_000, "uint16")) if mode == "I;16" else Image.new(mode, (5, 4), 1)


def same(first: Image.Image, second: Image.Image) -> bool:
    """Whether two pictures look the same, whatever their modes; where both are clear anything goes."""
    one, other = (np.asarray(picture.convert("RGBA")) for picture in (first, second))
    return one.shape == other.shape and bool(((one == other).all(axis=-1) | ((one[..., 3] | other[..., 3]) == 0)).all())


def alike(first: Image.Image, second: Image.Image) -> bool:
    """Whether two pictures look the same on any ground: as opaque, and as much of each colour, to a level."""
    return near(first.convert("RGBA").convert("RGBa"), second.convert("RGBA").convert("RGBa"))


def near(first: Any, second: Any, by: int = 1) -> bool:
    """Whether two pixels, or pictures, differ by no more than some levels."""
    one, other = (np.asarray(thing).astype(int) for thing in (first, second))
    return one.shape == other.shape and int(abs(one - other).max()) <= by


def keeps_its_promises(call: Callable[[Image.Image], Any], mode: str) -> None:
    """Assert what holds for every node that changes a picture: its input stays, and so do alpha and determinism."""
    picture = strange(mode)
    before = picture.tobytes()
    made, again = call(picture), call(picture)
    assert picture.tobytes() == before, "a node leaves its input alone"
    assert made.mode in ORDER, "what comes out can be filtered further"
    assert made.tobytes() == again.tobytes(), "twice the same is the same"


def keeps_alpha(call: Callable[[Image.Image], Any]) -> None:
    """Assert that transparency goes through untouched."""
    picture = speckled("RGBA")
    assert call(picture).getchannel("A").tobytes() == picture.getchannel("A").tobytes()
