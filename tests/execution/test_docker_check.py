"""What the docker strategy refuses before it asks any engine."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.errors import InvalidRequest, Unsupported
from nodetool_jupyter.execution.container.plan import default_image
from nodetool_jupyter.execution.docker import DockerJobExecution
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph

FLOW = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")


def check(**fields: Any) -> Any:
    return DockerJobExecution.check(RunJobRequest(strategy="docker", graph=FLOW, **fields))


@pytest.mark.parametrize(("limit", "option"), [("nice", "--nice"), ("file_size", "--file-size")])
def test_a_limit_that_a_container_does_not_keep_is_refused_by_name(limit: str, option: str) -> None:
    with pytest.raises(Unsupported, match=f"{option} cannot be kept by the docker strategy"):
        check(limits={limit: 5})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sandbox": "strickt"}, "sandbox"),
        ({"pull": "sometimes"}, "pull"),
        ({"imgae": "x"}, "no option 'imgae'; did you mean 'image'"),
        ({"open_inputs": ["nothing"]}, "no input 'nothing'"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        check(options=options)


def test_a_plain_workflow_needs_nothing_of_the_notebook() -> None:
    assert check(options={"sandbox": "strict", "image": "x:1"}).definitions is None


def test_functions_from_files_of_ones_own_are_sent_whole() -> None:
    from tests.execution.test_contract_values import makes

    flow = graph({"a": (makes, {"kind": "text"})})
    prepared = DockerJobExecution.check(RunJobRequest(strategy="docker", graph=flow))
    assert prepared.definitions is not None
    assert b"70 KB" in prepared.definitions  # a constant of the function itself


def test_the_image_is_that_of_this_version_unless_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodetool_jupyter import __version__

    monkeypatch.delenv("DOCKER_IMAGE", raising=False)
    assert default_image() == f"nodetool-jupyter:{__version__}-runner"
    monkeypatch.setenv("DOCKER_IMAGE", "lab/runner:7")
    assert default_image() == "lab/runner:7"
