"""``huggingface.sentence_similarity``: how alike two texts are in meaning."""

from __future__ import annotations

from nodetool_jupyter.nodes.define import family

node = family("huggingface.sentence_similarity", inline=False)
