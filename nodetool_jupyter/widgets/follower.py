"""Following one job for all who look at it: its events are folded once, on a thread of its own.

*Sinks* get messages, a snapshot first and then patches of it; *pictures* are told that the state is another, and draw
it themselves. One that fails is dropped and harms nobody. The thread ends with the job, or when nobody looks any more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nodetool_jupyter import clock, interrupts
from nodetool_jupyter.events import Event
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.widgets import about, pace
from nodetool_jupyter.widgets.detail import detail, final
from nodetool_jupyter.widgets.patch import patch
from nodetool_jupyter.widgets.snapshot import Json, Snapshots, progress_in, words

SLOW = 1.0  # seconds in which a sink must have taken a message
LATE = 0.02  # seconds after which a turn that was not used is given up, so that turns do not gather

logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes the messages of a view: a comm, or a widget."""

    def send(self, message: Json) -> None:
        """Hand one message over, without waiting for whoever reads it."""


@runtime_checkable
class Dropped(Protocol):
    """A sink that wants to know that it is sent nothing more, because it failed or took too long."""

    def dropped(self) -> None:
        """Take note of it, without waiting."""


class Picture(Protocol):
    """Draws a job's state itself."""

    def changed(self) -> None:
        """Draw it anew, soon."""

    def finish(self) -> None:
        """Draw it for the last time."""


@dataclass(slots=True)
class _Place:
    """How far a sink is: the number of its last patch, or that it waits for a snapshot."""

    number: int = -1


class Follower:
    """Reads one job for all who look at it; ``gone`` is asked whether it is forgotten, when somebody looks no more."""

    def __init__(self, job_id: str, gone: Callable[[Follower], bool]) -> None:
        self.id = job_id
        self.state = JobState(job_id=job_id)
        self.lock = threading.RLock()  # guards the state, its snapshots, and who looks
        self.over = False
        self.shown = interrupts.Event()
        """Set when every picture shows the end."""
        self._gone = gone
        self._made: Snapshots | None = None
        self._final: Json | None = None
        self._sinks: dict[Sink, _Place] = {}
        self._pictures: list[Picture] = []
        self._expected = 0
        self._drawn = self._learned = False
        self._last: Json = {}
        self._due = float("-inf")
        self._left = threading.Event()
        self._nudged = threading.Event()
        self._pause = threading.Event()  # never set: what waits for a turn at the end is not to be hurried
        self._thread = threading.Thread(target=self._run, name=f"nodetool-view-{job_id}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def snapshots(self) -> Snapshots:
        """What makes the snapshots; the graph is laid out when it is first asked for."""
        with self.lock:
            if self._made is None:
                self._made = Snapshots(about.about(self.id))
            return self._made

    def now(self) -> Json:
        """Return the snapshot of this moment."""
        with self.lock:
            return self.snapshots.of(self.state)

    def last(self) -> Json:
        """Return the snapshot that stays, with the details that are seen without a kernel."""
        with self.lock:
            if self._final is not None:
                return self._final
            found = final(self.snapshots, self.state)
            if self.state.status.terminal:
                self._final = found
            return found

    def detail(self, node_id: str) -> Json:
        """Return what is known of one node."""
        with self.lock:
            return detail(self.state, self.snapshots.about.graph, node_id)

    def progress(self) -> Json:
        """Return how far the job is by the last snapshot that was sent; empty before the first."""
        return progress_in(self._last)

    def add_sink(self, sink: Sink) -> bool:
        """Send a sink a snapshot soon, and patches from then on; ``False`` when this follower has ended.

        One that is there already gets a new snapshot.
        """
        with self.lock:
            if self.over:
                return False
            self._sinks[sink] = _Place()
        manager().wake(self.id)
        return True

    def expect_picture(self) -> None:
        """Stay for a picture that is being made."""
        with self.lock:
            self._expected += 1

    def add_picture(self, picture: Picture) -> None:
        """Tell a picture that was expected of every change, and of the end; it draws what is known already at once."""
        with self.lock:
            late = self._drawn
            self._expected -= 1
            if not late:
                self._pictures.append(picture)
        if late:
            picture.finish()
        elif self.state.seq:
            picture.changed()

    def drop(self, look: Sink | Picture) -> None:
        """Let go of a sink or picture; when it was the last, nobody reads the job any more."""
        with self.lock:
            self._sinks = {sink: place for sink, place in self._sinks.items() if sink is not look}
            self._pictures = [picture for picture in self._pictures if picture is not look]
        if self._gone(self):
            self._left.set()
            self._nudged.set()
            manager().wake(self.id)

    def hurry(self) -> None:
        """Read on without waiting for a turn, because somebody waits for the end to be shown."""
        self._nudged.set()

    @property
    def sinks(self) -> int:
        """How many sinks there are."""
        return len(self._sinks)

    @property
    def looked_at(self) -> bool:
        """Whether anybody looks."""
        return bool(self._expected or self._sinks or self._pictures)

    # -- on the follower's own thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        last: Json = {}
        try:
            for batch in manager().changes(self.id):
                if self._left.is_set():
                    return
                if batch:
                    self._take(batch)
                else:
                    self._pass_on()
            if self.state.status.terminal:
                last = self.last()
            else:
                self._say({"type": "gone", "job": self.id, "message": "the job was removed"})
        except Exception as error:
            logger.debug("job %s cannot be followed any more", self.id, exc_info=True)
            self._say({"type": "gone", "job": self.id, "message": words(str(error), 500)})
        finally:
            self._finish(last)

    def _take(self, batch: list[Event]) -> None:
        with self.lock:
            for event in batch:
                self.state.apply(event)
            pictures = tuple(self._pictures)
        for picture in pictures:
            picture.changed()

    def _pass_on(self) -> None:
        """Send what has changed when the job's turn has come, then wait for the next turn while events gather."""
        if self._sinks:
            if not self._last:
                self.now()  # the graph is laid out before a turn is taken: it may take longer than a turn
            self._nudged.wait(self._until_turn())
            self._bring(self.now())
            self._learn()
        count, rest = self.sinks, pace.GAP
        if count:
            rest = max(count * pace.GAP, pace.kernel.turn(count))
            self._due = clock.monotonic() + rest
        self._nudged.wait(rest)

    def _until_turn(self) -> float:
        """Return the seconds until this job may send; one that let its turn pass takes the next."""
        now = clock.monotonic()
        if now > self._due + LATE:
            self._due = now + pace.kernel.turn(self.sinks)
        return max(0.0, self._due - now)

    def _bring(self, fresh: Json) -> None:
        """Bring every sink to a state."""
        with self.lock:
            change = patch(self._last, fresh)
            self._last = fresh
            places = tuple(self._sinks.items())
        for sink, place in places:
            if place.number < 0:
                place.number = 0
                self._give(sink, {"type": "snapshot", "job": self.id, "state": fresh})
            elif change:
                place.number += 1
                self._give(sink, {"type": "patch", "job": self.id, "n": place.number, "patch": change})

    def _give(self, sink: Sink, message: Json) -> None:
        began = clock.monotonic()
        try:
            sink.send(message)
            if clock.monotonic() - began < SLOW:
                return
            logger.debug("a view of job %s holds up the others", self.id)
        except Exception:
            logger.debug("a view of job %s cannot be reached", self.id, exc_info=True)
        with self.lock:  # whoever else looks goes on looking
            self._sinks.pop(sink, None)
        if isinstance(sink, Dropped):
            sink.dropped()

    def _say(self, message: Json) -> None:
        for sink in tuple(self._sinks):
            self._give(sink, message)

    def _learn(self) -> None:
        """Look up, once, how long former runs took."""
        if self._learned:
            return
        self._learned = True
        try:
            found = about.history(self.id, self.snapshots.about.graph)
        except Exception:
            logger.debug("the history of job %s cannot be read", self.id, exc_info=True)
        else:
            self.snapshots.history = found

    def _finish(self, last: Json) -> None:
        """Draw for the last time, and bring those who look from elsewhere, late ones too, to the end."""
        with self.lock:
            pictures, self._pictures, self._drawn = self._pictures, [], True
        for picture in pictures:
            try:
                picture.finish()
            except Exception:
                logger.debug("a view of job %s cannot be drawn", self.id, exc_info=True)
        self.shown.set()
        while True:
            if last and self._sinks:
                self._pause.wait(self._until_turn())
                self._bring(last)
            with self.lock:
                if not last or all(place.number >= 0 for place in self._sinks.values()):
                    self.over = True
                    self._sinks.clear()
                    break
        self._gone(self)
