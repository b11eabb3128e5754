"""Node types read off signatures and classes."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, NotRequired, TypedDict

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import MISSING, NOTHING, Node, Outputs, Stream, node
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.types import Image


class Colour(enum.Enum):
    RED = "red"


@node(namespace="define", timeout=3, gpu=True, memory=1024, settings=("FONT_PATH",), secrets=("HF_TOKEN",))
def everything(
    ctx: NodeContext,
    picture: Image,
    text: str,
    count: int = 2,
    mode: Literal["a", "b"] = "a",
    extra: list[int] | None = None,
    **more: Any,
) -> str:
    """Do it all.

    And more.
    """
    return text * count


def test_parameters_are_properties() -> None:
    kind = everything.node_type
    assert kind.name == "define.everything"
    assert kind.context_name == "ctx"
    assert kind.dynamic_inputs
    assert [str(prop.type) for prop in kind.properties.values()] == [
        "image",
        "str",
        "int",
        "one of 'a', 'b'",
        "list[int]",
    ]
    assert [prop.required for prop in kind.properties.values()] == [True, True, False, False, False]
    assert kind.properties["count"].default == 2
    assert kind.properties["picture"].default is MISSING
    assert kind.description.startswith("Do it all.")
    assert (kind.timeout, kind.gpu, kind.memory, kind.settings, kind.secrets) == (
        3,
        True,
        1024,
        ("FONT_PATH",),
        ("HF_TOKEN",),
    )


def test_the_function_stays_an_ordinary_function() -> None:
    assert everything(None, None, "ab") == "abab"  # type: ignore[arg-type]


def test_try_calls_it_with_a_ctx_and_keeps_what_it_reports() -> None:
    @node
    def reports(ctx: Any, x: int) -> int:
        ctx.log("hello")
        ctx.progress(1, 2)
        ctx.wait(60)
        assert not ctx.cancelled
        return x + 1

    assert reports.try_(x=1) == 2
    assert reports.try_.reports == [("log", ("info", "hello")), ("progress", (1.0, 2.0, None))]


class Typed(TypedDict):
    a: int
    b: NotRequired[str]


@dataclass
class Data:
    a: int
    b: str


class Tupled(NamedTuple):
    a: int
    b: str


@pytest.mark.parametrize(("annotation", "named"), [(Typed, "mapping"), (Data, "fields"), (Tupled, "fields")])
def test_several_outputs_come_from_a_class_of_fields(annotation: Any, named: str) -> None:
    def several():  # type: ignore[no-untyped-def]
        """Return."""

    several.__annotations__["return"] = annotation
    kind = node(namespace="define")(several).node_type
    assert {name: str(output.type) for name, output in kind.outputs.items()} == {"a": "int", "b": "str"}
    assert kind.named == named


def test_generators_stream_their_items() -> None:
    @node
    def items(n: int) -> Iterator[Typed]:
        yield {"a": n}

    @node
    async def async_items(n: int) -> AsyncIterator[int]:
        yield n

    assert (items.node_type.flavour, items.node_type.streams_out, list(items.node_type.outputs)) == (
        "generator",
        True,
        ["a", "b"],
    )
    assert (async_items.node_type.flavour, str(async_items.node_type.outputs["output"].type)) == (
        "async_generator",
        "int",
    )


def test_a_stream_parameter_is_read_by_the_function() -> None:
    @node
    def reads(items: Stream[int], n: int = 1) -> int:
        return sum(items)

    kind = reads.node_type
    assert kind.streams_in
    assert (kind.properties["items"].stream, kind.properties["items"].required, str(kind.properties["items"].type)) == (
        True,
        False,
        "int",
    )
    assert not kind.properties["n"].stream


def test_a_stream_on_its_own_says_how_it_is_read() -> None:
    with pytest.raises(TypeError, match="use 'async for'"):
        iter(Stream())
    with pytest.raises(TypeError, match="use 'for'"):
        aiter(Stream())


@pytest.mark.parametrize("source", ["def f(*args): ...", "def f(x, /): ..."])
def test_a_parameter_without_a_name_is_refused(source: str) -> None:
    scope: dict[str, Any] = {}
    exec(source, scope)
    with pytest.raises(InvalidRequest, match="a node's parameters have names"):
        node(scope["f"])


def test_a_notebooks_own_are_called_so() -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("def shout(text): return text.upper()", scope)
    assert node(scope["shout"]).node_type.name == "notebook.shout"


@pytest.mark.parametrize(
    ("options", "name"),
    [({"name": "other"}, "test_define.other"), ({"name": "a.b.C"}, "a.b.C"), ({"namespace": "mine"}, "mine.f")],
)
def test_names_may_be_given(options: dict[str, Any], name: str) -> None:
    def f() -> int:
        return 1

    f.__module__ = "tests.nodes.test_define"
    assert node(**options)(f).node_type.name == name


def test_a_type_that_cannot_be_found_is_any() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x: 'NotThere', y: int = 1) -> 'AlsoNotThere': ...", scope)
    kind = node(scope["f"]).node_type
    assert str(kind.properties["x"].type) == "any"


def test_outputs_named_by_the_graph_are_dynamic() -> None:
    @node
    def split() -> Outputs:
        return Outputs(a=1)

    assert split.node_type.dynamic_outputs


class Loads(Node, gpu=True, namespace="define"):
    """Loads a model once."""

    model: str
    size: int = 3
    shared: ClassVar[int] = 1

    def process(self, text: str) -> list[float]:
        return [float(self.size)]


def test_a_class_is_a_node_type_of_its_attributes_and_process() -> None:
    kind = Loads.node_type
    assert (kind.name, kind.description, kind.is_class, kind.gpu) == ("define.Loads", "Loads a model once.", True, True)
    assert list(kind.properties) == ["model", "size", "text"]
    assert kind.setup_names == ("model", "size")
    assert kind.properties["model"].required
    assert str(kind.outputs["output"].type) == "list[float]"


def test_nothing_is_one_thing_and_false() -> None:
    assert not NOTHING
    assert type(NOTHING)() is NOTHING
    assert repr(NOTHING) == "NOTHING"


def test_a_type_is_described_in_nodetools_form() -> None:
    data = describe(everything.node_type)
    assert data["node_type"] == "define.everything"
    assert data["properties"][2] == {
        "name": "count",
        "type": {"type": "int", "optional": False, "type_args": []},
        "required": False,
        "default": 2,
    }
    assert data["outputs"] == [
        {"name": "output", "type": {"type": "str", "optional": False, "type_args": []}, "stream": False}
    ]
    assert (data["is_dynamic"], data["requires_gpu"], data["secrets"]) == (True, True, ["HF_TOKEN"])


def test_an_async_function_is_awaited_by_try() -> None:
    @node
    async def later(x: int) -> int:
        return x

    assert asyncio.run(later.try_(x=3)) == 3


def test_scratch_of_a_trial_is_a_folder() -> None:
    @node
    def uses(ctx: Any) -> Path:
        assert ctx.scratch.is_dir()
        return ctx.scratch

    assert isinstance(uses.try_(), Path)
