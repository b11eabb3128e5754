"""What the nodes of nodetool.triggers mean."""

import asyncio
import datetime as dt
import sys
from pathlib import Path

import pytest

from nodetool_jupyter import clock
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest
from nodetool_jupyter.nodes import kinds
from nodetool_jupyter.nodes.file_watch import KINDS, Change, Wanted, changes
from nodetool_jupyter.nodes.library import triggers
from nodetool_jupyter.testing import SettableClock
from tests.engine.running import graph, run

MANUAL, INTERVAL, WAIT, FILES = (
    f"nodetool.triggers.{name}" for name in ("ManualTrigger", "IntervalTrigger", "Wait", "FileWatchTrigger")
)


def gathered(kind, slot, **values):
    """A graph that gathers all that a trigger sends from one output."""
    nodes = {"t": (kind, values), "all": "Collect", "o": "Output"}
    return graph(nodes, f"t.{slot} all.input_item", "all o.value")


def pushing(*pushes, name="manual_trigger"):
    async def during(runner, lines):
        for value in pushes:
            runner.push_input(name, value, end=value is END)

    return during


END = object()


# ---- ManualTrigger


@pytest.mark.parametrize(
    ("values", "pushes", "expected"),
    [
        ({}, [1, {"a": [2]}, None, END], [1, {"a": [2]}, None]),
        ({}, [END], []),
        ({"max_events": 2}, [1, 2, 3], [1, 2]),
        ({"timeout_seconds": 0.2}, [1], [1]),
        ({"timeout_seconds": 0.01}, [], []),
    ],
)
def test_a_manual_trigger_sends_what_is_pushed(values, pushes, expected):
    assert run(gathered(MANUAL, "data", **values), during=pushing(*pushes)).result == {"o": expected}


def test_an_event_says_when_and_whence():
    ran = run(graph({"t": (MANUAL, {"name": "bell", "max_events": 1})}), during=pushing("ding", name="bell"))
    assert (ran.result["t.data"], ran.result["t.source"], ran.result["t.event_type"]) == ("ding", "bell", "manual")
    when = dt.datetime.fromisoformat(ran.result["t.timestamp"])
    assert abs(when.timestamp() - clock.time()) < 60


def test_an_input_of_its_name_is_the_first_event():
    data = gathered(MANUAL, "data", max_events=2)
    assert run(data, params={"manual_trigger": 0}, during=pushing(1)).result == {"o": [0, 1]}


def test_events_reach_the_rest_of_the_graph_one_by_one():
    """A second event is pushed only when the first has come out at the end."""
    data = graph({"t": MANUAL, "u": "Upper", "p": "Preview", "o": "Output"}, "t.data u.text", "u p.value", "u o.value")
    came = asyncio.Event()

    async def during(runner, lines):
        taken = runner.outputs.take

        def take(*given):
            taken(*given)
            came.set()

        runner.outputs.take = take
        for value in ("a", "b"):
            came.clear()
            runner.push_input("manual_trigger", value)
            await came.wait()
        runner.push_input("manual_trigger", end=True)

    assert run(data, during=during).sent("o")[-1] == "B"


def test_what_is_pushed_after_the_end_is_dropped():
    assert run(gathered(MANUAL, "data"), during=pushing(1, END, 2)).result == {"o": [1]}


def test_another_name_is_refused_with_the_nearest():
    async def during(runner, lines):
        with pytest.raises(InvalidRequest, match="input 'bel' takes no more values; did you mean 'bell'"):
            runner.push_input("bel", 1)
        runner.push_input("bell", end=True)

    run(graph({"t": (MANUAL, {"name": "bell"})}), during=during)


def test_two_of_one_name_are_refused():
    with pytest.raises(InvalidGraph, match="'a' has the same input name 'manual_trigger'"):
        run(graph({"a": MANUAL, "b": MANUAL}))


def test_nobody_pushes_to_a_trial():
    async def read():
        return [event async for event in triggers.ManualTrigger.try_()]

    assert asyncio.run(read()) == []


@pytest.mark.parametrize("kind", [MANUAL, WAIT, INTERVAL])
def test_a_cancel_ends_the_waiting_at_once(kind):
    async def during(runner, lines):
        runner.cancel()

    ran = run(graph({"t": (kind, {"emit_on_start": False} if kind == INTERVAL else {})}), during=during)
    assert ran.outcome.status == "cancelled"
    assert ran.events("log_update") == []


# ---- IntervalTrigger


class Sleeps:
    """Stands for asyncio.sleep: time passes, and always 0.3 s more than was asked."""

    def __init__(self, monkeypatch):
        self.clock = SettableClock()
        self.began = self.clock.monotonic()
        monkeypatch.setattr(clock, "current", self.clock)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds):
        if seconds > 0:
            self.clock.advance(seconds + 0.3)

    def ticks(self, work=0.0, **values):
        async def read():
            async for tick in triggers.IntervalTrigger(**values):
                found.append((tick["tick"], round(tick["elapsed_seconds"], 3)))
                self.clock.advance(work)

        found = []
        asyncio.run(read())
        return found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"interval_seconds": 10, "max_events": 4}, [(1, 0.0), (2, 10.3), (3, 20.3), (4, 30.3)]),
        ({"interval_seconds": 10, "max_events": 2, "emit_on_start": False}, [(1, 10.3), (2, 20.3)]),
        ({"interval_seconds": 10, "max_events": 2, "initial_delay_seconds": 5}, [(1, 0.3), (2, 10.3)]),
        # whoever handles a tick for 14 s misses the ticks that fall into it, and shifts none
        ({"interval_seconds": 10, "max_events": 3, "work": 14}, [(1, 0.0), (2, 20.3), (3, 40.3)]),
    ],
)
def test_ticks_keep_to_their_times(values, expected, monkeypatch):
    assert Sleeps(monkeypatch).ticks(**values) == expected


def test_a_tick_says_what_it_is():
    ran = run(graph({"t": (INTERVAL, {"interval_seconds": 0.01, "max_events": 2})}))
    assert {name: ran.result[f"t.{name}"] for name in ("tick", "interval_seconds", "source", "event_type")} == {
        "tick": 2,
        "interval_seconds": 0.01,
        "source": "interval",
        "event_type": "tick",
    }


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_interval_must_be_more_than_nothing(seconds):
    error = run(graph({"t": (INTERVAL, {"interval_seconds": seconds})})).outcome.error
    assert f"interval_seconds must be more than 0, not {seconds}" in error


# ---- Wait


@pytest.mark.parametrize(
    ("values", "pushes", "expected"),
    [
        ({"input": "mine"}, ["go"], "go"),
        ({"input": "mine"}, [None], "mine"),
        ({"input": "mine"}, [END], "mine"),
        ({"input": "mine", "timeout_seconds": 0.01}, [], "mine"),
    ],
)
def test_wait_goes_on_with_what_is_pushed_or_with_its_input(values, pushes, expected):
    ran = run(graph({"w": (WAIT, values)}), during=pushing(*pushes, name="w"))
    assert ran.result["w.data"] == expected


def test_wait_says_how_long_it_waited():
    ran = run(graph({"w": (WAIT, {"timeout_seconds": 0.05})}))
    assert 0.05 <= ran.result["w.waited_seconds"] < 20
    assert dt.datetime.fromisoformat(ran.result["w.resumed_at"]).tzinfo is not None


def test_wait_is_pushed_to_by_its_title_and_waits_for_each_item():
    data = graph(
        {
            "each": ("ForEach", {"input_list": [1, 2]}),
            "w": (WAIT, {}, {"name": "door"}),
            "all": "Collect",
            "o": "Output",
        },
        "each w.input",
        "w.data all.input_item",
        "all o.value",
    )
    assert run(data, during=pushing("a", None, name="door")).result == {"o": ["a", 2]}


# ---- FileWatchTrigger


def watched(folder, *acts, wanted=None, calm=0.0, count=1):
    """What is told while these things are done to a folder, the first ``count`` changes of it."""

    async def watch():
        async with asyncio.timeout(20):
            found = []
            async for change in told:
                found.append((change.kind, Path(change.path).name))
                if len(found) == count:
                    break
            await told.aclose()
            return found

    def begun():
        for act in acts:
            act()

    told = changes(folder, wanted or Wanted([], [], KINDS, False), calm, begun)
    return asyncio.run(watch())


def test_changes_are_told_in_order(tmp_path):
    file = tmp_path / "a.txt"
    found = watched(
        tmp_path,
        lambda: file.write_text("x"),
        lambda: file.rename(tmp_path / "b.txt"),
        (tmp_path / "b.txt").unlink,
        count=4,
    )
    assert found == [("created", "a.txt"), ("modified", "a.txt"), ("moved", "a.txt"), ("deleted", "b.txt")]


def test_folders_below_are_watched_where_that_is_asked(tmp_path):
    (tmp_path / "in").mkdir()
    below = Wanted(["*.txt"], [], ["created"], recursive=True)
    acts = [lambda: (tmp_path / "in" / "a.txt").touch()]
    assert watched(tmp_path, *acts, wanted=below) == [("created", "a.txt")]


def test_what_comes_again_soon_is_told_once(tmp_path):
    file, last = tmp_path / "a.txt", tmp_path / "z.txt"
    file.touch()
    acts = [lambda: file.write_text("1"), lambda: file.write_text("2"), last.touch]
    found = watched(tmp_path, *acts, wanted=Wanted([], [], ["modified", "created"], False), calm=0.3, count=2)
    assert found == [("modified", "a.txt"), ("created", "z.txt")]


@pytest.mark.parametrize(
    ("wanted", "change", "is_wanted"),
    [
        (Wanted(["*.txt"], [], KINDS, True), Change("created", "/f/a.txt", "", False), True),
        (Wanted(["*.txt"], [], KINDS, True), Change("created", "/f/a.log", "", False), False),
        (Wanted(["*.log", "*.txt"], [], KINDS, True), Change("created", "/f/a.txt", "", False), True),
        (Wanted([], [], KINDS, True), Change("created", "/f/a.txt", "", False), True),
        (Wanted(["sub/*"], [], KINDS, True), Change("created", "/f/sub/a.txt", "", False), True),
        (Wanted(["*"], ["*.tmp"], KINDS, True), Change("created", "/f/a.tmp", "", False), False),
        (Wanted(["*.txt"], [], KINDS, True), Change("moved", "/f/a.tmp", "/f/a.txt", False), True),
        (Wanted(["*"], ["*.tmp"], KINDS, True), Change("moved", "/f/a.tmp", "/f/a.txt", False), False),
        (Wanted(["*"], [], ["deleted"], True), Change("created", "/f/a.txt", "", False), False),
        (Wanted(["*"], [], KINDS, True), Change("modified", "/f/sub", "", True), False),
        (Wanted(["*"], [], KINDS, True), Change("created", "/f/sub", "", True), True),
        (Wanted(["*"], [], KINDS, True), Change("closed", "/f/a.txt", "", False), False),
    ],
)
def test_which_changes_are_wanted(wanted, change, is_wanted):
    assert wanted.has(change) is is_wanted


def test_a_file_watch_sends_events_until_it_has_enough(tmp_path, monkeypatch):
    logged = triggers.NodeContext.log

    def log(self, content, severity="info"):  # it watches: let something happen
        logged(self, content, severity)
        (tmp_path / "a.txt").touch()

    monkeypatch.setattr(triggers.NodeContext, "log", log)
    given = {"path": str(tmp_path), "events": ["created"], "debounce_seconds": 0.01, "max_events": 1}
    ran = run(graph({"t": (FILES, given)}))
    assert ran.result["t.path"] == str(tmp_path / "a.txt")
    assert (ran.result["t.dest_path"], ran.result["t.is_directory"]) == ("", False)
    assert (ran.result["t.source"], ran.result["t.event_type"]) == ("file_watch", "created")
    assert [event.content for event in ran.events("log_update")] == [f"watching {tmp_path}"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"path": "/no/such/place"}, "there is no file or folder '/no/such/place' to watch"),
        ({"events": ["create"]}, "there is no event 'create'; did you mean 'created'?"),
    ],
)
def test_what_cannot_be_watched_is_named(given, says):
    assert says in run(graph({"t": (FILES, given)})).outcome.error


def test_without_the_package_the_type_is_refused_by_name_with_the_cure(monkeypatch):
    monkeypatch.setattr(kinds, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "watchdog", raising=False)
    with pytest.raises(InvalidGraph, match=r"pip install 'nodetool-jupyter\[watch\]'"):
        run(graph({"t": FILES}))
