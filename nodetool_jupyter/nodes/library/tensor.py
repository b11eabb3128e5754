"""``lib.tensor``: arrays of numbers, on the job's device."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("lib.tensor", inline=False)
