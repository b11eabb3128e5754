"""The files of values: written straight, whole or not at all, and missed when they are not there."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.errors import NotStorable, StorageError
from nodetool_jupyter.testing import fault
from nodetool_jupyter.values import INLINE_LIMIT, Audio, ValueStore


@pytest.fixture
def store(tmp_path: Path) -> ValueStore:
    return ValueStore(tmp_path / "values")


@pytest.mark.parametrize("turn", [np.ascontiguousarray, np.asfortranarray, lambda array: array[:, ::2]])
def test_a_large_array_is_written_as_numpy_writes_it(store: ValueStore, turn: Any) -> None:
    array = turn(np.arange(6 << 20, dtype="i4").reshape(1 << 10, -1))
    data = store.encode(array)
    by_numpy = io.BytesIO()
    np.save(by_numpy, array)
    assert store.path(data).read_bytes() == by_numpy.getvalue()


def test_a_large_array_is_stored_without_a_copy(store: ValueStore) -> None:
    array = np.ones(4 << 20)
    store.encode(array[:1])  # imports
    tracemalloc.start()
    try:
        store.encode(array)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < array.nbytes // 16


def fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("half way")


class Unpicklable:
    def __reduce__(self) -> Any:
        raise OSError("no")


@pytest.mark.parametrize(
    ("part", "value"), [("PIL.Image.Image.save", Image.new("L", (1, 1))), ("wave.open", Audio([0.5], 8000))]
)
def test_a_writer_that_fails_leaves_no_file(
    store: ValueStore, part: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, fails)
    with pytest.raises(RuntimeError, match="half way"):
        store.encode(value)
    assert list(store.folder.iterdir()) == []


def test_a_pickle_that_fails_leaves_no_file(store: ValueStore) -> None:
    with pytest.raises(NotStorable, match="Unpicklable cannot be stored: no"):
        store.encode(Unpicklable())
    assert list(store.folder.iterdir()) == []


def test_a_fault_in_the_middle_of_a_file_leaves_none(store: ValueStore) -> None:
    with fault("value.mid_file", KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        store.encode(b"x")
    assert list(store.folder.iterdir()) == []


NO_ROOM = """
import resource, sys
from pathlib import Path
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.values import ValueStore
import numpy as np
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = ValueStore(Path(sys.argv[1]))
for value in (b"x" * 200_000, np.ones(30_000), list(range(50_000)), {1: "x" * 200_000}):
    try:
        store.encode(value)
    except StorageError as error:
        print(error)
print(list(store.folder.iterdir()))
"""


def test_a_file_there_is_no_room_for_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", NO_ROOM, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == f"a value cannot be stored in {tmp_path}: File too large\n" * 4 + "[]\n"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="no value can be stored in"):
        ValueStore(tmp_path / "file" / "values").encode(b"x")


def test_nothing_is_missing_of_what_was_stored(store: ValueStore) -> None:
    assert store.missing(store.encode({"a": [b"x", np.arange(3)], "b": 1})) is None
    assert store.missing({"type": ["bytes"], "uri": 5}) is None
    assert store.missing(store.encode([b"x", "x" * INLINE_LIMIT])) is None


def unlink(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(b"")


def relink(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.symlink_to(path.with_suffix(".old"))


@pytest.mark.parametrize(
    ("spoil", "said"), [(unlink, "is not there"), (cut, "has 0 of 1 bytes"), (relink, "is no regular file")]
)
@pytest.mark.parametrize("filling", ["", "x" * INLINE_LIMIT], ids=["inline", "in a file"])
def test_a_file_that_is_not_here_whole_is_missing(
    store: ValueStore, spoil: Callable[[Path], None], said: str, filling: str
) -> None:
    data = store.encode({"a": [b"x"], "b": filling})
    (path,) = store.folder.glob("*.bin")
    spoil(path)
    assert store.missing(data) == f"values/{path.name} {said}"


def test_a_given_folder_is_read_and_never_written(tmp_path: Path) -> None:
    given = ValueStore(tmp_path / "in")
    data = given.encode([b"x", np.arange(3)])
    store = ValueStore(tmp_path / "out", given=given.folder)
    before = sorted(given.folder.iterdir())
    found: Any = store.decode(data)
    assert (found[0], found[1].tolist()) == (b"x", [0, 1, 2])
    assert store.missing(data) is None
    assert store.decode(store.encode(b"y")) == b"y"
    assert sorted(given.folder.iterdir()) == before


def test_what_neither_folder_has_is_missing(tmp_path: Path) -> None:
    data = ValueStore(tmp_path / "elsewhere").encode(b"x")
    store = ValueStore(tmp_path / "out", given=tmp_path / "in")
    assert store.missing(data) == f"{data['uri']} is not there"


def test_a_file_that_is_not_named_as_a_pickle_is_not_loaded_as_one(store: ValueStore) -> None:
    data = store.encode({1: 2})
    path = store.path(data)
    assert path is not None
    path.rename(path.with_suffix(".bin"))
    with pytest.raises(NotStorable, match="never loaded here"):
        store.decode({**data, "uri": data["uri"].replace(".pkl", ".bin")})
