"""Values of jobs on a worker that has a bucket: large ones go through it, both ways, and over the socket without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.bridge import jobs as module
from nodetool_jupyter.errors import TransferFailed
from tests.execution.contract import PATIENCE, MakeManager, nodes
from tests.execution.remote_scenery import ALLOWED, SECRET, TOKEN, WorkerProcess, connect
from tests.worker.buckets import ACCESS, BUCKET, Store, serving
from tests.worker.buckets import SECRET as KEY


@nt.node(namespace="buckets")
def halves(values: Any = None) -> Any:
    return values / 2


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with serving() as running:
        yield running


@pytest.fixture
def worker(
    store: Store, tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerProcess]:
    variables = {
        "ASSET_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": str(store.options.endpoint),
        "S3_REGION": "eu-central-1",
        "S3_ACCESS_KEY_ID": ACCESS,
        "S3_SECRET_ACCESS_KEY": KEY,
        "NODETOOL_WORKER_BUCKET_ABOVE": "1000",
    }
    monkeypatch.setenv(SECRET, TOKEN)
    found = WorkerProcess.start(tmp_path / "own", *ALLOWED, variables=variables)
    connect(tmp_path / "data", found.url)
    make_manager()
    yield found
    found.end()


def halved(data: Any) -> Any:
    flow = nt.Workflow(outputs={"half": nodes.buckets.halves(values=nodes.input.DataframeInput(name="data"))})
    return nt.submit(flow, {"data": data}, strategy="remote").result(PATIENCE)["half"]


def test_large_values_go_through_the_bucket_both_ways(worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    for name in ("put_by_url", "get_by_url"):
        monkeypatch.setattr(module, name, _noting(name, getattr(module, name), went))
    data = np.arange(20_000.0)
    assert np.array_equal(halved(data), data / 2)
    assert went == ["put_by_url", "get_by_url"]


def test_without_the_bucket_they_go_over_the_socket(worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> None:
        raise TransferFailed("the bucket is away")

    monkeypatch.setattr(module, "put_by_url", fails)
    monkeypatch.setattr(module, "get_by_url", fails)
    data = np.arange(20_000.0)
    assert np.array_equal(halved(data), data / 2)


def _noting(name: str, act: Any, went: list[str]) -> Any:
    async def noted(*given: Any) -> Any:
        found = await act(*given)
        went.append(name)
        return found

    return noted
