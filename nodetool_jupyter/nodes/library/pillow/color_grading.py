"""``lib.pillow.color_grading``: grading, as for film."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.pillow.color_grading", inline=False)
