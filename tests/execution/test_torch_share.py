"""The cap on torch's GPU memory, in real processes with a torch that only writes down what it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAZY = """
calls = []
def _lazy_call(later): calls.append(later)
def init():
    for later in calls: later()
"""
EAGER = """
def init(): pass
"""
CUDA = """
from types import SimpleNamespace
asked = []
def is_available(): return True
def device_count(): return 2
def get_device_properties(device): return SimpleNamespace(total_memory=(80, 40)[device])
def set_per_process_memory_fraction(fraction, device): asked.append((device, fraction))
"""


def run(folder: Path, code: str, cuda: str = LAZY) -> list[str]:
    """Run code in a process where ``torch`` is the fake one; returns the lines it prints."""
    package = folder / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("from torch import cuda\nprint('torch', __loader__.__class__.__name__)\n")
    (package / "cuda.py").write_text(CUDA + cuda)
    (folder / "innocent.py").write_text("")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())])}
    before = "import sys\nfrom nodetool_jupyter.execution import torch_share\n"
    done = subprocess.run(
        [sys.executable, "-c", before + code], capture_output=True, text=True, env=environ, timeout=50, check=True
    )
    return done.stdout.splitlines()


def test_the_cap_itself_imports_no_torch(tmp_path: Path) -> None:
    assert run(tmp_path, "torch_share.cap(20); import innocent; print('torch' in sys.modules)") == ["False"]


def test_the_cap_is_set_on_each_gpu_when_torch_begins_to_use_cuda(tmp_path: Path) -> None:
    code = "torch_share.cap(20); import torch; print(torch.cuda.asked); torch.cuda.init(); print(torch.cuda.asked)"
    assert run(tmp_path, code) == ["torch SourceFileLoader", "[]", "[(0, 0.25), (1, 0.5)]"]


def test_a_torch_without_later_calls_is_capped_at_once(tmp_path: Path) -> None:
    code = "torch_share.cap(20); import torch; print(torch.cuda.asked)"
    assert run(tmp_path, code, EAGER) == ["torch SourceFileLoader", "[(0, 0.25), (1, 0.5)]"]


def test_a_torch_without_cuda_is_left_alone(tmp_path: Path) -> None:
    code = "torch_share.cap(20); import torch; print(torch.cuda.asked)"
    cuda = EAGER + "def is_available(): return False\n"
    assert run(tmp_path, code, cuda)[-1] == "[]"


def test_a_torch_that_is_there_already_is_capped(tmp_path: Path) -> None:
    code = "import torch; torch_share.cap(20); torch.cuda.init(); print(torch.cuda.asked)"
    assert run(tmp_path, code)[-1] == "[(0, 0.25), (1, 0.5)]"


def test_a_part_of_torch_that_is_imported_first_counts_too(tmp_path: Path) -> None:
    code = "torch_share.cap(20); import torch.cuda as cuda; cuda.init(); print(cuda.asked)"
    assert run(tmp_path, code)[-1] == "[(0, 0.25), (1, 0.5)]"


def test_more_than_a_gpu_has_is_all_of_it(tmp_path: Path) -> None:
    code = "torch_share.cap(50); import torch; torch.cuda.init(); print(torch.cuda.asked)"
    assert run(tmp_path, code)[-1] == "[(0, 0.625), (1, 1.0)]"


@pytest.mark.parametrize("again", ["import torch", "import innocent"])
def test_nothing_of_the_cap_stays_in_the_way_of_imports(tmp_path: Path, again: str) -> None:
    code = f"before = list(sys.meta_path); torch_share.cap(20); import torch; {again}; print(sys.meta_path == before)"
    assert run(tmp_path, code)[-1] == "True"


def test_a_missing_torch_is_missed_as_ever_and_found_when_it_comes(tmp_path: Path) -> None:
    code = f"""
import importlib
real = sys.path[:]
sys.path[:] = [folder for folder in real if "site-packages" not in folder and folder != {str(tmp_path)!r}]
torch_share.cap(20)
try:
    import torch
except ModuleNotFoundError as error:
    print(error)
sys.path[:] = [{str(tmp_path)!r}, *real]
importlib.invalidate_caches()
import torch
torch.cuda.init()
print(torch.cuda.asked)
"""
    said = run(tmp_path, code)
    assert (said[0], said[-1]) == ("No module named 'torch'", "[(0, 0.25), (1, 0.5)]")
