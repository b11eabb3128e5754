"""The picture of each node type: a card of the node, or for types that deal with pictures the pictures themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from docs.reference.cards import Handle, card
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.examples import Example, Picture
from nodetool_jupyter.nodes.examples.samples import SAMPLES, Sample
from nodetool_jupyter.nodes.examples.written import rows_of, written
from tests.nodes.running_examples import Sent, run_example, said_by

FOLDER = "pictures"
HIGHEST, WIDEST = 96, 240  # pixels of a picture


def sample_files() -> dict[str, bytes]:
    """Return the pictures that examples are given, by their file names."""
    return {f"{FOLDER}/{name}.png": _png(Sample(name).draw()) for name in SAMPLES}


def given_files(example: Example) -> list[str]:
    """Return the files of the pictures that an example is given, in their order."""
    return [f"{FOLDER}/{leaf.name}.png" for _, leaf in _leaves(dict(example.given)) if isinstance(leaf, Sample)]


def made_files(kind: NodeType, example: Example) -> dict[str, Picture]:
    """Return the files of the pictures that an example makes, and what they are."""
    if example.varies:
        return {}
    found = [(path, leaf) for path, leaf in _leaves(said_by(kind, example)) if isinstance(leaf, Picture)]
    if len(found) == 1:
        return {_file(kind, ()): found[0][1]}
    return {_file(kind, path): leaf for path, leaf in found}


def shown_size(picture: Picture) -> tuple[int, int]:
    """Return the size in pixels that a picture is kept in."""
    factor = min(1.0, HIGHEST / picture.height, WIDEST / picture.width)
    return max(1, round(picture.width * factor)), max(1, round(picture.height * factor))


def make_pictures(kind: NodeType, example: Example) -> dict[str, bytes]:
    """Run an example and return the pictures that it makes, by their file names."""
    said, sent = said_by(kind, example), run_example(kind, example)
    paths = [path for path, leaf in _leaves(said) if isinstance(leaf, Picture)]
    files = made_files(kind, example).items()
    return {
        name: _png(_at(sent, path), shown_size(picture)) for path, (name, picture) in zip(paths, files, strict=True)
    }


def card_of(kind: NodeType, example: Example) -> str:
    """Return the node as an editor shows it, with the values of its example."""
    inputs = [_input(kind, name, value) for name, value in example.given.items()]
    ends = kind.role in ("output", "preview", "layout")
    said = {} if ends or example.varies else said_by(kind, example)
    outputs = [
        Handle(
            slot.name, slot.type.type, "varies" if example.varies else _joined(said.get(slot.name)), kind.streams_out
        )
        for slot in ([] if ends else kind.outputs.values())
    ]
    return card(kind.title, kind.namespace, inputs, outputs)


def _input(kind: NodeType, name: str, value: Any) -> Handle:
    prop = kind.properties.get(name)
    if prop is None:
        return Handle(name, "any", _brief(value))
    return Handle(name, prop.type.type, _joined(value) if prop.stream else _brief(value), prop.stream)


def _joined(values: list[Any] | None) -> str:
    return ", ".join(map(_brief, values or []))


def _brief(value: Any) -> str:
    """Return a value for a card; a table as its rows, the names of its columns first."""
    rows = rows_of(value)
    return " │ ".join(" ".join("–" if cell is None else str(cell) for cell in row) for row in rows) or written(value)


def _file(kind: NodeType, path: tuple[Any, ...]) -> str:
    # A slot that has one value needs no number.
    inner = [str(part) for part in path if part != 0]
    return f"{FOLDER}/{kind.namespace}/{'-'.join([kind.title, *inner])}.png"


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, place))
    else:
        yield path, value


def _at(sent: Sent, path: tuple[Any, ...]) -> Any:
    found: Any = sent
    for part in path:
        found = found[part]
    return found


def _png(picture: Any, size: tuple[int, int] | None = None) -> bytes:
    from PIL.Image import Resampling

    if size is not None and picture.size != size:
        picture = picture.resize(size, Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
