"""``lib.image.warp``: bending and moving pixels."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.warp", inline=False)
