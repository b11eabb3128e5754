"""Whole numbers of arrays, reckoned in 64 bits; what does not fit there is refused, where numpy and torch would wrap.

Small integers are widened first, so that 200 + 100 of two ``uint8`` is 300 and not 44.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodetool_jupyter.nodes.arrays import is_tensor, library_of, plain, quiet, room

_END = 1 << 63


def widened(what: str, value: Any) -> Any:
    """Return whole numbers as ``int64``: an array, or a plain number."""
    if isinstance(value, (bool, int)):
        if not -_END <= value < _END:
            raise ValueError(f"{what}: {value} does not fit into 64 bits; give it as a float")
        return int(value)
    if "uint64" in str(value.dtype) and largest(value) >= _END:
        raise ValueError(f"{what}: {largest(value)} does not fit into 64 bits; cast the array to float64 first")
    room(what, value.shape, 8)
    return value.to(library_of(value).int64) if is_tensor(value) else value.astype("int64", copy=False)


def comparable(what: str, array: Any) -> Any:
    """Return an array whose numbers can be compared: torch does not compare its large unsigned ones."""
    large = is_tensor(array) and str(array.dtype) in ("torch.uint16", "torch.uint32", "torch.uint64")
    return widened(what, array) if large else array


def exactly(what: str, reckon: Callable[..., Any], bound: Callable[..., int], *operands: Any) -> Any:
    """Return ``reckon(*operands)``, or refuse when a result is beyond 64 bits.

    ``bound`` tells from the largest absolute values how large a result could become; only where that is too large are
    the results looked at, once in floats.
    """
    if bound(*map(largest, operands)) >= _END:
        found = quiet(lambda: reckon(*map(_in_floats, operands)))
        if largest(found) >= _END:
            raise ValueError(f"{what}: a result does not fit into 64 bits; cast the arrays to float64 first")
    return reckon(*operands)


def largest(value: Any) -> Any:
    """Return the largest absolute value, as a plain number; 0 of an empty array."""
    if not hasattr(value, "dtype"):
        return abs(value)
    if 0 in value.shape:
        return 0
    if is_tensor(value) and "uint" in str(value.dtype):
        value = value.cpu().numpy()  # torch does not compare the large unsigned ones
    return max(abs(plain(value.min())), abs(plain(value.max())))


def power_bound(base: int, exponent: int) -> int:
    """Return how large a power can become, without reckoning numbers of endless length."""
    if base <= 1:
        return base
    return _END if exponent > 63 else base**exponent


def _in_floats(value: Any) -> Any:
    if not hasattr(value, "dtype"):
        return float(value)
    return value.to(library_of(value).float64) if is_tensor(value) else value.astype("float64")
