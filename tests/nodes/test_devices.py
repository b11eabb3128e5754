"""Which device a node computes on: what ``ctx.device`` says on the CPU, and where torch then goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.nodes.devices import torch_device
from tests.engine.running import graph, run

PATIENCE = 50.0


@node(namespace="devices")
def device_of(ctx: NodeContext) -> list[Any]:
    return [ctx.device, list(ctx.gpus)]


def context(device: str = "cpu") -> NodeContext:
    trial = TrialRun()
    trial.device = device
    return NodeContext(trial, "n")


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture(params=["threaded", "subprocess"])
def strategy(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", manager)
    yield request.param
    manager.shutdown()


def test_a_trial_is_on_the_cpu() -> None:
    assert device_of.try_() == ["cpu", []]  # type: ignore[attr-defined]


def test_a_job_without_gpus_is_on_the_cpu(strategy: str) -> None:
    @nt.node(namespace="devices")
    def where(ctx: Any = None) -> list[Any]:
        return [ctx.device, list(ctx.gpus)]

    job = nt.submit(nt.Workflow.from_dict(graph({"w": where})), strategy=strategy)
    assert job.result(PATIENCE)["w"] == ["cpu", []]


def test_a_node_sees_the_device_of_its_run() -> None:
    assert run(graph({"d": device_of}), device="cuda:1", gpus=("1",)).result["d"] == ["cuda:1", ["1"]]


@pytest.mark.parametrize(
    ("job", "wanted", "said"),
    [
        ("cpu", "gpu7", "there is no device 'gpu7'; torch knows"),
        ("cpu", "meta", "the device 'meta' is of a kind that is not used here"),
        ("cpu", "cuda:99", "the device 'cuda:99' is not there: this torch"),
        ("cuda:99", "", "the job's device 'cuda:99' is not there: this torch"),
    ],
)
def test_a_device_that_is_not_there_is_refused(torch: Any, job: str, wanted: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        torch_device(context(job), wanted)


@pytest.mark.parametrize(("job", "wanted"), [("cpu", ""), ("cuda:99", "cpu"), ("cpu", "cpu:0")])
def test_the_cpu_is_there(torch: Any, job: str, wanted: str) -> None:
    assert torch_device(context(job), wanted).type == "cpu"


@pytest.mark.gpu
@pytest.mark.parametrize(("job", "wanted"), [("cuda:0", ""), ("cpu", "cuda"), ("cpu", "cuda:0")])
def test_a_gpu_is_there(torch: Any, job: str, wanted: str) -> None:
    assert torch_device(context(job), wanted).type == "cuda"
