"""What a process prints on its fd 1 and 2, as lines for people; never read as anything else."""

from __future__ import annotations

import codecs
import os

from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.redact import Redactor, StreamRedactor

_STEP = 256 * 1024
LONGEST = 64 * 1024  # characters after which a line without an end is cut
PATIENCE = 0.1  # seconds that an unfinished line is waited for


class Prints:
    """One stream of prints: bytes of any cut in, log lines out, secrets masked wherever a piece was cut."""

    def __init__(self, severity: str, redactor: Redactor) -> None:
        self._severity = severity
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._redactor = StreamRedactor(redactor)
        self._rest = ""

    @property
    def unfinished(self) -> bool:
        """Whether the last line has no end yet."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[LogUpdate]:
        """Take the next piece, and return the lines that it ends."""
        return self._take(self._redactor.feed(self._decoder.decode(data)))

    def flush(self) -> list[LogUpdate]:
        """Give out a line that has no end yet."""
        lines = self._take(self._redactor.flush())
        rest, self._rest = self._rest, ""
        return [*lines, *self._lines([rest])]

    def _take(self, text: str) -> list[LogUpdate]:
        *lines, self._rest = (self._rest + text).replace("\r\n", "\n").split("\n")
        if len(self._rest) > LONGEST:
            lines.append(self._rest)
            self._rest = ""
        return self._lines(lines)

    def _lines(self, lines: list[str]) -> list[LogUpdate]:
        # Of a bar that redraws itself with carriage returns, the last state is what a terminal shows.
        last = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
        return [LogUpdate(content=line, severity=self._severity) for line in last if line.strip()]


class Captured(Prints):
    """The prints of a descriptor, which is never waited for."""

    def __init__(self, descriptor: int, severity: str, redactor: Redactor) -> None:
        super().__init__(severity, redactor)
        self.descriptor = descriptor
        os.set_blocking(descriptor, False)
        self.ended = False  # nobody has it open any more

    def read(self) -> list[LogUpdate] | None:
        """Read what is there; ``None`` when nothing is, now or ever."""
        try:
            data = os.read(self.descriptor, _STEP)
        except BlockingIOError:
            return None
        if not data:
            self.ended = True
            return None
        return self.feed(data)
