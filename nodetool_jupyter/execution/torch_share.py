"""Keeps torch to its share of each GPU's memory, without importing torch: the cap is set when a node does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def cap(gpu_memory: int) -> None:
    """Let torch, in this process, take at most so many bytes of each GPU that the process sees.

    It holds from torch's first use of CUDA on, also where torch was imported before. What other libraries take, and
    other processes of the job, is not counted.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        _cap(torch, gpu_memory)
    else:
        sys.meta_path.insert(0, _Finder(gpu_memory))


def _cap(torch: Any, gpu_memory: int) -> None:
    def set_fractions() -> None:
        for device in range(torch.cuda.device_count()):
            total = torch.cuda.get_device_properties(device).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, gpu_memory / total), device)

    # A process that has used CUDA cannot fork children that use it, so an import alone must not begin with it.
    later = getattr(torch.cuda, "_lazy_call", None)
    if later is not None:
        later(set_fractions)
    elif torch.cuda.is_available():
        set_fractions()


class _Finder(MetaPathFinder):
    """Finds torch as the others would, once, and has it capped when it is loaded."""

    def __init__(self, gpu_memory: int) -> None:
        self._gpu_memory = gpu_memory

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "torch":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)  # it may be installed later
            return None
        spec.loader = _Loader(spec.loader, self._gpu_memory)
        return spec


class _Loader(Loader):
    """Loads torch with its own loader, and puts that back before any of torch's code runs."""

    def __init__(self, own: Loader, gpu_memory: int) -> None:
        self._own = own
        self._gpu_memory = gpu_memory

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._own
        self._own.exec_module(module)
        _cap(module, self._gpu_memory)
