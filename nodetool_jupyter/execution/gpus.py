"""Which GPUs there are, and which of them a job asked for."""

from __future__ import annotations

from dataclasses import dataclass

from nodetool_jupyter.errors import InvalidRequest, nearest


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its number among those this process sees, its UUID, its name and its memory in bytes."""

    index: int
    uuid: str
    name: str
    memory: int


def available() -> list[Gpu]:
    """Return the NVIDIA GPUs of this machine; an empty list where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        found = []
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
            found.append(
                Gpu(index, _text(pynvml.nvmlDeviceGetUUID(handle)), _text(pynvml.nvmlDeviceGetName(handle)), memory)
            )
        return found
    finally:
        pynvml.nvmlShutdown()


def choose(asked: tuple[str, ...] | None) -> list[Gpu]:
    """Return the GPUs that a request names: numbers, UUIDs (or how they begin), or ``all``.

    Raises :class:`InvalidRequest` for one that is not there.
    """
    if not asked:
        return []
    here = available()
    if not here:
        raise InvalidRequest(
            f"--gpus {','.join(asked)}: this machine has no GPU that can be used; leave --gpus out, or say none"
        )
    if asked == ("all",):
        return here
    chosen = []
    for name in asked:
        match = [gpu for gpu in here if name == str(gpu.index) or (len(name) > 3 and gpu.uuid.startswith(name))]
        if len(match) != 1:
            raise InvalidRequest(f"there is no GPU {name!r}; {nearest(name, [str(gpu.index) for gpu in here])}")
        if match[0] not in chosen:
            chosen.append(match[0])
    return chosen


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
