"""The pickler for node types; only imported where something is sent, because cloudpickle takes long to import."""

from __future__ import annotations

import io
import pickle
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from nodetool_jupyter.nodes.define import NodeType, Options, Trial
from nodetool_jupyter.nodes.importable import Finder

Hints = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """Functions and classes with their declarations, and annotations that were strings where they came from."""

    types: list[tuple[Callable[..., Any], Options]]
    hints: list[tuple[Any, Hints]]


class NotImportable(pickle.PicklingError):
    """Something would go by reference to a module that the other process cannot import."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(f"the module {module!r} cannot be imported in another process")
        self.name = name
        self.module = module


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Leaves our own objects behind, notes what it meets, and refuses what cannot be imported there.

    ``code`` is that of every function it wrote whole.
    """

    def __init__(self, file: io.BytesIO, finder: Finder) -> None:
        super().__init__(file)
        self.code: list[CodeType] = []
        self._finder = finder
        self._kinds: list[NodeType] = []
        self._known: set[str] = set()
        self._hinted: list[Any] = []

    def add(self, kind: NodeType) -> None:
        """Have a node type sent with the next batch, unless one of that name was."""
        if kind.name not in self._known:
            self._known.add(kind.name)
            self._kinds.append(kind)

    def write(self) -> int:
        """Write batches until nothing new is met on the way; return how many."""
        count = 0
        while self._kinds or self._hinted:
            kinds, self._kinds = self._kinds, []
            hinted, self._hinted = self._hinted, []
            hinted += [kind.call.process if kind.is_class else kind.call for kind in kinds]  # type: ignore[attr-defined]
            hints = [(thing, found) for thing in hinted if (found := _resolved(thing))]
            if kinds or hints:
                self.dump(Batch([(kind.call, _declaration(kind)) for kind in kinds], hints))
                count += 1
        return count

    def reducer_override(self, thing: Any) -> Any:
        """Choose how a module, a function, a class or one of our own objects is written."""
        if isinstance(thing, (NodeType, Trial)):
            if isinstance(thing, NodeType):
                self.add(thing)
            return _nothing, ()
        if isinstance(thing, ModuleType) and sys.modules.get(thing.__name__) is thing:
            self._require(thing.__name__, thing.__name__)
            return import_module, (thing.__name__,)
        if isinstance(thing, (FunctionType, type)):
            if self._finder.by_reference(thing):
                self._require(thing.__module__, thing.__qualname__)
            elif isinstance(thing, FunctionType):
                self.code.append(thing.__code__)
            else:
                self._hinted.append(thing)
        return super().reducer_override(thing)

    def _require(self, module: str, name: str) -> None:
        if not self._finder.finds(module):
            raise NotImportable(name, module)


def _nothing() -> None:
    """Stand for our own objects in a pickle; those that arrive are made anew there."""


def _declaration(kind: NodeType) -> Options:
    return Options(
        name=kind.name,
        timeout=kind.timeout,
        gpu=kind.gpu,
        memory=kind.memory,
        settings=kind.settings,
        secrets=kind.secrets,
        inline=kind.inline,
        role=kind.role,
        requires=kind.requires,
        extra=kind.extra,
        permission=kind.permission,
    )


def _resolved(thing: Any) -> Hints | None:
    """Return annotations that were strings as what they stand for: the names in them are not all known there."""
    own = vars(thing).get("__annotations__") if isinstance(thing, type) else getattr(thing, "__annotations__", None)
    if not own or not any(isinstance(hint, (str, typing.ForwardRef)) for hint in own.values()):
        return None
    try:
        hints = typing.get_type_hints(thing, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return None
    return {name: hints.get(name, hint) for name, hint in own.items()}
