"""``lib.image.color_grading``: what works by hue, and whole looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pixels import luma, recolour, saturated, smoothstep
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.color_grading", inline=False)

_HUES = {
    "reds": 0, "oranges": 30, "yellows": 60, "greens": 120, "cyans": 180, "blues": 240, "purples": 275, "magentas": 315,
}  # fmt: skip


@node
def HSLAdjust(
    image: Image | None = None,
    color_range: Literal[
        "all", "reds", "oranges", "yellows", "greens", "cyans", "blues", "purples", "magentas"
    ] = "all",
    hue_shift: float = 0.0,
    saturation: float = 0.0,
    luminance: float = 0.0,
) -> Image:
    """Change hue, saturation and brightness, of all colours or of those near one.

    ``hue_shift`` is in degrees, the others go from -1 to 1. Near a colour means up to 60 degrees of hue from it, ever
    less; grey belongs to none.
    """
    import numpy as np

    def adjusted(colours: Floats, rows: slice) -> Floats:
        hue, chroma = _hue(colours)
        weight = np.ones_like(hue)
        if color_range != "all":
            away = abs((hue - _HUES[color_range] + 180.0) % 360.0 - 180.0)
            weight = (1.0 - smoothstep(away, 0.0, 60.0)) * np.clip(chroma * 4.0, 0.0, 1.0)
        made = _turned(colours, hue, chroma, hue_shift * weight) if hue_shift else colours
        made = saturated(made, (1.0 + saturation * weight)[..., None]) if saturation else made
        light = (luminance * weight)[..., None]
        return made + np.where(light > 0, light * (1.0 - made), light * made)

    return recolour(image, adjusted)


@node
def SplitToning(
    image: Image | None = None,
    shadow_hue: float = 200.0,
    shadow_saturation: float = 0.3,
    highlight_hue: float = 40.0,
    highlight_saturation: float = 0.3,
    balance: float = 0.0,
) -> Image:
    """Tint dark and bright tones differently; hues are in degrees, saturations from 0, none, to 1.

    ``balance`` moves the border between the two: towards 1 more counts as bright, towards -1 as dark.
    """
    dark, bright = _tint(shadow_hue, shadow_saturation), _tint(highlight_hue, highlight_saturation)

    def toned(colours: Floats, rows: slice) -> Floats:
        share = smoothstep(luma(colours), -0.5 - balance / 2, 1.5 - balance / 2)[..., None]
        # Black and white stay: a tint is strongest in the middle.
        tint: Floats = 4.0 * colours * (1.0 - colours) * (dark * (1.0 - share) + bright * share)
        return colours + tint

    return recolour(image, toned)


class Look(NamedTuple):
    """What makes a look: tints of dark and bright tones (red, green, blue), saturation, contrast, and lifted blacks."""

    dark: tuple[float, float, float] = (0.0, 0.0, 0.0)
    bright: tuple[float, float, float] = (0.0, 0.0, 0.0)
    saturation: float = 1.0
    contrast: float = 1.0
    lift: float = 0.0


_LOOKS = {
    "teal_orange": Look((-0.08, 0.02, 0.08), (0.10, 0.02, -0.10), 1.1, 1.1),
    "blockbuster": Look((-0.05, 0.00, 0.06), (0.06, 0.02, -0.05), 1.05, 1.25),
    "noir": Look(saturation=0.0, contrast=1.4),
    "vintage": Look((0.04, 0.02, -0.02), (0.06, 0.03, -0.08), 0.75, 0.9, 0.06),
    "cold_blue": Look((-0.06, 0.00, 0.10), (-0.04, 0.00, 0.06), 0.85, 1.05),
    "warm_sunset": Look((0.06, 0.00, -0.04), (0.12, 0.05, -0.10), 1.15),
    "matrix": Look((-0.06, 0.06, -0.04), (-0.10, 0.08, -0.16), 0.6, 1.15),
    "bleach_bypass": Look(saturation=0.4, contrast=1.35),
    "cross_process": Look((-0.06, 0.02, 0.10), (0.08, 0.08, -0.10), 1.2, 1.2),
    "faded": Look((0.02, 0.02, 0.04), (0.00, 0.00, 0.00), 0.7, 0.8, 0.10),
}


@node
def FilmLook(
    image: Image | None = None,
    preset: Literal[
        "teal_orange", "blockbuster", "noir", "vintage", "cold_blue", "warm_sunset", "matrix", "bleach_bypass",
        "cross_process", "faded",
    ] = "teal_orange",
    intensity: float = 1.0,
) -> Image:  # fmt: skip
    """Give a picture the look of a kind of film; ``intensity`` goes from 0, unchanged, to 1."""
    import numpy as np

    look = _LOOKS[preset]
    dark, bright = np.array(look.dark, "float32"), np.array(look.bright, "float32")

    def looked(colours: Floats, rows: slice) -> Floats:
        share = luma(colours)[..., None]
        made = saturated(colours + dark * (1.0 - share) + bright * share, look.saturation)
        made = np.clip((made - 0.5) * look.contrast + 0.5, 0.0, 1.0)
        made = look.lift + made * (1.0 - look.lift)
        return colours + intensity * (made - colours)

    return recolour(image, looked)


def _hue(colours: Floats) -> tuple[Floats, Floats]:
    """Return hue in degrees and how far the strongest of the three colours is above the weakest."""
    import numpy as np

    red, green, blue = colours[..., 0], colours[..., 1], colours[..., 2]
    most = colours.max(axis=-1)
    chroma = most - colours.min(axis=-1)
    safe = np.maximum(chroma, 1e-6)
    sixths = np.where(
        most == red, (green - blue) / safe, np.where(most == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    )
    return (sixths * 60.0) % 360.0, chroma


def _turned(colours: Floats, hue: Floats, chroma: Floats, degrees: Floats) -> Floats:
    """Return colours of another hue, as dark at their darkest and as bright at their brightest."""
    import numpy as np

    least = colours.min(axis=-1)
    aim = (hue + degrees) * np.float32(1 / 60)
    # Where on the wheel of six each colour stands: full within a sixth of its own hue, gone from two on.
    parts = [np.clip(2.0 - abs((aim - own + 3.0) % 6.0 - 3.0), 0.0, 1.0) for own in (0.0, 2.0, 4.0)]
    return np.stack([least + chroma * part for part in parts], axis=-1)


def _tint(hue: float, saturation: float) -> Floats:
    """Return what a tint adds: the pure hue less the grey that is as bright, so that brightness stays."""
    import numpy as np

    red = np.array([1.0, 0.0, 0.0], "float32")
    pure = _turned(red, *_hue(red), np.array(hue % 360.0, "float32"))
    return (pure - luma(pure)) * np.float32(min(1.0, max(0.0, saturation)) * 0.5)
