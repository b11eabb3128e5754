"""``lib.image.filter``: filters."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.filter", inline=False)
