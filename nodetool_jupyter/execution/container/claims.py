"""What a container, or a worker, says about its job, line by line: claims, each checked before it is told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.execution.container.allowance import Allowance
from nodetool_jupyter.execution.container.frames import BEGINNING, Cut
from nodetool_jupyter.execution.plain_lines import ANY_LOG, PLAIN_LOG
from nodetool_jupyter.redact import Redactor, StreamRedactor
from nodetool_jupyter.states import NodeStatus, Reason, Status, read_status

SHOWN = 200  # characters of a line that is no event
NAMED = 60  # characters of what a line names
HIGHEST = 10**15  # a number that no runner comes to
NAMES_ROOM = 8 * 1024**2  # characters of all names of edges and outputs: whoever follows a job keeps each of them
LARGE, CROWDED = 1024**2, 250_000  # values in a large line: each takes many times the bytes that it is written with
_LAST = 20  # lines on stderr that are kept for who must say how it ended
_RUNNERS = frozenset({Status.RUNNING, Status.SUSPENDED, Status.COMPLETED, Status.ERROR, Status.CANCELLED})
_NO_EVENTS = "lines that are no events"
_NODE_WORDS = frozenset(status.value for status in NodeStatus)
_EDGE_WORDS = frozenset({"message_sent", "drained"})
_OF_A_NODE = (ev.NodeUpdate, ev.NodeProgress, ev.OutputUpdate, ev.PreviewUpdate, ev.BinaryUpdate)
_REASONS = frozenset(reason.value for reason in Reason)
_OWNERS = dict.fromkeys(("params", "cancel_requested", "queue_position", "winding_down"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a container may write at once, and each second after that; more ends its attempt.

    An honest runner's worst is some 100,000 lines a second for some seconds, and a log keeps about 400,000 lines of
    text: whoever wrote two million, and goes on faster than a person's job would, floods. ``warnings`` are lines that
    were refused, or came on stderr; more are counted.
    """

    lines: tuple[int, int] = (2_000_000, 20_000)
    size: tuple[int, int] = (2 * 1024**3, 16 * 1024**2)
    warnings: tuple[int, int] = (200, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a container may speak of: one attempt at one job since ``started``, and the nodes of its graph.

    ``who`` is what is said to have written the lines. With ``owned`` they are another owner's log: jobs wait and start
    in it too, and lines may have been cut from it.
    """

    job_id: str
    attempt: int
    nodes: frozenset[str]
    started: float
    redactor: Redactor = field(default_factory=Redactor)
    who: str = "its container"
    owned: bool = False


class Refused(ValueError):  # noqa: N818  # what became of a line
    """What a container may not say: the kind, and what it was this time."""


class Claims:
    """Makes channel lines of what a container wrote, from number ``after`` on; ends with its claim of an end.

    A kind of refusal is told when it first happens, and counted from then on. Lines of the owner's own bear the number
    0; while what has been read before is read again, there are none.
    """

    def __init__(self, subject: Subject, after: int = 0, rates: Rates | None = None) -> None:
        rates = rates or Rates()
        self.n = after
        self.ended = False
        self.over = False  # it ended because the container wrote too much, and may still run
        self.said: deque[str] = deque(maxlen=_LAST)  # last on stderr
        self.redactor = subject.redactor
        self._subject = subject
        self._after = after
        self._again = after > 0
        self._cut = 0  # up to which number lines were cut on purpose
        self._told = _RUNNERS | {Status.QUEUED, Status.STARTING} if subject.owned else _RUNNERS
        self._quick = frozenset(b'"%b"' % node.encode() for node in ("", *subject.nodes) if _is_plain(node))
        self._masked = bool(subject.redactor)
        self._lines, self._size = Allowance(*rates.lines), Allowance(*rates.size)
        self._warnings = Allowance(*rates.warnings)
        self._unsaid: Counter[str] = Counter()
        self._known: set[str] = set()
        self._names: set[str] = set()
        self._names_left = NAMES_ROOM

    def go_on(self, *, again: bool) -> None:
        """Expect a stream that may begin before the last line that was taken; ``again`` says that it surely does."""
        self._after = self.n
        self._again = again and self.n > 0

    def take(self, lines: Sequence[bytes]) -> list[ChannelLine]:
        """Check lines of stdout; a terminal one is the last that is taken."""
        told: list[ChannelLine] = []
        if self.ended:
            return told
        if not self._lines.take(len(lines)):
            return self._flooded("lines", self._lines)
        now, quick = clock.time(), self._quick
        for line in lines:
            plain = None if self._masked or not line.isascii() else PLAIN_LOG.fullmatch(line)
            if plain is not None and plain[4] in quick:
                n = int(plain[1])
                if 0 < n <= self._after:
                    self._again &= n < self._after
                    continue
                if n == self.n + 1:
                    self.n, self._again = n, False
                    told.append(ChannelLine(n, self._time(float(plain[2]), now), ANY_LOG, plain[3]))
                    continue
            if self._read(line, now, told):
                break
        return told

    def hear(self, updates: Sequence[ev.LogUpdate]) -> list[ChannelLine]:
        """Take lines of stderr, which are the runner's own complaints, or those of what stands around it."""
        told: list[ChannelLine] = []
        self.said += [update.content for update in updates[-_LAST:]]
        if self.ended:
            return told
        if not self._lines.take(len(updates)):
            return self._flooded("lines", self._lines)
        for update in updates:
            self._warn(update.content, told, "lines on stderr")
        return told

    def hear_cuts(self, cuts: Iterable[Cut]) -> list[ChannelLine]:
        """Take note of lines that were too long to be kept."""
        told: list[ChannelLine] = []
        for size, beginning in cuts:
            if not self.ended:
                text = f"{size:,} bytes, of which this is the beginning: {self._shown(beginning)}"
                self._refuse(Refused("lines that are too long", text), told)
        return told

    def hear_torn(self, line: bytes) -> list[ChannelLine]:
        """Take note of the beginning of a line that nothing follows."""
        told: list[ChannelLine] = []
        if line and not self.ended:
            self._warn(f"what {self._subject.who} wrote ends within a line: {self._shown(line)}", told, _NO_EVENTS)
        return told

    def spend(self, size: int) -> list[ChannelLine]:
        """Count bytes that came, in lines or not; returns the end when they are too many."""
        return [] if self.ended or self._size.take(size) else self._flooded("bytes", self._size)

    def rest(self) -> list[ChannelLine]:
        """Say what was counted and not told; called when nothing follows."""
        counted, self._unsaid = self._unsaid, Counter()
        return [_own(f"{self._subject.who} wrote {kind}: {count:,} more") for kind, count in counted.items()]

    def _read(self, line: bytes, now: float, told: list[ChannelLine]) -> bool:
        """Take a line that is not plain; tell whether it was the end."""
        if not line or line.isspace():
            return False
        try:
            event = self._numbered(_parsed(line), told)
            if event is None:
                return False
            self._check(event)
        except Refused as refused:
            self._refuse(refused, told)
        except ValueError as error:
            text = f"{self._subject.who} wrote a line that is {error}: {self._shown(line)}"
            self._warn(text, told, _NO_EVENTS)
        else:
            self._tell(event, now, told)
        return self.ended

    def _numbered(self, event: ev.Event, told: list[ChannelLine]) -> ev.Event | None:
        """Return an event whose number follows; none for one that an earlier owner has read."""
        if isinstance(event, ev.Gap) and self._subject.owned:
            self._pass_gap(event, told)
            return None
        n = event.seq
        if n is None or not 0 < n <= HIGHEST:
            raise Refused("lines without a number", f"{self._brief(event.type)} bears {self._brief(n)}")
        if n <= self._after:
            self._again &= n < self._after
            return None
        if n <= self.n:
            raise Refused("numbers that do not rise", f"{n} came after {self.n}")
        missing, self.n, self._again = n - max(self.n, min(self._cut, n - 1)) - 1, n, False
        if missing:
            self._refuse(Refused("less than its numbers say", f"{missing:,} missing before {n}"), told, missing)
        return event

    def _pass_gap(self, gap: ev.Gap, told: list[ChannelLine]) -> None:
        """Take note that lines were cut from the log that is read, which nobody had read before."""
        if gap.last > max(self.n, self._cut):
            self._cut = gap.last
            text = f"{gap.lines:,} lines of text were dropped by {self._subject.who}, because its log was full"
            told.append(_own(text))

    def _check(self, event: ev.Event) -> None:
        if isinstance(event, ev.Gap):  # a runner's stream is never shortened
            raise Refused("gaps, of which only an owner can know", f"one before number {self.n}")
        if isinstance(event, ev.JobUpdate):
            if _job_status(event.status) not in self._told:
                raise Refused("states that are not a runner's to tell", f"job {self._brief(event.status)}")
            return
        node = getattr(event, "node_id", None)
        if (node or isinstance(event, _OF_A_NODE)) and not (isinstance(node, str) and node in self._subject.nodes):
            raise Refused("of nodes that are not in the graph", f"{self._brief(event.type)} of {self._brief(node)}")
        if isinstance(event, ev.NodeUpdate) and event.status not in _NODE_WORDS:
            raise Refused("states that nodes do not have", f"node {self._brief(event.status)}")
        if isinstance(event, ev.EdgeUpdate):
            if event.status not in _EDGE_WORDS:
                raise Refused("states that edges do not have", self._brief(event.status))
            self._count_name(event.edge_id)
        if isinstance(event, ev.OutputUpdate):
            self._count_name(event.output_name)

    def _count_name(self, name: str) -> None:
        if name not in self._names:
            self._names_left -= len(name)
            if self._names_left < 0:
                raise Refused("more names than any graph has", self._brief(name))
            self._names.add(name)

    def _tell(self, event: ev.Event, now: float, told: list[ChannelLine]) -> None:
        time, plain, subject = self._time(event.time, now), event.__dict__, self._subject
        plain.update(job_id=subject.job_id, attempt=subject.attempt, seq=None, time=None, source=None)
        if plain.get("duration") is not None:
            longest = max(0.0, now - subject.started)
            plain["duration"] = event.duration if 0.0 <= event.duration <= longest else longest  # type: ignore[attr-defined]
        if isinstance(event, ev.JobUpdate):
            plain.update(_OWNERS)
            if event.node_id not in subject.nodes:
                plain["node_id"] = None
            if event.reason is not None and event.reason not in _REASONS:
                plain["reason"] = Reason.INTERNAL.value
            self.ended = ev.ends(event)
            if self.ended:
                told += self.rest()
        told.append(ChannelLine(self.n, time, event))

    def _time(self, time: float | None, now: float) -> float:
        if time is not None and self._subject.started <= time <= now:
            return time
        return self._subject.started if time is not None and time < self._subject.started else now

    def _flooded(self, what: str, allowed: Allowance) -> list[ChannelLine]:
        most = f"more than {allowed.at_once:,} {what} and {allowed.per_second:,} more a second"
        text = f"{self._subject.who} wrote {most}"
        self.ended = self.over = True
        end = ev.JobUpdate(status=Status.ERROR.value, reason=Reason.OUTPUT_LIMIT.value, error=text)
        return [*self.rest(), ChannelLine(OWN, clock.time(), end)]

    def _refuse(self, refused: Refused, told: list[ChannelLine], count: int = 1) -> None:
        kind, what = refused.args
        if kind in self._known:
            self._unsaid[kind] += count
        elif not self._again:
            self._known.add(kind)
            told.append(_own(f"{self._subject.who} wrote {kind}: {what}"))

    def _warn(self, text: str, told: list[ChannelLine], kind: str) -> None:
        if self._again:
            return
        if self._warnings.take(1):
            told.append(_own(text))
        else:
            self._unsaid[kind] += 1

    def _shown(self, line: bytes) -> str:
        return self._masked_beginning(line[:BEGINNING].decode("utf-8", "replace"), SHOWN, len(line) >= BEGINNING)

    def _brief(self, value: object) -> str:
        text = str(value)
        return repr(self._masked_beginning(text[:BEGINNING], NAMED, len(text) >= BEGINNING))

    def _masked_beginning(self, text: str, length: int, cut: bool) -> str:
        redactor = StreamRedactor(self.redactor)
        masked = redactor.feed(text)
        if not cut:  # else what may be the beginning of a secret stays back
            masked += redactor.flush()
        return masked if len(masked) <= length else f"{masked[:length]}…"


def _parsed(line: bytes) -> ev.Event:
    if not line.startswith(b"{"):
        raise ValueError("not an event")
    if len(line) > LARGE and line.count(b",") + line.count(b"[") + line.count(b"{") > CROWDED:
        raise ValueError(f"not an event: more than {CROWDED:,} values")
    return ev.parse(line)


def _job_status(word: str) -> Status | None:
    try:
        return read_status(word)
    except ValueError:
        return None


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _own(text: str) -> ChannelLine:
    return ChannelLine(OWN, clock.time(), ev.LogUpdate(content=text, severity="warning"))
