"""``lib.image.keyer``: cutting out by colour or light."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.keyer", inline=False)
