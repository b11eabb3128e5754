"""A front-end's side of comms for tests: on the main shell, on a subshell, on the control channel."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.magics.kernel_client import DEADLINE, Kernel


class Front:
    """Speaks to a kernel as JupyterLab does; ``heard`` has what came by each comm."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.client = kernel.client
        self.subshell: str | None = None

    def open_subshell(self) -> None:
        """Let what is sent from now on go to a subshell of its own."""
        content = self.ask("create_subshell_request", {})
        assert content["status"] == "ok", content
        self.subshell = content["subshell_id"]

    def ask(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Send a message on the control channel and return its reply."""
        message = self.client.session.msg(kind, content)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=DEADLINE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return dict(reply["content"])

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        message = self.client.session.msg(kind, content)
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def open(self, target: str, comm_id: str | None = None) -> Comm:
        """Open a comm to a target."""
        comm = Comm(self, comm_id or uuid4().hex)
        self._send("comm_open", {"comm_id": comm.id, "target_name": target, "data": {}})
        return comm


class Comm:
    """One comm, as the front-end that opened it has it."""

    def __init__(self, front: Front, comm_id: str) -> None:
        self.front = front
        self.id = comm_id

    def send(self, data: dict[str, Any]) -> None:
        self.front._send("comm_msg", {"comm_id": self.id, "data": data})

    def heard(self) -> list[dict[str, Any]]:
        """What came so far, in order, whichever cell it came with."""
        return list(self.front.kernel.by_comm.get(self.id, ()))

    def until(self, found: Any) -> list[dict[str, Any]]:
        """Wait until what came is so, and return it."""
        kernel = self.front.kernel
        with kernel.news:
            ended = kernel.news.wait_for(lambda: found(self.heard()), DEADLINE)
        assert ended, f"not within {DEADLINE} s; there was: {self.heard()[-3:]}"
        return self.heard()

    def until_closed(self) -> None:
        kernel = self.front.kernel
        with kernel.news:
            assert kernel.news.wait_for(lambda: self.id in kernel.closed_comms, DEADLINE)
