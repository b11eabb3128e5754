"""What ``nodetool.compare.CompareImages`` means."""

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.library.compare import CompareImages

BLACK, WHITE = Image.new("RGB", (2, 2)), Image.new("RGB", (2, 2), "white")
HALF = Image.fromarray(np.array([[[0, 0, 0], [255, 255, 255]]] * 2, "uint8"))


@pytest.mark.parametrize(
    ("first", "second", "score", "equal"),
    [
        (BLACK, BLACK.copy(), 1.0, True),
        (BLACK, BLACK.convert("RGBA"), 1.0, True),
        (WHITE.convert("L"), WHITE, 1.0, True),
        (WHITE, np.ones((2, 2, 3)), 1.0, True),
        (BLACK, WHITE, 0.25, False),
        (BLACK, HALF, 0.625, False),
        (Image.new("RGBA", (2, 2)), Image.new("RGBA", (2, 2), "white"), 0.0, False),
        (BLACK, Image.new("RGBA", (2, 2)), 0.75, False),
        (BLACK, BLACK.resize((3, 2)), 0.0, False),
    ],
)
def test_how_alike_pictures_are(first, second, score, equal):
    for pair in ((first, second), (second, first)):
        told = CompareImages(*pair)
        assert (told["score"], told["equal"]) == (score, equal)


def test_the_smallest_difference_is_seen():
    dot = WHITE.copy()
    dot.putpixel((1, 1), (255, 254, 255))
    told = CompareImages(WHITE, dot)
    assert told["equal"] is False
    assert 0.99 < told["score"] < 1.0


def test_both_pictures_go_on_with_their_labels():
    assert CompareImages(BLACK, WHITE, label_a="before")["comparison"] == {
        "type": "image_comparison", "image_a": BLACK, "image_b": WHITE, "label_a": "before", "label_b": "B",
    }  # fmt: skip


@pytest.mark.parametrize(("given", "missing"), [({"image_b": BLACK}, "image_a"), ({"image_a": BLACK}, "image_b")])
def test_without_a_picture(given, missing):
    with pytest.raises(ValueError, match=f"there is no {missing}"):
        CompareImages(**given)
