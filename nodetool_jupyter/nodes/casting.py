"""Arrays brought to another dtype; a number that does not fit there is refused, never wrapped."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.arrays import dtype_of, is_tensor, is_whole, library_of, plain, quiet, room

_BYTES = {"64": 8, "32": 4, "16": 2}


def as_dtype(what: str, array: Any, dtype: str) -> Any:
    """Return an array in ``dtype``; fractions are cut off, anything but 0 is true, and too large a float is inf.

    Raises ``ValueError`` when a whole number of that dtype cannot hold one of the numbers.
    """
    if dtype_of(array) == dtype:
        return array
    module = library_of(array)
    kind = getattr(module, {"bool": "bool" if is_tensor(array) else "bool_"}.get(dtype, dtype), None)
    if kind is None:
        raise ValueError(f"{what}: numpy has no {dtype}; bring the array to torch first, with lib.tensor.ToTorch")
    room(what, array.shape, _BYTES.get(dtype[-2:], 1))
    if "int" in dtype:
        _check(what, array, dtype)
    return quiet(lambda: array.to(kind) if is_tensor(array) else array.astype(kind))


def _check(what: str, array: Any, dtype: str) -> None:
    import numpy as np

    if 0 in array.shape:
        return
    if is_tensor(array) and "uint" in dtype_of(array):
        array = array.cpu().numpy()  # torch does not compare the large unsigned ones
    least, most = plain(array.min()), plain(array.max())
    if not is_whole(array) and not library_of(array).isfinite(array).all():
        raise ValueError(f"{what}: nan or inf is no whole number; replace it first, for instance with lib.tensor.Where")
    limits = np.iinfo(dtype)
    for value in (least, most):
        if not limits.min <= int(value) <= limits.max:
            raise ValueError(
                f"{what}: {value:g} does not fit into {dtype}, which goes from {limits.min} to {limits.max}; "
                "use lib.tensor.Clip first, or a larger dtype"
            )
