"""Node types that travel to another process: real child interpreters read what was packed here, and use it."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.shipping import pack, unpack
from tests.nodes.shipped import arrived, cell, sent

# -- what travels -------------------------------------------------------------------------------------------------


def test_a_function_arrives_under_its_name() -> None:
    source = """
    @nt.node
    def shout(text: str, times: int = 2) -> str:
        "Say it loud."
        return text.upper() * times
    """
    assert sent(source, "shout", "print(call('notebook.shout', 'a'))") == "AA"


def test_its_declaration_arrives() -> None:
    source = """
    @nt.node(name="loud", namespace="mine", timeout=3, gpu=True, memory=5, settings=("S",), secrets=("T",), inline=True)
    def shout(text: str) -> str:
        return text
    """
    shown = "k = registry.get('mine.loud'); print(k.name, k.timeout, k.gpu, k.memory, k.settings, k.secrets, k.inline)"
    assert sent(source, "shout", shown) == "mine.loud 3 True 5 ('S',) ('T',) True"


def test_properties_outputs_and_description_arrive() -> None:
    source = """
    @nt.node
    def cut(text: str, at: int = 3, ctx=None) -> list[str]:
        "Cut it."
        return [text[:at]]
    """
    shown = """
    k = registry.get('notebook.cut')
    inputs = [f'{p.name}:{p.type}' for p in k.properties.values()]
    print(inputs, k.outputs['output'].type, k.description, k.context_name)
    """
    assert sent(source, "cut", shown) == "['text:str', 'at:int'] list[str] Cut it. ctx"


def test_the_function_is_a_node_there_too() -> None:
    source = "@nt.node\ndef twice(x: int) -> int:\n    return 2 * x\n"
    assert sent(source, "twice", "print(registry.get('notebook.twice').call.try_(4))") == "8"


def test_a_closure_travels() -> None:
    source = """
    def maker(factor):
        @nt.node
        def scaled(x: float) -> float:
            return x * factor
        return scaled
    scaled = maker(3)
    """
    assert sent(source, "scaled", "print(call('notebook.scaled', 2))") == "6"


def test_globals_travel() -> None:
    source = """
    import math
    table = {"a": [1, 2]}
    @nt.node
    def total(key: str) -> float:
        return math.fsum(table[key])
    """
    assert sent(source, "total", "print(call('notebook.total', 'a'))") == "3.0"


def test_defaults_travel() -> None:
    source = "@nt.node\ndef both(a: list = [1], *, b: tuple = (2,)) -> list:\n    return [*a, *b]\n"
    assert sent(source, "both", "print(call('notebook.both'))") == "[1, 2]"


def test_other_functions_travel() -> None:
    source = """
    def helper(n):
        return n + one
    one = 1
    @nt.node
    def up(n: int) -> int:
        return helper(n)
    """
    assert sent(source, "up", "print(call('notebook.up', 1))") == "2"


def test_a_node_that_another_uses_is_a_node_there() -> None:
    source = """
    @nt.node(timeout=4)
    def inner(n: int) -> int:
        return n + 1
    @nt.node
    def outer(n: int) -> int:
        return inner(n) + inner.try_(n)
    """
    shown = "print(call('notebook.outer', 1), registry.get('notebook.inner').timeout)"
    assert sent(source, "outer", shown) == "4 4"


def test_recursion_travels() -> None:
    source = "@nt.node\ndef fact(n: int) -> int:\n    return 1 if n < 2 else n * fact(n - 1)\n"
    assert sent(source, "fact", "print(call('notebook.fact', 5))") == "120"


def test_functions_that_share_a_global_share_it_there() -> None:
    space = cell("""
    seen = []
    @nt.node
    def put(x: int) -> int:
        seen.append(x)
        return x
    @nt.node
    def count() -> int:
        return len(seen)
    """)
    data = pack([space["put"].node_type, space["count"].node_type])
    assert arrived(data, "call('notebook.put', 1); print(call('notebook.count'))") == "1"


@pytest.mark.parametrize(
    ("head", "flavour"),
    [
        ("def many(n: int):\n    yield n", "generator"),
        ("async def many(n: int) -> int:\n    return n", "async"),
        ("async def many(n: int):\n    yield n", "async_generator"),
    ],
)
def test_the_flavour_of_a_function_is_kept(head: str, flavour: str) -> None:
    assert sent(f"@nt.node\n{head}\n", "many", "print(registry.get('notebook.many').flavour)") == flavour


def test_nothing_is_still_nothing_there() -> None:
    source = """
    from nodetool_jupyter.nodes.define import NOTHING
    @nt.node
    def drop(x: int) -> int:
        return NOTHING
    """
    shown = "from nodetool_jupyter.nodes.kinds import NOTHING; print(call('notebook.drop', 1) is NOTHING)"
    assert sent(source, "drop", shown) == "True"


@pytest.mark.parametrize(
    "pair",
    [
        "from typing import TypedDict\nclass Pair(TypedDict):\n    left: int\n    right: str",
        "from typing import NamedTuple\nclass Pair(NamedTuple):\n    left: int\n    right: str",
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    left: int\n    right: str",
    ],
    ids=["TypedDict", "NamedTuple", "dataclass"],
)
@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"], ids=["now", "later"])
def test_named_outputs_of_a_notebooks_own_class_arrive(pair: str, future: str) -> None:
    source = f"{future}{pair}\n@nt.node\ndef split(x: int) -> Pair:\n    return Pair(left=x, right='r')\n"
    shown = "k = registry.get('notebook.split'); print(k.named, *(f'{o.name}:{o.type}' for o in k.outputs.values()))"
    assert sent(source, "split", shown).split()[1:] == ["left:int", "right:str"]


def test_an_annotation_by_string_arrives_as_what_it_stood_for() -> None:
    source = """
    from __future__ import annotations
    Numbers = list[int]
    @nt.node
    def total(x: Numbers) -> int:
        return sum(x)
    """
    assert sent(source, "total", "print(registry.get('notebook.total').properties['x'].type)") == "list[int]"


CLASS = """
class Embed(nt.Node, gpu=True, timeout=7):
    "Embeds."
    model: str = "small"

    def setup(self, ctx):
        self.net = {"small": 2}[self.model]
    def process(self, text: str) -> int:
        return len(text) * self.net
    def teardown(self):
        self.net = None
"""


def test_a_class_works_there() -> None:
    shown = "e = call('notebook.Embed'); e.setup(None); print(e.process('abc')); e.teardown(); print(e.net)"
    assert sent(CLASS, "Embed", shown) == "6\nNone"


def test_a_class_keeps_its_declaration() -> None:
    shown = "k = registry.get('notebook.Embed'); print(k.gpu, k.timeout, k.is_class, k.setup_names, list(k.properties))"
    assert sent(CLASS, "Embed", shown) == "True 7 True ('model',) ['model', 'text']"


def test_a_class_that_extends_another_node_works_there() -> None:
    source = (
        CLASS
        + """
class More(Embed, name="Most"):
    def process(self, text: str, plus: int = 1) -> int:
        return super().process(text) + plus
"""
    )
    shown = "m = call('notebook.Most'); m.setup(None); print(m.process('ab'), registry.get('notebook.Embed').timeout)"
    assert sent(source, "More", shown) == "5 7"


def test_a_function_made_by_exec_travels() -> None:
    space: dict[str, Any] = {}
    exec("import nodetool_jupyter as nt\n@nt.node(name='made.late')\ndef late(x: int) -> int:\n    return x + 1", space)
    assert arrived(pack([space["late"].node_type]), "print(call('made.late', 1))") == "2"


def test_an_array_travels_whole() -> None:
    space = cell("@nt.node\ndef at(i: int) -> float:\n    return table[i]\n", table=np.arange(1000.0))
    assert arrived(pack([space["at"].node_type]), "print(call('notebook.at', 999))") == "999.0"


# -- what goes as a module's name ---------------------------------------------------------------------------------


NODES = """
import nodetool_jupyter as nt
import threading
lock = threading.Lock()
@nt.node
def locked(x: int) -> int:
    with lock:
        return x
"""


def test_a_nodes_module_is_imported_there(module: Callable[[str, str], Any], tmp_path: Path) -> None:
    data = pack([module("shipped_a", NODES).locked.node_type])
    assert arrived(data, "print(call('shipped_a.locked', 3))", tmp_path) == "3"


def test_a_node_under_another_decorator_comes_with_its_module(
    module: Callable[[str, str], Any], tmp_path: Path
) -> None:
    wrapped = NODES.replace("@nt.node", "import functools\n@functools.lru_cache\n@nt.node")
    data = pack([module("shipped_b", wrapped).locked.__wrapped__.node_type])
    assert arrived(data, "print(call('shipped_b.locked', 3))", tmp_path) == "3"


def test_a_module_that_fails_there_is_named(module: Callable[[str, str], Any], tmp_path: Path) -> None:
    data = pack([module("shipped_c", NODES).locked.node_type])
    assert data is not None
    del sys.modules["shipped_c"]
    (tmp_path / "shipped_c.py").write_text("raise ImportError('no luck')")
    os.utime(tmp_path / "shipped_c.py", (1, 1))
    with pytest.raises(InvalidRequest, match=r"the module 'shipped_c', which .* of the job: ImportError: no luck"):
        unpack(data)


def test_a_node_of_a_module_that_was_made_here_goes_whole(phantom: types.ModuleType) -> None:
    exec(
        "import nodetool_jupyter as nt\n@nt.node\ndef capped(x: int) -> int:\n    return min(x, limit) + model()",
        vars(phantom),
    )
    vars(phantom)["model"].__module__ = vars(phantom)["capped"].__module__ = "phantom"
    assert arrived(pack([phantom.capped.node_type]), "print(call('phantom.capped', 9))") == "8"


def test_built_in_types_need_nothing() -> None:
    kind = registry.get("nodetool.text.Concat")
    assert kind is not None
    assert pack([kind]) is None


# -- the notebook's own lines --------------------------------------------------------------------------------------


FAILING = """
API = "hidden words"
@nt.node
def fail(x: int) -> int:
    def inner():
        raise ValueError("bad")
    return inner()
"""
TRACED = """
import traceback
try:
    call('notebook.fail', 1)
except ValueError:
    print(traceback.format_exc())
"""


def test_a_traceback_there_shows_the_notebooks_lines() -> None:
    assert '    raise ValueError("bad")\n' in sent(FAILING, "fail", TRACED)


def test_lines_outlive_a_check_of_the_files() -> None:
    assert '    raise ValueError("bad")\n' in sent(
        FAILING, "fail", "import linecache; linecache.checkcache()\n" + TRACED
    )


def test_lines_of_the_cell_that_are_not_the_functions_stay_here() -> None:
    data = pack([cell(FAILING)["fail"].node_type])
    assert data is not None
    assert b"hidden words" not in data
