"""``nodetool.compare``: telling how alike two things are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypedDict

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import plain, read_picture
from nodetool_jupyter.nodes.types import Image, Named

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

node = family("nodetool.compare", inline=False)

ImageComparison: TypeAlias = Annotated[Any, Named("image_comparison")]


class Comparison(TypedDict):
    """Two pictures side by side, how alike they are, and whether they are the same."""

    comparison: ImageComparison
    score: float
    equal: bool


@node
def CompareImages(
    image_a: Image | None = None, image_b: Image | None = None, label_a: str = "A", label_b: str = "B"
) -> Comparison:
    """Tell how alike two pictures are, pixel by pixel, transparency included.

    ``score`` is 1 for pictures that are the same, less by the mean difference of all their values, and 0 for pictures
    of different sizes. ``comparison`` has both pictures with their labels.
    """
    first, second = read_picture(image_a, "image_a"), read_picture(image_b, "image_b")
    apart = _difference(plain(first).convert("RGBA"), plain(second).convert("RGBA"))
    together: dict[str, Any] = {"image_a": first, "image_b": second, "label_a": label_a, "label_b": label_b}
    return {"comparison": {"type": "image_comparison", **together}, "score": 1.0 - apart, "equal": apart == 0.0}


def _difference(first: Picture, second: Picture) -> float:
    from PIL import ImageChops, ImageStat

    if first.size != second.size:
        return 1.0
    means = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return float(sum(means)) / (255 * len(means))
