"""Workers that were asked once: what they said stands in files, and nobody has to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nodetool_jupyter.bridge.known_nodes import KnownNodes

FLOAT = {"type": "float"}
ADD: dict[str, Any] = {
    "node_type": "pack.basic.Add",
    "title": "Add",
    "description": "Add two numbers.\nAs they come.",
    "properties": [
        {"name": "a", "type": FLOAT, "default": 0.0},
        {"name": "b", "type": FLOAT, "default": 0.0},
    ],
    "outputs": [{"name": "output", "type": {"type": "float", "optional": False, "type_args": []}}],
    "required_settings": ["PACK_KEY"],
}
COUNT: dict[str, Any] = {
    "node_type": "pack.streams.Count",
    "description": "Count.",
    "properties": [{"name": "count", "type": {"type": "int"}, "default": 3}],
    "outputs": [{"name": "value", "type": {"type": "int"}}, {"name": "total", "type": {"type": "int"}}],
    "is_streaming_output": True,
    "requires_vram_gb": 4,
}
CONCAT: dict[str, Any] = {"node_type": "nodetool.text.Concat", "description": "Theirs."}


def known(home: Path, **workers: list[dict[str, Any]]) -> KnownNodes:
    """Keep what workers said, in a data folder."""
    files = KnownNodes(lambda: home)
    for name, nodes in workers.items():
        files.save(name, 6, nodes)
    return files
