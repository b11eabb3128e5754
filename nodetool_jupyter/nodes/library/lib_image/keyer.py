"""``lib.image.keyer``: cutting out by colour or light. What is keyed gets transparent; what was so stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import colour, floats, luma, read_colour, recolour, rematte, smoothstep, stretched
from nodetool_jupyter.nodes.types import Color, Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.keyer", inline=False)

_GREEN = colour("#00ff00")


@node
def ChromaKey(
    image: Image | None = None,
    key_color: Color = _GREEN,
    tolerance: float = 0.2,
    softness: float = 0.1,
    spill: float = 0.5,
) -> Image:
    """Make a colour transparent, such as the green of a studio wall, whether it is lit or in shade.

    What is as near to it as ``tolerance``, from 0 to 1, goes; beyond it, things get opaque within ``softness``.
    ``spill`` is how much of the colour's glow is taken off the rest.
    """
    import numpy as np

    key = np.array(read_colour(key_color, _GREEN, "key_color")[:3], "float32")
    hue = _hue_plane(key)
    if not (reach := float(np.hypot(*hue))):
        raise ValueError(f"ChromaKey: key_color {key_color!r} is a grey, which has no hue; use LumaKey")
    strongest = int(key.argmax())

    def keyed(colours: Floats, alpha: Floats, rows: slice) -> tuple[Floats, Floats]:
        away = np.hypot(*(part - aim for part, aim in zip(_hue_plane(colours), hue, strict=True))) / (2 * reach)
        kept = smoothstep(away, tolerance, tolerance + max(softness, 1e-6))
        _despilled(colours, strongest, min(1.0, max(0.0, spill)))
        return colours, alpha * kept

    return rematte(image, keyed)


@node
def LumaKey(
    image: Image | None = None, low: float = 0.0, high: float = 0.1, softness: float = 0.1, invert: bool = False
) -> Image:
    """Make transparent what is as bright as from ``low`` to ``high``, each from 0, black, to 1, white.

    Beyond that, things get opaque within ``softness``. With ``invert`` only what is so bright stays.
    """

    def keyed(colours: Floats, alpha: Floats, rows: slice) -> tuple[Floats, Floats]:
        bright, soft = luma(colours), max(softness, 1e-6)
        kept = smoothstep(bright, high, high + soft) + smoothstep(-bright, -low, -low + soft)
        return colours, alpha * (1.0 - kept if invert else kept)

    return rematte(image, keyed)


@node
def DifferenceKey(
    image: Image | None = None, background: Image | None = None, tolerance: float = 0.1, softness: float = 0.1
) -> Image:
    """Make transparent what is the same in a picture of the empty background.

    The largest difference of a colour counts: up to ``tolerance`` it goes, beyond it things get opaque within
    ``softness``. The background is stretched to the size of the picture.
    """
    import numpy as np

    picture = plain(read_picture(image))
    behind = np.asarray(stretched(plain(read_picture(background, "background")).convert("RGB"), picture.size))

    def keyed(colours: Floats, alpha: Floats, rows: slice) -> tuple[Floats, Floats]:
        away = abs(colours - floats(behind[rows])).max(axis=-1)
        return colours, alpha * smoothstep(away, tolerance, tolerance + max(softness, 1e-6))

    return rematte(picture, keyed)


@node
def Despill(
    image: Image | None = None, screen: Literal["red", "green", "blue"] = "green", amount: float = 1.0
) -> Image:
    """Take the glow of a coloured wall off a picture: of its colour what is above the mean of the other two."""
    strongest = ("red", "green", "blue").index(screen)
    return recolour(image, lambda colours, _: _despilled(colours, strongest, amount))


def _despilled(colours: Floats, strongest: int, amount: float) -> Floats:
    import numpy as np

    others = [colours[..., channel] for channel in range(3) if channel != strongest]
    too_much = np.maximum(colours[..., strongest] - (others[0] + others[1]) / 2, 0.0)
    colours[..., strongest] -= amount * too_much
    return colours


def _hue_plane(colours: Floats) -> tuple[Floats, Floats]:
    """Return the two colour differences of ITU-R BT.709, of colours made as bright as they can be."""
    import numpy as np

    colours = colours / np.maximum(colours.max(axis=-1, keepdims=True), np.float32(0.3))
    bright = luma(colours)
    return (colours[..., 2] - bright) / 1.8556, (colours[..., 0] - bright) / 1.5748
