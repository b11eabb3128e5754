"""``nodetool.code``: code that stands in the graph."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("nodetool.code", inline=False)
