"""Notebook cells by the names that people know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nodetool_jupyter.nodes.cells import cell_label, describe_line, is_cell, name_cells, origin, readable


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    shell = InteractiveShell.instance(history_load_length=0)
    shell.history_manager.enabled = False
    yield shell
    InteractiveShell.clear_instance()


def run(shell: Any, code: str) -> str:
    """Run a cell and return its label."""
    label = f"In[{shell.execution_count}]"
    shell.run_cell(code, store_history=True).raise_error()
    return label


@pytest.mark.parametrize("name", ["/tmp/ipykernel_7/12.py", "<ipython-input-3-ab>", "In[3]"])
def test_cells_are_told(name: str) -> None:
    assert is_cell(name)


@pytest.mark.parametrize("name", ["/home/me/model.py", "<string>", "In[3].py", "In[]"])
def test_files_are_no_cells(name: str) -> None:
    assert not is_cell(name)


def test_a_cell_has_the_label_that_the_notebook_shows(shell: Any) -> None:
    label = run(shell, "def here(): pass")
    assert cell_label(shell.user_ns["here"].__code__.co_filename) == label


def test_another_processs_cells_have_the_labels_it_gave() -> None:
    name_cells({"/tmp/ipykernel_7/99.py": "In[41]"})
    assert describe_line("/tmp/ipykernel_7/99.py", 2) == "line 2 of In[41]"


def test_a_traceback_gets_the_cells_labels() -> None:
    name_cells({"/tmp/ipykernel_7/98.py": "In[40]"})
    assert readable('  File "/tmp/ipykernel_7/98.py", line 2, in f\n') == '  File "In[40]", line 2, in f\n'


def test_a_traceback_keeps_the_names_of_files() -> None:
    trace = '  File "/home/me/model.py", line 2, in f\n'
    assert readable(trace) == trace


def test_a_traceback_keeps_the_name_of_a_cell_that_nobody_knows() -> None:
    trace = '  File "/tmp/ipykernel_7/1.py", line 2, in f\n'
    assert readable(trace) == trace


def test_a_label_of_another_session_is_not_the_cell_that_runs_here(shell: Any) -> None:
    label = f"In[{shell.execution_count}]"
    assert describe_line(label, 3) == f"line 3 of {label}"


@pytest.mark.parametrize(
    "code",
    [
        "thing = 1",
        "thing: int = 1",
        "for thing in (1, 2): pass",
        "def thing(): pass",
        "class thing: pass",
        "if (thing := 3): pass",
        "from contextlib import nullcontext\nwith nullcontext(1) as thing: pass",
    ],
)
def test_the_cell_that_made_a_name_is_found(shell: Any, code: str) -> None:
    label = run(shell, code)
    assert origin("thing") == f"made in {label}"


def test_the_last_cell_that_made_a_name_counts(shell: Any) -> None:
    run(shell, "twice = 1")
    label = run(shell, "twice = 2")
    assert origin("twice") == f"made in {label}"


def test_the_import_of_a_name_is_shown(shell: Any) -> None:
    label = run(shell, "from json import dumps as write, loads")
    assert origin("write") == f"imported in {label}: from json import dumps as write, loads"


def test_a_cell_with_a_magic_is_read_too(shell: Any) -> None:
    label = run(shell, "%colors nocolor\nbeside = 1")
    assert origin("beside") == f"made in {label}"


def test_a_name_that_no_cell_made_has_no_origin(shell: Any) -> None:
    run(shell, "print(len('unmade'))")
    assert origin("unmade") == ""
