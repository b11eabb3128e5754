"""``lib.tensor``: reckoning number by number, and products of matrices."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Literal

from nodetool_jupyter.nodes.arrays import (
    Numbers,
    axis_in,
    broadcast,
    fitted,
    floats,
    is_tensor,
    is_whole,
    library_of,
    like,
    plain,
    quiet,
    read_array,
    room,
    size_of,
    together,
)
from nodetool_jupyter.nodes.casting import as_dtype
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.whole_numbers import comparable, exactly, power_bound, widened

node = family("lib.tensor", inline=False)


def _both(what: str, a: Any, b: Any, reckon: Callable[..., Any], bound: Callable[..., int]) -> Any:
    """Reckon with two operands: whole numbers in 64 bits and exactly, others as they are."""
    _, (left, right) = together(a=a, b=b)
    whole = is_whole(left) and is_whole(right)
    room(f"{what}: a result", broadcast(what, left, right), 8 if whole else max(size_of(left), size_of(right)))
    if whole:
        return plain(exactly(what, reckon, bound, widened(what, left), widened(what, right)))
    return plain(quiet(lambda: reckon(left, right)))


@node
def Add(a: Numbers = 0, b: Numbers = 0) -> Numbers:
    """Add two arrays, number by number; the shorter is repeated where its shape allows it."""
    return _both("Add", a, b, operator.add, operator.add)


@node
def Subtract(a: Numbers = 0, b: Numbers = 0) -> Numbers:
    """Take the numbers of the second array from those of the first."""
    return _both("Subtract", a, b, operator.sub, operator.add)


@node
def Multiply(a: Numbers = 1, b: Numbers = 1) -> Numbers:
    """Multiply two arrays, number by number."""
    return _both("Multiply", a, b, operator.mul, operator.mul)


@node
def Divide(a: Numbers = 1, b: Numbers = 1) -> Numbers:
    """Divide the numbers of the first array by those of the second; the result is in floats."""
    _, (left, right) = together(a=a, b=b)
    room("Divide: a result", broadcast("Divide", left, right), 8)
    if not hasattr(left, "dtype") and is_whole(right):
        left = float(left)  # a number over a whole one: torch must know that floats are meant
    return plain(quiet(lambda: library_of(left, right).true_divide(left, right)))


@node
def Power(base: Numbers = 1, exponent: Numbers = 1) -> Numbers:
    """Raise the numbers of the first array to the powers of the second.

    Whole numbers stay whole, unless an exponent is negative.
    """
    _, (left, right) = together(base=base, exponent=exponent)
    if is_whole(left) and is_whole(right) and _least(right) < 0:
        left = floats(left) if hasattr(left, "dtype") else float(left)
    return _both("Power", left, right, operator.pow, power_bound)


def _least(value: Any) -> Any:
    if not hasattr(value, "dtype"):
        return value
    return 0 if 0 in value.shape else plain(comparable("Power", value).min())


@node
def Abs(value: Numbers = None) -> Numbers:
    """Drop the signs."""
    array = read_array(value)
    return plain(abs(exactly("Abs", operator.pos, int, widened("Abs", array)) if is_whole(array) else array))


def _in_floats(value: Any, function: str) -> Any:
    array = floats(read_array(value))
    return plain(quiet(lambda: getattr(library_of(array), function)(array)))


@node
def Exp(value: Numbers = None) -> Numbers:
    """Raise e to each number."""
    return _in_floats(value, "exp")


@node
def Log(value: Numbers = None, base: Literal["e", "2", "10"] = "e") -> Numbers:
    """Take the logarithm of each number; of 0 it is -inf, of a negative one nan."""
    return _in_floats(value, {"e": "log", "2": "log2", "10": "log10"}[base])


@node
def Sqrt(value: Numbers = None) -> Numbers:
    """Take the square root of each number; of a negative one it is nan."""
    return _in_floats(value, "sqrt")


@node
def Round(value: Numbers = None, decimals: int = 0) -> Numbers:
    """Round each number to so many decimals, a half to the even neighbour; whole numbers stay as they are."""
    array = read_array(value)
    if is_whole(array):
        return plain(array)
    if is_tensor(array):
        return plain(library_of(array).round(array, decimals=decimals))
    return plain(quiet(lambda: array.round(decimals)))


@node
def Clip(value: Numbers = None, minimum: float | None = None, maximum: float | None = None) -> Numbers:
    """Bring each number between two limits, of which one may be missing; the dtype stays."""
    array = read_array(value)
    if is_whole(array):
        array = widened("Clip", array)
        minimum = None if minimum is None else math.ceil(minimum)
        maximum = None if maximum is None else math.floor(maximum)
    if minimum is None and maximum is None:
        return plain(array)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise ValueError(f"Clip: there is no number from {minimum} to {maximum}")
    return plain(array.clip(minimum, maximum))


@node
def Compare(
    a: Numbers = 0,
    b: Numbers = 0,
    comparison: Literal["==", "!=", ">", "<", ">=", "<="] = "==",
) -> Numbers:
    """Compare two arrays, number by number; the result is true or false at each place."""
    _, (left, right) = together(a=a, b=b)
    room("Compare: a result", broadcast("Compare", left, right), 1)
    left, right = (widened("Compare", one) if is_whole(one) else one for one in (left, right))
    tests = {
        "==": operator.eq,
        "!=": operator.ne,
        ">": operator.gt,
        "<": operator.lt,
        ">=": operator.ge,
        "<=": operator.le,
    }
    return plain(tests[comparison](left, right))


@node
def Where(condition: Numbers = None, a: Numbers = 0, b: Numbers = 0) -> Numbers:
    """Take from the first array where the condition is true (or not 0), and from the second elsewhere."""
    module, (tested, left, right) = together(condition=condition, a=a, b=b)
    shape = broadcast("Where", tested, left, right)
    room("Where: a result", shape, max(size_of(left), size_of(right)))
    if not hasattr(tested, "dtype"):
        tested = like(tested, [left, right])
    if is_whole(left) and is_whole(right) and getattr(left, "dtype", 0) != getattr(right, "dtype", 1):
        left, right = widened("Where", left), widened("Where", right)
    return plain(module.where(as_dtype("Where", tested, "bool"), left, right))


@node
def MatMul(a: Numbers = None, b: Numbers = None) -> Numbers:
    """Multiply two matrices; arrays of one axis are a row before and a column after, further axes are stacks."""
    module, (left, right) = together(a=read_array(a, "a"), b=read_array(b, "b"))
    shapes = f"the shapes {tuple(left.shape)} and {tuple(right.shape)}"
    if not left.ndim or not right.ndim or left.shape[-1] != right.shape[-2 if right.ndim > 1 else 0]:
        raise ValueError(f"MatMul: {shapes} do not fit; the last axis of a must be as long as the last but one of b")
    stack = fitted("MatMul", tuple(left.shape[:-2]), tuple(right.shape[:-2]))
    rows, columns = left.shape[-2:-1], right.shape[-1:] if right.ndim > 1 else ()
    room("MatMul: a product", (*stack, *rows, *columns), 8)
    if is_whole(left) and is_whole(right):
        length = left.shape[-1]
        left, right = widened("MatMul", left), widened("MatMul", right)
        return plain(exactly("MatMul", _product, lambda x, y: x * y * length, left, right))
    if is_tensor(left) and left.dtype != right.dtype:
        wider = module.promote_types(left.dtype, right.dtype)
        left, right = left.to(wider), right.to(wider)
    return plain(quiet(lambda: left @ right))


def _product(left: Any, right: Any) -> Any:
    if is_tensor(left) and left.is_cuda and is_whole(left):
        return (left.cpu() @ right.cpu()).to(left.device)  # CUDA multiplies no matrices of whole numbers
    return left @ right


@node
def Softmax(value: Numbers = None, axis: int = -1) -> Numbers:
    """Turn numbers into shares that add up to 1 along an axis: e to each number, over the sum of those."""
    array = floats(read_array(value))
    place = axis_in("Softmax", axis, array)
    if is_tensor(array):
        return array.softmax(place)
    if not array.shape[place]:
        return array
    powers = quiet(lambda: library_of(array).exp(array - array.max(place, keepdims=True)))
    return quiet(lambda: powers / powers.sum(place, keepdims=True))


@node
def Normalize(
    value: Numbers = None, method: Literal["l2", "l1", "max", "minmax", "zscore"] = "l2", axis: int | None = None
) -> Numbers:
    """Bring numbers to a common measure, of the whole array or along an axis.

    l2 and l1 make the length or the sum of sizes 1, max the largest size; minmax goes from 0 to 1; zscore has a mean
    of 0 and a deviation of 1. Where there is nothing to divide by, because all are 0 or the same, the result is 0.
    """
    array = floats(read_array(value))
    if 0 in array.shape:
        return array
    axes = tuple(range(array.ndim)) if axis is None else (axis_in("Normalize", axis, array),)
    return plain(quiet(lambda: _measured(array, method, axes)))


def _measured(array: Any, method: str, axes: tuple[int, ...]) -> Any:
    module = library_of(array)

    def over(function: str, numbers: Any) -> Any:
        return getattr(module, function)(numbers, axes, keepdims=True) if axes else numbers

    if method == "minmax":
        array = array - over("amin", array)
        measure = over("amax", array)
    elif method == "zscore":
        array = array - over("mean", array)
        measure = over("mean", array * array) ** 0.5
    elif method == "l2":
        measure = over("sum", array * array) ** 0.5
    else:
        measure = over("sum" if method == "l1" else "amax", abs(array))
    return array / module.where(measure == 0, module.ones_like(measure), measure)
