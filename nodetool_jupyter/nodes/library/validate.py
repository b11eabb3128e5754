"""``lib.validate``: asking what a text is."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.validate")
