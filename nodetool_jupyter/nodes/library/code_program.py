"""``nodetool.code``: programs of this machine. They can do whatever you can, so a job must be allowed to run them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.library.code import node

Mode = Literal["docker", "subprocess"]


class Said(TypedDict):
    """What a program wrote."""

    stdout: str
    stderr: str


def _refused(values: Mapping[str, Any]) -> str:
    if values.get("execution_mode") != "docker":
        return ""
    return (
        "execution_mode 'docker' is not part of this version; "
        "the nearest choice is 'subprocess', which runs the code as you, without a container around it"
    )


@node(permission="shell")
async def RunShellCommand(ctx: NodeContext, command: str = "") -> Said:
    """Run a command of the shell in the node's folder; it may do whatever you may.

    The node fails when the exit code is not 0. What it starts in the background ends with it.
    """
    return await _run(ctx, "the command", ["/bin/sh"], command)


@node(permission="shell", refuses=_refused)
async def ExecuteBash(ctx: NodeContext, code: str = "", stdin: str = "", execution_mode: Mode = "docker") -> Said:
    """Run a script of Bash in the node's folder; it may do whatever you may.

    The node fails when the exit code is not 0.
    """
    return await _execute(ctx, ["/usr/bin/env", "bash"], code, stdin, execution_mode)


@node(permission="python", refuses=_refused)
async def ExecutePython(ctx: NodeContext, code: str = "", stdin: str = "", execution_mode: Mode = "docker") -> Said:
    """Run a script of Python, with this interpreter and its packages, in the node's folder; it may do whatever you may.

    The node fails when the exit code is not 0.
    """
    return await _execute(ctx, [sys.executable, "-I", "-X", "utf8"], code, stdin, execution_mode)


async def _execute(ctx: NodeContext, argv: list[str], code: str, stdin: str, execution_mode: Mode) -> Said:
    refused = _refused({"execution_mode": execution_mode})
    if refused:
        raise ValueError(refused)
    return await _run(ctx, "the script", argv, code, stdin)


async def _run(ctx: NodeContext, what: str, argv: list[str], code: str, stdin: str = "") -> Said:
    from nodetool_jupyter.nodes.program import run_script  # brings asyncio, which is slow to import

    said = await run_script(ctx, what, argv, code, stdin)
    return {"stdout": said.stdout, "stderr": said.stderr}
