"""``lib.tensor``: many numbers in one, of a whole array or along one or several axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nodetool_jupyter.nodes.arrays import (
    Numbers,
    axis_in,
    floats,
    is_tensor,
    is_whole,
    library_of,
    plain,
    quiet,
    read_array,
    room,
)
from nodetool_jupyter.nodes.casting import as_dtype
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.whole_numbers import comparable, exactly, widened

node = family("lib.tensor", inline=False)

Axes = int | list[int] | None


def _over(what: str, value: Any, axis: Axes, *, least: int = 1) -> tuple[Any, tuple[int, ...], int]:
    """Return an array, the axes to reckon over, and how many numbers go into one."""
    array = read_array(value)
    wanted = range(array.ndim) if axis is None else axis if isinstance(axis, (list, tuple)) else [axis]
    axes = tuple(dict.fromkeys(axis_in(what, int(one), array) for one in wanted))
    count = math.prod(array.shape[one] for one in axes)
    if count < least:
        shape = tuple(array.shape)
        raise ValueError(f"{what}: there are too few numbers in the shape {shape} along {list(axes)}: {count}")
    return array, axes, count


def _reduced(what: str, value: Any, axis: Axes, keepdims: bool, function: str) -> Any:
    array, axes, _ = _over(what, value, axis)
    numbers = floats(array)
    return plain(_apply(numbers, function, axes, keepdims))


def _apply(array: Any, function: str, axes: tuple[int, ...], keepdims: bool, **more: Any) -> Any:
    if not axes and not more:
        return array  # torch takes no axes for all
    reckon: Callable[..., Any] = getattr(library_of(array), function)
    return quiet(lambda: reckon(array, axes, keepdims=keepdims, **more))


@node
def Sum(value: Numbers = None, axis: Axes = None, keepdims: bool = False) -> Numbers:
    """Add the numbers; of none it is 0."""
    array, axes, count = _over("Sum", value, axis, least=0)
    if is_whole(array):
        whole = widened("Sum", array)
        return plain(exactly("Sum", lambda x: _apply(x, "sum", axes, keepdims), lambda most: most * count, whole))
    return plain(_apply(array, "sum", axes, keepdims))


@node
def Mean(value: Numbers = None, axis: Axes = None, keepdims: bool = False) -> Numbers:
    """Return the mean of the numbers."""
    return _reduced("Mean", value, axis, keepdims, "mean")


@node
def Var(value: Numbers = None, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Numbers:
    """Return the variance; ``ddof`` 1 makes it that of a sample."""
    return _spread("Var", "var", value, axis, keepdims, ddof)


@node
def Std(value: Numbers = None, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> Numbers:
    """Return the standard deviation; ``ddof`` 1 makes it that of a sample."""
    return _spread("Std", "std", value, axis, keepdims, ddof)


def _spread(what: str, function: str, value: Any, axis: Axes, keepdims: bool, ddof: int) -> Any:
    array, axes, _ = _over(what, value, axis, least=max(ddof, 0) + 1)
    numbers = floats(array)
    more = {"correction": ddof} if is_tensor(numbers) else {"ddof": ddof}
    if not axes:
        return plain(numbers * 0)
    return plain(_apply(numbers, function, axes, keepdims, **more))


@node
def Min(value: Numbers = None, axis: Axes = None, keepdims: bool = False) -> Numbers:
    """Return the smallest number; nan when there is one."""
    array, axes, _ = _over("Min", value, axis)
    return plain(_apply(comparable("Min", array), "amin", axes, keepdims))


@node
def Max(value: Numbers = None, axis: Axes = None, keepdims: bool = False) -> Numbers:
    """Return the largest number; nan when there is one."""
    array, axes, _ = _over("Max", value, axis)
    return plain(_apply(comparable("Max", array), "amax", axes, keepdims))


@node
def Median(value: Numbers = None, axis: Axes = None, keepdims: bool = False) -> Numbers:
    """Return the number in the middle, or the mean of the two there; nan when there is one."""
    array, axes, count = _over("Median", value, axis)
    numbers = floats(array)
    if not is_tensor(numbers):
        return plain(_apply(numbers, "median", axes, keepdims))
    rows = _rows(numbers, axes, count)
    order = rows.sort(-1).values
    middle = (order[..., (count - 1) // 2] + order[..., count // 2]) / 2
    found = library_of(rows).where(rows.isnan().any(-1), math.nan, middle)
    return plain(found.reshape(_kept(numbers, axes)) if keepdims else found)


@node
def ArgMin(value: Numbers = None, axis: int | None = None, keepdims: bool = False) -> Numbers:
    """Return the place of the smallest number along an axis, or in the whole array as one row; the first of equals."""
    return _place("ArgMin", "argmin", value, axis, keepdims)


@node
def ArgMax(value: Numbers = None, axis: int | None = None, keepdims: bool = False) -> Numbers:
    """Return the place of the largest number along an axis, or in the whole array as one row; the first of equals."""
    return _place("ArgMax", "argmax", value, axis, keepdims)


def _place(what: str, function: str, value: Any, axis: int | None, keepdims: bool) -> Any:
    array, axes, count = _over(what, value, axis)
    numbers = as_dtype(what, array, "uint8") if "bool" in str(array.dtype) else comparable(what, array)
    found = getattr(library_of(numbers), function)(_rows(numbers, axes, count), -1)
    return plain(found.reshape(_kept(array, axes)) if keepdims else found)


def _rows(array: Any, axes: tuple[int, ...], count: int) -> Any:
    """Return an array whose last axis has all that goes into one number."""
    rest = [at for at in range(array.ndim) if at not in axes]
    room("a copy", array.shape, 8)
    moved = array.permute([*rest, *axes]) if is_tensor(array) else array.transpose([*rest, *axes])
    return moved.reshape([array.shape[at] for at in rest] + [count])


def _kept(array: Any, axes: tuple[int, ...]) -> list[int]:
    return [1 if at in axes else length for at, length in enumerate(array.shape)]
