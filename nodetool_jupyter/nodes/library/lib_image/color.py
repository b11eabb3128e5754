"""``lib.image.color``: colours."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.color", inline=False)
