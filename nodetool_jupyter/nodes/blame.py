"""Why a node cannot be sent to another process: what in it cannot be pickled, and where that came from."""

from __future__ import annotations

import dis
import inspect
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.cells import origin
from nodetool_jupyter.nodes.importable import Finder
from nodetool_jupyter.nodes.kinds import NodeType
from nodetool_jupyter.nodes.pickling import NotImportable, Pickler


class Part(NamedTuple):
    """Something that a function or class uses: how people call it, its name where it is a variable, and itself."""

    called: str
    name: str
    value: Any


@dataclass(slots=True)
class Culprit:
    """A part that cannot be pickled, what pickling said, and the functions that lead to it."""

    part: Part
    error: Exception
    through: list[str]


def refusal(kinds: Iterable[NodeType], finder: Finder, error: Exception) -> InvalidRequest:
    """Return the error that names the first of ``kinds`` that cannot be sent, and why."""
    for kind in kinds:
        fault = _fault(kind.call, finder)
        if fault is not None:
            culprit = _culprit(kind.call, finder, {id(kind.call)})
            what = _said(fault) if culprit is None else _sentence(culprit)
            return InvalidRequest(f"node {kind.title!r} cannot be sent to another process: {what}")
    return InvalidRequest(f"the notebook's own nodes cannot be sent to another process: {_said(error)}")


def _fault(value: Any, finder: Finder) -> Exception | None:
    try:
        Pickler(io.BytesIO(), finder).dump(value)
    except Exception as error:  # whatever the users' own classes raise when they are pickled
        return error
    return None


def _culprit(thing: Any, finder: Finder, seen: set[int]) -> Culprit | None:
    for part in _parts(thing):
        if id(part.value) in seen:
            continue
        seen.add(id(part.value))
        error = _fault(part.value, finder)
        if error is None:
            continue
        named = isinstance(part.value, (FunctionType, type)) and finder.by_reference(part.value)
        deeper = None if named else _culprit(part.value, finder, seen)
        if deeper is None:
            return Culprit(part, error, [])
        deeper.through.insert(0, part.name)
        return deeper
    return None


def _parts(thing: Any) -> Iterator[Part]:
    if isinstance(thing, (staticmethod, classmethod)):
        thing = thing.__func__
    if isinstance(thing, property):
        yield from (Part("its getter", "", part) for part in (thing.fget, thing.fset) if part is not None)
    elif isinstance(thing, FunctionType):
        yield from _parts_of_function(thing)
    elif isinstance(thing, type):
        yield from (Part(f"the base class {base.__name__!r}", base.__name__, base) for base in thing.__bases__)
        for name, value in vars(thing).items():
            if name not in ("__dict__", "__weakref__", "node_type"):
                yield Part(f"the attribute {name!r}", name, value)


def _parts_of_function(function: FunctionType) -> Iterator[Part]:
    for name in sorted(_global_names(function.__code__)):
        if name in function.__globals__:
            yield Part(f"the global {name!r}", name, function.__globals__[name])
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield Part(f"{name!r} of the function around it", name, cell.cell_contents)
        except ValueError:  # a name that was not bound yet
            continue
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            yield Part(f"the default of {name!r}", "", parameter.default)
    for name, hint in function.__annotations__.items():
        yield Part(f"the annotation of {name!r}", "", hint)


def _global_names(code: CodeType) -> set[str]:
    names = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return names.union(*(_global_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _sentence(culprit: Culprit) -> str:
    part, error = culprit.part, culprit.error
    within = f" in {culprit.through[-1]!r}" if any(culprit.through) else ""
    came = origin(part.name) if part.name else ""
    if isinstance(error, NotImportable):
        own = (error.name, error.module)
        named = part.called if part.name and part.name not in own else repr(part.name or error.name)
        where = f" ({came})" if came else ""
        return f"it uses {named}{within} from the module {error.module!r}, {_why(error.module)}{where}; {_cure(error)}"
    name = _type_name(type(part.value))
    facts = f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}" + (f", {came}" if came else "")
    said = "" if type(part.value).__name__ in str(error) else f": {_said(error)}"
    place = "in setup" if part.called.startswith("the attribute") else "inside the function"
    return f"it uses {part.called}{within} ({facts}){said}; make it {place}"


def _type_name(kind: type) -> str:
    own = kind.__module__ in ("builtins", "__main__")
    return kind.__qualname__ if own else f"{kind.__module__}.{kind.__qualname__}"


def _why(module: str) -> str:
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return "which was made in this process and cannot be imported there"
    return f"which cannot be imported there: {file} is gone, or not in a folder of sys.path"


def _cure(error: NotImportable) -> str:
    return f"define it in the notebook, or save {error.module}.py in a folder of sys.path"


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
