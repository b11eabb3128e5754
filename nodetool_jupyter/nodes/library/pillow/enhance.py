"""``lib.pillow.enhance``: making pictures clearer."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.pillow.enhance", inline=False)
