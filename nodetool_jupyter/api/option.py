"""What an option is; the table of all of them is in :mod:`.options`, which is slow to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "flag", "switch", "pairs", "names"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its keyword, where it stands in the request, and how it is written.

    ``kind`` is ``flag`` for ``--x``, ``switch`` for ``--x/--no-x``, ``pairs`` for ``--x K=V`` and ``names`` for
    ``--x NAME``, both of which may be given several times.
    """

    name: str
    path: tuple[str, ...]
    help: str
    kind: Kind = "value"
    metavar: str = "VALUE"
    choices: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return "--" + self.name.replace("_", "-")

    @property
    def meaning(self) -> str:
        """What it says in a list of options: what it does, and where, if only one strategy has it."""
        return self.help if len(self.strategies) != 1 or "(" in self.help else f"{self.help} ({self.strategies[0]})"

    def spoken(self, typed: bool) -> str:
        """The option as a message names it: as it is typed, or as a keyword."""
        own = len(self.path) == 1  # it has the request's own name, which for a switch or a list is not the typed one
        return self.flag if typed else self.path[0] if own else self.name
