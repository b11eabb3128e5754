"""The guard of one attempt: watches the worker without running a line of user code, and has the last word."""

from __future__ import annotations

import os
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from nodetool_jupyter import clock, faults, tree
from nodetool_jupyter import events as ev
from nodetool_jupyter.eventlog.shorten import LogFull
from nodetool_jupyter.execution.capture import PATIENCE, Captured
from nodetool_jupyter.execution.channel_writer import ChannelWriter
from nodetool_jupyter.execution.guard_socket import GuardSocket
from nodetool_jupyter.execution.limits import Cage
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.execution.worker import ANSWER, CLAIM
from nodetool_jupyter.processes import has_pidfds, open_pidfd, signal_name
from nodetool_jupyter.states import Reason, Status

_STEP = 1 << 20
SAMPLE = 2.0  # seconds between two samples of what the job uses
UNWRITABLE = 74  # exit code when the channel cannot be written; EX_IOERR of sysexits.h
CODES = {Status.COMPLETED: 0, Status.CANCELLED: 130}


@dataclass(slots=True)
class Stop:
    """Why the worker is to end before it wants to."""

    status: Status
    reason: Reason
    message: str | None = None

    def claim(self) -> ev.JobUpdate:
        """Return the end that follows."""
        error = self.message if self.status is Status.ERROR else None
        message = self.message if self.status is not Status.ERROR else None
        return ev.JobUpdate(status=self.status.value, reason=self.reason.value, error=error, message=message)


CANCELLED = Stop(Status.CANCELLED, Reason.CANCELLED_BY_USER)


@dataclass(frozen=True, slots=True)
class Child:
    """The worker as its guard holds it: its pid, and the ends of its socket and of its two streams of prints."""

    pid: int
    events: socket.socket
    out: int
    err: int


class Guard:
    """Passes the worker's lines on, captures what it prints, keeps its deadlines, and proves its end."""

    def __init__(self, order: Order, channel: ChannelWriter, child: Child, cage: Cage, wakeup: socket.socket) -> None:
        self._order = order
        self._channel = channel
        self._child = child
        self._cage = cage
        self._selector = selectors.DefaultSelector()
        redactor = order.redactor
        self._prints = [Captured(child.out, "info", redactor), Captured(child.err, "warning", redactor)]
        self._parts: list[bytes] = []  # of a line whose end has not come yet
        self._hearing = True
        self._claim: bytes | None = None
        self._status: int | None = None  # of the worker, as waitpid says it
        self._stop: Stop | None = None
        self._deadlines: dict[str, tuple[float, Callable[[], None]]] = {}
        self._owner = -1
        self.socket = GuardSocket(self, self._selector, child.events)
        child.events.setblocking(False)
        self._watch(child.events, self._hear)
        for prints in self._prints:
            self._watch(prints.descriptor, partial(self._print, prints))
        self._watch(wakeup, lambda: self._signals(wakeup))

    def _watch(self, file: Any, act: Callable[[], object]) -> None:
        self._selector.register(file, selectors.EVENT_READ, act)

    def run(self) -> int:
        """Serve until the worker's end is proved and told; returns the exit code, which says the same."""
        try:
            self._begin()  # the bell's first ring says that the socket is there
            for note in self._cage.notes:
                self.tell(ev.LogUpdate(content=note, severity="warning"))
            while self._status is None:
                self._turn()
            self._clear_away()
            return self._end()
        except OSError:  # the channel cannot be written: its owner learns it from the exit code
            self.clear_away()
            return UNWRITABLE

    def _begin(self) -> None:
        order = self._order
        if order.left is not None:
            self._set("run", order.left, lambda: self._time_out(Reason.TIMEOUT_RUN, "run", "ran longer than"))
        idle = order.request.timeouts.idle
        if idle is not None:
            self._set("idle", idle, lambda: self._time_out(Reason.TIMEOUT_IDLE, "idle", "sent no event for"))
        self._set("sample", SAMPLE, self._sample)
        if order.socket is not None:
            self._cage.notes += self.socket.listen(order.socket)
        if order.owner is not None:
            self.follow_owner(*order.owner)
        self._reap()  # its end may have come before anybody listened

    def _turn(self) -> None:
        now = clock.monotonic()
        first = min(when for when, _ in self._deadlines.values())
        for key, _ in self._selector.select(max(0.0, first - now)):
            key.data()
        now = clock.monotonic()
        for name, (when, act) in list(self._deadlines.items()):
            if when <= now and self._deadlines.pop(name, None) is not None:
                act()

    def _set(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self._deadlines[name] = (clock.monotonic() + seconds, act)

    # -- what comes from the worker -------------------------------------------------------------------------------

    def _hear(self) -> bool:
        try:
            data = self._child.events.recv(_STEP)
        except BlockingIOError:
            return False
        except ConnectionResetError:  # it ended, and did not read all that was sent to it
            data = b""
        if not data:
            if self._hearing:
                self._hearing = False
                self._selector.unregister(self._child.events)
                self._set("deaf", self._order.grace, self._cut_off)
            return False
        whole, end, rest = data.rpartition(b"\n")
        if end:
            self._take(b"".join([*self._parts, whole]).split(b"\n"))
            self._parts.clear()
        self._parts.append(rest)
        return True

    def _take(self, lines: list[bytes]) -> None:
        self._hear_life()
        events = []
        for line in lines:
            if line.startswith(CLAIM):
                self._claim = line[len(CLAIM) :]
                self._expect_end()
            elif line.startswith(ANSWER):
                self.socket.answer(line[len(ANSWER) :])
            else:
                events.append(line)
        if events:
            self._write(lambda: self._channel.forward(events))

    def _hear_life(self) -> None:
        idle = self._order.request.timeouts.idle
        if idle is not None and "idle" in self._deadlines:
            self._set("idle", idle, self._deadlines["idle"][1])

    def _expect_end(self) -> None:
        """The workflow has ended: what a library does at the exit of its process may not take for ever."""
        self._deadlines.pop("run", None)
        self._deadlines.pop("idle", None)
        self._deadlines.setdefault("kill", (clock.monotonic() + self._order.grace, self._kill))

    def _cut_off(self) -> None:
        """End a worker that lives on without its socket: a node has closed it, and no claim can come any more."""
        if self._claim is None and self._stop is None:
            self._stop = Stop(Status.ERROR, Reason.KILLED, "its process closed the descriptors that it was run with")
        self._kill()

    def _print(self, prints: Captured) -> bool:
        lines = prints.read()
        if lines is None:
            if prints.ended and prints.descriptor in self._selector.get_map():
                self._selector.unregister(prints.descriptor)  # else it is ready for ever
            return False
        self._hear_life()
        if lines:
            self.tell(*lines)
        if prints.unfinished:
            self._set("flush", PATIENCE, self._flush)
        return True

    def _flush(self) -> None:
        for prints in self._prints:
            for line in prints.flush():
                self.tell(line)

    def tell(self, *events: ev.Event) -> None:
        """Write events of the guard's own into the channel."""
        self._write(lambda: self._channel.tell(*events))

    def _write(self, act: Callable[[], None]) -> None:
        try:
            act()
        except LogFull as error:
            self.stop(Stop(Status.ERROR, Reason.OUTPUT_LIMIT, str(error)), self._order.grace)

    # -- what ends it ---------------------------------------------------------------------------------------------

    def stop(self, why: Stop, grace: float) -> None:
        """Ask the whole tree to end, and force it after ``grace`` seconds; the first reason holds."""
        if self._stop is None:
            self._stop = why
        tree.signal_tree(os.getpid(), signal.SIGTERM)
        if "kill" not in self._deadlines or clock.monotonic() + grace < self._deadlines["kill"][0]:
            self._set("kill", grace, self._kill)  # asking twice gives no more time

    def _time_out(self, reason: Reason, name: str, what: str) -> None:
        limit = getattr(self._order.request.timeouts, name)
        self.stop(Stop(Status.ERROR, reason, f"it {what} {limit:g} s"), self._order.grace)

    def _kill(self) -> None:
        self._cage.kill()
        tree.kill_tree(os.getpid())

    def _signals(self, wakeup: socket.socket) -> None:
        numbers = wakeup.recv(4096)
        if signal.SIGTERM in numbers or signal.SIGINT in numbers:
            self.stop(CANCELLED, self._order.grace)
        self._reap()

    def _reap(self) -> None:
        for pid, status in tree.reap():
            if pid == self._child.pid:
                self._status = status

    def follow_owner(self, pid: int, ticks: int) -> None:
        """End the job when this process ends; the one before is watched no more."""
        self._forget_owner()
        if not has_pidfds():
            return  # where the system cannot tell, the next adopter carries it out
        descriptor = open_pidfd(pid, ticks)
        if descriptor is None:
            self._owner_died()
        else:
            self._owner = descriptor
            self._watch(descriptor, self._owner_died)

    def _forget_owner(self) -> None:
        if self._owner >= 0:
            self._selector.unregister(self._owner)
            os.close(self._owner)
            self._owner = -1

    def _owner_died(self) -> None:
        self._forget_owner()
        self.stop(Stop(Status.CANCELLED, Reason.KILLED, "the process that owned it ended"), self._order.grace)

    def _sample(self) -> None:
        memory, cpu_time = self._cage.usage() or tree.usage(os.getpid())
        self.tell(ev.ResourceUpdate(memory=memory, cpu_time=round(cpu_time, 3)))
        self._set("sample", SAMPLE, self._sample)

    @property
    def state(self) -> dict[str, Any]:
        """What the verb ``status`` answers."""
        return {"pid": os.getpid(), "worker": self._child.pid, "n": self._channel.n, "stopping": self._stop is not None}

    # -- the end --------------------------------------------------------------------------------------------------

    def clear_away(self) -> None:
        """Leave nothing of the worker running."""
        self._kill()
        self._reap()

    def _clear_away(self) -> None:
        """The worker has ended: take what it still said, then end what it started, then take what that printed."""
        while self._hear():
            pass
        self.clear_away()
        for prints in self._prints:
            while self._print(prints):
                pass
        self._flush()

    def _end(self) -> int:
        self.socket.close()
        claim = self._own_claim()
        if claim is not None:
            self._channel.tell(claim)
            code = CODES.get(Status(claim.status), 1)
        else:
            assert self._claim is not None
            self._channel.forward([self._claim])
            code = os.waitstatus_to_exitcode(self._status or 0)
        faults.point("channel.after_claim")
        self._channel.close()
        self._cage.close()
        return max(code, 0)

    def _own_claim(self) -> ev.JobUpdate | None:
        """Return the end where it is not the worker's to tell."""
        stop = self._stop
        if self._claim is not None and (stop is None or stop.status is Status.CANCELLED):
            return None  # it ended by itself, or as it was asked to
        limit = self._order.request.limits.memory if self._cage.out_of_memory() else None
        return (stop or _death(os.waitstatus_to_exitcode(self._status or 0), limit)).claim()


def _death(code: int, memory: int | None) -> Stop:
    if memory is not None:
        return Stop(Status.ERROR, Reason.OUT_OF_MEMORY, f"it used more memory than its limit of {memory} bytes")
    if code < 0:
        what = f"its process was ended by {signal_name(-code)}"
    else:
        what = f"its process exited with code {code} before the workflow had ended"
    return Stop(Status.ERROR, Reason.KILLED, what)
