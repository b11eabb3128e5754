"""What may come next on a ``%nodetool`` line or in a chain of node factories."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from nodetool_jupyter.api.grammar import MAGICS, Verb
from nodetool_jupyter.api.option import Option
from nodetool_jupyter.api.workers import connections
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.magics.body import ROOTS, other_roots
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.factories import Namespace, root, short, short_names
from nodetool_jupyter.redact import looks_secret
from nodetool_jupyter.states import Status

RECENT = 20  # jobs whose ids are offered
_DOTTED = re.compile(r"([A-Za-z_]\w*(?:\.\w*)+)$")
_CALL = re.compile(r"([A-Za-z_]\w*(?:\.\w+)+)\(([^()]*)$")
_FILES = (".json", ".yaml", ".yml")

Found = tuple[list[str], str]


def for_line(rest: str) -> Found:
    """Return what may stand at the end of a line after ``%nodetool``, and the part of it that is there already."""
    words = rest.split()
    current = "" if not rest or rest[-1].isspace() else words.pop()
    if not words:
        return list(dict.fromkeys(name.partition(" ")[0] for name in MAGICS)), current
    verb = MAGICS.get(" ".join(words[:2])) or MAGICS.get(words[0])
    if verb is None:
        return [], current
    below = [name.partition(" ")[2] for name in MAGICS if name.startswith(f"{words[0]} ")]
    if below and len(words) == 1 and not current.startswith("-"):
        return below, current
    options = verb.options()
    typed, equals, value = current.partition("=")
    if equals and typed in options and options[typed].kind != "flag":
        return _values(options[typed], value), value
    before = options.get(words[-1])
    if before is not None and before.kind not in ("flag", "switch"):
        return _values(before, current), current
    if current.startswith("-") or (not verb.words[1] and not current):
        taken = {word.partition("=")[0] for word in words}
        return [
            flag for flag, option in options.items() if flag not in taken or option.kind in ("pairs", "names")
        ], current
    return _words(verb, current), current


def _words(verb: Verb, current: str) -> list[str]:
    find = _TAKES.get(verb.takes)
    return find(current) if find else []


def _values(option: Option, current: str) -> list[str]:
    if option.choices:
        return list(option.choices)
    find = _OF_OPTION.get(option.name)
    return find(current) if find else []


def _jobs(_current: str) -> list[str]:
    return [record.id for record in manager().list(limit=RECENT)]


def _node_types(current: str) -> list[str]:
    spaces = everywhere.namespaces()
    space = current.rpartition(".")[0]
    found = [f"{name}." for name in spaces if name.startswith(current)]
    # Only the family that is being typed is imported.
    return (
        found + [kind.name for kind in everywhere.types(f"{space}.") if kind.namespace == space]
        if space in spaces
        else found
    )


def _files(current: str) -> list[str]:
    folder, slash, _ = current.rpartition("/")
    where = Path(folder + slash).expanduser() if slash else Path()
    try:
        inside = sorted(where.iterdir())[:500]
    except OSError:
        return []
    shown = [path for path in inside if path.suffix.lower() in _FILES or (path.is_dir() and path.name[:1] != ".")]
    return [f"{folder}{slash}{path.name}{'/' if path.is_dir() else ''}" for path in shown if " " not in path.name]


def _variables(_current: str) -> list[str]:
    space = _user_space()
    return [name for name in space if name[:1] != "_" and not callable(space[name]) and name not in ("In", "Out")]


def _user_space() -> dict[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return {} if shell is None else shell.user_ns


_seen_gpus: list[str] | None = None


def _gpus(_current: str) -> list[str]:
    global _seen_gpus
    if _seen_gpus is None:
        _seen_gpus = [str(gpu.index) for gpu in gpus.available()]
    return [*_seen_gpus, "all", "none"]


def _secrets(_current: str) -> list[str]:
    import os

    return sorted({*manager().secrets.names(), *filter(looks_secret, os.environ)})


def _permissions(_current: str) -> list[str]:
    from nodetool_jupyter.request import Permission

    return list(get_args(Permission))


def _workers(_current: str) -> list[str]:
    return sorted({*everywhere.workers(), *(one.name for one in connections().all())})


def _node_workers(current: str) -> list[str]:
    """Return what may stand behind ``--node-worker``: a type that a worker has, then the workers that have it."""
    name, equals, _ = current.partition("=")
    if equals:
        return [f"{name}={worker}" for worker in everywhere.workers(name) or everywhere.workers()]
    kinds = [kind for worker in everywhere.workers() for kind in everywhere.of_worker(worker)]
    return [f"{kind}=" for kind in dict.fromkeys(kind.name for kind in kinds)]


_TAKES: dict[str, Callable[[str], list[str]]] = {
    "job": _jobs,
    "name": _workers,
    "type": _node_types,
    "file": _files,
    "verb": lambda _current: list(MAGICS),
}
_OF_OPTION: dict[str, Callable[[str], list[str]]] = {
    "allow": _permissions,
    "gpus": _gpus,
    "input": _variables,
    "node_worker": _node_workers,
    "output": _variables,
    "secret": _secrets,
    "status": lambda _current: [status.value for status in Status],
    "worker": _workers,
}


def for_code(before: str, *, in_body: bool) -> Found:
    """Return what may follow in a chain such as ``nodetool.text.To``, or as a keyword in a factory's call."""
    chain = _DOTTED.search(before)
    if chain is not None:
        path, _, fragment = chain[1].rpartition(".")
        found = _resolve(path.split("."), in_body)
        if not isinstance(found, Namespace):
            return [], ""
        # IPython takes an empty fragment for the whole token, so the dot stands for it.
        return ([f".{name}" for name in dir(found)], ".") if not fragment else (dir(found), fragment)
    call = _CALL.search(before)
    if call is None:
        return [], ""
    kind = getattr(_resolve(call[1].split("."), in_body), "node_type", None)
    inside = call[2].rpartition(",")[2].lstrip()
    if kind is None or "=" in inside:
        return [], ""
    given = set(re.findall(r"(\w+)\s*=", call[2]))
    return [f"{name}=" for name in kind.properties if name not in given], inside


def _resolve(path: list[str], in_body: bool) -> Any:
    """Follow a dotted name that begins at a root of a cell, at ``nt.nodes`` or at a namespace in a variable."""
    try:
        mine = _user_space()
        if in_body and (path[0] in ROOTS or (path[0] not in mine and path[0] in other_roots())):
            found: Any = root(path[0])
        else:
            found = mine.get(path[0])
            name = getattr(found, "__name__", "")
            if name == "nodetool_jupyter" and len(path) > 1 and path[1] == "nodes":
                found, path = _Nodes("nodes"), path[1:]
            elif name == "nodetool_jupyter.nodes":
                found = _Nodes("nodes")
        for word in path[1:]:
            if not isinstance(found, Namespace):
                return None
            found = getattr(found, word)
    except AttributeError:
        return None
    return found


class _Nodes(Namespace):
    """``nt.nodes`` as a namespace."""

    def __getattr__(self, name: str) -> Any:
        return short(name)

    def __dir__(self) -> list[str]:
        return short_names()
