"""Which GPUs there are, and which of them a job asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from nodetool_jupyter.errors import InvalidRequest

_VISIBLE = "CUDA_VISIBLE_DEVICES"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its number among those this process sees, its UUID, its name and its memory in bytes."""

    index: int
    uuid: str
    name: str
    memory: int


@dataclass(frozen=True, slots=True)
class GpuUse:
    """How much of a GPU is used now, by whomever: bytes of its memory, and its share of time, 0 … 1, where known."""

    gpu: Gpu
    memory: int
    busy: float | None


def available() -> list[Gpu]:
    """Return the NVIDIA GPUs that this process sees, numbered as CUDA numbers them; none where there is no driver.

    Those that CUDA_VISIBLE_DEVICES hides are left out. A GPU that is split (MIG) is its instances.
    """
    found = _ask(_describe)
    named = os.environ.get(_VISIBLE)
    return found if named is None else _seen(named, found)


def in_use() -> list[GpuUse]:
    """Return how much is used of each GPU that :func:`available` returns."""
    uses = {use.gpu.uuid: use for use in _ask(_use)}
    return [replace(uses[gpu.uuid], gpu=gpu) for gpu in available() if gpu.uuid in uses] if uses else []


def _ask(about: Callable[[Any, int, Any], T]) -> list[T]:
    """Return what the driver says about each GPU; nothing where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [handle for index in range(pynvml.nvmlDeviceGetCount()) for handle in _instances(pynvml, index)]
        return [about(pynvml, index, handle) for index, handle in enumerate(handles)]
    finally:
        pynvml.nvmlShutdown()


def _instances(pynvml: Any, index: int) -> Iterator[Any]:
    """Yield a GPU, or the instances it is split into."""
    whole = pynvml.nvmlDeviceGetHandleByIndex(index)
    try:
        split = pynvml.nvmlDeviceGetMigMode(whole)[0] == pynvml.NVML_DEVICE_MIG_ENABLE
    except pynvml.NVMLError:  # most kinds cannot be split
        split = False
    if not split:
        yield whole
        return
    for place in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(whole)):
        try:
            yield pynvml.nvmlDeviceGetMigDeviceHandleByIndex(whole, place)
        except pynvml.NVMLError:  # a place that no instance takes
            continue


def _describe(pynvml: Any, index: int, handle: Any) -> Gpu:
    memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    return Gpu(index, _text(pynvml.nvmlDeviceGetUUID(handle)), _text(pynvml.nvmlDeviceGetName(handle)), memory)


def _use(pynvml: Any, index: int, handle: Any) -> GpuUse:
    gpu, memory = _describe(pynvml, index, handle), int(pynvml.nvmlDeviceGetMemoryInfo(handle).used)
    try:
        busy = float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100
    except pynvml.NVMLError:  # an instance of a split GPU does not tell
        busy = None
    return GpuUse(gpu, memory, busy)


def _seen(named: str, found: Sequence[Gpu]) -> list[Gpu]:
    """Return what CUDA would show: in the order named, up to the first name that fits none; nothing if one is twice.

    A number is read as one of PCI order, which is CUDA's own where all GPUs are of one kind.
    """
    seen: list[Gpu] = []
    for name in named.split(","):
        match = _named(name.strip(), found)
        if len(match) != 1:
            break
        seen.append(match[0])
    if len(set(seen)) < len(seen):
        return []
    return [replace(gpu, index=index) for index, gpu in enumerate(seen)]


def _named(name: str, here: Sequence[Gpu]) -> list[Gpu]:
    """Return the GPUs of a number, or of the beginning of a UUID."""
    if name.isdecimal():
        return [gpu for gpu in here if int(name) == gpu.index]
    return [gpu for gpu in here if len(name) > 3 and gpu.uuid.startswith(name)]


def choose(asked: tuple[str, ...] | None) -> list[Gpu]:
    """Return the GPUs that a request names: numbers, UUIDs (or how they begin), or ``all``.

    Raises :class:`InvalidRequest` for one that is not there, or that could be several; it names those that are there.
    """
    if not asked:
        return []
    here = available()
    if not here:
        hidden = f" ({_VISIBLE} is {os.environ[_VISIBLE]!r})" if _VISIBLE in os.environ else ""
        raise InvalidRequest(
            f"--gpus {','.join(asked)}: this machine has no GPU that can be used{hidden}; leave --gpus out, or say none"
        )
    if asked == ("all",):
        return here
    chosen = []
    for name in asked:
        match = _named(name, here)
        if not match:
            raise InvalidRequest(f"there is no GPU {name!r}; valid: {', '.join(str(gpu.index) for gpu in here)}, all")
        if len(match) > 1:
            several = ", ".join(gpu.uuid for gpu in match)
            raise InvalidRequest(f"{name!r} names more than one GPU; they are: {several}")
        if match[0] not in chosen:
            chosen.append(match[0])
    return chosen


def visible(gpus: Sequence[Gpu]) -> dict[str, str]:
    """Return the variables that show a new process these GPUs only, as 0, 1 … in this order; none for no GPU.

    A job that asked for none so sees what its process sees.
    """
    if not gpus:
        return {}
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", _VISIBLE: ",".join(gpu.uuid for gpu in gpus)}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
