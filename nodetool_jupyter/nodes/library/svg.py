"""``lib.svg``: drawings made of shapes. An element is a dictionary ``{name, attributes, children}``."""

from __future__ import annotations

import math
import zlib
from typing import Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.library.svg_shapes import *  # noqa: F403  # the other part of the family
from nodetool_jupyter.nodes.pictures import size
from nodetool_jupyter.nodes.pixels import BLACK, WHITE
from nodetool_jupyter.nodes.types import Color, Image
from nodetool_jupyter.nodes.vector import Element, SVGElement, element, elements_of, write_svg

node = family("lib.svg", inline=False)


@node
def Document(
    elements: list[Any] = [],
    content: Any = None,
    width: int = 800,
    height: int = 600,
    viewBox: str = "0 0 800 600",
) -> str:
    """Write elements as the text of an SVG document.

    ``elements`` is a list, and several edges into it are collected; ``content``, drawn over them, is one element, a
    list or a text of SVG. What could run or fetch something is left out: scripts, foreign elements, events, and
    references beyond the document.
    """
    return write_svg([elements, content], *size(width, height), viewBox)


@node(requires=("resvg_py",), extra="svg")
def SVGToImage(
    elements: list[Any] = [],
    content: Any = None,
    width: int = 800,
    height: int = 600,
    viewBox: str = "0 0 800 600",
    scale: float = 1.0,
) -> Image:
    """Draw elements, or a text of SVG, as a picture with alpha, ``scale`` times as large as ``width`` × ``height``.

    Nothing is read from files or the network but the fonts that are installed.
    """
    import io

    import PIL.Image
    import resvg_py

    if scale <= 0:
        raise ValueError(f"SVGToImage: scale is above 0, not {scale}")
    document = write_svg([elements, content], *size(width * scale, height * scale), viewBox)
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=document, sans_serif_family="DejaVu Sans"))
    return PIL.Image.open(io.BytesIO(drawn)).convert("RGBA")


@node
def Gradient(
    gradient_type: Literal["linearGradient", "radialGradient"] = "linearGradient",
    x1: float = 0.0,
    y1: float = 0.0,
    x2: float = 100.0,
    y2: float = 100.0,
    color1: Color = BLACK,
    color2: Color = WHITE,
    id: str = "gradient",
) -> SVGElement:
    """Define a gradient from one colour to another; shapes are filled with it by the fill ``url(#gradient)``.

    Places are percentages of the shape; a radial gradient goes from the first place to as far as the second is.
    """
    if gradient_type == "linearGradient":
        places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    else:
        places = {"cx": x1, "cy": y1, "r": math.hypot(x2 - x1, y2 - y1)}
    shares = {name: f"{place:g}%" for name, place in places.items()}
    stops = [
        element("stop", {"offset": offset, "stop-color": color}) for offset, color in (("0%", color1), ("100%", color2))
    ]
    return element(gradient_type, {"id": id, **shares}, *stops)


@node
def GaussianBlur(content: Any = None, std_deviation: float = 3.0, id: str = "") -> SVGElement:
    """Blur what is in ``content``; without it, define the filter that elements name ``url(#blur)``."""
    return _filtered(content, id, "blur", element("feGaussianBlur", {"stdDeviation": std_deviation}))


@node
def DropShadow(
    content: Any = None,
    std_deviation: float = 3.0,
    dx: float = 2.0,
    dy: float = 2.0,
    color: Color = BLACK,
    id: str = "",
) -> SVGElement:
    """Lay a shadow behind ``content``; without it, define the filter that elements name ``url(#shadow)``."""
    shadow = {"stdDeviation": std_deviation, "dx": dx, "dy": dy, "flood-color": color}
    return _filtered(content, id, "shadow", element("feDropShadow", shadow))


@node
def ClipPath(clip_content: Any = None, content: Any = None, id: str = "") -> SVGElement:
    """Show of ``content`` only what is inside the shapes of ``clip_content``."""
    shapes, inside = list(elements_of(clip_content)), list(elements_of(content))
    name = id or _named("clip", shapes)
    shown = element("g", {"clip-path": f"url(#{name})"}, *inside)
    return element("g", {}, element("clipPath", {"id": name}, *shapes), shown)


@node
def Transform(
    content: Any = None,
    translate_x: float = 0.0,
    translate_y: float = 0.0,
    rotate: float = 0.0,
    scale_x: float = 1.0,
    scale_y: float = 1.0,
) -> SVGElement:
    """Scale what is in ``content``, turn it clockwise by degrees about the origin, and move it."""
    steps = [f"translate({translate_x:g} {translate_y:g})"] if translate_x or translate_y else []
    steps += [f"rotate({rotate:g})"] if rotate else []
    steps += [f"scale({scale_x:g} {scale_y:g})"] if scale_x != 1 or scale_y != 1 else []
    return element("g", {"transform": " ".join(steps) or None}, *elements_of(content))


def _filtered(content: Any, name: str, kind: str, effect: Element) -> Element:
    inside = list(elements_of(content))
    name = name or (_named(kind, effect) if inside else kind)
    # Of the view and not of the shape: what reaches beyond is not cut off, and a level line has no height.
    around = {"x": "-50%", "y": "-50%", "width": "200%", "height": "200%", "filterUnits": "userSpaceOnUse"}
    made = element("filter", {"id": name, **around}, effect)
    return element("g", {}, made, element("g", {"filter": f"url(#{name})"}, *inside)) if inside else made


def _named(kind: str, what: Any) -> str:
    # The same name for the same thing: several documents may stand on one page.
    return f"{kind}-{zlib.crc32(repr(what).encode()):08x}"
