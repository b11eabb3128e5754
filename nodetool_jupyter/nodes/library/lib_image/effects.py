"""``lib.image.effects``: effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import mixing, plain, read_picture
from nodetool_jupyter.nodes.pixels import BLACK, as_bytes, blurred, luma, read_colour, recolour, sample, smoothstep
from nodetool_jupyter.nodes.types import Color, Image

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pixels import Floats

node = family("lib.image.effects", inline=False)


@node
def Pixelate(image: Image | None = None, block_size: int = 8) -> Image:
    """Make a picture of large square blocks, each the mean of what is in it; ``block_size`` is in pixels."""
    from PIL.Image import Resampling

    picture = plain(read_picture(image))
    if block_size < 1:
        raise ValueError(f"Pixelate: block_size is 1 or more, not {block_size}")
    block = min(int(block_size), max(picture.size))
    if block == 1:
        return picture

    def blocks(whole: Any) -> Any:
        small = whole.reduce(block)
        large = small.resize((small.width * block, small.height * block), Resampling.NEAREST)
        return large.crop((0, 0, *whole.size))

    return mixing(picture, blocks)


@node
def ChromaticAberration(image: Image | None = None, amount: float = 0.01) -> Image:
    """Let red reach further out than blue, as through a cheap lens.

    ``amount`` is how far they part at the edges, as a fraction of the width and height.
    """
    import PIL.Image

    picture = plain(read_picture(image))
    if amount == 0:
        return picture
    whole = picture.convert("RGBA")

    def spread(channel: str, by: float) -> Any:
        factor = 1.0 - by
        return sample(
            whole.getchannel(channel), lambda u, v: (0.5 + (u - 0.5) * factor, 0.5 + (v - 0.5) * factor), "clamp"
        )

    made = PIL.Image.merge(
        "RGBA", (spread("R", amount), whole.getchannel("G"), spread("B", -amount), whole.getchannel("A"))
    )
    return made if picture.mode == "RGBA" else made.convert("RGB")


@node
def Glow(image: Image | None = None, threshold: float = 0.7, radius: float = 10.0, intensity: float = 0.5) -> Image:
    """Let what is brighter than a threshold shine onto what is around it.

    ``threshold`` is from 0 to 1, ``radius`` in pixels, ``intensity`` 0 for no glow.
    """
    import numpy as np

    picture = plain(read_picture(image))
    if intensity == 0:
        return picture
    bright = recolour(
        picture, lambda colours, _: colours * smoothstep(luma(colours), threshold, threshold + 0.1)[..., None]
    )
    light = np.asarray(blurred(bright.convert("RGB"), radius))

    def shone(colours: Floats, rows: slice) -> Floats:
        # A screen, not a sum: light on what is bright already does not cut off.
        return 1.0 - (1.0 - colours) * (1.0 - np.clip(light[rows] * np.float32(intensity / 255), 0.0, 1.0))

    return recolour(picture, shone)


@node
def FilmGrain(image: Image | None = None, amount: float = 0.1, monochrome: bool = True, seed: int = 0) -> Image:
    """Add the grain of film, strongest in the middle tones, the same for the same ``seed``.

    ``amount`` is how far values stray; with ``monochrome`` all three colours of a pixel stray alike.
    """
    import numpy as np

    numbers = np.random.default_rng(abs(int(seed)))

    def grained(colours: Floats, rows: slice) -> Floats:
        layers = 1 if monochrome or colours.shape[-1] == 1 else 3
        noise = numbers.standard_normal((*colours.shape[:2], layers), "float32")
        strength: Floats = 2.0 * amount * np.sqrt(np.clip(colours * (1.0 - colours), 0.0, None))
        return colours + noise * strength

    return recolour(image, grained, grey=True)


@node
def DropShadow(
    image: Image | None = None,
    offset_x: int = 8,
    offset_y: int = 8,
    blur: float = 6.0,
    color: Color = BLACK,
    opacity: float = 0.5,
) -> Image:
    """Lay a shadow behind what is opaque in a picture, ``offset_x`` and ``offset_y`` pixels to the right and below.

    The canvas stays as it is: give a picture that fills it room with ``lib.image.warp.Pad`` first.
    """
    import PIL.Image

    picture = plain(read_picture(image)).convert("RGBA")
    red, green, blue, alpha = as_bytes(read_colour(color, BLACK))
    strength = min(1.0, max(0.0, opacity)) * alpha / 255
    shape = PIL.Image.new("L", picture.size)
    cover = picture.getchannel("A").point([round(strength * value) for value in range(256)])
    reach = max(picture.size)  # further away nothing of it is seen
    shape.paste(cover, (max(-reach, min(reach, int(offset_x))), max(-reach, min(reach, int(offset_y)))))
    shadow = PIL.Image.new("RGBA", picture.size, (red, green, blue, 0))
    shadow.putalpha(blurred(shape, blur))
    shadow.alpha_composite(picture)
    return shadow
