"""Waiting in the main thread: no signal is lost, and who listened for signals before still hears of them."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading

import pytest

from nodetool_jupyter import interrupts

# The system delivers the signal to another thread than the one that waits: it is only noted, as it is when it arrives
# just before the waiting begins. With threading.Event these processes would wait for ever.
ELSEWHERE = """
import signal, socket, sys, threading
from nodetool_jupyter import interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
def interrupt():
    sys.stdin.readline()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
near, far = socket.socketpair()
try:
    threading.Thread(target=interrupt, daemon=True).start()
    print("waiting", flush=True)
    {wait}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("wait", ["interrupts.Event().wait()", "interrupts.readable(near, None)"])
def test_a_signal_that_another_thread_got_ends_the_waiting(wait: str) -> None:
    command = [sys.executable, "-c", ELSEWHERE.format(wait=wait)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "interrupted\n"


def test_another_thread_ends_the_waiting() -> None:
    event = interrupts.Event()
    threading.Timer(0.01, event.set).start()
    assert event.wait(30)
    assert event.is_set()
    event.clear()
    assert not event.is_set()


def test_waiting_in_another_thread_is_that_of_threading() -> None:
    event, found = interrupts.Event(), []
    waiting = threading.Thread(target=lambda: found.append(event.wait(30)))
    waiting.start()
    event.set()
    waiting.join(30)
    assert found == [True]


def test_the_time_runs_out() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert not interrupts.Event().wait(0.01)
        assert not interrupts.readable(near, 0.01)
        far.send(b"1")
        assert interrupts.readable(near, 0)
        assert interrupts.readable(near, 30)


def test_an_event_loop_of_the_thread_hears_of_signals_that_came_meanwhile() -> None:
    heard: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        told = asyncio.Event()

        def hear() -> None:
            heard.append("usr1")
            told.set()

        loop.add_signal_handler(signal.SIGUSR1, hear)
        event = interrupts.Event()
        threading.Timer(0.01, signal.raise_signal, [signal.SIGUSR1]).start()
        threading.Timer(0.05, event.set).start()
        assert event.wait(30)  # the loop cannot run now
        assert heard == []
        await asyncio.wait_for(told.wait(), 30)

    asyncio.run(main())
    assert heard == ["usr1"]


def test_a_signal_whose_handler_goes_on_does_not_end_the_waiting() -> None:
    seen: list[int] = []
    event = interrupts.Event()

    def handle(number: int, frame: object) -> None:
        seen.append(number)
        threading.Timer(0.01, event.set).start()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        threading.Timer(0.01, signal.raise_signal, [signal.SIGUSR1]).start()
        assert event.wait(30)
        assert seen == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
