"""What every node that takes a picture does first: read it, bring it into a plain mode, check a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_SIDE = 32_768  # pixels of a side that a node may make


def read_picture(value: Any, what: str = "image") -> Picture:
    """Return what a handle got as a Pillow image; arrays of floats count from 0 to 1.

    Raises ``ValueError`` when there is none, or none that can be read here.
    """
    import PIL.Image

    if isinstance(value, PIL.Image.Image):
        return value
    if hasattr(value, "__array__"):
        import numpy as np

        pixels = np.asarray(value)
        if pixels.dtype.kind == "f":
            pixels = (pixels.clip(0.0, 1.0) * 255.0).round()
        return PIL.Image.fromarray(pixels.astype("uint8"))
    if not value or (isinstance(value, dict) and not value.get("uri") and not value.get("data")):
        raise ValueError(f"there is no {what}: wire a picture into it, or give one as a param")
    where = f" at {value['uri']!r}" if isinstance(value, dict) else f" but {type(value).__name__}"
    raise ValueError(f"the {what} is not a picture that can be read here{where}")


def size(width: float, height: float) -> tuple[int, int]:
    """Return a size in whole pixels, at least 1; raises ``ValueError`` above ``MAX_SIDE``."""
    wide, high = max(1, round(width)), max(1, round(height))
    if wide > MAX_SIDE or high > MAX_SIDE:
        raise ValueError(f"a picture of {wide} × {high} pixels is too large; a side may have {MAX_SIDE}")
    return wide, high


def plain(image: Picture) -> Picture:
    """Return the picture in a mode that filters and curves know."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def lanczos() -> Any:
    """Return the filter for changing sizes; Pillow is loaded here and not before."""
    from PIL.Image import Resampling

    return Resampling.LANCZOS
