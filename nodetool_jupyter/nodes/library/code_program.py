"""``nodetool.code``: programs. On this machine they can do whatever you can, so a job must be allowed to run them.

In a container of their own they cannot, and need no permission.
"""

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


def _contained(values: Mapping[str, Any]) -> bool:
    return values.get("execution_mode") == "docker"


@node(permission="shell")
async def RunShellCommand(ctx: NodeContext, command: str = "") -> Said:
    """Run a command of the shell in the node's folder; it may do whatever you may.

    The node fails when the exit code is not 0. What it starts in the background ends with it.
    """
    return await _run(ctx, "the command", ["/bin/sh"], command)


@node(permission="shell", contained=_contained)
async def ExecuteBash(
    ctx: NodeContext, code: str = "", stdin: str = "", execution_mode: Mode = "docker", image: str = ""
) -> Said:
    """Run a script of Bash in a container of its own, which has no network and nothing of this machine.

    ``image`` is one that the engine has already; by default that of jobs. With ``execution_mode`` ``subprocess`` the
    script runs in the node's folder and may do whatever you may. The node fails when the exit code is not 0.
    """
    return await _execute(ctx, ["bash"], ["/usr/bin/env", "bash"], code, stdin, execution_mode, image)


@node(permission="python", contained=_contained)
async def ExecutePython(
    ctx: NodeContext, code: str = "", stdin: str = "", execution_mode: Mode = "docker", image: str = ""
) -> Said:
    """Run a script of Python in a container of its own, which has no network and nothing of this machine.

    ``image`` is one that the engine has already; by default that of jobs. With ``execution_mode`` ``subprocess`` the
    script runs with this interpreter and its packages in the node's folder, and may do whatever you may. The node
    fails when the exit code is not 0.
    """
    options = ["-I", "-X", "utf8"]
    own, theirs = [sys.executable, *options], ["python3", *options]
    return await _execute(ctx, theirs, own, code, stdin, execution_mode, image)


async def _execute(
    ctx: NodeContext, theirs: list[str], own: list[str], code: str, stdin: str, mode: Mode, image: str
) -> Said:
    if mode != "docker":
        return await _run(ctx, "the script", own, code, stdin)
    from nodetool_jupyter.nodes.launcher import Program
    from nodetool_jupyter.nodes.program import run_contained

    program = Program(argv=tuple(theirs), code=code, stdin=stdin, image=image)
    said = await run_contained(ctx, "the script", program)
    return {"stdout": said.stdout, "stderr": said.stderr}


async def _run(ctx: NodeContext, what: str, argv: list[str], code: str, stdin: str = "") -> Said:
    from nodetool_jupyter.nodes.program import run_script  # brings asyncio, which is slow to import

    said = await run_script(ctx, what, argv, code, stdin)
    return {"stdout": said.stdout, "stderr": said.stderr}
