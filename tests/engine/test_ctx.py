"""What a node can ask of its run, and what the run then tells."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.redact import MASK, Redactor
from tests.engine.running import graph, run

SECRET = "s3cret-value-123"


@node(namespace="ctx")
def works(ctx: Any, steps: int = 1000) -> int:
    for step in range(steps):
        ctx.progress(step + 1, steps, f"step {step + 1}")
    return steps


def test_progress_is_thinned_and_its_last_value_comes_before_the_end() -> None:
    ran = run(graph({"w": works}))
    told = ran.events("node_progress", node_id="w")
    duration = ran.lines[-1][1] - ran.lines[0][1]
    assert len(told) <= 2 + duration * 20
    assert (told[-1].progress, told[-1].total, told[-1].message) == (1000, 1000, "step 1000")
    kinds = [(event.type, getattr(event, "status", "")) for _, _, event in ran.lines]
    assert kinds.index(("node_update", "completed")) > len(kinds) - 1 - kinds[::-1].index(("node_progress", ""))


def test_progress_from_many_threads_is_safe() -> None:
    @node(namespace="ctx", name="threads_report")
    def threads_report(ctx: Any) -> int:
        def report(number: int) -> None:
            for step in range(300):
                ctx.log(f"{number}/{step}")
                ctx.progress(step, 300)
                ctx.preview({"number": number})

        made = [threading.Thread(target=report, args=(n,)) for n in range(4)]
        for thread in made:
            thread.start()
        for thread in made:
            thread.join()
        return 1

    ran = run(graph({"t": threads_report}))
    assert len(ran.events("log_update")) == 1200
    assert [n for n, _, _ in ran.lines] == list(range(1, len(ran.lines) + 1))
    for number in range(4):
        mine = [event.content for event in ran.events("log_update") if event.content.startswith(f"{number}/")]
        assert mine == [f"{number}/{step}" for step in range(300)]


def test_log_chunk_and_preview_reach_the_channel_in_order() -> None:
    @node(namespace="ctx", name="says")
    def says(ctx: Any) -> int:
        ctx.log("one", "warning")
        ctx.chunk("two")
        ctx.chunk("", done=True)
        ctx.preview([1, 2])
        return 1

    ran = run(graph({"s": says}))
    log, chunks = ran.events("log_update")[0], ran.events("chunk")
    assert (log.node_id, log.content, log.severity) == ("s", "one", "warning")
    assert [(chunk.node_id, chunk.content, chunk.done) for chunk in chunks] == [("s", "two", False), ("s", "", True)]
    assert ran.events("preview_update", node_id="s")[-1].value == [1, 2]


def test_a_job_knows_its_id_device_settings_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    @node(namespace="ctx", name="asks", settings=("FONT_PATH",))
    def asks(ctx: Any) -> int:
        seen.update(
            job=ctx.job_id,
            device=ctx.device,
            gpus=ctx.gpus,
            font=ctx.setting("FONT_PATH"),
            ollama=ctx.setting("OLLAMA_API_URL"),
            other=ctx.setting("NOT_SET", "fallback"),
        )
        ctx.variables["count"] = 1
        return 1

    run(graph({"a": asks}), device="cuda:1", gpus=("1",), env={"FONT_PATH": "/fonts"})
    assert seen == {
        "job": "job",
        "device": "cuda:1",
        "gpus": ("1",),
        "font": "/fonts",
        "ollama": "http://127.0.0.1:11434",
        "other": "fallback",
    }


def test_variables_belong_to_one_run() -> None:
    @node(namespace="ctx", name="remembers")
    def remembers(ctx: Any) -> int:
        ctx.variables["n"] = ctx.variables.get("n", 0) + 1
        return int(ctx.variables["n"])

    for _ in range(2):
        assert run(graph({"r": remembers})).result == {"r": 1}


def test_scratch_is_a_folder_of_the_nodes_own_and_is_gone_at_the_end() -> None:
    folders: list[Path] = []

    @node(namespace="ctx", name="writes")
    def writes(ctx: Any) -> bool:
        folders.append(ctx.scratch)
        (ctx.scratch / "file").write_text("x")
        return ctx.scratch.is_dir() and ctx.scratch.stat().st_mode & 0o077 == 0

    assert run(graph({"a": writes, "b": writes})).result == {"a": True, "b": True}
    assert folders[0] != folders[1]
    assert not any(folder.exists() for folder in folders)


def test_a_secret_is_given_by_name_and_another_is_refused() -> None:
    seen: list[str] = []

    @node(namespace="ctx", name="uses_secret", secrets=("MY_TOKEN",))
    def uses_secret(ctx: Any) -> int:
        seen.append(ctx.secret("MY_TOKEN"))
        ctx.secret("OTHER_TOKEN")
        return 1

    ran = run(graph({"u": uses_secret}), secrets={"MY_TOKEN": SECRET})
    assert seen == [SECRET]
    assert ran.outcome.error.startswith(f"{InvalidRequest.__name__}: the job has no secret 'OTHER_TOKEN'")


def test_secrets_are_masked_in_everything_but_the_users_own_outputs() -> None:
    @node(namespace="ctx", name="leaks")
    def leaks(ctx: Any) -> str:
        key = ctx.secret("KEY")
        ctx.log(f"using {key}")
        ctx.chunk(key)
        ctx.preview({"key": key})
        ctx.progress(1, 2, key)
        return key

    @node(namespace="ctx", name="fails_with")
    def fails_with(key: str) -> str:
        raise ValueError(f"bad key {key}")

    data = graph({"l": leaks, "f": fails_with, "o": ("Output", {"name": "r"})}, "l f.key", "l o.value")
    ran = run(data, secrets={"KEY": SECRET}, redactor=Redactor([SECRET]))
    assert ran.sent("r") == [SECRET]
    for _, _, event in ran.lines:
        if event.type != "output_update":
            assert SECRET not in event.model_dump_json(), event
    assert ran.events("log_update")[0].content == f"using {MASK}"
    assert ran.events("chunk")[0].content == MASK
    assert ran.events("node_update", node_id="f", status="error")[0].error == f"ValueError: bad key {MASK}"
    assert MASK in ran.lines[-1][2].traceback


def test_waiting_ends_when_its_time_is_over() -> None:
    @node(namespace="ctx", name="waits")
    def waits(ctx: Any) -> bool:
        ctx.wait(0.01)
        ctx.raise_if_cancelled()
        return bool(ctx.cancelled)

    assert run(graph({"w": waits})).result == {"w": False}


def test_pushed_values_flow_until_the_input_is_ended() -> None:
    data = graph(
        {
            "i": ("Input", {"value": 0}, {"name": "n"}),
            "k": ("Input", {"value": 10}),
            "a": ("test_add", {}),
            "c": "Collect",
        },
        "i.value a.a",
        "k.value a.b",
        "a c.input_item",
    )
    data["nodes"][2]["type"] = add.node_type.name  # type: ignore[attr-defined]

    async def during(runner: Any, lines: list[Any]) -> None:
        for value in (1, 2):
            runner.push_input("n", value)
        await asyncio.sleep(0)
        runner.push_input("n", 3)
        with pytest.raises(InvalidRequest, match="input 'm' takes no more values; valid: n"):
            runner.push_input("m", 3)
        runner.push_input("n", end=True)
        runner.push_input("n", 4)

    assert run(data, open_inputs=("n",), during=during).result == {"c": [11, 12, 13]}


def test_an_open_input_begins_with_its_param() -> None:
    data = graph({"i": ("Input", {"value": 0}, {"name": "n"}), "c": "Collect"}, "i.value c.input_item")

    async def during(runner: Any, lines: list[Any]) -> None:
        runner.push_input("n", 2)
        runner.push_input("n", end=True)

    assert run(data, open_inputs=("n",), params={"n": 1}, during=during).result == {"c": [1, 2]}


@node(namespace="ctx", inline=True)
def add(a: int, b: int) -> int:
    return a + b
