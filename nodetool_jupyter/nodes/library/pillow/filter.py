"""``lib.pillow.filter``: filters."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.pillow.filter", inline=False)
