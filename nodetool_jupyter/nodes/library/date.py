"""``lib.date``: days and moments."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.date")
