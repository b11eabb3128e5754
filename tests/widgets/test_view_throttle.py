from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from nodetool_jupyter.widgets.throttle import Throttle


class Clockwork:
    """A clock that is set by hand, and the alarms that wait for it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waiting: list[tuple[float, Callable[[], None], Alarm]] = []
        self.set = 0

    def monotonic(self) -> float:
        return self.now

    def alarm(self, seconds: float, call: Callable[[], None]) -> Alarm:
        self.set += 1
        alarm = Alarm()
        self.waiting.append((self.now + seconds, call, alarm))
        return alarm

    def pass_to(self, time: float) -> None:
        while due := [entry for entry in self.waiting if entry[0] <= time and not entry[2].off]:
            first = min(due, key=lambda entry: entry[0])
            self.waiting.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = time


class Alarm:
    off = False

    def cancel(self) -> None:
        self.off = True


def throttle(clockwork: Clockwork, draw: Callable[[], None]) -> Throttle:
    return Throttle(draw, monotonic=clockwork.monotonic, alarm=clockwork.alarm)


def test_the_first_request_is_drawn_without_waiting() -> None:
    clockwork, drawn = Clockwork(), []
    throttle(clockwork, lambda: drawn.append(clockwork.now)).ask()
    clockwork.pass_to(100.0)
    assert drawn == [100.0]


def test_a_thousand_requests_a_second_are_drawn_ten_times() -> None:
    clockwork, drawn = Clockwork(), []
    view = throttle(clockwork, lambda: drawn.append(clockwork.now))
    for step in range(1000):
        clockwork.pass_to(100 + step / 1000)
        view.ask()
    clockwork.pass_to(110)
    assert len(drawn) == 11
    assert all(later - earlier >= 0.0999 for earlier, later in pairwise(drawn))


def test_the_last_value_is_always_drawn() -> None:
    clockwork, drawn, value = Clockwork(), [], [0]
    view = throttle(clockwork, lambda: drawn.append(value[0]))
    for number in range(57):
        value[0] = number
        view.ask()
        clockwork.pass_to(clockwork.now + 0.013)
    clockwork.pass_to(200)
    assert drawn[-1] == 56


def test_without_requests_no_alarm_is_set() -> None:
    clockwork = Clockwork()
    view = throttle(clockwork, lambda: None)
    view.ask()
    clockwork.pass_to(200)
    assert clockwork.set == 1 and not clockwork.waiting


def test_requests_that_come_while_drawing_are_drawn_afterwards() -> None:
    clockwork, drawn = Clockwork(), []

    def draw() -> None:
        drawn.append(clockwork.now)
        if len(drawn) == 1:
            view.ask()

    view = throttle(clockwork, draw)
    view.ask()
    clockwork.pass_to(101)
    assert drawn == [100.0, pytest.approx(100.1)]


def test_slow_drawings_come_less_often() -> None:
    clockwork, drawn = Clockwork(), []

    def draw() -> None:
        drawn.append(clockwork.now)
        clockwork.now += 0.05

    view = throttle(clockwork, draw)
    view.ask()
    clockwork.pass_to(100.1)
    view.ask()
    clockwork.pass_to(103)
    assert drawn == [100.0, pytest.approx(101.05)]


def test_after_stop_nothing_is_drawn() -> None:
    clockwork, drawn = Clockwork(), []
    view = throttle(clockwork, lambda: drawn.append(1))
    view.ask()
    view.stop()
    view.ask()
    clockwork.pass_to(200)
    assert drawn == []


def test_stop_waits_for_the_drawing_under_way() -> None:
    began, go_on, order = threading.Event(), threading.Event(), []

    def draw() -> None:
        began.set()
        assert go_on.wait(10)
        order.append("drawn")

    view = Throttle(draw)
    view.ask()
    assert began.wait(10)
    stopping = threading.Thread(target=lambda: (view.stop(), order.append("stopped")))
    stopping.start()
    go_on.set()
    stopping.join(10)
    assert order == ["drawn", "stopped"]


def test_a_drawing_that_fails_is_logged_and_the_last(caplog: pytest.LogCaptureFixture) -> None:
    clockwork, tried = Clockwork(), []

    def draw() -> None:
        tried.append(1)
        raise RuntimeError("no screen")

    view = throttle(clockwork, draw)
    with caplog.at_level(logging.WARNING):
        view.ask()
        clockwork.pass_to(101)
        view.ask()
        clockwork.pass_to(102)
    assert tried == [1] and "no screen" in caplog.text


class Quiet:
    """Something that is drawn anew every second though nobody asks."""

    def __init__(self, tick: float | None = 1.0) -> None:
        self.clock = Clockwork()
        self.drawn: list[float] = []
        self.throttle = Throttle(
            lambda: self.drawn.append(self.clock.now),
            tick=lambda: tick, monotonic=self.clock.monotonic, alarm=self.clock.alarm,
        )  # fmt: skip


def test_what_nobody_asks_for_is_drawn_at_each_tick() -> None:
    quiet = Quiet()
    quiet.throttle.rest()
    quiet.clock.pass_to(103.5)
    assert quiet.drawn == [101, 102, 103]


def test_a_request_does_not_wait_for_the_tick_and_puts_it_off() -> None:
    quiet = Quiet()
    quiet.throttle.rest()
    quiet.clock.pass_to(100.5)
    quiet.throttle.ask()
    quiet.clock.pass_to(101.7)
    assert quiet.drawn == [100.5, 101.5]


def test_without_a_tick_nothing_runs_between_requests() -> None:
    quiet = Quiet(None)
    quiet.throttle.ask()
    quiet.clock.pass_to(200)
    assert quiet.drawn == [100] and not quiet.clock.waiting


def test_stop_calls_the_tick_off() -> None:
    quiet = Quiet()
    quiet.throttle.rest()
    quiet.throttle.stop()
    quiet.clock.pass_to(200)
    assert quiet.drawn == []
