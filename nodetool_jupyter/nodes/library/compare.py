"""``nodetool.compare``: telling how alike two things are."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("nodetool.compare", inline=False)
