"""``lib.svg``: the shapes that NodeTool had nodes for in 2025. Places and sizes are in units of the view box."""

from __future__ import annotations

from typing import Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pixels import BLACK, colour
from nodetool_jupyter.nodes.types import Color
from nodetool_jupyter.nodes.vector import Element, SVGElement, element

node = family("lib.svg")

NONE = colour("none")


@node
def Rect(
    x: int = 0, y: int = 0, width: int = 100, height: int = 100,
    fill: Color = BLACK, stroke: Color = NONE, stroke_width: int = 1,
) -> SVGElement:  # fmt: skip
    """Draw a rectangle."""
    return _shape("rect", {"x": x, "y": y, "width": width, "height": height}, fill, stroke, stroke_width)


@node
def Circle(
    cx: int = 0, cy: int = 0, radius: int = 50, fill: Color = BLACK, stroke: Color = NONE, stroke_width: int = 1
) -> SVGElement:
    """Draw a circle."""
    return _shape("circle", {"cx": cx, "cy": cy, "r": radius}, fill, stroke, stroke_width)


@node
def Ellipse(
    cx: int = 0, cy: int = 0, rx: int = 100, ry: int = 50,
    fill: Color = BLACK, stroke: Color = NONE, stroke_width: int = 1,
) -> SVGElement:  # fmt: skip
    """Draw an ellipse."""
    return _shape("ellipse", {"cx": cx, "cy": cy, "rx": rx, "ry": ry}, fill, stroke, stroke_width)


@node
def Line(
    x1: int = 0, y1: int = 0, x2: int = 100, y2: int = 100, stroke: Color = BLACK, stroke_width: int = 1
) -> SVGElement:
    """Draw a straight line."""
    return _shape("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2}, None, stroke, stroke_width)


@node
def Polygon(points: str = "", fill: Color = BLACK, stroke: Color = NONE, stroke_width: int = 1) -> SVGElement:
    """Draw a polygon through points such as ``0,0 50,100 100,0``."""
    return _shape("polygon", {"points": points}, fill, stroke, stroke_width)


@node
def Path(path_data: str = "", fill: Color = BLACK, stroke: Color = NONE, stroke_width: int = 1) -> SVGElement:
    """Draw a path of lines and curves such as ``M 0 0 L 50 100 Z``."""
    return _shape("path", {"d": path_data}, fill, stroke, stroke_width)


@node
def Text(
    text: str = "",
    x: int = 0,
    y: int = 0,
    font_family: str = "Arial",
    font_size: int = 16,
    fill: Color = BLACK,
    text_anchor: Literal["start", "middle", "end"] = "start",
) -> SVGElement:
    """Write a text; ``y`` is its base line, and ``text_anchor`` which part of it stands at ``x``."""
    font = {"font-family": f"{font_family}, sans-serif", "font-size": font_size}
    attributes = {"x": x, "y": y, **font, "fill": fill, "text-anchor": text_anchor}
    return element("text", attributes, text)


def _shape(name: str, place: dict[str, Any], fill: Any, stroke: Any, stroke_width: int) -> Element:
    return element(name, {**place, "fill": fill, "stroke": stroke, "stroke-width": stroke_width})
