"""A real kernel for tests: cells are sent, their messages collected by the cell they belong to."""

from __future__ import annotations

import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

DEADLINE = 30.0


class Kernel:
    """A kernel and everything it said; ``said[cell]`` lists the IOPub messages of one cell.

    ``by_comm`` lists what came by each comm; ``news`` tells of every message. The variable
    NODETOOL_TEST_PYTHON names another interpreter, such as one with an older ipykernel.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        env = {**os.environ, "NODETOOL_HOME": str(home / "data"), "NODETOOL_RUNTIME": str(home / "run"), "ENV": ""}
        self.manager = KernelManager()
        self.manager.kernel_spec.argv[0] = os.environ.get("NODETOOL_TEST_PYTHON", sys.executable)
        self.manager.start_kernel(env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=DEADLINE)
        self.said: dict[str, list[dict[str, Any]]] = {}
        self.by_comm: dict[str, list[dict[str, Any]]] = {}
        self.closed_comms: set[str] = set()
        self.news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._open = True
        self._reader.start()

    def _read(self) -> None:
        while self._open:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            with self.news:
                cell = message["parent_header"].get("msg_id", "")
                self.said.setdefault(cell, []).append({"kind": message["msg_type"], **message["content"]})
                if message["msg_type"] == "comm_msg":
                    self.by_comm.setdefault(message["content"]["comm_id"], []).append(message["content"]["data"])
                elif message["msg_type"] == "comm_close":
                    self.closed_comms.add(message["content"]["comm_id"])
                self.news.notify_all()
        ensure_event_loop().close()

    def send(self, code: str) -> str:
        """Send a cell and return its id at once."""
        return str(self.client.execute(code))

    def until(self, cell: str, found: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until a cell's messages are so, and return them."""
        with self.news:
            ended = self.news.wait_for(lambda: found(self.said.get(cell, [])), DEADLINE)
            messages = list(self.said.get(cell, []))
        assert ended, f"not within {DEADLINE} s; there was: {messages}"
        return messages

    def run(self, code: str) -> list[dict[str, Any]]:
        """Send a cell, wait for its end, and return its messages."""
        return self.until(self.send(code), over)

    def reply(self, cell: str) -> dict[str, Any]:
        """Return the kernel's answer to a cell, which tells a frontend whether to go on with the next."""
        while True:
            message = self.client.get_shell_msg(timeout=DEADLINE)
            if message["parent_header"].get("msg_id") == cell:
                return dict(message["content"])

    def value(self, expression: str) -> str:
        """Return the repr of an expression in the kernel."""
        messages = self.run(f"print(repr(({expression})))")
        assert not error(messages), error(messages)
        return text(messages).strip()

    @property
    def has_subshells(self) -> bool:
        """Whether a front-end can speak to it while a cell blocks its main shell."""
        message = self.client.kernel_info()
        return "kernel subshells" in self.reply(message).get("supported_features", ())

    def close(self) -> None:
        self._open = False
        self._reader.join()
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        ensure_event_loop().close()


def over(messages: list[dict[str, Any]]) -> bool:
    """Tell whether a cell has ended."""
    return any(one["kind"] == "status" and one["execution_state"] == "idle" for one in messages)


def text(messages: list[dict[str, Any]]) -> str:
    """Return what a cell printed."""
    return "".join(one["text"] for one in messages if one["kind"] == "stream")


def error(messages: list[dict[str, Any]]) -> str:
    """Return a cell's error as it is shown, without colours."""
    shown = ["\n".join(one["traceback"]) for one in messages if one["kind"] == "error"]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(shown))
