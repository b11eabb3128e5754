"""What every node that takes a picture does first: read it, bring it into a plain mode, check a size."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import settings

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as Picture

    Pixels = np.ndarray[Any, Any]

MAX_SIDE = 32_768  # pixels of a side that a node may make
MAX_PIXELS = 178_956_970  # that a node may make, or read: what Pillow opens, so that what is stored can be read again
_CHANNELS = (1, 2, 3, 4)
_SHAPES = "height × width, or height × width × channels with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels"


def read_picture(value: Any, what: str = "image") -> Picture:
    """Return what a handle got as a Pillow image, which is not to be written to; arrays and tensors become one.

    Arrays are height × width (× 1, 2, 3 or 4 channels): bytes from 0 to 255, or floats from 0 to 1. A reference to a
    local file is read. Raises ``ValueError`` when there is no picture, or none that can be read here.
    """
    import PIL.Image

    if isinstance(value, PIL.Image.Image):
        picture = value
    elif hasattr(value, "__array__"):
        picture = _from_array(value, what)
    elif not value or (isinstance(value, dict) and not value.get("uri") and not value.get("data")):
        raise ValueError(f"there is no {what}: wire a picture into it, or give one as a param")
    elif isinstance(value, dict) and str(value.get("uri")).startswith("file://") and _may_read_files():
        picture = open_picture(_local(value["uri"]), what)
    else:
        raise ValueError(_unreadable(value, what))
    if not picture.width or not picture.height:
        raise ValueError(f"the {what} is empty: it has {picture.width} × {picture.height} pixels")
    return picture


def open_picture(path: str | Path, what: str = "image") -> Picture:
    """Return the picture in a file, turned upright as viewers show it; of an animation the first.

    Raises ``ValueError`` for a file that is not there, is no picture, is broken, or has too many pixels.
    """
    import PIL.Image
    from PIL import ImageOps

    try:
        with PIL.Image.open(path) as picture:
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return picture
    except FileNotFoundError:
        raise ValueError(f"{what}: there is no file {str(path)!r}") from None
    except PIL.Image.DecompressionBombError:
        raise ValueError(f"{what}: {str(path)!r} has more than {MAX_PIXELS} pixels, which is too large") from None
    except Exception as error:  # what decoders raise at a broken file is anything
        raise ValueError(f"{what}: {str(path)!r} cannot be read as a picture: {error}") from None


def size(width: float, height: float) -> tuple[int, int]:
    """Return a size in whole pixels, at least 1; raises ``ValueError`` above ``MAX_SIDE`` or ``MAX_PIXELS``."""
    if not math.isfinite(width) or not math.isfinite(height):
        raise ValueError(f"a picture cannot have {width} × {height} pixels")
    wide, high = max(1, round(width)), max(1, round(height))
    if wide > MAX_SIDE or high > MAX_SIDE:
        raise ValueError(f"a picture of {wide} × {high} pixels is too large; a side may have {MAX_SIDE}")
    if wide * high > MAX_PIXELS:
        raise ValueError(f"a picture of {wide} × {high} pixels is too large; all in all it may have {MAX_PIXELS}")
    return wide, high


def plain(image: Picture) -> Picture:
    """Return the picture as L, RGB or RGBA, the modes that filters and curves know; of 16 bits the upper eight."""
    if image.mode in ("L", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        return _from_array(image, "image")
    if image.mode in ("1", "I", "F"):
        return image.convert("L")
    if image.mode == "La":
        image = image.convert("LA")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def colours_only(image: Picture, work: Callable[[Picture], Picture]) -> Picture:
    """Do work that knows no transparency to the colours of a picture (L or RGB); its transparency stays."""
    whole = plain(image)
    if whole.mode != "RGBA":
        return work(whole)
    made = work(whole.convert("RGB"))
    made.putalpha(whole.getchannel("A"))
    return made


def mixing(image: Picture, work: Callable[[Picture], Picture]) -> Picture:
    """Do work that mixes neighbouring pixels; those that are transparent give nothing of their hidden colours."""
    whole = plain(image)
    if whole.mode != "RGBA" or whole.getchannel("A").getextrema() == (255, 255):
        return work(whole)
    return work(whole.convert("RGBa")).convert("RGBA")


def as_mask(image: Picture) -> Picture:
    """Return a picture as a mask, in grey: how bright it is, as if it lay on black."""
    from PIL import ImageChops

    whole = plain(image)
    bright = whole.convert("L")
    return ImageChops.multiply(bright, whole.getchannel("A")) if whole.mode == "RGBA" else bright


def lanczos() -> Any:
    """Return the filter for changing sizes; Pillow is loaded here and not before."""
    from PIL.Image import Resampling

    return Resampling.LANCZOS


def _from_array(value: Any, what: str) -> Picture:
    import numpy as np
    import PIL.Image

    if hasattr(value, "detach"):  # a tensor of torch, which may be on a GPU, or of a type that numpy has not
        value = value.detach().cpu()
        value = value.float() if value.is_floating_point() else value
    pixels = np.asarray(value)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in _CHANNELS):
        hint = "; move the channels last" if pixels.ndim == 3 and pixels.shape[0] in _CHANNELS else ""
        raise ValueError(f"the {what} is an array of shape {pixels.shape}; a picture is {_SHAPES}{hint}")
    if not pixels.size:
        raise ValueError(f"the {what} is empty: it is an array of shape {pixels.shape}")
    return PIL.Image.fromarray(np.ascontiguousarray(_as_bytes(pixels, what)).squeeze(axis=_grey_axis(pixels)))


def _grey_axis(pixels: Pixels) -> tuple[int, ...]:
    return (2,) if pixels.ndim == 3 and pixels.shape[2] == 1 else ()


def _as_bytes(pixels: Pixels, what: str) -> Pixels:
    import numpy as np

    kind = pixels.dtype
    if kind == np.uint8:
        return pixels
    if kind.kind == "b":
        return pixels * np.uint8(255)
    if kind.kind == "f":
        return np.rint(np.nan_to_num(pixels, posinf=1.0, neginf=0.0).clip(0.0, 1.0) * 255.0).astype("uint8")
    if kind.kind == "u" and kind.itemsize == 2:
        return (pixels >> 8).astype("uint8")
    if kind.kind in "iu":
        return pixels.clip(0, 255).astype("uint8")
    raise ValueError(f"the {what} is an array of {kind}; a picture has bytes from 0 to 255, or floats from 0 to 1")


def _may_read_files() -> bool:
    """Tell whether a reference may name a file of this machine: not on a worker that others use."""
    return settings.get("NODETOOL_FILE_REFERENCES") != "no"


def _local(uri: str) -> Path:
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(uri).path))


def _unreadable(value: Any, what: str) -> str:
    if not isinstance(value, dict):
        return f"the {what} is not a picture but {type(value).__name__}"
    uri = repr(value.get("uri") or value.get("asset_id") or "")
    uri = uri if len(uri) <= 100 else uri[:97] + "…"
    return f"the {what} at {uri} cannot be read here, where nothing is fetched; give a picture as a param"
