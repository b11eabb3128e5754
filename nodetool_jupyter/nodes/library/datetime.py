"""``lib.datetime``: moments in time, counted as JavaScript counts them."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.datetime")
