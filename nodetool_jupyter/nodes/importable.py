"""What another process with the same ``sys.path`` can import, judged without what this one happens to have loaded."""

from __future__ import annotations

import sys
import sysconfig
from importlib.machinery import ModuleSpec
from operator import attrgetter
from typing import Any


class Finder:
    """Looks modules up as a fresh process would, each name once.

    ``by_value`` names modules whose functions and classes are sent whole all the same. ``shared`` says that the other
    process has the files of this one; if not, as in a container, only what is installed can be imported there.
    """

    def __init__(self, *, shared: bool = True) -> None:
        self.by_value: set[str] = set()
        self._shared = shared
        self._specs: dict[str, ModuleSpec | None] = {}

    def finds(self, name: str) -> bool:
        """Tell whether a module of this name can be imported there."""
        if name.partition(".")[0] in sys.stdlib_module_names or name == "__main__":
            return True
        if self._spec(name) is not None:
            return True
        parent = name.rpartition(".")[0]
        # A part of a package that has no file of its own is made by the package when it is imported.
        return bool(parent) and getattr(sys.modules.get(name), "__file__", None) is None and self.finds(parent)

    def by_reference(self, thing: Any) -> bool:
        """Tell whether a function or class is what its module's name for it stands for."""
        module = sys.modules.get(getattr(thing, "__module__", None) or "")
        if module is None or module.__name__ == "__main__" or module.__name__ in self.by_value:
            return False
        try:
            return attrgetter(thing.__qualname__)(module) is thing
        except AttributeError:
            return False

    def _spec(self, name: str) -> ModuleSpec | None:
        if name not in self._specs:
            self._specs[name] = self._search(name)
        return self._specs[name]

    def _search(self, name: str) -> ModuleSpec | None:
        parent = name.rpartition(".")[0]
        path = None
        if parent:
            above = self._spec(parent)
            if above is None or above.submodule_search_locations is None:
                return None
            path = list(above.submodule_search_locations)
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(name, path)
            # A folder that merely has the name of a module made here is not that module.
            if spec is not None and (spec.origin is not None or hasattr(sys.modules.get(name), "__path__")):
                return spec if self._shared or _installed(spec) else None
        return None


def _installed(spec: ModuleSpec) -> bool:
    """Tell whether a module came with a package that was installed, and is no file of the user's own."""
    if spec.name.partition(".")[0] == "nodetool_jupyter" or spec.origin in ("built-in", "frozen"):
        return True
    paths = sysconfig.get_paths()
    places = (spec.origin, *(spec.submodule_search_locations or ()))
    return any(place.startswith((paths["purelib"], paths["platlib"])) for place in places if place)
