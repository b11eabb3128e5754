"""What nodes sent last is shown while they run: at most twice a second, and the last always."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import nodetool_jupyter as nt
from nodetool_jupyter.engine.previews import SECONDS
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.nodes.define import node
from tests.engine.running import Ran, graph, run

GATE = threading.Event()


@pytest.fixture(autouse=True)
def gate() -> Iterator[None]:
    GATE.clear()
    yield
    GATE.set()


@node(namespace="previews")
def counts(upto: int) -> Iterator[int]:
    yield from range(upto + 1)
    assert GATE.wait(20)


@node(namespace="previews")
def flows(seconds: float) -> Iterator[int]:
    ended = threading.Timer(seconds, GATE.set)
    ended.start()
    number = 0
    while not GATE.wait(0.001):
        yield number
        number += 1


@node(namespace="previews")
def photo(width: int) -> Image.Image:
    return Image.effect_noise((width, 40), 50)


@node(namespace="previews")
def unread() -> Image.Image:
    picture = Image.new("RGB", (4, 4))
    picture.tile = [("raw", (0, 0, 4, 4), 0, "RGB")]  # type: ignore[attr-defined]
    return picture


@node(namespace="previews")
def numbers(count: int) -> np.ndarray:
    return np.arange(count, dtype="f8")


@node(namespace="previews")
def passes(value: object) -> object:
    return value


def sent(ran: Ran, node_id: str) -> list[object]:
    return [event.value for event in ran.events("preview_update", node_id=node_id)]


def test_a_stream_shows_its_last_item_while_it_pauses() -> None:
    job = nt.submit(graph({"c": (counts, {"upto": 7}), "p": passes}, "c.output p.value"))
    for event in job.events(follow=True):
        if event.type == "preview_update":
            assert (event.node_id, event.output, event.value) == ("c", "output", 7)
            GATE.set()
            break
    assert job.wait(20) == "completed"


def test_it_is_shown_twice_a_second_at_most() -> None:
    ran = run(graph({"f": (flows, {"seconds": 1.3}), "p": passes}, "f.output p.value"))
    told = [time for _, time, event in ran.lines if event.type == "preview_update" and event.node_id == "f"]
    assert len(told) >= 1
    assert all(after - before >= SECONDS - 0.05 for before, after in pairwise(told))


def test_a_quick_node_is_shown_by_its_end_alone() -> None:
    assert sent(run(graph({"p": (passes, {"value": 3})})), "p") == []


@pytest.mark.parametrize("width", [30, 4000])
def test_a_picture_is_shown_small(width: int) -> None:
    ran = run(graph({"p": (photo, {"width": width})}))
    (small,) = sent(ran, "p")
    assert (small["width"], small["height"]) == (width, 40)  # type: ignore[index]
    assert small["thumbnail"].startswith("data:image/jpeg;base64,")  # type: ignore[index]
    assert len(small["thumbnail"]) < 4000  # type: ignore[index]


def test_the_fold_keeps_it_with_its_node() -> None:
    ran, state = run(graph({"p": (photo, {"width": 30})})), JobState()
    for _, _, event in ran.lines:
        state.apply(event)
    assert "thumbnail" in (state.nodes["p"].sent or {})["output"] and state.previews == {}


def test_the_range_of_a_large_array_is_shown() -> None:
    (small,) = sent(run(graph({"n": (numbers, {"count": 100_000})})), "n")
    assert small["range"] == [0.0, 99_999.0]  # type: ignore[index]


def test_a_picture_that_is_not_read_yet_is_left_alone() -> None:
    assert sent(run(graph({"u": unread})), "u") == []


def test_pictures_of_many_nodes_are_all_there_before_the_end() -> None:
    ran = run(graph({f"p{n}": (photo, {"width": 400 + n}) for n in range(12)}))
    assert {event.node_id for event in ran.events("preview_update")} == {f"p{n}" for n in range(12)}
    assert ran.lines[-1][2].type == "job_update"
