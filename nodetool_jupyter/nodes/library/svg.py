"""``lib.svg``: drawings made of shapes."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.svg", inline=False)
