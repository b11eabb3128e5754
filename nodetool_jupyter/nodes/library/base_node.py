"""``nodetool.workflows.base_node`` and ``test``: nodes that belong to the frame of a graph."""

from __future__ import annotations

from typing import Any, TypedDict

from nodetool_jupyter.nodes.define import Options, declare, family

frame = family("nodetool.workflows.base_node")


@frame(role="layout")
def Comment(comment: Any = "", headline: str = "", comment_color: str = "") -> None:
    """Write something beside the graph; it never runs."""


@frame(role="layout")
def Group(name: str = "") -> None:
    """Frame some nodes; they run like all others."""


@frame(role="preview")
def Preview(value: Any = None, name: str = "") -> None:
    """Show a value while the job runs."""


class _Value(TypedDict):
    value: Any


def _test_input(value: Any = None, name: str = "") -> _Value:
    """Take the param named like this node; only old samples use it."""
    return {"value": value}


Input = declare(_test_input, Options(name="test.Input", inline=True, role="input"))
