"""``lib.image.enhance``: making pictures clearer."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.enhance", inline=False)
