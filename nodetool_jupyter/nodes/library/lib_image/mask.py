"""``lib.image.mask``: masks."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.mask", inline=False)
