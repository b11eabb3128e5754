"""Values that a magic returns and that know how they are shown."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.widgets.outputs import Outputs


class Shown(Outputs):
    """Outputs that the summary above has shown already, so the end of their own cell does not show them again."""

    _again = False

    def _ipython_display_(self) -> None:
        if self._again:
            raise NotImplementedError  # IPython goes on with the other forms
        self._again = True


class Text(str):
    """Text that shows as it is, without quotes."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))
