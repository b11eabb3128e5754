"""Where a node may write a file."""

from __future__ import annotations

from pathlib import Path

from nodetool_jupyter.nodes.context import NodeContext


def writable(ctx: NodeContext, folder: str, filename: str) -> Path:
    """Return the path to write to, its folder made: below the job's scratch folder, or where an absolute folder says.

    Raises ``ValueError`` for a relative path that leads out of the scratch folder.
    """
    target = Path(folder, filename)
    if not target.is_absolute():
        root = ctx.scratch.resolve()
        target = (root / target).resolve()
        if not target.is_relative_to(root):
            raise ValueError(f"{filename!r} leads out of the job's folder; give an absolute folder instead")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
