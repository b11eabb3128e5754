"""What the built-in library costs to import, in fresh processes that have what a kernel has."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

from benchmarks.measure import Figure, Figures

PROGRAM = """
import json, sys, time
import ipykernel.kernelapp
times = []
for statement in sys.argv[1:]:
    start = time.perf_counter()
    exec(statement)
    times.append(time.perf_counter() - start)
print(json.dumps(times))
"""
REGISTRY = "from nodetool_jupyter.nodes.registry import FAMILIES, registry"
FLOOR = "import wave"  # a module of 700 lines in the standard library that nothing else has loaded


def _seconds(*statements: str) -> list[float]:
    # An installed package has its bytecode; a machine that is told to write none would compile everything each time.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *statements], capture_output=True, text=True, check=True, env=environ
    )
    times: list[float] = json.loads(done.stdout)
    return times


def figures(*, soak: bool) -> Figures:
    from nodetool_jupyter.nodes.registry import FAMILIES

    repeats = 15 if soak else 7
    _seconds(REGISTRY, *(f"registry.load({space!r})" for space in FAMILIES))  # writes the bytecode
    runs = [_seconds(FLOOR, REGISTRY, "registry.namespaces()") for _ in range(repeats)]
    floor, ours, names = (statistics.median(column) * 1e3 for column in zip(*runs, strict=True))
    yield Figure("import of the registry", ours, "ms", floor, "<= 20")
    yield Figure("names of all namespaces, other packages asked", names, "ms", floor, "")
    costs = {}
    for module in {module: space for space, module in FAMILIES.items()}.values():
        load = f"registry.load({module!r})"
        costs[module] = statistics.median(_seconds(REGISTRY, load)[1] for _ in range(5)) * 1e3
    slowest = max(costs, key=lambda space: costs[space])
    yield Figure(f"slowest of {len(costs)} families on use: {slowest}", costs[slowest], "ms", floor, "<= 50")
    yield Figure("median of the families on use", statistics.median(costs.values()), "ms", floor, "<= 50")
