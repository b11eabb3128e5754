"""The words, signs, colours and figures that every view shares, so that a state reads the same wherever it is shown."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from nodetool_jupyter.states import Reason


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: its sign, its word, a colour for the sign in html, and the colour's code in a terminal.

    Colours reach a contrast of 3 : 1 on white and on the dark themes' background; words keep the theme's own colour.
    """

    glyph: str
    word: str
    colour: str
    ansi: str


_GREY, _BLUE, _AMBER, _GREEN, _RED = "#808080", "#3d86d8", "#b58420", "#2f9a5c", "#dc4f4a"

LOOKS: dict[str, Look] = {
    "queued": Look("◌", "queued", _GREY, "2"),
    "starting": Look("◔", "starting", _BLUE, "34"),
    "running": Look("●", "running", _BLUE, "34"),
    "suspended": Look("◑", "suspended", _AMBER, "33"),
    "completed": Look("✓", "completed", _GREEN, "32"),
    "error": Look("✗", "error", _RED, "31"),
    "cancelled": Look("⊘", "cancelled", _AMBER, "33"),
    "waiting": Look("○", "waiting", _GREY, "2"),
    "not_run": Look("–", "not run", _GREY, "2"),
    "bypassed": Look("↷", "bypassed", _GREY, "2"),
}

IDLE = frozenset({"waiting", "not_run", "bypassed"})  # states of nodes at which nothing happened

REASONS: dict[str, str] = {
    Reason.NODE_FAILED: "a node failed",
    Reason.INVALID_GRAPH: "the workflow cannot run",
    Reason.REJECTED: "the job was refused",
    Reason.SECRET_MISSING: "a secret is missing",
    Reason.RESULT_NOT_STORABLE: "a result cannot be stored",
    Reason.TIMEOUT_QUEUE: "it waited too long in the queue",
    Reason.TIMEOUT_START: "it took too long to start",
    Reason.TIMEOUT_RUN: "it ran longer than its timeout",
    Reason.TIMEOUT_IDLE: "nothing happened for too long",
    Reason.OUT_OF_MEMORY: "out of memory",
    Reason.OUTPUT_LIMIT: "it wrote more than its log may hold",
    Reason.KILLED: "its process was killed",
    Reason.LOST: "what ran it is gone, and how it ended cannot be known",
    Reason.WORKER_LOST: "the worker is gone",
    Reason.IMAGE_MISSING: "the container image is missing",
    Reason.ENGINE_UNAVAILABLE: "the container engine cannot be reached",
    Reason.GPU_UNAVAILABLE: "the GPU cannot be used",
    Reason.CANCELLED_BY_USER: "by you",
    Reason.INTERNAL: "a fault of this package",
}

STATE, NODE, TYPE, TIME, NOTE = "State", "Node", "Type", "Time", "Note"
ID, NAME, STRATEGY, SUBMITTED = "Id", "Name", "Strategy", "Submitted"
OUTPUTS, NODES, LOG = "Outputs", "Nodes", "Log"
NODE_TABLE, JOB_TABLE = "What each node did", "Jobs, newest first"
CANCELLING = "cancelling"
WINDING_DOWN = "its thread still winds down"
PICTURE = "picture"
LACKING = "{sign} stands for characters that this picture's font lacks"
NO_JOBS = "No jobs."
NO_OUTPUTS = "No outputs."

# for terminals whose encoding has no such signs
ASCII = str.maketrans("◌◔●◑✓✗⊘○–↷·…×█░", ".o*o+x!. >-.x#-")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_BREAKS = re.compile(r"\s*[\n\r\t\u2028\u2029]+\s*")


def look(status: str) -> Look:
    """Return how a state looks; a word that nobody knows yet is shown as it is."""
    return LOOKS.get(status) or Look("?", one_line(status), _GREY, "2")


def reason(word: str | None) -> str:
    """Return a reason in plain words; one that nobody knows yet is shown as it is."""
    return REASONS.get(word) or one_line(word.replace("_", " ")) if word else ""


def plain(text: str) -> str:
    """Return ``text`` without what a terminal or browser would obey: control, direction and broken characters."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return ``text`` as one line, without control characters."""
    return plain(_BREAKS.sub(" ", text.strip()))


def duration(seconds: float | None) -> str:
    """Write a time span for people; nothing when there is none."""
    if seconds is None:
        return ""
    if seconds < 0.001:
        return "< 1 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: float | None) -> str:
    """Write a number of bytes for people; nothing when there is none."""
    if count is None:
        return ""
    if count < 1000:
        return f"{int(count)} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5:
            return f"{count:.3g} {unit}"
    return f"{count / 1000:.3g} TB"


def moment(time: float | None) -> str:
    """Write seconds since the epoch as local date and time; nothing when there is none."""
    return "" if time is None else dt.datetime.fromtimestamp(time).strftime("%Y-%m-%d %H:%M:%S")


def as_of(time: float) -> str:
    """Say when something was so that goes on."""
    return f"as of {moment(time)}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun in the right form: ``1 line``, ``1,200 lines``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def graph_of(name: str) -> str:
    """Name the picture of a workflow's graph."""
    return f"graph of {one_line(name)}" if name else "graph of the workflow"


def place(position: int | None) -> str:
    """Write a place in the queue; nothing when there is none."""
    return "" if position is None else "next in the queue" if position <= 1 else f"number {position} in the queue"
