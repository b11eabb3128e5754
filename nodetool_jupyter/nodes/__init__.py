"""What a node is, which nodes there are, and factories to put them together: ``nt.nodes.text.ToUppercase(text=…)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.factories import Namespace


def __getattr__(name: str) -> Namespace:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nodetool_jupyter.nodes.factories import short

    return short(name)


def __dir__() -> list[Any]:
    from nodetool_jupyter.nodes.factories import short_names

    return short_names()
