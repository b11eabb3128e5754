"""Run NodeTool workflows from a notebook.

``import nodetool_jupyter as nt`` is all a user needs. Names are loaded when first used, so that importing the
package, or ``%load_ext nodetool_jupyter``, stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    # What __getattr__ finds below, spelled out for editors and type checkers.
    from IPython.core.interactiveshell import InteractiveShell

    from nodetool_jupyter import nodes as nodes
    from nodetool_jupyter.api import aio as aio
    from nodetool_jupyter.api.job import Job as Job
    from nodetool_jupyter.api.submit import as_completed as as_completed
    from nodetool_jupyter.api.submit import gather as gather
    from nodetool_jupyter.api.submit import job as job
    from nodetool_jupyter.api.submit import jobs as jobs
    from nodetool_jupyter.api.submit import run as run
    from nodetool_jupyter.api.submit import submit as submit
    from nodetool_jupyter.api.workflow import Workflow as Workflow
    from nodetool_jupyter.errors import InvalidGraph as InvalidGraph
    from nodetool_jupyter.errors import InvalidRequest as InvalidRequest
    from nodetool_jupyter.errors import JobCancelled as JobCancelled
    from nodetool_jupyter.errors import JobError as JobError
    from nodetool_jupyter.errors import JobNotFound as JobNotFound
    from nodetool_jupyter.errors import NodetoolError as NodetoolError
    from nodetool_jupyter.nodes.context import NodeContext as NodeContext
    from nodetool_jupyter.nodes.define import NOTHING as NOTHING
    from nodetool_jupyter.nodes.define import Node as Node
    from nodetool_jupyter.nodes.define import Stream as Stream
    from nodetool_jupyter.nodes.define import node as node

# public name -> module that holds it; "module:" means the module itself
_PUBLIC = {
    "node": "nodes.define",
    "Node": "nodes.define",
    "NOTHING": "nodes.define",
    "Stream": "nodes.define",
    "NodeContext": "nodes.context",
    "nodes": "nodes:",
    "Workflow": "api.workflow",
    "submit": "api.submit",
    "run": "api.submit",
    "Job": "api.job",
    "job": "api.submit",
    "jobs": "jobs:",
    "gather": "api.submit",
    "as_completed": "api.submit",
    "aio": "api.aio:",
    "NodetoolError": "errors",
    "InvalidGraph": "errors",
    "InvalidRequest": "errors",
    "JobError": "errors",
    "JobCancelled": "errors",
    "JobNotFound": "errors",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    where = _PUBLIC.get(name)
    if where is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, whole, _ = where.partition(":")
    loaded = import_module(f"{__name__}.{module}")
    value = loaded if whole else getattr(loaded, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "_lab", "dest": "nodetool-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from nodetool_jupyter.server.extension import NodetoolExtension

    return [{"module": "nodetool_jupyter", "app": NodetoolExtension}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the ``%nodetool`` magics to an IPython shell; called by ``%load_ext nodetool_jupyter``."""
    from nodetool_jupyter.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again; called by ``%unload_ext`` and ``%reload_ext``."""
    from nodetool_jupyter.magics import unload

    unload(shell)
