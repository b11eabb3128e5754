"""The image of runners: what its documentation promises, and what ``nodetool image`` says of it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

import nodetool_jupyter
from nodetool_jupyter.api import image as images
from nodetool_jupyter.api.doctor import findings
from nodetool_jupyter.errors import ImageMissing
from tests.engine.running import graph

pytestmark = pytest.mark.docker
FLOW = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")


def docker(*words: str, given: str = "") -> str:
    done = subprocess.run(["docker", *words], input=given, capture_output=True, text=True, check=True, timeout=55)
    return done.stdout


def test_nodetool_is_on_its_path(image: str) -> None:
    assert docker("run", "--rm", "--entrypoint", "which", image, "nodetool").strip().endswith("/nodetool")


def test_it_runs_a_workflow_from_stdin(image: str) -> None:
    lines = docker("run", "--rm", "-i", image, "run", "--stdin", "--jsonl", given=json.dumps(FLOW)).splitlines()
    assert json.loads(lines[-1])["result"] == {"o": 7}


def test_it_runs_so_without_being_told(image: str) -> None:
    assert (
        json.loads(docker("run", "--rm", "-i", image, given=json.dumps(FLOW)).splitlines()[-1])["status"] == "completed"
    )


def test_it_has_nothing_of_a_front(image: str) -> None:
    code = "import importlib.util as u; print([n for n in ('IPython', 'docker', 'sqlalchemy', 'jupyter_server') if u.find_spec(n)])"  # noqa: E501
    assert docker("run", "--rm", "--entrypoint", "python", image, "-c", code).strip() == "[]"


def test_it_says_what_it_is(client: Any, image: str) -> None:
    found = client.images.get(image)
    assert found.labels["org.nodetool.jupyter.version"] == nodetool_jupyter.__version__
    assert found.attrs["Config"]["User"] == "65532:65532"


def test_the_check_runs_a_job(image: str) -> None:
    rows = dict(images.check(image))
    assert rows["a job in it"] == "completed"
    assert rows["image"].startswith(f"{image}, ")


def test_the_doctor_finds_it(image: str) -> None:
    rows = dict(findings())
    assert " at /" in rows["Docker engine"]
    assert rows["Docker image"].startswith(f"{image}, ")
    assert rows["Docker image"].endswith("fits this version and this Python (DOCKER_IMAGE)")


def test_the_check_of_an_image_that_is_not_there_has_the_cure() -> None:
    with pytest.raises(ImageMissing, match="docker pull no/such:image"):
        images.check("no/such:image")
