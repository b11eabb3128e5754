"""``nodetool.triggers``: starting a run, or a part of it, when something happens."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("nodetool.triggers")
