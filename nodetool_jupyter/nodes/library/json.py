"""``lib.json``: reading, writing and checking JSON."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.json")
