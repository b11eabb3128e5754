"""``lib.image.channel``: the channels of a picture."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.image.channel", inline=False)
