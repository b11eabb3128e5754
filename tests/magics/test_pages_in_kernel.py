"""What a page asks of a busy kernel on its control channel, with no comm open: to follow a job, to look into a node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.magics.comms import Comm, Front
from tests.magics.kernel_client import Kernel, error

SETUP = """
%load_ext nodetool_jupyter
import nodetool_jupyter as nt

@nt.node
def waits(ctx: nt.NodeContext, word: str) -> str:
    ctx.wait(60)
    return word

job = nt.submit(nt.nodes.notebook.waits(word="hello"))
print(job.id)
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    try:
        yield kernel
    finally:
        kernel.close()


@pytest.fixture(scope="module")
def job(kernel: Kernel) -> str:
    """A job that runs while a cell blocks its kernel."""
    messages = kernel.run(SETUP)
    assert not error(messages)
    kernel.send("job.wait()")
    return "".join(message.get("text", "") for message in messages).strip()


@pytest.fixture
def front(kernel: Kernel) -> Front:
    return Front(kernel)


def ask(front: Front, kind: str, job: str, **more: str) -> dict[str, object]:
    return front.ask("nodetool_request", {"type": kind, "job": job, "page": "p", **more})


def test_a_job_is_followed_while_a_cell_blocks(front: Front, job: str) -> None:
    heard = Comm(front, "nodetool.views")
    assert ask(front, "connect", "") == {"status": "ok", "ok": True}
    assert ask(front, "follow", job) == {"status": "ok", "ok": True}
    found = heard.until(lambda messages: any(message["type"] == "snapshot" for message in messages))
    assert found[0]["state"]["job"]["id"] == job


def test_what_is_in_a_node_is_told_while_a_cell_blocks(front: Front, job: str) -> None:
    heard = Comm(front, "nodetool.views")
    ask(front, "follow", job)
    found = heard.until(lambda messages: any(message["type"] == "snapshot" for message in messages))
    node = next(iter(found[0]["state"]["graph"]["nodes"]))
    ask(front, "detail", job, node=node)
    found = heard.until(lambda messages: any(message["type"] == "detail" for message in messages))
    assert found[-1]["detail"]["inputs"]["word"]["text"] == "hello"


def test_a_job_that_is_not_there_is_said_to_be_gone(front: Front, job: str) -> None:
    heard = Comm(front, "nodetool.views")
    ask(front, "follow", "nosuchjob")
    found = heard.until(lambda messages: any(message["type"] == "gone" for message in messages))
    assert found[-1]["job"] == "nosuchjob"
