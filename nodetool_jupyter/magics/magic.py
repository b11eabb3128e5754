"""The magic itself: two thin methods, everything else is imported when one is used."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand


@magics_class
class NodetoolMagics(Magics):
    """``%nodetool`` and ``%%nodetool``."""

    @no_var_expand
    @line_cell_magic
    def nodetool(self, line: str, cell: str | None = None) -> Any:
        """Run NodeTool workflows and look after their jobs.

        %%nodetool run [options]      the graph is in the cell: JSON, YAML, or Python with nodetool.… and lib.…
        %nodetool run FILE [options]  the graph is in a file
        %nodetool jobs | job | logs | events | result | cancel | retry | nodes | doctor | secrets | help

        %nodetool help run            shows every option of run
        """
        from nodetool_jupyter.magics import verbs

        return verbs.act(self.shell, line, cell)

    async def awaited(self, line: str, cell: str) -> Any:
        """Run a cell and wait for its job without blocking the kernel's loop."""
        from nodetool_jupyter.magics import verbs

        return await verbs.act_awaited(self.shell, line, cell)
