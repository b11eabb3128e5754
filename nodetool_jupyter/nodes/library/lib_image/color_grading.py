"""``lib.image.color_grading``: grading, as for film. NodeTool had it as ``lib.pillow.color_grading`` in 2025."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.library.lib_image.color_toning import *  # noqa: F403  # the other part of the family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import curve, luma, recolour, saturated, smoothstep
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.color_grading", inline=False)


@node
def CDL(
    image: Image | None = None,
    slope_r: float = 1.0,
    slope_g: float = 1.0,
    slope_b: float = 1.0,
    offset_r: float = 0.0,
    offset_g: float = 0.0,
    offset_b: float = 0.0,
    power_r: float = 1.0,
    power_g: float = 1.0,
    power_b: float = 1.0,
    saturation: float = 1.0,
) -> Image:
    """Grade by the colour decision list of the ASC: times slope, plus offset, to the power, then saturation."""
    import numpy as np

    _powers("CDL", "power", power_r, power_g, power_b)
    slope, offset, power = (
        np.array(triple, "float32")
        for triple in ((slope_r, slope_g, slope_b), (offset_r, offset_g, offset_b), (power_r, power_g, power_b))
    )

    def graded(colours: Floats, rows: slice) -> Floats:
        made = np.clip(colours * slope + offset, 0.0, 1.0)
        if power.min() != 1 or power.max() != 1:
            made **= power
        return saturated(made, saturation)

    return recolour(image, graded)


@node
def LiftGammaGain(
    image: Image | None = None,
    lift_r: float = 0.0,
    lift_g: float = 0.0,
    lift_b: float = 0.0,
    lift_master: float = 0.0,
    gamma_r: float = 1.0,
    gamma_g: float = 1.0,
    gamma_b: float = 1.0,
    gamma_master: float = 1.0,
    gain_r: float = 1.0,
    gain_g: float = 1.0,
    gain_b: float = 1.0,
    gain_master: float = 1.0,
) -> Image:
    """Grade shadows (lift), middle tones (gamma) and highlights (gain), for each colour and all together."""
    _powers("LiftGammaGain", "gamma", gamma_r, gamma_g, gamma_b, gamma_master)

    def wheel(lift: float, gamma: float, gain: float) -> Callable[[Floats], Floats]:
        return lambda values: (
            ((values + (lift + lift_master) * (1 - values)) * (gain * gain_master)).clip(0.0, None)
            ** (1 / (gamma * gamma_master))
        )

    return curve(image, wheel(lift_r, gamma_r, gain_r), wheel(lift_g, gamma_g, gain_g), wheel(lift_b, gamma_b, gain_b))


@node
def Curves(
    image: Image | None = None,
    black_point: float = 0.0,
    white_point: float = 1.0,
    shadows: float = 0.0,
    midtones: float = 0.0,
    highlights: float = 0.0,
    red_midtones: float = 0.0,
    green_midtones: float = 0.0,
    blue_midtones: float = 0.0,
) -> Image:
    """Bend the tone curve: black and white point, then dark, middle and bright tones up or down from -1 to 1.

    The middle tones can be bent for each colour by itself.
    """
    if white_point <= black_point:
        raise ValueError(f"Curves: white_point ({white_point}) must be above black_point ({black_point})")

    def bent(middle: float) -> Callable[[Floats], Floats]:
        def tone(values: Floats) -> Floats:
            x = ((values - black_point) / (white_point - black_point)).clip(0.0, 1.0)
            return x + _bumps(x, shadows, midtones + middle, highlights)

        return tone

    return curve(image, bent(red_midtones), bent(green_midtones), bent(blue_midtones))


@node
def Exposure(
    image: Image | None = None,
    exposure: float = 0.0,
    contrast: float = 0.0,
    highlights: float = 0.0,
    shadows: float = 0.0,
    whites: float = 0.0,
    blacks: float = 0.0,
) -> Image:
    """Set the tones as raw converters do: ``exposure`` in stops, the others from -1 to 1.

    ``highlights`` and ``shadows`` lighten or darken bright and dark tones, ``whites`` and ``blacks`` the very ends.
    """
    factor = 2.0 ** max(-64.0, min(64.0, exposure))

    def tone(values: Floats) -> Floats:
        x: Floats = ((values * factor - 0.5) * (1 + contrast) + 0.5).clip(0.0, 1.0)
        ends: Floats = 0.25 * (whites * x**4 + blacks * (1 - x) ** 4)
        return x + ends + _bumps(x, shadows, 0.0, highlights)

    return curve(image, tone)


@node
def ColorBalance(image: Image | None = None, temperature: float = 0.0, tint: float = 0.0) -> Image:
    """Balance white: ``temperature`` from -1, cool, to 1, warm; ``tint`` from -1, green, to 1, magenta.

    How bright white looks stays.
    """
    import numpy as np

    warm, magenta = (max(-1.0, min(1.0, number)) for number in (temperature, tint))
    gains: Floats = np.array(
        [1 + 0.3 * warm + 0.15 * magenta, 1 - 0.3 * magenta, 1 - 0.3 * warm + 0.15 * magenta], "float32"
    )
    if temperature == tint == 0:
        return curve(image, lambda values: values)
    red, green, blue = (gains / luma(gains)).tolist()
    return curve(image, lambda values: values * red, lambda values: values * green, lambda values: values * blue)


@node
def SaturationVibrance(image: Image | None = None, saturation: float = 0.0, vibrance: float = 0.0) -> Image:
    """Make colours stronger or weaker: ``saturation`` all alike, ``vibrance`` the pale ones more; -1 to 1."""

    def stronger(colours: Floats, rows: slice) -> Floats:
        pale = 1.0 - (colours.max(axis=-1) - colours.min(axis=-1))
        return saturated(colours, (1 + saturation) * (1 + vibrance * pale)[..., None])

    return recolour(image, stronger)


@node
def Vignette(
    image: Image | None = None,
    amount: float = 0.5,
    midpoint: float = 0.5,
    roundness: float = 0.5,
    feather: float = 0.5,
) -> Image:
    """Darken a picture towards its edges, or with an ``amount`` below 0 lighten it.

    It begins at ``midpoint``, from 0, the middle, to 1, the edge, and is complete ``feather`` further out; its shape
    goes with ``roundness`` from a rectangle, 0, to an ellipse, 1.
    """
    import numpy as np

    picture = plain(read_picture(image))
    wide, high = picture.size
    x = abs((np.arange(wide, dtype="float32") + 0.5) * (2 / wide) - 1)[None, :]

    def faded(colours: Floats, rows: slice) -> Floats:
        y = abs((np.arange(rows.start, rows.stop, dtype="float32") + 0.5) * (2 / high) - 1)[:, None]
        square = np.maximum(x, y)
        away = square + roundness * (np.hypot(x, y) - square)
        shade = (amount * smoothstep(away, midpoint, midpoint + feather))[..., None]
        return colours * (1 - shade) if amount > 0 else colours - shade * (1 - colours)

    return recolour(picture, faded, grey=True)


def _bumps(x: Floats, dark: float, middle: float, bright: float) -> Floats:
    # Each alone, at 1 or -1, leaves a curve that still rises everywhere.
    bent: Floats = dark * x * (1 - x) ** 2 + middle * x * (1 - x) + bright * x**2 * (1 - x)
    return bent


def _powers(kind: str, what: str, *numbers: float) -> None:
    if not all(number > 0 for number in numbers):
        raise ValueError(f"{kind}: every {what} is above 0, not {min(numbers)}")
