"""Cells in a real kernel: where output goes, what the stop button does, what stays alive meanwhile."""

from __future__ import annotations

import pytest

from tests.magics.kernel_client import Kernel, error, over, text

SETUP = """
%load_ext nodetool_jupyter
import asyncio, threading, time
import nodetool_jupyter as nt

@nt.node
def say(word: str) -> str:
    print("saying", word)
    return word.upper()

@nt.node
def divide(by: int) -> float:
    return 1 / by

@nt.node
async def endless() -> int:
    print("endless begins")
    await asyncio.Event().wait()

free = threading.Event()

@nt.node
def stuck() -> int:
    print("stuck begins")
    free.wait(20)
    return 1
"""


def begun(word: str):  # type: ignore[no-untyped-def]
    return lambda messages: word in text(messages)


def test_prints_of_nodes_appear_under_the_cell_that_runs_them(kernel: Kernel) -> None:
    assert text(kernel.run("%%nodetool run\nnotebook.say(word='here')\n")) == "saying here\n"


def test_prints_of_a_background_job_appear_under_its_own_cell(kernel: Kernel) -> None:
    kernel.run("gate = threading.Event()\n@nt.node\ndef late(word: str) -> str:\n    gate.wait(20); print(word)\n")
    first = kernel.send("%%nodetool run --background\nnotebook.late(word='late')\n")
    second = kernel.run("gate.set(); nt.jobs()[0].wait()")
    kernel.until(first, begun("late"))
    assert "late" not in text(second)


def test_a_cell_shows_one_display_that_ends_as_the_summary(kernel: Kernel) -> None:
    messages = kernel.run("%%nodetool run\nnotebook.say(word='x')\n")
    shown = [one for one in messages if "text/html" in one.get("data", {})]
    assert len({one["transient"]["display_id"] for one in shown}) == 1
    assert shown[-1]["data"]["text/plain"].startswith("✓ completed")


def test_below_the_summary_stands_the_graph(kernel: Kernel) -> None:
    messages = kernel.run("%%nodetool run\nnotebook.say(word='x')\n")
    below = [one["data"] for one in messages if one["kind"] == "display_data"][1:]
    assert [set(data) for data in below] == [{"image/png", "text/plain", "application/vnd.nodetool.picture+json"}]


def test_the_outputs_are_stored_and_not_shown_twice(kernel: Kernel) -> None:
    messages = kernel.run("%%nodetool run --output made\nnotebook.say(word='x')\n")
    assert not [one for one in messages if one["kind"] == "execute_result"]
    assert kernel.value("dict(made)") == kernel.value("{'say': 'X'}")


def test_quiet_shows_the_outputs_only(kernel: Kernel) -> None:
    kinds = [one["kind"] for one in kernel.run("%%nodetool run --quiet\nnotebook.say(word='x')\n")]
    assert "display_data" not in kinds
    assert kinds.count("execute_result") == 1


ASKING = """
let, done, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

@nt.node
def ask() -> bool:
    loop.call_soon_threadsafe(let.set)
    return done.wait(20)

async def answer():
    await let.wait()
    done.set()

task = asyncio.create_task(answer())
"""


def test_the_loop_of_the_kernel_runs_while_a_cell_waits(kernel: Kernel) -> None:
    kernel.run(ASKING)
    kernel.run("%%nodetool run --quiet --output asked\nnotebook.ask()\n")
    assert kernel.value("asked['ask']") == "True"


def test_the_stop_button_cancels_only_the_job_of_the_cell(kernel: Kernel) -> None:
    kernel.run("other = nt.submit(nt.nodes.notebook.endless())")
    cell = kernel.send("%%nodetool run\nnotebook.endless()\n")
    kernel.until(cell, begun("endless begins"))
    kernel.manager.interrupt_kernel()
    shown = error(kernel.until(cell, over))
    assert shown.startswith("Cancelled: job ")
    assert kernel.value("nt.jobs()[0].status.value, other.status.value") == "('cancelled', 'running')"
    assert kernel.value("other.cancel() and other.wait().value") == "'cancelled'"


def test_the_stop_button_ends_a_job_whose_node_blocks(kernel: Kernel) -> None:
    kernel.run("free.clear()")
    cell = kernel.send("%%nodetool run --quiet\nnotebook.stuck()\n")
    kernel.until(cell, begun("stuck begins"))
    kernel.manager.interrupt_kernel()
    assert error(kernel.until(cell, over)).startswith("Cancelled: job ")
    assert kernel.value("nt.jobs()[0].winding_down") == "True"
    kernel.run("free.set()")


@pytest.mark.parametrize("call", ["nt.run({})", "nt.submit({}).result()", "nt.gather([nt.submit({})])"])
def test_the_stop_button_cancels_what_a_blocking_call_waits_for(kernel: Kernel, call: str) -> None:
    cell = kernel.send(call.format("nt.nodes.notebook.endless()"))
    kernel.until(cell, begun("endless begins"))
    kernel.manager.interrupt_kernel()
    assert "JobCancelled" in error(kernel.until(cell, over))
    assert kernel.value("nt.jobs()[0].status.value") == "'cancelled'"


DEAF = """
from nodetool_jupyter.jobs.manager import manager
hears = manager().cancel
manager().cancel = lambda job_id: print("asked")  # as if the job took long to end
"""


@pytest.mark.parametrize(
    "cell", ["%%nodetool run --quiet\nnotebook.endless()\n", "nt.run(nt.nodes.notebook.endless())"]
)
def test_the_second_stop_returns_at_once(kernel: Kernel, cell: str) -> None:
    kernel.run(DEAF)
    sent = kernel.send(cell)
    kernel.until(sent, begun("endless begins"))
    kernel.manager.interrupt_kernel()
    kernel.until(sent, begun("asked"))
    kernel.manager.interrupt_kernel()
    assert "KeyboardInterrupt" in error(kernel.until(sent, over))
    assert kernel.value("nt.jobs()[0].status.value") == "'running'"
    assert kernel.value("hears(nt.jobs()[0].id)") == "True"
    kernel.run("manager().cancel = hears")


def test_the_stop_button_cancels_an_awaited_job(kernel: Kernel) -> None:
    cell = kernel.send("await nt.submit(nt.nodes.notebook.endless())")
    kernel.until(cell, begun("endless begins"))
    kernel.manager.interrupt_kernel()
    assert "CancelledError" in error(kernel.until(cell, over))
    assert kernel.value("nt.jobs()[0].wait().value") == "'cancelled'"


def test_run_all_keeps_its_order(kernel: Kernel) -> None:
    cells = [kernel.send(f"%%nodetool run --quiet --output v{n}\nnotebook.say(word='{n}')\n") for n in range(3)]
    for cell in cells:
        kernel.until(cell, over)
    assert kernel.value("[v0['say'], v1['say'], v2['say']]") == "['0', '1', '2']"


def test_a_failed_job_shows_one_screen_with_the_notebooks_lines(kernel: Kernel) -> None:
    shown = error(kernel.run("%%nodetool run\n\nnotebook.divide(by=0)\n")).splitlines()
    assert shown[1:] == [
        "  ZeroDivisionError: division by zero",
        "  node 'divide' was made in line 3 of the cell",
        "  it failed in line 12 of In[1], in divide: return 1 / by",
        "  %debug looks into it; --traceback shows all",
    ]


def test_traceback_shows_all_of_an_error(kernel: Kernel) -> None:
    shown = error(kernel.run("%%nodetool run --quiet --traceback\nnotebook.divide(by=0)\n"))
    assert "direct cause of the following exception" in shown
    assert "in divide(by)" in shown


def test_debug_begins_in_the_node_that_failed(kernel: Kernel) -> None:
    kernel.run("%%nodetool run --quiet\nnotebook.divide(by=0)\n")
    kernel.run("import sys, traceback")
    last = kernel.value("traceback.extract_tb(sys.last_value.__traceback__)[-1].name")
    assert last == "'divide'"


def test_the_next_cells_of_run_all_do_not_run_after_a_failed_job(kernel: Kernel) -> None:
    cell = kernel.send("%%nodetool run --quiet\nnotebook.divide(by=0)\n")
    assert kernel.reply(cell)["status"] == "error"
    kernel.until(cell, over)  # what is sent before would be dropped, as Run All's next cells are


def test_a_job_at_the_end_of_a_cell_shows_its_view(kernel: Kernel) -> None:
    cell = kernel.send("job = nt.submit(nt.nodes.notebook.say(word='x'))\njob.wait()\njob")
    messages = kernel.until(cell, over)
    (shown,) = [one for one in messages if "text/html" in one.get("data", {})]
    assert "✓ completed" in shown["data"]["text/plain"]


def test_a_running_job_is_shown_as_a_widget_to_people_and_not_to_programs(kernel: Kernel) -> None:
    code = "free.clear(); job = nt.submit(nt.nodes.notebook.stuck()); job.view().show(); free.set(); job.wait()"
    by_hand = kernel.run(code)
    executed = kernel.until(str(kernel.client.execute(code, allow_stdin=False)), over)
    widget = "application/vnd.jupyter.widget-view+json"
    shown = [
        [widget in one["data"] for one in said if "text/html" in one.get("data", {})] for said in (by_hand, executed)
    ]
    assert shown[0][0] is True and not any(shown[1])
    assert [any(one["kind"] == "comm_open" for one in said) for said in (by_hand, executed)] == [True, False]


def test_nothing_is_left_after_unloading(kernel: Kernel) -> None:
    kernel.run("%unload_ext nodetool_jupyter")
    try:
        assert "not found" in text(kernel.run("%%nodetool run\nnotebook.say(word='x')\n"))
    finally:
        kernel.run("%load_ext nodetool_jupyter")
