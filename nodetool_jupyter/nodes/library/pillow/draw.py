"""``lib.pillow.draw``: drawing."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.pillow.draw", inline=False)
