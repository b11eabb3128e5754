"""Run NodeTool workflows from a notebook.

``import nodetool_jupyter as nt`` is all a user needs. Names are loaded when first used, so that importing the
package, or ``%load_ext nodetool_jupyter``, stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

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
    "jobs": "api.submit",
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


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the ``%nodetool`` magics to an IPython shell; called by ``%load_ext nodetool_jupyter``."""
    from nodetool_jupyter.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again; called by ``%unload_ext`` and ``%reload_ext``."""
    from nodetool_jupyter.magics import unload

    unload(shell)
