"""Arrays of numbers as nodes take them: read, brought to one side, held within memory.

There are two sides: numpy, and torch on some device. An operation gives what it was given; where both meet, numpy's
arrays move to the tensor's device. Torch is only looked at when somebody has loaded it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from nodetool_jupyter.nodes.types import Array, reference

if TYPE_CHECKING:
    Numbers: TypeAlias = Any
    TorchTensor: TypeAlias = Any
else:
    TorchTensor = reference("torch_tensor")
    Numbers = Array | TorchTensor | list[Any] | float

LIMIT = 4 << 30  # bytes that one node may make


def is_tensor(value: object) -> bool:
    """Tell whether a value is torch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def library_of(*arrays: object) -> Any:
    """Return the module that reckons with these arrays: ``torch`` when one is a tensor, else ``numpy``."""
    import numpy as np

    return sys.modules["torch"] if any(map(is_tensor, arrays)) else np


def read_array(value: Any, what: str = "value") -> Any:
    """Return a numpy array or a tensor of real numbers; lists and numbers become numpy arrays.

    Raises ``ValueError`` for what is none, naming ``what``.
    """
    import numpy as np

    if is_tensor(value):
        if value.is_complex():
            raise ValueError(f"{what} has complex numbers; these nodes know whole and real ones")
        return value
    if isinstance(value, (list, tuple)) and any(map(is_tensor, value)):
        return stacked(what, [read_array(item, f"{what}[{index}]") for index, item in enumerate(value)], 0)
    if value is None:
        raise ValueError(f"there is no {what}: wire an array, a list or a number into it")
    if type(value).__module__.startswith("PIL."):
        raise ValueError(f"{what} is a picture; make an array of it with lib.tensor.FromImage")
    if not isinstance(value, (list, tuple, int, float)) and not hasattr(value, "__array__"):
        where = f" at {value['uri']!r}" if isinstance(value, dict) and "uri" in value else ""
        raise ValueError(f"{what} is no array that can be read here but {type(value).__name__}{where}")
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{what} has rows of different lengths, so it is no array") from None
    if array.dtype.kind not in "biuf" or isinstance(value, np.ma.MaskedArray):
        kind = "a mask" if array.dtype.kind in "biuf" else f"the dtype {array.dtype}"
        raise ValueError(f"{what} has {kind}; these nodes know whole and real numbers")
    return array


def together(**values: Any) -> tuple[Any, list[Any]]:
    """Return the module that reckons with these values, and them: arrays of its own, and plain numbers as they are.

    A plain number takes the dtype of the array it meets, as in numpy and torch. Numbers alone become numpy's.
    """
    import numpy as np

    read = {name: value if _is_plain(value) else read_array(value, name) for name, value in values.items()}
    tensors = {name: value for name, value in read.items() if is_tensor(value)}
    if not tensors:
        alone = all(map(_is_plain, read.values()))
        return np, [np.asarray(value) if alone else value for value in read.values()]
    (first, tensor), *others = tensors.items()
    for name, other in others:
        if other.device != tensor.device and other.ndim:
            raise ValueError(
                f"{first} is on {tensor.device} and {name} on {other.device}; bring one over with lib.tensor.ToTorch"
            )
    return library_of(tensor), [
        value if _is_plain(value) or is_tensor(value) else _beside(value, values[name], tensor.device)
        for name, value in read.items()
    ]


def _is_plain(value: object) -> bool:
    return isinstance(value, (bool, int, float))


def _beside(array: Any, given: Any, device: Any) -> Any:
    moved = to_torch(array, device)
    if isinstance(given, (list, tuple)) and moved.is_floating_point():
        import torch

        return moved.to(torch.get_default_dtype())  # a list has no precision of its own
    return moved


def to_torch(array: Any, device: Any, dtype: Any = None) -> Any:
    """Return an array as a tensor on ``device``; shares memory with it only where that is as good as a copy."""
    import torch

    if is_tensor(array):
        return array.to(device=device, dtype=dtype)
    native = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    shared = native if native.flags.writeable and native.flags.c_contiguous else native.copy(order="C")
    try:
        return torch.from_numpy(shared).to(device=device, dtype=dtype)
    except TypeError:
        raise ValueError(f"torch has no dtype like numpy's {array.dtype}; cast the array to float64 first") from None


def to_numpy(array: Any) -> Any:
    """Return a numpy array: a tensor is brought to the CPU, bfloat16 as float32."""
    if not is_tensor(array):
        return array
    plain = array.detach().cpu().resolve_neg()
    return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()


def dtype_of(array: Any) -> str:
    """Return the name of the dtype: ``float32``, ``int64``, ``bool`` …"""
    return str(array.dtype).removeprefix("torch.")


def is_whole(array: Any) -> bool:
    """Tell whether an array's or plain number's dtype is for whole numbers, truth values included."""
    if _is_plain(array):
        return not isinstance(array, float)
    return not array.is_floating_point() if is_tensor(array) else array.dtype.kind in "biu"


def floats(array: Any) -> Any:
    """Return an array in floats: whole numbers become float64 in numpy, torch's default in torch."""
    if not is_whole(array):
        return array
    room("a copy in floats", array.shape, 8)
    return array.to(library_of(array).get_default_dtype()) if is_tensor(array) else array.astype("float64")


def plain(result: Any) -> Any:
    """Return a result without axes as a plain number, and any other as it is."""
    return result.item() if result.ndim == 0 else result


def size_of(array: Any) -> int:
    """Return how many bytes one number of an array takes."""
    return int(array.element_size() if is_tensor(array) else array.dtype.itemsize) if hasattr(array, "dtype") else 8


def room(what: str, shape: Sequence[int], itemsize: int) -> None:
    """Refuse to make an array of more than ``LIMIT`` bytes, before it is made."""
    size = math.prod(shape) * itemsize
    if size > LIMIT:
        told = " × ".join(map(str, shape)) or "1"
        raise ValueError(
            f"{what} of {told} numbers would take {size / 2**30:,.1f} GiB; one node may make {LIMIT / 2**30:g} GiB"
        )


def broadcast(what: str, *operands: Any) -> tuple[int, ...]:
    """Return the shape that operands have together; raises ``ValueError`` with their shapes when they do not fit."""
    return fitted(what, *(tuple(getattr(operand, "shape", ())) for operand in operands))


def fitted(what: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that several shapes are repeated to; raises ``ValueError`` when they do not fit."""
    import numpy as np

    try:
        fit: tuple[int, ...] = np.broadcast_shapes(*shapes)
        return fit
    except ValueError:
        raise ValueError(f"{what}: the shapes {' and '.join(map(str, shapes))} do not fit") from None


def axis_in(what: str, axis: int, array: Any, more: int = 0) -> int:
    """Return an axis counted from the front; raises ``ValueError`` when the array has no such."""
    count: int = array.ndim + more
    if not -count <= axis < count:
        raise ValueError(
            f"{what}: there is no axis {axis} in the shape {tuple(array.shape)}; "
            + (f"it goes from {-count} to {count - 1}" if count else "it is a single number")
        )
    return axis % count


def quiet(call: Callable[[], Any]) -> Any:
    """Call a numpy or torch function; what is divided by zero is inf or nan, without a warning."""
    import numpy as np

    with np.errstate(all="ignore"):
        return call()


def stacked(what: str, arrays: Sequence[Any], axis: int) -> Any:
    """Put arrays of one shape beside each other along a new axis."""
    parts = _parts(what, arrays)
    for index, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise ValueError(
                f"{what}: item {index} has the shape {tuple(part.shape)} and the first {tuple(parts[0].shape)}; "
                "they must be the same"
            )
    place, shape = axis_in(what, axis, parts[0], 1), tuple(parts[0].shape)
    grown = [part.reshape((*shape[:place], 1, *shape[place:])) for part in parts]
    return library_of(*parts).concatenate(grown, place)


def joined(what: str, arrays: Sequence[Any], axis: int) -> Any:
    """Put arrays behind each other along an axis; the other axes must be of one length."""
    parts = _parts(what, arrays)
    place = axis_in(what, axis, parts[0])
    rest = [tuple(length for at, length in enumerate(part.shape) if at != place) for part in parts]
    for index, part in enumerate(parts):
        if part.ndim != parts[0].ndim or rest[index] != rest[0]:
            raise ValueError(
                f"{what}: item {index} has the shape {tuple(part.shape)} and the first {tuple(parts[0].shape)}; "
                f"only axis {place} may differ"
            )
    return library_of(*parts).concatenate(parts, place)


def _parts(what: str, arrays: Sequence[Any]) -> list[Any]:
    if not len(arrays):
        raise ValueError(f"{what}: there is no array to put together")
    _, parts = together(**{f"item {index}": array for index, array in enumerate(arrays)})
    parts = [part if hasattr(part, "dtype") else like(part, parts) for part in parts]
    room(what, [sum(math.prod(part.shape) for part in parts)], max(map(size_of, parts)))
    return parts


def like(number: Any, arrays: Sequence[Any]) -> Any:
    """Return a plain number as an array without axes, on the side of the arrays it stands beside."""
    tensor = next(filter(is_tensor, arrays), None)
    module = library_of(tensor)
    return module.asarray(number) if tensor is None else module.asarray(number, device=tensor.device)
