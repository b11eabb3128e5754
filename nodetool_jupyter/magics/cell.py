"""Letting a cell that begins with ``%%nodetool run`` await its job, so that the kernel stays alive meanwhile."""

from __future__ import annotations

import re

_RUN = re.compile(r"%%nodetool\s+run(\s|$)")
CALL = "await get_ipython().magics_manager.registry['NodetoolMagics'].awaited"


def await_run(lines: list[str]) -> list[str]:
    """Rewrite a cell that runs a workflow; IPython calls this with every cell, before anything else reads it."""
    if not lines or not lines[0].startswith("%%nodetool") or not _RUN.match(lines[0]):
        return lines
    rest = lines[0][len("%%nodetool") :].strip()
    return [f"{CALL}({rest!r}, {''.join(lines[1:])!r})\n"]
