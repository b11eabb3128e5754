"""The pictures of the examples, drawn here: small, and the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Drawing

    Pixels = np.ndarray[Any, Any]

_FINE = 4  # points a pixel, each way, that are averaged for smooth edges
_Painter = Callable[["Pixels", "Pixels"], "Pixels"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the pictures, by its name."""

    name: str

    def __str__(self) -> str:
        return self.name

    def draw(self) -> Drawing:
        """Return the picture; Pillow and numpy are loaded here."""
        return _drawn(self.name).copy()


@cache
def _drawn(name: str) -> Drawing:
    import numpy as np
    from PIL import Image

    (width, height), paint = SAMPLES[name]
    y, x = (np.mgrid[0 : height * _FINE, 0 : width * _FINE] + 0.5) / _FINE
    pixels = paint(x, y).clip(0, 255)
    parts = pixels.reshape(height, _FINE, width, _FINE, *pixels.shape[2:])
    return Image.fromarray(parts.mean(axis=(1, 3)).round().astype("uint8"))


def _layer(pixels: Pixels, where: Pixels, colour: tuple[int, ...]) -> None:
    pixels[where] = colour


def _disc(x: Pixels, y: Pixels, at: tuple[float, float], radius: float, squeeze: float = 1.0) -> Pixels:
    inside: Pixels = ((x - at[0]) * squeeze) ** 2 + (y - at[1]) ** 2 <= radius**2
    return inside


def _face(pixels: Pixels, x: Pixels, y: Pixels, at: tuple[float, float], size: float) -> None:
    left, top = at
    _layer(pixels, _disc(x, y, (left, top - size * 0.15), size * 1.1, 1.05), (74, 46, 30))
    _layer(pixels, _disc(x, y, (left, top), size, 1.2), (235, 190, 155))
    for side in (-1, 1):
        _layer(pixels, _disc(x, y, (left + side * size * 0.34, top - size * 0.15), size * 0.13), (30, 40, 60))
    smile = _disc(x, y, (left, top + size * 0.2), size * 0.42) & (y > top + size * 0.38)
    _layer(pixels, smile, (190, 60, 70))


def _photo(x: Pixels, y: Pixels) -> Pixels:
    """Sky, sun, hills, a face, and a corner of hard edges and pure colours."""
    import numpy as np

    pixels = np.stack([110 + y, 165 + y * 0.7, 235 - y * 0.2], axis=-1)
    _layer(pixels, _disc(x, y, (16, 14), 8), (255, 221, 80))
    _layer(pixels, y > 46 + 6 * np.sin(x / 13.0), (72, 140, 74))
    _layer(pixels, y > 54 + 4 * np.sin(x / 9.0 + 2.0), (40, 96, 60))
    _face(pixels, x, y, (58, 32), 19)
    board = (x >= 80) & (y < 16)
    _layer(pixels, board, (250, 250, 250))
    _layer(pixels, board & ((x // 4 + y // 4) % 2 == 0), (20, 20, 20))
    for row, colour in enumerate([(230, 30, 40), (30, 190, 60), (30, 70, 230)]):
        _layer(pixels, (x >= 88) & (y >= 16 + row * 8) & (y < 24 + row * 8), colour)
    return pixels


def _portrait(x: Pixels, y: Pixels) -> Pixels:
    """A head and shoulders; what is around them is transparent, with a soft edge."""
    import numpy as np

    pixels = np.zeros((*x.shape, 3))
    _layer(pixels, y < 66, (74, 46, 30))
    _layer(pixels, y >= 66, (50, 90, 160))
    _layer(pixels, (abs(x - 32) < 8) & (y > 50) & (y < 72), (215, 165, 130))
    _face(pixels, x, y, (32, 36), 24)
    head = np.hypot((x - 32) * 1.05, y - 32) - 27
    neck = np.hypot((x - 32) * 1.1, (y - 62) * 0.8) - 9
    around = np.minimum(np.minimum(head, neck), np.hypot((x - 32) * 1.2, y - 103) - 37)
    return np.concatenate([pixels, (255 - around.clip(0, 3) / 3 * 255)[..., None]], axis=-1)


def _mask(x: Pixels, y: Pixels) -> Pixels:
    """A white disc on black."""
    return _disc(x, y, (48, 32), 24) * 255.0


SAMPLES: dict[str, tuple[tuple[int, int], _Painter]] = {
    "photo": ((96, 64), _photo),
    "portrait": ((64, 96), _portrait),
    "mask": ((96, 64), _mask),
}
"""The name of each -> its size in pixels, and what paints it."""
