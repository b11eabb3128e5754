"""A node that runs out of memory, of the machine or of a GPU, gives its run that reason."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.nodes.define import node
from tests.engine.running import graph, run


class OutOfMemoryError(RuntimeError):
    """Named and derived as PyTorch's."""


class XlaRuntimeError(RuntimeError):
    """Named and derived as JAX's."""


@node(namespace="memory")
def breaks_with(which: str) -> Any:
    raise {
        "memory": MemoryError("no room"),
        "torch": OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        "jax": XlaRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8 bytes"),
        "jax otherwise": XlaRuntimeError("INVALID_ARGUMENT: no such device"),
        "other": RuntimeError("out of ideas"),
    }[which]


@pytest.mark.parametrize("which", ["memory", "torch", "jax"])
def test_a_node_out_of_memory_is_the_runs_reason(which: str) -> None:
    assert run(graph({"bad": (breaks_with, {"which": which})})).outcome.reason == "out_of_memory"


@pytest.mark.parametrize("which", ["jax otherwise", "other"])
def test_another_error_of_such_a_kind_is_the_nodes_own(which: str) -> None:
    assert run(graph({"bad": (breaks_with, {"which": which})})).outcome.reason == "node_failed"
