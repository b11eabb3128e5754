"""The node types that graphs may use: those here, and those that only known workers have.

A type that is here runs here, unless a graph or a request names a worker for it; one that is not here runs on the first
worker, by name, that has it. What workers have is read from the files that connecting to them left, never asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter.bridge.known_nodes import Known, KnownNodes
from nodetool_jupyter.errors import StorageError, nearest
from nodetool_jupyter.home import data_folder
from nodetool_jupyter.nodes.from_worker import node_types
from nodetool_jupyter.nodes.kinds import NodeType
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import Registry, registry
from nodetool_jupyter.nodes.renamed import current_name

log = logging.getLogger(__name__)

ByName = Mapping[str, NodeType]


class Everywhere:
    """A registry, and what the files of known workers say besides."""

    def __init__(self, here: Registry, files: KnownNodes) -> None:
        self._here = here
        self._files = files
        self._made: dict[str, tuple[Known, ByName]] = {}
        self._settled: dict[str, ByName] | None = None
        self._unread: dict[str, str] = {}

    @property
    def load_errors(self) -> Mapping[str, str]:
        """Why packages with node types do not load here, by namespace."""
        return self._here.load_errors

    def get(self, name: str) -> NodeType | None:
        """Return the type of this name: the one here, else that of the first worker that has it, else ``None``."""
        found = self._here.get(name)
        if found is None:
            on = self.workers(name)
            found = self.on_worker(name, on[0]) if on else None
        return found

    def on_worker(self, name: str, worker: str) -> NodeType | None:
        """Return the type of this name as a worker has it, or ``None``."""
        types = self._of(worker)
        return types.get(name) or types.get(current_name(name))

    def workers(self, name: str = "") -> list[str]:
        """Return the workers whose types are known, or only those that have this one."""
        names = self._files.names() if self._settled is None else sorted(self._settled)
        return [one for one in names if not name or self.on_worker(name, one) is not None]

    def of_worker(self, worker: str, prefix: str = "") -> list[NodeType]:
        """Return the types that a worker has, by name, also those that are here too."""
        return [kind for name, kind in sorted(self._of(worker).items()) if name.startswith(prefix)]

    def namespaces(self) -> list[str]:
        """Return every namespace, here and on workers."""
        return sorted({*self._here.namespaces(), *(kind.namespace for kind in self._placed().values())})

    def types(self, prefix: str = "") -> Iterator[NodeType]:
        """Yield every type whose name begins with ``prefix``, by name, loading the families it may be in."""
        found = {name: kind for name, kind in self._placed().items() if name.startswith(prefix)}
        found.update({kind.name: kind for kind in self._here.types(prefix)})
        for name in sorted(found):
            yield found[name]

    def suggestion(self, name: str, worker: str | None = None) -> str:
        """Return the sentence that names the type most like ``name``, of those that a worker has if one is named."""
        if worker is not None:
            return nearest(name, self._of(worker))
        placed = self._placed()
        return (nearest(name, [*self._here.alike(name), *placed]) if placed else "") or self._here.suggestion(name)

    def read_from(self, data: Callable[[], Path]) -> None:
        """Read the files of the data folder that ``data`` returns; until this is called, of this user's own."""
        self._files = KnownNodes(data)

    def settle(self, data: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Know these types of workers, by the worker's name, and read no file any more: in a runner."""
        self._settled = {worker: _by_name(worker, described) for worker, described in data.items()}

    def _placed(self) -> dict[str, NodeType]:
        found: dict[str, NodeType] = {}
        for worker in reversed(self.workers()):
            found.update(self._of(worker))
        return found

    def _of(self, worker: str) -> ByName:
        if self._settled is not None:
            return self._settled.get(worker, {})
        known = self._load(worker)
        if known is None:
            return {}
        made = self._made.get(worker)
        if made is None or made[0] is not known:
            made = self._made[worker] = (known, _by_name(worker, known.nodes))
        return made[1]

    def _load(self, worker: str) -> Known | None:
        try:
            found = self._files.load(worker)
        except StorageError as error:
            if self._unread.get(worker) != str(error):  # completion asks at every key
                log.warning("what the worker %s has is not known: %s", worker, error)
            self._unread[worker] = str(error)
            return None
        self._unread.pop(worker, None)
        return found


def placed_data(kinds: Iterable[NodeType]) -> dict[str, list[dict[str, Any]]]:
    """Return those types that are placed on workers, by the worker's name, as :meth:`Everywhere.settle` takes them."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in kinds:
        if kind.placement is not None:
            found.setdefault(kind.placement.worker, {})[kind.name] = describe(kind)
    return {worker: list(described.values()) for worker, described in found.items()}


def _by_name(worker: str, described: Iterable[Mapping[str, Any]]) -> ByName:
    return {kind.name: kind for kind in node_types(worker, described)}


everywhere = Everywhere(registry, KnownNodes(data_folder))
"""The node types that this process's graphs may use."""
