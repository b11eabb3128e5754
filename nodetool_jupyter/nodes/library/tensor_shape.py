"""``lib.tensor``: the same numbers in another shape, and parts of arrays."""

from __future__ import annotations

import math
from typing import Any

from nodetool_jupyter.nodes.arrays import (
    Numbers,
    axis_in,
    is_tensor,
    joined,
    library_of,
    plain,
    read_array,
    room,
    size_of,
    stacked,
)
from nodetool_jupyter.nodes.define import family

node = family("lib.tensor", inline=False)


@node
def Reshape(value: Numbers = None, shape: list[int] = [-1]) -> Numbers:
    """Give an array another shape, its numbers in the same order; one length may be -1, and is then worked out."""
    array = read_array(value)
    wanted = [int(length) for length in shape]
    known = math.prod(length for length in wanted if length != -1)
    size = math.prod(array.shape)
    open_ = wanted.count(-1)
    fits = min(wanted, default=0) >= -1 and open_ <= 1
    fits = fits and (bool(known) and size % known == 0 if open_ else known == size)
    if not fits:
        raise ValueError(
            f"Reshape: the shape {tuple(array.shape)} has {size} numbers and does not fit into {tuple(wanted)}"
        )
    return plain(array.reshape(tuple(wanted)))


@node
def Transpose(value: Numbers = None, axes: list[int] = []) -> Numbers:
    """Put the axes into another order, such as ``[2, 0, 1]``; without ``axes`` they are reversed."""
    array = read_array(value)
    order = [axis_in("Transpose", int(axis), array) for axis in axes] or list(range(array.ndim))[::-1]
    if sorted(order) != list(range(array.ndim)):
        raise ValueError(f"Transpose: the axes {list(axes)} must name each axis of the shape {tuple(array.shape)} once")
    return plain(array.permute(order) if is_tensor(array) else array.transpose(order))


@node
def Stack(values: list[Numbers] = [], axis: int = 0) -> Numbers:
    """Put arrays of one shape beside each other, along a new axis."""
    return stacked("Stack", list(values), axis)


@node
def Concatenate(values: list[Numbers] = [], axis: int = 0) -> Numbers:
    """Put arrays behind each other, along an axis they have; numbers count as arrays of one."""
    return joined("Concatenate", [_with_an_axis(value) for value in values], axis)


def _with_an_axis(value: Any) -> Any:
    if isinstance(value, (bool, int, float)):
        return [value]
    return value if getattr(value, "ndim", 1) else value.reshape(1)


@node
def Slice(
    value: Numbers = None, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
) -> Numbers:
    """Take the part of an array from ``start`` to below ``stop`` along an axis, as Python slices do.

    Negative numbers count from the end; a negative ``step`` goes backwards.
    """
    array = read_array(value)
    place = axis_in("Slice", axis, array)
    if step == 0:
        raise ValueError("Slice: the step must not be 0")
    part = slice(start, stop, step)
    if step < 0 and is_tensor(array):  # torch slices forwards only
        return _picked(array, list(range(*part.indices(array.shape[place]))), place)
    return array[(slice(None),) * place + (part,)]


@node
def Index(value: Numbers = None, index: int | list[int] = 0, axis: int = 0) -> Numbers:
    """Take what is at a place along an axis, which goes away; a list of places takes them in that order.

    Negative numbers count from the end.
    """
    array = read_array(value)
    place = axis_in("Index", axis, array)
    length = array.shape[place]
    several = isinstance(index, (list, tuple))
    places = [int(one) for one in index] if several else [int(index)]  # type: ignore[union-attr, arg-type]
    for one in places:
        if not -length <= one < length:
            raise ValueError(
                f"Index: there is nothing at {one} along axis {place} of the shape {tuple(array.shape)}, "
                f"which has {length}"
            )
    if not several:
        return plain(array[(slice(None),) * place + (places[0],)])
    return _picked(array, [one % length for one in places], place)


def _picked(array: Any, places: list[int], axis: int) -> Any:
    rest = [length for at, length in enumerate(array.shape) if at != axis]
    room("the part", [*rest, len(places)], size_of(array))
    if not is_tensor(array):
        return array.take(places, axis)
    torch = library_of(array)
    return torch.index_select(array, axis, torch.tensor(places, dtype=torch.int64, device=array.device))
