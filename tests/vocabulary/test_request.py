"""A request for a job: NodeTool's names, durations, sizes, GPUs; never a secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from nodetool_jupyter.request import RunJobRequest, parse_duration, parse_gpus, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("1d", 86400),
        (5, 5),
    ],
)
def test_a_duration_is_read_as_seconds(text: Any, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10x", "-5", "1 2", "1h30", "1" * 40 + "x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write seconds, or 90s, 10m, 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("4096", 4096), ("512m", 512 << 20), ("4g", 4 << 30), ("4GiB", 4 << 30), ("1.5kb", 1536), (7, 7)]
)
def test_a_size_is_read_as_bytes(text: Any, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "4x", "-1g", "4 g g"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size; write bytes, or 512m, 4g"):
        parse_size(text)


@pytest.mark.parametrize(
    ("given", "gpus"),
    [
        (0, ("0",)),
        ("0", ("0",)),
        ("0,1", ("0", "1")),
        ("device=0", ("0",)),
        ('"device=0,1"', ("0", "1")),
        ("GPU-ab12", ("GPU-ab12",)),
        ("all", ("all",)),
        ("none", ()),
        ("", ()),
        ([0, "1"], ("0", "1")),
        (None, None),
    ],
)
def test_gpus_are_read_as_names(given: Any, gpus: Any) -> None:
    assert parse_gpus(given) == gpus


@pytest.mark.parametrize("given", [True, 1.5, {}])
def test_what_names_no_gpu_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="names no GPU"):
        parse_gpus(given)


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ((), ()),
        ("shell", ("shell",)),
        ("shell,python", ("shell", "python")),
        (["shell", "python"], ("shell", "python")),
        (["shell, python"], ("shell", "python")),
        (["python", ""], ("python",)),
    ],
)
def test_permissions_are_read(given: Any, allowed: tuple[str, ...]) -> None:
    assert RunJobRequest.model_validate({"allow": given}).allow == allowed


def test_nodetools_names_are_read() -> None:
    request = RunJobRequest.model_validate(
        {
            "type": "run_job_request",
            "job_type": "workflow",
            "execution_strategy": "docker",
            "workflow_id": "w",
            "user_id": "u",
            "auth_token": "very-secret-token",
            "api_url": "http://x",
            "params": None,
            "messages": [],
            "graph": {"nodes": [], "edges": []},
            "explicit_types": False,
            "resource_limits": {
                "memory_mb": 512,
                "time_seconds": 60,
                "cpu_percent": 150,
                "file_size_mb": 1,
                "open_files": None,
            },
        }
    )
    assert (request.strategy, request.params, request.timeouts.run) == ("docker", {}, 60)
    assert request.limits.asked() == {"memory": 512 << 20, "cpus": 1.5, "file_size": 1 << 20}
    assert "very-secret-token" not in request.model_dump_json()


def test_a_request_is_the_same_after_it_was_stored() -> None:
    request = RunJobRequest.model_validate(
        {
            "graph": {"nodes": [], "edges": []},
            "gpus": "0,1",
            "timeouts": {"queue": "5m"},
            "limits": {"memory": "1g"},
            "secrets": ["A"],
        }
    )
    assert RunJobRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "request_",
    [
        {"timeouts": {"run": 0}},
        {"timeouts": {"run": "inf"}},
        {"limits": {"memry": 1}},
        {"retries": -1},
        {"strategy": "No Such"},
        {"job_id": "../x"},
        {"idempotency_key": ""},
        {"allow": "root"},
        {"allow": 1},
        {"on_owner_exit": "maybe"},
    ],
)
def test_what_cannot_be_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunJobRequest.model_validate(request_)
