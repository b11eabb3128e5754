"""Node types that cannot travel to another process: one sentence says which, and what in it is in the way."""

from __future__ import annotations

import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.shipping import pack, unpack
from tests.nodes.shipped import cell


def refused(source: str, name: str, **known: Any) -> str:
    """Return the sentence that says why the node of a cell cannot be sent."""
    with pytest.raises(InvalidRequest) as caught:
        pack([cell(source, **known)[name].node_type])
    return str(caught.value)


def test_a_lock_is_refused_by_its_name() -> None:
    source = "@nt.node\ndef shout(x: str) -> str:\n    with lock:\n        return x\n"
    assert refused(source, "shout", lock=threading.Lock()) == (
        "node 'shout' cannot be sent to another process: it uses the global 'lock' (a _thread.lock); "
        "make it inside the function"
    )


def test_what_a_container_holds_is_told() -> None:
    source = "@nt.node\ndef shout(x: str) -> str:\n    return parts[x]\n"
    assert "uses the global 'parts' (a dict): cannot pickle '_thread.lock' object; make" in refused(
        source, "shout", parts={"lock": threading.Lock()}
    )


def test_a_lock_in_a_function_that_it_calls_is_refused_with_that_function() -> None:
    source = """
    def helper():
        return lock
    @nt.node
    def shout(x: str) -> str:
        return str(helper())
    """
    assert "it uses the global 'lock' in 'helper' (a _thread.lock)" in refused(source, "shout", lock=threading.Lock())


def test_a_lock_in_an_inner_function_is_found() -> None:
    source = """
    @nt.node
    def shout(x: str) -> str:
        return [str(lock) for _ in x][0]
    """
    assert "it uses the global 'lock' (" in refused(source, "shout", lock=threading.Lock())


def test_a_lock_in_a_closure_is_refused() -> None:
    source = """
    def maker(guard):
        @nt.node
        def shout(x: str) -> str:
            return str(guard)
        return shout
    shout = maker(lock)
    """
    assert "it uses 'guard' of the function around it (a _thread.lock)" in refused(
        source, "shout", lock=threading.Lock()
    )


def test_a_lock_as_a_default_is_refused() -> None:
    source = "@nt.node\ndef shout(x: str, by=lock) -> str:\n    return x\n"
    assert "it uses the default of 'by' (a _thread.lock)" in refused(source, "shout", lock=threading.Lock())


def test_a_lock_on_a_class_is_refused() -> None:
    source = "class Slow(nt.Node):\n    guard = lock\n    def process(self, x: str) -> str:\n        return x\n"
    assert refused(source, "Slow", lock=threading.Lock()).endswith(
        "it uses the attribute 'guard' (a _thread.lock); make it in setup"
    )


def test_the_node_that_cannot_travel_is_named_among_others() -> None:
    space = cell(
        """
        @nt.node
        def fine(x: int) -> int:
            return x
        @nt.node
        def bad(x: int) -> int:
            return hash(lock)
        """,
        lock=threading.Lock(),
    )
    kinds: list[NodeType] = [space["fine"].node_type, space["bad"].node_type]
    with pytest.raises(InvalidRequest, match=r"^node 'bad' cannot be sent"):
        pack(kinds)


def test_a_function_of_a_module_that_was_made_here_is_refused(phantom: types.ModuleType) -> None:
    phantom.model.__module__ = "phantom"
    source = "from phantom import model\n@nt.node\ndef shout(x: str) -> str:\n    return x * model()\n"
    assert refused(source, "shout") == (
        "node 'shout' cannot be sent to another process: it uses 'model' from the module 'phantom', which was made in "
        "this process and cannot be imported there; define it in the notebook, or save phantom.py in a "
        "folder of sys.path"
    )


def test_an_object_of_such_a_modules_class_is_refused(phantom: types.ModuleType) -> None:
    phantom.Model.__module__ = "phantom"
    source = "import phantom\nnet = phantom.Model()\n@nt.node\ndef shout(x: str) -> str:\n    return str(net)\n"
    assert "it uses the global 'net' from the module 'phantom', which was made in" in refused(source, "shout")


def test_such_a_module_itself_is_refused(phantom: types.ModuleType) -> None:
    source = "import phantom as ph\n@nt.node\ndef shout(x: str) -> str:\n    return x * ph.model()\n"
    assert "it uses the global 'ph' from the module 'phantom', which was made in" in refused(source, "shout")


def test_a_module_whose_file_is_gone_is_refused(module: Callable[[str, str], Any], tmp_path: Path) -> None:
    module("shipped_d", "def model():\n    return 1\n")
    (tmp_path / "shipped_d.py").unlink()
    source = "from shipped_d import model\n@nt.node\ndef shout(x: str) -> str:\n    return x * model()\n"
    said = (
        f"'shipped_d', which cannot be imported there: {tmp_path}/shipped_d.py is gone, or not in a folder of sys.path"
    )
    assert said in refused(source, "shout")


def test_what_a_users_own_class_raises_is_told() -> None:
    source = """
    class Proud:
        def __reduce__(self):
            raise RuntimeError("I stay")
    proud = Proud()
    @nt.node
    def shout(x: str) -> str:
        return str(proud)
    """
    assert "it uses the global 'proud' (a Proud): I stay" in refused(source, "shout")


def test_what_cannot_be_loaded_there_is_told() -> None:
    source = """
    class Proud:
        def __reduce__(self):
            return int, ("x",)
    proud = Proud()
    @nt.node
    def shout(x: str) -> str:
        return str(proud)
    """
    data = pack([cell(source)["shout"].node_type])
    assert data is not None
    with pytest.raises(InvalidRequest, match="nodes cannot be loaded in the process of the job: ValueError: invalid"):
        unpack(data)
