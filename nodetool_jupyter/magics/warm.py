"""Importing what the first run will need, and starting the manager, on a thread after ``%load_ext`` has returned."""

from __future__ import annotations

import logging
import sys
import threading

ready = threading.Event()
"""Set when completion may ask for anything without waiting."""

_started = threading.Lock()
_thread: threading.Thread | None = None


def start() -> None:
    """Begin, once in a process."""
    global _thread
    with _started:
        if _thread is None:
            _thread = threading.Thread(target=_warm, name="nodetool-warm", daemon=True)
            _thread.start()


def _import_for_views() -> None:
    """Import what the first view would wait for: it is drawn in the cell that shows it."""
    try:
        import networkx  # noqa: F401

        from nodetool_jupyter.widgets import drawing  # noqa: F401

        if "ipykernel" in sys.modules:
            from nodetool_jupyter.widgets import widget  # noqa: F401
    except ImportError as error:
        logging.getLogger("nodetool_jupyter").debug("not warmed up: %s", error)


def _warm() -> None:
    try:
        from nodetool_jupyter.jobs.manager import manager
        from nodetool_jupyter.magics import verbs  # noqa: F401  # all that a first run needs

        manager()  # it adopts the jobs of managers that died
    except Exception as error:
        # The first run meets the same trouble, and tells it where somebody looks.
        logging.getLogger("nodetool_jupyter").debug("not warmed up: %s", error)
    finally:
        ready.set()
    _import_for_views()
    from nodetool_jupyter.nodes.everywhere import everywhere
    from nodetool_jupyter.nodes.registry import registry

    for space in registry.namespaces():  # so that completing their names takes no import
        registry.load(space)
    everywhere.namespaces()  # nor the reading of what workers have
