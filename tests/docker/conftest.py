"""What the tests against a real Docker engine share; without one they are skipped, in the gate that is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import nodetool_jupyter
from tests.docker.remote_scenery import Distant, distant_engine

OWN = f"nodetool-jupyter:{nodetool_jupyter.__version__}"
IMAGE = os.environ.get("DOCKER_IMAGE") or f"{OWN}-runner"


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """The engine as Docker's own client sees it."""
    import docker

    try:
        found = docker.DockerClient.from_env(timeout=30)
        found.ping()
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine answers: {error}")
    yield found
    found.close()


@pytest.fixture(scope="session")
def image(client: Any) -> str:
    """The image of runners, built by ``make image``."""
    return built(client, IMAGE, "make image")


@pytest.fixture(scope="session")
def worker_image(client: Any) -> str:
    """The image of workers."""
    return built(client, f"{OWN}-worker", "make build-core")


@pytest.fixture(scope="session")
def hf_image(client: Any) -> str:
    """The image of workers that have torch and transformers."""
    return built(client, f"{OWN}-hf-worker", "make build-hf")


def built(client: Any, name: str, how: str) -> str:
    import docker

    try:
        client.images.get(name)
    except docker.errors.ImageNotFound:
        pytest.skip(f"there is no image {name}: run {how!r}")
    return name


@pytest.fixture
def distant(client: Any) -> Iterator[Distant]:
    """The engine behind TLS, as on another host."""
    path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    if not path.startswith("/"):
        pytest.skip("the engine has no socket here")
    with distant_engine(path) as made:
        yield made
