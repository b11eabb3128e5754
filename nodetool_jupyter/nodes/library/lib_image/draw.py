"""``lib.image.draw``: making pictures out of nothing."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.draw", inline=False)
