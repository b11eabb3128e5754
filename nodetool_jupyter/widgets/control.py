"""What a person asks of a job by a click: cancel it, or run it once more.

Requests come in whatever thread the kernel reads them in, also while a cell blocks. They are answered within that call:
ipykernel 7.4 would take a comm on which anybody else writes for one of the main shell, and let its messages wait.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.jobs.manager import manager

logger = logging.getLogger(__name__)


def serve(comm: Any) -> None:
    """Answer every request that comes by a comm, on that comm."""
    comm.on_msg(lambda message: comm.send(answer(message["content"]["data"])))


def answer(request: object) -> dict[str, Any]:
    """Do what is asked, and return what a front-end is told: that it was done, or in one sentence why not."""
    if not isinstance(request, Mapping):
        return {"ok": False, "message": "the request is no mapping"}
    number = {"id": request["id"]} if isinstance(request.get("id"), (int, str)) else {}
    act, job_id = _ACTS.get(str(request.get("type"))), request.get("job")
    if act is None:
        return {**number, "ok": False, "message": f"the request's type is none of: {', '.join(_ACTS)}"}
    if not isinstance(job_id, str) or not job_id:
        return {**number, "ok": False, "message": "the request names no job"}
    try:
        return {**number, **act(job_id)}
    except NodetoolError as error:
        return {**number, "ok": False, "message": str(error)}
    except Exception as error:
        logger.warning("the request %r of a view failed", request.get("type"), exc_info=True)
        return {**number, "ok": False, "message": f"{type(error).__name__}: {error}"}


def _cancel(job_id: str) -> dict[str, Any]:
    jobs = manager()
    jobs.get(job_id)
    if jobs.cancel(job_id):
        return {"ok": True}
    return {"ok": False, "message": f"job {job_id} has ended already"}


def _retry(job_id: str) -> dict[str, Any]:
    return {"ok": True, "job": manager().retry(job_id)}


_ACTS = {"cancel": _cancel, "retry": _retry}
