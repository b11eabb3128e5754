"""The contract of strategies: what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from tests.execution.contract import NEAR, Runner, end_of, nodes, of_type


@nt.node(namespace="contract")
def makes(kind: str = "") -> Any:
    import numpy
    import pandas
    from PIL import Image

    return {
        "text": lambda: "text",
        "integer": lambda: -7,
        "none": lambda: None,
        "list": lambda: [1, "a", None, [2.5]],
        "dict": lambda: {"a": {"b": [1]}, "": True},
        "array": lambda: numpy.arange(100_000, dtype="float32").reshape(100, 1000),
        "image": lambda: Image.new("RGB", (70, 50), (10, 20, 30)),
        "bytes": lambda: bytes(range(256)) * 10,
        "frame": lambda: pandas.DataFrame({"n": [1, 2], "t": ["a", "b"]}),
        "70 KB": lambda: "0123456789" * 7_000,
        "1 MB": lambda: "0123456789" * 100_000,
        "unicode": lambda: "naïve 日本語 🧪 👩‍🔬 \u2028 \x00",
        "surrogate": lambda: "a\ud800b",
    }[kind]()


@nt.node(namespace="contract")
def sums(values: Any = None) -> float:
    return float((values["n"] if hasattr(values, "columns") else values).sum())


@nt.node(namespace="contract")
def counts(upto: int = 5) -> Iterator[int]:
    yield from range(upto)


@nt.node(namespace="contract")
def gives_a_lock() -> Any:
    import threading

    return threading.Lock()


@nt.node(namespace="contract")
def reads_env(ctx: Any = None) -> str:
    return str(ctx.setting("CONTRACT_WORD", "nothing"))


@nt.node(namespace="contract")
def scratches(ctx: Any = None) -> str:
    (ctx.scratch / "file").write_text("x")
    return str(ctx.scratch)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", "text"),
        ("integer", -7),
        ("none", None),
        ("list", [1, "a", None, [2.5]]),
        ("dict", {"a": {"b": [1]}, "": True}),
        ("bytes", bytes(range(256)) * 10),
        ("70 KB", "0123456789" * 7_000),
        ("1 MB", "0123456789" * 100_000),
        ("unicode", "naïve 日本語 🧪 👩‍🔬 \u2028 \x00"),
    ],
)
def test_a_value_comes_back_as_it_was(runner: Runner, kind: str, expected: object) -> None:
    found = runner.run(nodes.contract.makes(kind=kind))["result"]
    assert (type(found), found) == (type(expected), expected)


@NEAR
def test_a_text_that_is_no_unicode_comes_back(runner: Runner) -> None:
    assert runner.run(nodes.contract.makes(kind="surrogate")) == {"result": "a\ud800b"}


def test_an_array_comes_back(runner: Runner) -> None:
    found = runner.run(nodes.contract.makes(kind="array"))["result"]
    assert found.dtype == np.dtype("float32")
    assert np.array_equal(found, np.arange(100_000, dtype="float32").reshape(100, 1000))


def test_an_image_comes_back(runner: Runner) -> None:
    found = runner.run(nodes.contract.makes(kind="image"))["result"]
    assert (found.size, found.mode, found.getpixel((69, 49))) == ((70, 50), "RGB", (10, 20, 30))


def test_a_table_comes_back(runner: Runner) -> None:
    pytest.importorskip("pyarrow")
    found = runner.run(nodes.contract.makes(kind="frame"))["result"]
    assert found.to_dict("list") == {"n": [1, 2], "t": ["a", "b"]}


def test_inputs_reach_the_nodes(runner: Runner) -> None:
    text = nodes.input.StringInput(name="text", value="a")
    assert runner.run(nodes.text.ToUppercase(text=text), {"text": "grün 🧪"}) == {"result": "GRÜN 🧪"}


def test_a_large_input_reaches_the_nodes(runner: Runner) -> None:
    pandas = pytest.importorskip("pandas")
    data = nodes.input.DataframeInput(name="data")
    values = pandas.DataFrame({"n": np.arange(200_000.0), "m": np.ones(200_000)})
    assert runner.run(nodes.contract.sums(values=data), {"data": values}) == {"result": 200_000 * 199_999 / 2}


def test_a_large_array_as_a_property_reaches_the_nodes(runner: Runner) -> None:
    found = runner.run(nodes.contract.sums(values=nodes.contract.makes(kind="array")))
    assert found == {"result": float(np.arange(100_000, dtype="float32").sum())}


def test_a_stream_has_every_item_and_its_output_the_last(runner: Runner) -> None:
    job = runner.submit(nt.Workflow({"n": nodes.contract.counts(upto=200)}))
    assert job.result(30) == {"n": 199}
    assert job.stream("n") == list(range(200))


def test_pushed_values_arrive_in_order_until_the_input_ends(runner: Runner) -> None:
    job = runner.hold()
    for value in (3, 1, 2):
        job.push_input("number", value)
    job.push_input("number", end=True)
    assert job.result(30) == {"all": [3, 1, 2]}
    with pytest.raises(nt.InvalidRequest, match="takes no input"):
        job.push_input("number", 4)


def test_what_cannot_be_stored_ends_the_job_so(runner: Runner) -> None:
    job = runner.submit(nodes.contract.gives_a_lock())
    assert end_of(job) == ("error", "result_not_storable")
    assert len(of_type(job, "job_update")) > 1


def test_nodes_see_the_jobs_env(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTRACT_WORD", raising=False)
    assert runner.run(nodes.contract.reads_env(), env={"CONTRACT_WORD": "blue"}) == {"result": "blue"}
    assert runner.run(nodes.contract.reads_env()) == {"result": "nothing"}


def test_the_scratch_folder_goes_with_the_job(runner: Runner) -> None:
    from pathlib import Path

    folder = Path(runner.run(nodes.contract.scratches())["result"])
    assert folder.is_absolute()
    assert not folder.exists()
