"""What the README shows is what happens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.conftest import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


@pytest.fixture
def shell() -> Any:
    found = InteractiveShell.instance()
    found.run_line_magic("load_ext", "nodetool_jupyter")
    yield found
    found.run_line_magic("unload_ext", "nodetool_jupyter")
    InteractiveShell.clear_instance()


def test_the_first_cell_gives_what_the_readme_says(shell: Any) -> None:
    cell = next(block for block in BLOCKS if block.startswith("%%nodetool run"))
    ran = shell.run_cell(cell)
    ran.raise_error()
    assert dict(ran.result) == {"result": "HELLO FROM A CELL"}


def test_functions_of_ones_own_run_as_the_readme_says(shell: Any) -> None:
    block = next(block for block in BLOCKS if "@nt.node" in block)
    shell.push({"book": "It was the best of times. It was the worst of times"})
    ran = shell.run_cell("from typing import Iterator\n" + block)
    ran.raise_error()
    assert dict(ran.result) == {"words": 12}
    assert shell.run_cell('count_words("so it is")').result == 3


def test_a_job_that_survives_runs_as_the_readme_says(shell: Any) -> None:
    shell.push({"book": ""})
    shell.run_cell("from typing import Iterator\n" + next(block for block in BLOCKS if "@nt.node" in block))
    ran = shell.run_cell(next(block for block in BLOCKS if "--strategy subprocess" in block))
    ran.raise_error()
    assert dict(ran.result) == {"words": 8}
