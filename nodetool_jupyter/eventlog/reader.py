"""Reading a job's log while it grows, is shortened, or is renamed over."""

from __future__ import annotations

import os
from contextlib import suppress

from nodetool_jupyter.eventlog.lines import read_head, read_seq
from nodetool_jupyter.events import Gap, parse

_STEP = 1024 * 1024


class LogReader:
    """Gives whole lines after a number, in order, each once; costs a position and one open file.

    A log that was renamed over (shortened, or taken from a late owner) is read on after the last number given.
    """

    def __init__(self, path: str, after: int = 0, *, step: int = _STEP) -> None:
        self.after = after
        self._path = path
        self._step = step
        self._descriptor = -1
        self._inode = -1
        self._position = 0

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def read(self) -> list[bytes]:
        """Return the lines that are there now, without their ends; at most about ``step`` bytes, empty at the end.

        Raises ``FileNotFoundError`` when the job has no log yet, or was removed and all that was there has been read.
        """
        step = self._step
        while True:
            found = self._stat()
            if found is None:
                pass  # removed; the open file has what is still to be read
            elif self._descriptor < 0 or found.st_ino != self._inode:
                self._open()
            elif found.st_size < self._position:
                self._position = 0
            data = os.pread(self._descriptor, step, self._position)
            # Never past a whole line: what stands behind it may be torn, cut, and written over.
            whole = data.rpartition(b"\n")[0]
            if whole:
                self._position += len(whole) + 1
                fresh = self._fresh(whole.split(b"\n"))
                if fresh:
                    return fresh
            elif len(data) < step:
                if found is None:
                    raise FileNotFoundError(self._path)
                return []
            else:
                step *= 2

    def _stat(self) -> os.stat_result | None:
        try:
            return os.stat(self._path)  # noqa: PTH116
        except FileNotFoundError:
            if self._descriptor < 0:
                raise
            return None

    def _open(self) -> None:
        self.close()
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        # The inode cannot be given to another file while this descriptor is open.
        self._inode = os.fstat(self._descriptor).st_ino
        self._position = 0

    def _fresh(self, lines: list[bytes]) -> list[bytes]:
        if self._all_follow(lines):
            return lines
        fresh = []
        for line in lines:
            with suppress(ValueError):
                seq = read_seq(line)
                if seq > self.after:
                    self.after = seq
                    fresh.append(line)
                elif read_head(line).type == "gap":
                    event = parse(line)
                    # Lines that this reader has not seen were cut: it must be told, though the gap began before.
                    if isinstance(event, Gap) and event.last > self.after:
                        fresh.append(line)
        return fresh

    def _all_follow(self, lines: list[bytes]) -> bool:
        """Tell whether these are simply the next lines, which their one writer numbered without gaps."""
        with suppress(ValueError):
            first, last = read_seq(lines[0]), read_seq(lines[-1])
            if first == self.after + 1 and last - first == len(lines) - 1:
                self.after = last
                return True
        return False
