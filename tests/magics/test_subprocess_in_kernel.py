"""Cells in a real kernel whose workflows run in another process: nodes go there, and their failures come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.kernel_client import Kernel, error, text
from tests.nodes.shipped import arrived

SETUP = """
%load_ext nodetool_jupyter
import threading
import nodetool_jupyter as nt
lock = threading.Lock()
"""
NODES = """from __future__ import annotations
from typing import TypedDict

class Halves(TypedDict):
    left: Text
    right: Text

Text = str

@nt.node
def halve(text: str) -> Halves:
    return {"left": text[:1], "right": text[1:]}

@nt.node
def shout(text: str) -> str:
    if not text:
        raise ValueError("nothing to say")
    return text.upper() + "!"

class Box:
    def __init__(self, text: str) -> None:
        self.text = text

@nt.node
def wrap(text: str) -> Box:
    return Box(text)

@nt.node
def guarded(text: str) -> str:
    with lock:
        return text
"""
FAIL = "%%nodetool run --quiet --strategy subprocess{}\nnotebook.shout(text='')\n"
LINE = 'it failed in line 17 of In[2], in shout: raise ValueError("nothing to say")'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernel")


@pytest.fixture(scope="module")
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = Kernel(home)
    try:
        for code in (SETUP, NODES):
            assert not error(kernel.run(code))
        yield kernel
    finally:
        kernel.close()


def test_a_notebooks_own_node_runs_in_another_process(kernel: Kernel) -> None:
    assert not error(kernel.run("said = nt.run(nt.nodes.notebook.shout(text='a'), strategy='subprocess')"))
    assert kernel.value("list(said.values())") == "['A!']"


def test_an_object_comes_back_as_one_of_the_notebooks_own_class(kernel: Kernel) -> None:
    kernel.run("[box] = nt.run(nt.nodes.notebook.wrap(text='a'), strategy='subprocess').values()")
    assert kernel.value("(type(box) is Box, box.text)") == "(True, 'a')"


def test_outputs_of_a_class_annotated_by_string_are_known_there(kernel: Kernel, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    pack = "from nodetool_jupyter.nodes.shipping import pack\nfrom pathlib import Path\n"
    assert not error(kernel.run(f"{pack}Path({str(packed)!r}).write_bytes(pack([halve.node_type]))"))
    shown = arrived(
        packed.read_bytes(),
        "print(json.dumps({o.name: str(o.type) for o in registry.get('notebook.halve').outputs.values()}))",
    )
    assert json.loads(shown) == {"left": "str", "right": "str"}


def test_what_cannot_go_there_is_refused_with_the_cell_that_made_it(kernel: Kernel) -> None:
    messages = kernel.run("%%nodetool run --strategy subprocess\nnotebook.guarded(text='a')\n")
    assert text(messages) + error(messages) == (
        "UsageError: node 'guarded' cannot be sent to another process: "
        "it uses the global 'lock' (a _thread.lock, made in In[1]); make it inside the function\n"
    )


def test_a_failure_there_shows_one_screen_with_the_notebooks_lines(kernel: Kernel) -> None:
    assert error(kernel.run(FAIL.format(""))).splitlines()[1:] == [
        "  ValueError: nothing to say",
        "  node 'shout' was made in line 2 of the cell",
        f"  {LINE}",
        "  --traceback shows all",
    ]


def test_traceback_shows_what_the_other_process_told(kernel: Kernel) -> None:
    shown = error(kernel.run(FAIL.format(" --traceback")))
    assert '  File "In[2]", line 17, in shout\n    raise ValueError("nothing to say")\nValueError: nothing' in shown


def test_a_later_kernel_shows_the_earlier_ones_line(kernel: Kernel, home: Path) -> None:
    kernel.run(FAIL.format(""))
    job = json.loads(kernel.value("nt.jobs()[0].id").replace("'", '"'))
    later = Kernel(home)
    try:
        later.run("%load_ext nodetool_jupyter")
        shown = error(later.run(f"%nodetool result {job}")).splitlines()
    finally:
        later.close()
    assert shown[1:] == ["  ValueError: nothing to say", f"  {LINE}", "  --traceback shows all"]
