"""A picture that is being drawn with Pillow, in the px of a layout: boxes, lines and texts on a card of its own."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any, Literal

from nodetool_jupyter.widgets import lettering
from nodetool_jupyter.widgets.layout import Box

CARD, INK, MUTED = "#f6f8fa", "#1f2328", "#57606a"  # the card's ground, and its inks, which reach 4.5 : 1 on it
FINER = 2  # shapes are drawn larger by this, then made smaller, so that their edges are smooth
SMALLEST = 8  # px of a page that a type must have to be read
_INCH = 96  # px of a page in an inch
_FOOT, _FOOT_LINES = 22, 4  # px of a page for each line below the picture, and how many lines a note may take

_REACH, _ROUND = 28.0, 56.0  # px by which a line is drawn away from a box, and by which it passes below one

Point = tuple[float, float]

_STEPS = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3) for t in (step / 20 for step in range(21))]


class Canvas:
    """A card of ``width`` × ``height`` px of a layout, drawn ``scale`` times larger.

    It takes at most ``shown`` px of the width of a page. Texts come above all shapes.
    """

    def __init__(self, width: int, height: int, scale: float, shown: int) -> None:
        from PIL import Image, ImageDraw

        self.scale = scale
        self._size = (max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale)))
        self.density = self._size[0] / max(1, min(width, shown))  # px of the picture for each px of the page
        self._image = Image.new("RGB", (self._size[0] * FINER, self._size[1] * FINER), CARD)
        self._pen = ImageDraw.Draw(self._image)
        self._texts: list[tuple[Point, str, int, str]] = []

    @property
    def width(self) -> int:
        """How wide the picture is, in its own px."""
        return self._size[0]

    def box(self, box: Box, fill: str, line: str, radius: float, wide: float = 1.25) -> None:
        """Draw a box with round corners."""
        thick = max(1, round(self._fine(wide)))
        self._pen.rounded_rectangle(self._sides(box), self._fine(radius), fill=fill, outline=line, width=thick)

    def card(self, box: Box, fill: str, line: str, radius: float, wide: float, edge: float) -> None:
        """Draw a box whose left side is a thick bar."""
        x, y, right, bottom = self._sides(box)
        thick = max(1, round(self._fine(wide)))
        self._pen.rounded_rectangle([x, y, right, bottom], self._fine(radius), fill=line)
        inner = [x + max(self._fine(edge), FINER), y + thick, right - thick, bottom - thick]
        if inner[0] < inner[2] and inner[1] < inner[3]:
            corners = (False, True, True, False)
            self._pen.rounded_rectangle(inner, max(0.0, self._fine(radius) - thick), fill=fill, corners=corners)

    def curve(self, points: Sequence[Point], colour: str, *, dashed: bool) -> None:
        """Draw a line through points, with an arrow's head at its end where there is room for one."""
        fine = [(self._fine(x), self._fine(y)) for x, y in points]
        wide = max(FINER, round(self._fine(1.5)))
        if dashed and len(fine) == 2:
            fine = [(fine[0][0] + (fine[1][0] - fine[0][0]) * step / 20, fine[0][1]) for step in range(21)]
        pairs = list(zip(fine[::2], fine[1::2], strict=False)) if dashed else [tuple(fine)]
        for stretch in pairs:
            self._pen.line(stretch, fill=colour, width=wide, joint="curve")
        head, (x, y) = self._fine(4), fine[-1]
        if head >= 2 * FINER:
            self._pen.polygon([(x, y), (x - 2 * head, y - head), (x - 2 * head, y + head)], fill=colour)

    def size(self, px: float, most: float) -> int:
        """Return the size of a type that is ``px`` high; where that could not be read, larger, but never ``most``."""
        return max(6, round(min(max(px * self.scale, SMALLEST * self.density), most * self.scale)))

    def write(self, x: float, y: float, text: str, size: int, colour: str = INK) -> None:
        """Write a drawable text that begins at ``x``, with ``y`` at half its height; ``size`` is the picture's px."""
        if text:
            self._texts.append(((x * self.scale, y * self.scale), text, size, colour))

    def label(self, x: float, y: float, text: str, size: int, ground: str, line: str) -> None:
        """Write a drawable text on a ground of its own, at this place or as near as the picture's sides allow."""
        wide = lettering.width(text, size) + size
        left = max(0.0, min(x * self.scale, self.width - wide))
        middle = min(max(y * self.scale, size), self._size[1] - size)
        sides = [FINER * side for side in (left, middle - 0.75 * size, left + wide, middle + 0.75 * size)]
        self._pen.rounded_rectangle(sides, FINER * size / 2, fill=ground, outline=line, width=FINER)
        self._texts.append(((left + size / 2, middle), text, size, INK))

    def png(self, notes: Sequence[str] = ()) -> tuple[bytes, int, int]:
        """Return the picture as PNG, with ``notes`` below it, and the px of a page that it takes."""
        from PIL import Image, ImageDraw

        size, margin = round(12 * self.density), 16 * self.density
        lines = [line for note in notes for line in lettering.wrap(note, size, self.width - 2 * margin, _FOOT_LINES)]
        foot = round((_FOOT * len(lines) + _FOOT / 2) * self.density) if lines else 0
        whole = Image.new("RGB", (self.width, self._size[1] + foot), CARD)
        whole.paste(self._image.resize(self._size, Image.Resampling.BOX), (0, 0))
        pen = ImageDraw.Draw(whole)
        for number, line in enumerate(lines):
            lettering.write(pen, (margin, self._size[1] + (number + 0.5) * _FOOT * self.density), line, size, MUTED)
        for place, text, size, colour in self._texts:
            lettering.write(pen, place, text, size, colour)
        _round_off(whole, round(10 * self.density))
        buffer = io.BytesIO()
        whole.save(buffer, "PNG", dpi=(_INCH * self.density, _INCH * self.density))
        return buffer.getvalue(), round(whole.width / self.density), round(whole.height / self.density)

    def _sides(self, box: Box) -> tuple[float, float, float, float]:
        x, y = self._fine(box.x), self._fine(box.y)
        return x, y, max(x + FINER, self._fine(box.x + box.w)), max(y + FINER, self._fine(box.y + box.h))

    def _fine(self, px: float) -> float:
        return px * self.scale * FINER


def bow(a: Point, b: Point) -> list[Point]:
    """Return points of a curve that leaves ``a`` to the right and reaches ``b`` from the left, round what is between.

    One that runs back, as a loop's does, passes below both ends, or between them where they are far apart.
    """
    (ax, ay), (bx, by) = a, b
    if bx > ax and abs(by - ay) < 1:
        return [a, b]
    if bx > ax:
        reach = max(_REACH, (bx - ax) / 2)
        return _bezier(a, (ax + reach, ay), (bx - reach, by), b)
    turn = ((ax + bx) / 2, (ay + by) / 2 if abs(by - ay) > 2 * _ROUND else max(ay, by) + _ROUND)
    back = max(_REACH, (ax - bx) / 3)
    there = _bezier(a, (ax + _REACH, ay), (turn[0] + back, turn[1]), turn)
    return there + _bezier(turn, (turn[0] - back, turn[1]), (bx - _REACH, by), b)[1:]


def _bezier(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    return [
        (p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1]) for p, q, r, s in _STEPS
    ]


def _round_off(image: Any, radius: int) -> None:
    """Let the page through at a picture's corners."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", image.size, 255)
    corner = Image.new("L", (radius * 4, radius * 4), 0)
    ImageDraw.Draw(corner).ellipse([0, 0, radius * 8 - 1, radius * 8 - 1], fill=255)
    corner = corner.resize((radius, radius), Image.Resampling.BOX)
    turns: tuple[Literal[0, 90, 180, 270], ...] = (0, 270, 180, 90)
    right, bottom = image.width - radius, image.height - radius
    for turn, place in zip(turns, ((0, 0), (right, 0), (right, bottom), (0, bottom)), strict=True):
        mask.paste(corner.rotate(turn), place)
    image.putalpha(mask)
