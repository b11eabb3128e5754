"""Node types on their way to another process: those that it would not find by itself.

A type whose module can be imported there goes as that module's name. One that a notebook, a script or ``exec`` made
goes as its function, pickled with what it uses, and is declared anew on arrival. Only between processes of one user
and one interpreter: what arrives is unpickled.
"""

from __future__ import annotations

import io
import itertools
import linecache
import os
import pickle
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.cells import cell_label, name_cells
from nodetool_jupyter.nodes.define import NodeType, declare, declare_class
from nodetool_jupyter.nodes.importable import Finder
from nodetool_jupyter.nodes.registry import home

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.pickling import Batch

_packing = threading.RLock()  # which modules go by value is a setting of cloudpickle's whole process


@dataclass(slots=True)
class Manifest:
    """What comes first: modules to import, notebook lines (file name -> lines), names of cells, how many batches."""

    modules: list[str]
    lines: dict[str, list[str]]
    labels: dict[str, str]
    batches: int


def pack(kinds: Iterable[NodeType], *, shared: bool = True) -> bytes | None:
    """Return what another process needs to know of node types; ``None`` when it will find them all by itself.

    ``shared`` says that it has the files of this one; else modules of the user's own are sent whole. Raises
    :class:`InvalidRequest`, which names the node, what in it cannot be sent, and where that came from.
    """
    finder = Finder(shared=shared)
    modules: dict[str, None] = {}
    own: dict[str, NodeType] = {}
    for kind in kinds:
        if kind.placement is not None:
            continue  # its worker has it
        if not _defined_by_import(kind, finder):
            own[kind.name] = kind
        elif not _found_by_itself(kind):
            modules[kind.call.__module__] = None
    if not own:
        return pickle.dumps(Manifest(list(modules), {}, {}, 0)) if modules else None
    body, batches, code = _pickled(list(own.values()), finder)
    labels = {one.co_filename: label for one in code if (label := cell_label(one.co_filename))}
    return pickle.dumps(Manifest(list(modules), _lines(code, shared), labels, batches)) + body


def unpack(data: bytes) -> None:
    """Declare here the node types that :func:`pack` was given, and make their notebook lines known.

    The data must come from a process of the same user. Raises :class:`InvalidRequest` when something of it cannot be
    loaded here.
    """
    file = io.BytesIO(data)
    manifest: Manifest = pickle.load(file)  # noqa: S301  # made by a process of the same user
    for filename, lines in manifest.lines.items():
        # Without a time of change, linecache.checkcache leaves an entry alone.
        linecache.cache[filename] = (sum(map(len, lines)), None, lines, filename)
    name_cells(manifest.labels)
    for module in manifest.modules:
        try:
            import_module(module)
        except Exception as error:
            raise InvalidRequest(
                f"the module {module!r}, which defines nodes of this workflow, cannot be imported in the process "
                f"of the job: {type(error).__name__}: {error}"
            ) from error
    _declare_all(file, manifest.batches)


def _declare_all(file: io.BytesIO, count: int) -> None:
    unpickler = pickle.Unpickler(file)  # noqa: S301  # one for all batches, because they refer to each other
    try:
        batches: list[Batch] = [unpickler.load() for _ in range(count)]
    except Exception as error:
        raise InvalidRequest(
            f"the notebook's own nodes cannot be loaded in the process of the job: {type(error).__name__}: {error}"
        ) from error
    for thing, hints in itertools.chain.from_iterable(batch.hints for batch in batches):
        thing.__annotations__ = hints
    for call, options in itertools.chain.from_iterable(batch.types for batch in batches):
        if isinstance(call, type):
            declare_class(call, options)
        else:
            declare(call, options)


def _pickled(kinds: list[NodeType], finder: Finder) -> tuple[bytes, int, list[CodeType]]:
    from nodetool_jupyter.nodes.pickling import Pickler

    file = io.BytesIO()
    pickler = Pickler(file, finder)
    with _by_value(kinds, finder):
        try:
            for kind in kinds:
                pickler.add(kind)
            count = pickler.write()
        except Exception as error:  # whatever the users' own classes raise when they are pickled
            from nodetool_jupyter.nodes.blame import refusal

            raise refusal(kinds, finder, error) from None
    return file.getvalue(), count, pickler.code


def _defined_by_import(kind: NodeType, finder: Finder) -> bool:
    call = kind.call
    module = getattr(call, "__module__", None)
    if not isinstance(call, (FunctionType, type)) or module in (None, "__main__") or "<locals>" in call.__qualname__:
        return False
    # Under another decorator, the function itself is not what the module's name stands for.
    made = isinstance(call, FunctionType) and call.__globals__ is getattr(sys.modules.get(module), "__dict__", None)
    return (made or finder.by_reference(call)) and finder.finds(module)


def _found_by_itself(kind: NodeType) -> bool:
    if kind.call.__module__.startswith("nodetool_jupyter."):
        return True
    target = home(kind.namespace)
    return target is not None and f"{kind.call.__module__}.".startswith(f"{target}.")


@contextmanager
def _by_value(kinds: Iterable[NodeType], finder: Finder) -> Iterator[None]:
    """Have what the modules of these types define sent whole, where the other process cannot import the module."""
    import cloudpickle

    names: set[Any] = {getattr(kind.call, "__module__", None) for kind in kinds} - {None, "__main__"}
    found = [name for name in names if name in sys.modules and not finder.finds(name)]
    with _packing:
        added = [sys.modules[name] for name in found if name not in cloudpickle.list_registry_pickle_by_value()]
        finder.by_value.update(found)
        for module in added:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in added:
                cloudpickle.unregister_pickle_by_value(module)


def _lines(code: Iterable[CodeType], shared: bool) -> dict[str, list[str]]:
    """Return the lines of functions that no file has there; the other lines of their cells stay here, empty ones go."""
    sources: dict[str, list[str]] = {}
    kept: dict[str, list[str]] = {}
    for one in code:
        filename = one.co_filename
        if filename not in sources:
            there = shared and os.path.exists(filename)  # noqa: PTH110
            sources[filename] = [] if there else linecache.getlines(filename)
        source = sources[filename]
        if source:
            lines = kept.setdefault(filename, ["\n"] * len(source))
            span = slice(one.co_firstlineno - 1, _last_line(one))
            lines[span] = source[span]
    return kept


def _last_line(code: CodeType) -> int:
    own = max((end or 0 for _, end, _, _ in code.co_positions()), default=0)
    return max([own, *(_last_line(inner) for inner in code.co_consts if isinstance(inner, CodeType))])
