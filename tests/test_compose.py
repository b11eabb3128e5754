"""docker-compose.yaml and what builds its images: closed, on loopback, and never without a token."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

FILE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES = ("worker", "worker-gpu")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return FILE["services"][request.param]


def test_each_is_closed(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0


def test_each_listens_to_this_machine_alone_unless_told(service: dict[str, Any]) -> None:
    (port,) = service["ports"]
    assert port.startswith("${WORKER_ADDRESS:-127.0.0.1}:")
    assert port.endswith(":7777")


def test_each_keeps_models_and_jobs_in_volumes(service: dict[str, Any]) -> None:
    assert service["volumes"] == ["hf-cache:/app/huggingface", "worker-data:/app/data"]
    assert set(FILE["volumes"]) == {"hf-cache", "worker-data"}


def test_each_has_time_to_finish_what_it_has_taken(service: dict[str, Any]) -> None:
    from nodetool_jupyter.worker.options import DRAIN

    assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN


def test_the_worker_is_on_8787_and_needs_no_profile() -> None:
    worker = FILE["services"]["worker"]
    assert worker["ports"] == ["${WORKER_ADDRESS:-127.0.0.1}:${WORKER_PORT:-8787}:7777"]
    assert "profiles" not in worker
    assert "deploy" not in worker


def test_gpus_are_asked_for_by_a_profile() -> None:
    gpu = FILE["services"]["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    (devices,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert devices == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}


def test_every_setting_it_hands_on_is_one() -> None:
    from nodetool_jupyter.settings import SETTINGS

    names = {line.partition("=")[0] for line in FILE["services"]["worker"]["environment"]}
    assert names <= {setting.name for setting in SETTINGS}


def test_no_secret_stands_in_it() -> None:
    secrets = [line for line in FILE["services"]["worker"]["environment"] if re.search("TOKEN=|KEY=", line)]
    assert [line.partition(":?")[0] for line in secrets] == ["NODETOOL_WORKER_TOKEN=${NODETOOL_WORKER_TOKEN"]


@pytest.mark.parametrize("name", ["HF_VERSION", "TORCH_VERSION"])
def test_the_makefile_and_the_dockerfile_pin_the_same(name: str) -> None:
    (made,) = re.findall(rf"^{name} *\?= (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    (built,) = re.findall(rf"^ARG {name}=(\S+)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert made == built
