"""Names of node types that NodeTool has changed: old -> the one that holds here.

Three generations of names are in circulation; a graph may use any, and runs unchanged. Only what kept its properties
and meaning under another name stands here: ``nodetool.group.Loop`` is another thing than ``nodetool.control.Loop``, and
``nodetool.text.Prompt`` names its text differently from ``FormatText``, so neither is a mere rename.
"""

from __future__ import annotations

NAMESPACES: dict[str, str] = {
    "nodetool.json": "lib.json",
    "lib.beautifulsoup": "lib.html",
    "lib.pillow.enhance": "lib.image.enhance",
    "lib.pillow.color_grading": "lib.image.color_grading",
}

TYPES: dict[str, str] = {
    "lib.pillow.draw.Background": "lib.image.draw.Background",
    "lib.pillow.draw.GaussianNoise": "lib.image.draw.GaussianNoise",
    "lib.pillow.filter.ConvertToGrayscale": "lib.image.filter.ConvertToGrayscale",
    "lib.pillow.filter.Contour": "lib.image.filter.Contour",
    "lib.pillow.filter.Emboss": "lib.image.filter.Emboss",
    "lib.pillow.filter.Expand": "lib.image.filter.Expand",
    "lib.pillow.filter.Smooth": "lib.image.filter.Smooth",
}


def current_name(name: str) -> str:
    """Return the name under which a type is defined here; names that never changed return as they are."""
    known = TYPES.get(name)
    if known is not None:
        return known
    namespace, _, last = name.rpartition(".")
    moved = NAMESPACES.get(namespace)
    return name if moved is None else f"{moved}.{last}"
