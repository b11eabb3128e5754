"""Clicks while a cell blocks: cancel and retry by comm, by the control channel, in a real kernel."""

from __future__ import annotations

from typing import Any

import pytest

from tests.magics.comms import Comm, Front
from tests.magics.kernel_client import Kernel, over, text

SETUP = """
%load_ext nodetool_jupyter
import threading, time
import nodetool_jupyter as nt

@nt.node
def waits(ctx: nt.NodeContext) -> int:
    print("it waits")
    ctx.wait(60)
    return 1

@nt.node
def quick(word: str) -> str:
    return word
"""
BLOCKING = {
    "nt.run": "nt.run(nt.nodes.notebook.waits())",
    "a magic": "%%nodetool run\nnotebook.waits()\n",
    "result()": "nt.submit(nt.nodes.notebook.waits()).result()",
    "sleep": "job = nt.submit(nt.nodes.notebook.waits())\nwhile not job.status.terminal: time.sleep(0.02)",
}


@pytest.fixture(scope="module")
def front(kernel: Kernel) -> Front:
    front = Front(kernel)
    if kernel.has_subshells:
        front.open_subshell()
    return front


@pytest.fixture(scope="module")
def control(front: Front) -> Comm:
    comm = front.open("nodetool.control")
    comm.send({"id": 0, "type": "nothing", "job": "x"})
    comm.until(lambda heard: heard)
    return comm


@pytest.fixture
def views(front: Front) -> Comm:
    return front.open("nodetool.views", "nodetool.views")


def begin(kernel: Kernel, code: str, views: Comm) -> tuple[str, str]:
    """Send a cell, and return it and the job that it waits for."""
    before = {message["job"] for message in views.heard() if "job" in message}
    cell = kernel.send(code)
    kernel.until(cell, lambda messages: "it waits" in text(messages))
    if "%%nodetool" in code:
        found = views.until(lambda heard: {m["job"] for m in heard if "job" in m} - before)
        return cell, ({message["job"] for message in found if "job" in message} - before).pop()
    return cell, newest(kernel)


def newest(kernel: Kernel) -> str:
    """Return the id of the job that runs now, from its folder: the kernel is busy."""
    folder = kernel.home / "data" / "jobs"
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns).name


@pytest.mark.parametrize("code", BLOCKING.values(), ids=BLOCKING)
def test_cancel_by_comm_reaches_a_kernel_whose_cell_blocks(
    kernel: Kernel, control: Comm, views: Comm, code: str
) -> None:
    if not kernel.has_subshells:
        pytest.skip("ipykernel 6 reads comms between cells only")
    cell, job = begin(kernel, code, views)
    control.send({"id": job, "type": "cancel", "job": job})
    control.until(lambda heard: {"id": job, "ok": True} in heard)
    kernel.until(cell, over)
    assert kernel.value(f"nt.job({job!r}).status.value") == "'cancelled'"


@pytest.mark.parametrize("code", BLOCKING.values(), ids=BLOCKING)
def test_so_it_does_by_the_control_channel(kernel: Kernel, front: Front, views: Comm, code: str) -> None:
    cell, job = begin(kernel, code, views)
    assert front.ask("nodetool_request", {"id": 3, "type": "cancel", "job": job}) == {
        **{"status": "ok", "id": 3, "ok": True}
    }
    kernel.until(cell, over)
    assert kernel.value(f"nt.job({job!r}).status.value") == "'cancelled'"


@pytest.mark.parametrize("way", ["comm", "control channel"])
def test_cancel_does_not_wait_behind_run_all(
    kernel: Kernel, front: Front, control: Comm, views: Comm, way: str
) -> None:
    if way == "comm" and not kernel.has_subshells:
        pytest.skip("ipykernel 6 reads comms between cells only")
    cell, job = begin(kernel, BLOCKING["nt.run"], views)
    later = [kernel.send(f"print('later {number}')") for number in range(3)]
    if way == "comm":
        control.send({"id": job, "type": "cancel", "job": job})
        control.until(lambda heard: {"id": job, "ok": True} in heard)
    else:
        assert front.ask("nodetool_request", {"type": "cancel", "job": job})["ok"] is True
    assert not kernel.said.get(later[0])
    kernel.until(cell, over)
    kernel.until(later[-1], over)


def test_retry_names_the_new_job(kernel: Kernel, front: Front) -> None:
    kernel.run("job = nt.submit(nt.nodes.notebook.quick(word='a')); job.wait()")
    old = eval(kernel.value("job.id"))
    answer = front.ask("nodetool_request", {"type": "retry", "job": old})
    assert answer["ok"] is True and answer["job"] != old
    assert kernel.value(f"nt.job({answer['job']!r}).record.retry_of") == repr(old)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"type": "cancel", "job": "nosuchjob1"}, "there is no job 'nosuchjob1'"),
        ({"type": "cancel"}, "the request names no job"),
        ({"type": "delete", "job": "x"}, "the request's type is none of: cancel, retry"),
    ],
    ids=["unknown job", "no job", "unknown type"],
)
def test_what_cannot_be_done_is_said_in_one_sentence(front: Front, request_: dict[str, Any], message: str) -> None:
    assert front.ask("nodetool_request", request_) == {"status": "ok", "ok": False, "message": message}


def test_a_job_that_has_ended_cannot_be_cancelled(kernel: Kernel, front: Front) -> None:
    kernel.run("job = nt.submit(nt.nodes.notebook.quick(word='a')); job.wait()")
    job = eval(kernel.value("job.id"))
    answer = front.ask("nodetool_request", {"type": "cancel", "job": job})
    assert answer == {"status": "ok", "ok": False, "message": f"job {job} has ended already"}


# -- views ------------------------------------------------------------------------------------------------------------


def of(job: str) -> Any:
    return lambda heard: [message for message in heard if message.get("job") == job]


def test_what_a_cell_shows_is_sent_to_the_pages_while_it_blocks(kernel: Kernel, views: Comm, front: Front) -> None:
    cell, job = begin(kernel, BLOCKING["a magic"], views)
    views.until(lambda heard: any("waits" in str(message) for message in of(job)(heard)))
    front.ask("nodetool_request", {"type": "cancel", "job": job})
    kernel.until(cell, over)
    views.until(lambda heard: "cancelled" in str(of(job)(heard)[-1]))
    assert of(job)(views.heard())[0]["type"] == "snapshot"


def test_a_page_can_begin_to_look_while_a_cell_blocks(kernel: Kernel, front: Front, views: Comm) -> None:
    cell, job = begin(kernel, BLOCKING["nt.run"], views)
    for kind in ("connect", "follow", "detail"):
        asked = {"type": kind, "job": job, "node": "waits", "page": "late"}
        assert front.ask("nodetool_request", asked) == {"status": "ok", "ok": True}
    found = views.until(lambda heard: {"snapshot", "detail"} <= {message["type"] for message in of(job)(heard)})
    assert next(m["state"] for m in of(job)(found) if m["type"] == "snapshot")["job"]["status"] == "running"
    front.ask("nodetool_request", {"type": "cancel", "job": job})
    kernel.until(cell, over)
    views.until(lambda heard: "cancelled" in str(of(job)(heard)[-1]))


def test_a_page_that_comes_back_goes_on_with_the_same_comm(kernel: Kernel, front: Front, views: Comm) -> None:
    kernel.run("job = nt.submit(nt.nodes.notebook.waits())")
    job = eval(kernel.value("job.id"))
    views.send({"type": "follow", "job": job, "page": "old"})
    views.until(of(job))
    again = front.open("nodetool.views", "nodetool.views")
    again.send({"type": "follow", "job": job, "page": "new"})
    again.until(lambda heard: [message["type"] for message in of(job)(heard)].count("snapshot") >= 2)
    again.send({"type": "detail", "job": job, "node": "waits"})
    found = again.until(lambda heard: [m for m in of(job)(heard) if m["type"] == "detail"])
    assert of(job)(found)[-1]["detail"]["node"] == "waits"
    kernel.run("job.cancel(); job.wait()")
    again.until(lambda heard: "cancelled" in str(of(job)(heard)[-1]))
    assert views.id not in kernel.closed_comms


def test_a_page_that_follows_no_more_leaves_it_to_the_others(kernel: Kernel, views: Comm) -> None:
    kernel.run("job = nt.submit(nt.nodes.notebook.waits())")
    job = eval(kernel.value("job.id"))
    for page in "ab":
        views.send({"type": "follow", "job": job, "page": page})
    views.until(of(job))
    views.send({"type": "unfollow", "job": job, "page": "a"})
    assert kernel.value("__import__('nodetool_jupyter.widgets.feed').widgets.feed.feed.followed()") == f"[{job!r}]"
    kernel.run("job.cancel(); job.wait()")
    views.until(lambda heard: "cancelled" in str(of(job)(heard)[-1]))


def test_a_kernel_says_that_it_can_be_spoken_to(kernel: Kernel) -> None:
    message = kernel.client.session.msg("comm_info_request", {"target_name": "nodetool.hello"})
    kernel.client.shell_channel.send(message)
    assert len(kernel.reply(message["header"]["msg_id"])["comms"]) == 1


def test_after_unloading_nobody_answers(kernel: Kernel, front: Front) -> None:
    kernel.run("%unload_ext nodetool_jupyter")
    try:
        front.open("nodetool.control").until_closed()
    finally:
        kernel.run("%load_ext nodetool_jupyter")
