"""The ``%nodetool`` magics. Loading them is cheap: all that costs time is imported at first use, or on a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nodetool_jupyter.magics import warm
from nodetool_jupyter.magics.cell import await_run
from nodetool_jupyter.magics.complete import matcher
from nodetool_jupyter.magics.magic import NodetoolMagics
from nodetool_jupyter.widgets import targets

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Add the magics, their completion and the awaiting of cells to a shell."""
    shell.register_magics(NodetoolMagics)
    if matcher not in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.append(matcher)
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        targets.connect(kernel)
        # Only a kernel turns the stop button into a cancelled task; elsewhere a cell waits in the ordinary way.
        if await_run not in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.append(await_run)
    warm.start()


def unload(shell: InteractiveShell) -> None:
    """Take everything away again that :func:`load` added."""
    if matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(matcher)
    if await_run in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(await_run)
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        targets.disconnect(kernel)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("nodetool", None)
    known = shell.magics_manager.registry.pop("NodetoolMagics", None)
    if known is not None:
        shell.configurables.remove(known)  # or %config would still speak to this one
        known.let_go()
