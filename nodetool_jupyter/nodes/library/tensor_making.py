"""``lib.tensor``: arrays from nothing. They are numpy's; ``ToTorch`` brings them to a device."""

from __future__ import annotations

import math
from typing import Any, Literal

from nodetool_jupyter.nodes.arrays import Numbers, is_tensor, is_whole, library_of, plain, read_array, room
from nodetool_jupyter.nodes.casting import as_dtype
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.types import Array
from nodetool_jupyter.nodes.whole_numbers import comparable

node = family("lib.tensor", inline=False)

Dtype = Literal["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]
OwnDtype = Literal["", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]


def read_shape(what: str, shape: Any, itemsize: int = 8) -> tuple[int, ...]:
    """Return a shape to make; raises ``ValueError`` for one that is none, or too large."""
    lengths = list(shape) if isinstance(shape, (list, tuple)) else [shape]
    for length in lengths:
        if isinstance(length, bool) or not isinstance(length, (int, float)) or length != int(length) or length < 0:
            raise ValueError(f"{what}: a shape is a list of whole numbers from 0 on, not {shape!r}")
    made = tuple(map(int, lengths))
    room(f"{what}: an array", made, itemsize)
    return made


@node
def Zeros(shape: list[int] = [1], dtype: Dtype = "float32") -> Array:
    """Make an array of zeros."""
    import numpy as np

    return np.zeros(read_shape("Zeros", shape), dtype)


@node
def Ones(shape: list[int] = [1], dtype: Dtype = "float32") -> Array:
    """Make an array of ones."""
    import numpy as np

    return np.ones(read_shape("Ones", shape), dtype)


@node
def Full(shape: list[int] = [1], fill: float = 0.0, dtype: Dtype = "float32") -> Array:
    """Make an array of one number, repeated."""
    import numpy as np

    made = read_shape("Full", shape)
    return np.full(made, as_dtype("Full", np.asarray(fill), dtype), dtype)


@node
def Arange(start: float = 0, stop: float = 1, step: float = 1, dtype: OwnDtype = "") -> Array:
    """Count from ``start`` to below ``stop`` by ``step``; of whole numbers int64, else float64."""
    import numpy as np

    if not step or not all(map(math.isfinite, (start, stop, step))) or max(abs(start), abs(stop)) >= 1 << 63:
        raise ValueError(f"Arange: there is no way from {start} to {stop} by {step}")
    count = max(0, math.ceil(-((start - stop) // step)))
    room("Arange: an array", (count,), 8)
    made = np.arange(count) * step + start
    return as_dtype("Arange", made, dtype) if dtype else made


@node
def Linspace(start: float = 0.0, stop: float = 1.0, num: int = 50, endpoint: bool = True) -> Array:
    """Divide the way from ``start`` to ``stop`` into ``num`` numbers at one distance; ``endpoint`` counts ``stop``."""
    import numpy as np

    if num < 0:
        raise ValueError(f"Linspace: num is how many numbers, not {num}")
    room("Linspace: an array", (num,), 8)
    return np.linspace(start, stop, num, endpoint=endpoint)


@node
def Random(
    shape: list[int] = [1],
    distribution: Literal["uniform", "normal"] = "uniform",
    seed: int = -1,
    dtype: Literal["float32", "float64"] = "float32",
) -> Array:
    """Make an array of random numbers: uniform from 0 to below 1, or normal around 0 with a deviation of 1.

    The same ``seed`` gives the same numbers; -1 gives others each time.
    """
    import numpy as np

    made, draw = read_shape("Random", shape), np.random.default_rng(None if seed < 0 else seed)
    return draw.random(made, dtype) if distribution == "uniform" else draw.standard_normal(made, dtype)


@node
def OneHot(value: Numbers = None, classes: int = 0) -> Numbers:
    """Write each whole number as a row of zeros with a 1 at its place, in float32.

    ``classes`` is the length of the rows; 0 means just long enough.
    """
    numbers = comparable("OneHot", read_array(value))
    if not is_whole(numbers):
        raise ValueError("OneHot: the numbers must be whole; Cast them to int64 first")
    empty = 0 in numbers.shape
    least, most = (0, -1) if empty else (int(plain(numbers.min())), int(plain(numbers.max())))
    length = classes or most + 1
    if least < 0 or most >= length:
        raise ValueError(f"OneHot: the numbers go from {least} to {most}, and the places from 0 to {length - 1}")
    room("OneHot: an array", (*numbers.shape, length), 4)
    module = library_of(numbers)
    place = {"device": numbers.device} if is_tensor(numbers) else {}
    hits = numbers[..., None] == module.arange(length, **place)
    return as_dtype("OneHot", hits, "float32")
