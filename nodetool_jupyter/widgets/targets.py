"""Where a kernel is spoken to by views: two comm targets and one message on the control channel.

Registering them costs next to nothing; what answers is imported with the first message.
"""

from __future__ import annotations

from typing import Any

CONTROL, VIEWS, HELLO = "nodetool.control", "nodetool.views", "nodetool.hello"
# VIEWS is the id of the comm of all pages, too.
REQUEST, REPLY = "nodetool_request", "nodetool_reply"


def connect(kernel: Any) -> None:
    """Let front-ends open comms to a kernel, and ask it for things on its control channel."""
    comms = getattr(kernel, "comm_manager", None)
    if comms is not None:
        comms.register_target(CONTROL, _control)
        comms.register_target(VIEWS, _views)
        _greet(comms)
    handlers = getattr(kernel, "control_handlers", None)
    if handlers is not None:
        # Read in a thread of its own, whatever the cells do, and by every version of ipykernel.
        handlers[REQUEST] = lambda stream, ident, parent: _request(kernel, stream, ident, parent)


def _greet(comms: Any) -> None:
    """Open, once, the comm by which pages see that this kernel can be spoken to; they open the others."""
    if any(comm.target_name == HELLO for comm in comms.comms.values()):
        return
    from comm import create_comm

    create_comm(target_name=HELLO, data={"v": 1})


def disconnect(kernel: Any) -> None:
    """Take away what :func:`connect` added."""
    comms = getattr(kernel, "comm_manager", None)
    for name in (CONTROL, VIEWS):
        if comms is not None:
            comms.targets.pop(name, None)
    getattr(kernel, "control_handlers", {}).pop(REQUEST, None)


def _control(comm: Any, _opened: Any) -> None:
    from nodetool_jupyter.widgets import control

    control.serve(comm)


def _views(comm: Any, _opened: Any) -> None:
    from nodetool_jupyter.widgets import pages

    pages.serve(comm)


def _request(kernel: Any, stream: Any, ident: Any, parent: Any) -> None:
    from nodetool_jupyter.widgets import control, pages

    content = parent.get("content") or {}
    answer = pages.request(content) if content.get("type") in pages.REQUESTS else control.answer(content)
    kernel.session.send(stream, REPLY, {"status": "ok", **answer}, parent, ident)
