"""``lib.pillow.draw``: writing onto pictures. Backgrounds and noise are in ``lib.image.draw``."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.pixels import BLACK, as_bytes, read_colour
from nodetool_jupyter.nodes.types import Color, Image, Named

node = family("lib.pillow.draw", inline=False)

Font: TypeAlias = Annotated[Any, Named("font")]

_USUAL = (
    "DejaVuSans",
    "LiberationSans-Regular",
    "NotoSans-Regular",
    "Arial",
    "Helvetica",
)  # Pillow's own is ASCII only


@node
def RenderText(
    ctx: NodeContext,
    text: str = "",
    font: Font = {"type": "font", "name": ""},
    x: int = 0,
    y: int = 0,
    size: int = 12,
    color: Color = BLACK,
    align: Literal["left", "center", "right"] = "left",
    image: Image | None = None,
) -> Image:
    """Write a text onto a picture; ``x`` and ``y`` are where its left and upper edges are.

    ``font`` is the name or path of a font file; without one, or where it is not installed, a usual one is used.
    ``align`` says how the lines of a longer text stand to each other.
    """
    import PIL.Image
    from PIL import ImageDraw

    picture = plain(read_picture(image))
    if not 1 <= size <= 4096:
        raise ValueError(f"RenderText: size is {size}; it goes from 1 to 4096 pixels")
    letters = PIL.Image.new("L", picture.size)
    ImageDraw.Draw(letters).text((x, y), text, fill=255, font=_font(ctx, font, size), align=align)
    *colour, alpha = as_bytes(read_colour(color, BLACK))
    ink = PIL.Image.new("RGBA", picture.size, tuple(colour))
    ink.putalpha(letters.point([round(level * alpha / 255) for level in range(256)]))
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    return PIL.Image.alpha_composite(picture.convert("RGBA"), ink).convert(mode)


def _font(ctx: NodeContext, font: Any, size: int) -> Any:
    from PIL import ImageFont

    name = str((font.get("name") if isinstance(font, dict) else font) or "")
    path = next(filter(None, map(_font_file, [name] if name else _USUAL)), None)
    if path is None and name:
        ctx.log(f"RenderText: there is no font {name!r} here; another is used", "warning")
        return _font(ctx, "", size)
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@cache
def _font_file(name: str) -> str | None:
    """Return where a font is, given by its path or by the name of its file, or ``None``."""
    from PIL import ImageFont

    try:
        return str(ImageFont.truetype(name, 12).path)
    except (OSError, ValueError):
        return None
