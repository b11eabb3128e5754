"""Where torch computes for a node."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.context import NodeContext


def torch_device(ctx: NodeContext, wanted: str = "") -> Any:
    """Return torch's device: the one that is wanted by name, else the job's.

    Raises ``ValueError`` for one that torch does not have here; a job that asked for a GPU never goes on without.
    """
    import torch

    name = wanted or ctx.device
    whose = f"the device {name!r}" if wanted else f"the job's device {name!r}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"there is no device {name!r}; torch knows 'cpu', 'cuda', 'cuda:0' and their like") from None
    if device.type == "cpu":
        return device
    if device.type != "cuda":
        raise ValueError(f"{whose} is of a kind that is not used here; say 'cpu' or 'cuda'")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (device.index or 0) >= count:
        has = f"this torch ({torch.__version__}) sees {count} GPUs" if count else "this torch sees no GPU"
        raise ValueError(f"{whose} is not there: {has}; install torch for CUDA, or say 'cpu'")
    return device
