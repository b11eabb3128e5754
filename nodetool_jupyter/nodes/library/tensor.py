"""``lib.tensor``: arrays of numbers, in numpy or torch. This namespace is this package's own, not NodeTool's.

- numpy in, numpy out; a tensor in, a tensor out, on the same device. Where both meet, numpy moves to the tensor's
  device; tensors on different devices are refused.
- ``ToTorch`` moves to torch, and to the device of the job (``ctx.device``) unless it names one; ``ToNumpy`` moves back.
  All other nodes need no torch.
- Numbers and nested lists are taken as arrays. What has no axes any more (a sum of everything, one element) is a plain
  number, and a plain number takes the dtype of the array it meets.
- Whole numbers are reckoned in int64, and refused where 64 bits do not hold a result; ``Cast`` refuses numbers that do
  not fit. Means, roots, quotients and their like are floats: float64 in numpy, torch's default in torch.
- What is divided by zero, or has no real result, is inf or nan, without a warning.
- Shapes that do not fit are refused in one sentence with the shapes; so is an array of more than 4 GiB, before it is
  made.
- An array that is kept or shown is stored as such, never pickled; a tensor comes back on the CPU.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypedDict

from nodetool_jupyter.nodes.arrays import (
    Numbers,
    TorchTensor,
    dtype_of,
    floats,
    is_tensor,
    plain,
    quiet,
    read_array,
    room,
    to_numpy,
    to_torch,
)
from nodetool_jupyter.nodes.casting import as_dtype
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.devices import torch_device
from nodetool_jupyter.nodes.library.tensor_making import OwnDtype
from nodetool_jupyter.nodes.pictures import read_picture, size
from nodetool_jupyter.nodes.types import Array, Image

node = family("lib.tensor", inline=False)

Layout = Literal["HWC", "CHW"]


class Facts(TypedDict):
    """What an array is, and the range of its numbers; the last three are None of an empty one."""

    shape: list[int]
    dtype: str
    device: str
    library: str
    size: int
    min: float | None
    max: float | None
    mean: float | None


@node
def FromList(values: list[Any] = [], dtype: OwnDtype = "") -> Array:
    """Make an array of a list of numbers, or of lists of one length; without ``dtype``, int64 or float64."""
    array: Array = to_numpy(read_array(values, "values"))
    return as_dtype("FromList", array, dtype) if dtype else array


@node
def ToList(value: Numbers = None) -> list[Any]:
    """Return the numbers of an array as a list, nested as deep as the array has axes."""
    array = to_numpy(read_array(value))
    room("ToList: a list", array.shape, 32)  # what a number costs as an object of its own
    numbers = array.tolist()
    return numbers if isinstance(numbers, list) else [numbers]


@node
def FromImage(
    image: Image | None = None,
    mode: Literal["RGB", "RGBA", "L"] = "RGB",
    layout: Layout = "HWC",
    dtype: Literal["float32", "float64", "uint8"] = "float32",
) -> Array:
    """Make an array of a picture: its rows, columns and colours, as floats from 0 to 1 or bytes from 0 to 255.

    ``layout`` CHW puts the colours first, as most networks want them; a grey picture has one.
    """
    import numpy as np

    picture = read_picture(image).convert(mode)
    room("FromImage: an array", (picture.height, picture.width, len(mode)), int(dtype[-2:].strip("t")) // 8)
    pixels = np.array(picture, dtype="uint8").reshape(picture.height, picture.width, -1)
    if layout == "CHW":
        pixels = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return pixels if dtype == "uint8" else (pixels / np.asarray(255, dtype=dtype)).astype(dtype, copy=False)


@node
def ToImage(value: Numbers = None, layout: Layout = "HWC") -> Image:
    """Make a picture of an array: grey of two axes, else of 1, 3 or 4 colours.

    Floats count from 0 to 1, whole numbers from 0 to 255; what is beyond is cut.
    """
    import numpy as np

    array = to_numpy(read_array(value))
    if array.ndim == 3 and layout == "CHW":
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or 0 in array.shape:
        raise ValueError(
            f"ToImage: the shape {tuple(array.shape)} in {layout} is no picture; it takes (H, W), "
            + ("(C, H, W)" if layout == "CHW" else "(H, W, C)")
            + " with 1, 3 or 4 colours"
        )
    size(array.shape[1], array.shape[0])
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype.kind == "b":
        array = array.astype("float32")
    whole = array.dtype.kind != "f"
    return read_picture(array.clip(0, 255) if whole else np.nan_to_num(array.astype("float32"), posinf=1, neginf=0))


@node(requires=("torch",), extra="torch")
def ToTorch(
    ctx: NodeContext,
    value: Numbers = None,
    device: str = "",
    dtype: Literal["", "bfloat16", "float16", "float32", "float64", "int64", "int32", "uint8", "bool"] = "",
) -> TorchTensor:
    """Make a tensor of an array, on the job's device or the one that is named (``cpu``, ``cuda:0``)."""
    array = to_torch(read_array(value), torch_device(ctx, device))
    return as_dtype("ToTorch", array, dtype) if dtype else array


@node
def ToNumpy(value: Numbers = None) -> Array:
    """Bring a tensor to the CPU as a numpy array; bfloat16 becomes float32."""
    array: Array = to_numpy(read_array(value))
    return array


@node
def Cast(
    value: Numbers = None,
    dtype: Literal[
        "bfloat16", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"
    ] = "float32",
) -> Numbers:
    """Change the dtype: fractions are cut off, anything but 0 is true, and what does not fit is refused."""
    return as_dtype("Cast", read_array(value), dtype)


@node
def Info(value: Numbers = None) -> Facts:
    """Tell the shape, dtype and device of an array, and the range and mean of its numbers."""
    array = read_array(value)
    torch = is_tensor(array)
    facts: dict[str, Any] = {"min": None, "max": None, "mean": None}
    if 0 not in array.shape:
        seen = to_numpy(array) if "uint" in dtype_of(array) else array  # as torch does not compare those
        facts = {"min": plain(seen.min()), "max": plain(seen.max()), "mean": plain(quiet(floats(seen).mean))}
    return {
        "shape": list(array.shape),
        "dtype": dtype_of(array),
        "device": str(array.device) if torch else "cpu",
        "library": "torch" if torch else "numpy",
        "size": math.prod(array.shape),
        **facts,  # type: ignore[typeddict-item]
    }


from nodetool_jupyter.nodes.library import (  # noqa: E402, F401  # the rest of the family
    tensor_making,
    tensor_math,
    tensor_shape,
    tensor_statistics,
)
