"""``nodetool.data``: making, reading and reshaping tables."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("nodetool.data", inline=False)
