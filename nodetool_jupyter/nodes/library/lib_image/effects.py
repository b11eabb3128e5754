"""``lib.image.effects``: effects."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.effects", inline=False)
