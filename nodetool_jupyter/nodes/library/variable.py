"""``nodetool.variable``: values that the nodes of one job share by name."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family

node = family("nodetool.variable")


@node
def SetVariable(ctx: NodeContext, name: str = "", value: Any = None) -> Any:
    """Store a value under a name, and forward it."""
    ctx.variables[name] = value
    return value


@node
def GetVariable(ctx: NodeContext, name: str = "", trigger: Any = None) -> Any:
    """Read the value stored under a name; ``trigger`` only says when."""
    if name not in ctx.variables:
        ctx.log(f"variable {name!r} is not set yet: wire its SetVariable into 'trigger' to read after it", "warning")
    return ctx.variables.get(name)
