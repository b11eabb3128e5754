"""``lib.uuid``: making and reading UUIDs."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.uuid")
