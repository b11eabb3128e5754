"""Where arrays are under test: numpy, torch on the CPU, torch on a GPU; one table of cases runs on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class A:
    """An array of a case: its numbers, and its dtype where it matters."""

    numbers: Any
    dtype: str | None = None


@dataclass(frozen=True)
class Side:
    """One place for arrays; empty for numpy, else torch's device."""

    device: str

    def __str__(self) -> str:
        return self.device or "numpy"

    def make(self, value: Any) -> Any:
        """Return an argument of a case with its arrays made here."""
        if isinstance(value, list):
            return [self.make(item) for item in value]
        if not isinstance(value, A):
            return value
        if not self.device:
            return np.array(value.numbers, value.dtype)
        torch = pytest.importorskip("torch")
        if self.device == "cuda" and not torch.cuda.is_available():
            pytest.skip("torch sees no GPU")
        return torch.tensor(value.numbers, dtype=getattr(torch, value.dtype or "", None), device=self.device)

    def has(self, value: Any) -> bool:
        """Tell whether an array is of this side."""
        if not self.device:
            return isinstance(value, np.ndarray)
        return not isinstance(value, np.ndarray) and value.device.type == self.device


SIDES = [
    pytest.param(Side(""), id="numpy"),
    pytest.param(Side("cpu"), id="torch"),
    pytest.param(Side("cuda"), id="cuda", marks=pytest.mark.gpu),
]


def dtype_of(array: Any) -> str:
    return str(array.dtype).removeprefix("torch.")
