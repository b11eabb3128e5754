"""``lib.html``: taking web pages apart."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.html")
