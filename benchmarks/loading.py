"""What ``%load_ext nodetool_jupyter`` costs above bare IPython, in fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Figure, Figures

PROGRAM = """
import sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("1 + 1")
start = time.perf_counter()
shell.run_line_magic("load_ext", sys.argv[1])
print(time.perf_counter() - start)
"""


def _seconds(module: str, folder: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module], capture_output=True, text=True, check=True, cwd=folder
    )
    return float(done.stdout.split()[-1])


def figures(*, soak: bool) -> Figures:
    repeats = 21 if soak else 9
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "empty_extension.py").write_text("def load_ipython_extension(shell): pass\n")
        pairs = [(_seconds("nodetool_jupyter", folder), _seconds("empty_extension", folder)) for _ in range(repeats)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Figure("load_ext above bare IPython", (ours - bare) * 1e3, "ms", bare * 1e3, "<= 150")
