"""The magic itself: two thin methods, everything else is imported when one is used."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from nodetool_jupyter.traits import forget_settings, setting_traits, without_faults


@magics_class
class NodetoolMagics(Magics):
    """``%nodetool`` and ``%%nodetool``.

    Its traits are the settings: one that is set here holds in the place of its variable, in this process.
    """

    locals().update(setting_traits())

    def _load_config(self, cfg: Any, section_names: Any = None, traits: Any = None) -> None:
        # IPython keeps what %config was told even where it was refused; the magics must load all the same.
        super()._load_config(without_faults(cfg, type(self).__name__), section_names, traits)

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

    def let_go(self) -> None:
        """Let the variables and defaults hold again."""
        forget_settings(self)

    async def awaited(self, line: str, cell: str) -> Any:
        """Run a cell and wait for its job without blocking the kernel's loop."""
        from nodetool_jupyter.magics import verbs

        return await verbs.act_awaited(self.shell, line, cell)
