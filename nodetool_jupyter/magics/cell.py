"""Letting a cell that runs a workflow await its job, so that the kernel stays alive meanwhile."""

from __future__ import annotations

import re

_RUN = re.compile(r"%(%?)nodetool\s+(run(?:\s.*)?)$", re.DOTALL)
CALL = "await get_ipython().magics_manager.registry['NodetoolMagics'].awaited"


def await_run(lines: list[str]) -> list[str]:
    """Rewrite a cell that runs a workflow; IPython calls this with every cell, before anything else reads it."""
    if not lines or not lines[0].startswith(("%%nodetool", "%nodetool")):
        return lines
    run = _RUN.match(lines[0])
    body = "".join(lines[1:])
    if run is None or (not run[1] and body.strip()):  # a line among others waits in the ordinary way
        return lines
    return [f"{CALL}({run[2].strip()!r}, {body!r})\n"]
