"""One example of every built-in node type, in files of this folder: what it is given, and what it gives.

A family's file is named as its module in :data:`~nodetool_jupyter.nodes.registry.FAMILIES`: ``text.yaml``,
``lib_image.draw.yaml``; parts of a large one stand beside it (``text_check.yaml``). It is read when one of its types is
first asked for::

    nodetool.text.Concat:
      given: {a: Node, b: Tool}
      gives: NodeTool               # of several outputs a mapping by name, of a stream the list of its items
    nodetool.image.Fit:
      given: {image: !photo , width: 64, height: 64}
      gives: !image 64x43 RGB
    lib.uuid.GenerateUUID4:
      given: {}
      varies: true                  # another result each time
    nodetool.code.RunShellCommand:
      given: {command: echo hi}
      gives: {stdout: "hi\\n", stderr: ""}
      needs: shell                  # what must be there, or allowed, before it runs

A handle that reads a stream is given the list of its items. Of several outputs, one that sends nothing is not named; a
type that sends nothing at all gives ``{}``. The tags ``!photo !portrait !mask`` stand for the pictures of
:mod:`.samples`, ``!image`` for a picture of that size and mode, ``!tensor`` for an array, ``!date`` and ``!datetime``
for themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from nodetool_jupyter.nodes.examples.samples import SAMPLES, Sample
from nodetool_jupyter.nodes.registry import FAMILIES

FOLDER = Path(__file__).parent
_FIELDS = frozenset({"given", "gives", "varies", "needs"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a result, told by its size in pixels and its mode."""

    width: int
    height: int
    mode: str

    def __str__(self) -> str:
        return f"image {self.width}×{self.height} {self.mode}"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array, told by its numbers: nested lists, or one number."""

    numbers: Any

    def __str__(self) -> str:
        return f"tensor({self.numbers})"

    def array(self) -> Any:
        """Return it as a numpy array."""
        import numpy as np

        return np.array(self.numbers)


@dataclass(frozen=True, slots=True)
class Example:
    """What one node type is given and what it gives; see the module for the forms of ``given`` and ``gives``.

    ``varies`` says that the result is another one each time, ``needs`` what must be installed or allowed.
    """

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    gives: Any = None
    varies: bool = False
    needs: str = ""

    def values(self) -> dict[str, Any]:
        """Return what is given as a node gets it: pictures drawn, arrays made."""
        return {name: _made(value) for name, value in self.given.items()}


def _made(value: Any) -> Any:
    if isinstance(value, Sample):
        return value.draw()
    if isinstance(value, Tensor):
        return value.array()
    if isinstance(value, list):
        return [_made(item) for item in value]
    return {key: _made(item) for key, item in value.items()} if isinstance(value, dict) else value


def example_of(name: str) -> Example | None:
    """Return the example of a built-in node type by its whole name, or ``None``."""
    module = FAMILIES.get(name.rpartition(".")[0])
    return None if module is None else examples_in(module).get(name)


@cache
def examples_in(module: str) -> Mapping[str, Example]:
    """Return the examples of one module of the built-in library by the names of their types.

    Raises ``ValueError`` that names the entry when a file does not keep to the form.
    """
    found: dict[str, Example] = {}
    for path in sorted([*FOLDER.glob(f"{module}.yaml"), *FOLDER.glob(f"{module}_*.yaml")]):
        for name, entry in (_read(path) or {}).items():
            found[name] = _example(f"{path.name}: {name}", name, entry)
    return found


def _example(where: str, name: str, entry: Any) -> Example:
    if not isinstance(entry, dict) or not isinstance(entry.get("given"), dict) or entry.keys() - _FIELDS:
        raise ValueError(f"{where}: an example has 'given' (a mapping), 'gives' or 'varies', and perhaps 'needs'")
    if ("gives" in entry) == bool(entry.get("varies")):
        raise ValueError(f"{where}: an example says what it gives, or that it varies")
    return Example(name, entry["given"], entry.get("gives"), bool(entry.get("varies")), str(entry.get("needs") or ""))


def _read(path: Path) -> Any:
    # C's parser, where PyYAML has it, reads a file ten times as fast.
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Reads plain YAML and the tags of examples."""

    for tag, build in _TAGS.items():
        Loader.add_constructor(f"!{tag}", build)
    for name in SAMPLES:
        Loader.add_constructor(f"!{name}", _sample)
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader)  # noqa: S506  # a safe loader, with tags of our own


def _sample(loader: Any, node: Any) -> Sample:
    return Sample(node.tag[1:])


def _picture(loader: Any, node: Any) -> Picture:
    size, _, mode = str(loader.construct_scalar(node)).partition(" ")
    width, _, height = size.partition("x")
    return Picture(int(width), int(height), mode.strip())


def _tensor(loader: Any, node: Any) -> Tensor:
    if isinstance(node.value, str):
        return Tensor(float(node.value))
    return Tensor(loader.construct_sequence(node, deep=True))


_TAGS = {
    "image": _picture,
    "tensor": _tensor,
    "date": lambda loader, node: dt.date.fromisoformat(loader.construct_scalar(node)),
    "datetime": lambda loader, node: dt.datetime.fromisoformat(loader.construct_scalar(node)),
}
