"""Node types that are sent: cells that only this process knows, and fresh interpreters that receive them."""

from __future__ import annotations

import itertools
import json
import linecache
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from nodetool_jupyter.nodes.shipping import pack

CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.shipping import unpack
unpack(sys.stdin.buffer.read())
call = lambda name, *given, **named: registry.get(name).call(*given, **named)
exec(sys.argv[2])
"""
_cells = itertools.count(1)


def cell(source: str, **known: Any) -> dict[str, Any]:
    """Run code as a notebook cell: in ``__main__``, with lines that only this process knows."""
    text = textwrap.dedent(source).lstrip("\n")
    filename = f"/tmp/ipykernel_0/{next(_cells)}.py"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space = {"__name__": "__main__", **known}
    exec(compile("import nodetool_jupyter as nt", filename, "exec"), space)
    exec(compile(text, filename, "exec", dont_inherit=True), space)
    return space


def arrived(data: bytes | None, code: str, *folders: Path) -> str:
    """Return what ``code`` prints in a fresh interpreter that has unpacked the data."""
    assert data is not None
    path = json.dumps([*map(str, folders), *sys.path])
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHILD, path, textwrap.dedent(code)], input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().rstrip("\n")


def sent(source: str, name: str, code: str) -> str:
    """Send the node that a cell made, and return what ``code`` prints there."""
    return arrived(pack([cell(source)[name].node_type]), code)
