"""What a node may ask of its run to start a program in a container; the strategies have the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

Hear = Callable[[str, bytes], None]
"""Is told what a program writes as it comes: ``"stdout"`` or ``"stderr"``, and the bytes; may raise to end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program for a container: behind ``argv`` comes the name of a file with ``code``; ``image`` may be left out."""

    argv: tuple[str, ...]
    code: str
    stdin: str = ""
    image: str = ""


class Ended(NamedTuple):
    """How a program in a container ended."""

    exit_code: int
    out_of_memory: bool


class Launcher(Protocol):
    """Starts programs in containers of their own."""

    async def launch(self, program: Program, hear: Hear) -> Ended:
        """Run a program to its end; when this returns, is cancelled, or raises, its container is gone.

        Raises :class:`EngineUnavailable`, :class:`ImageMissing`, :class:`InvalidRequest`, and whatever ``hear`` raises.
        """
