"""Which images a job can run in; what does not fit is said in one sentence that names both sides."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from nodetool_jupyter import __version__
from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.execution.container.image import (
    PYTHON_LABEL,
    VERSION_LABEL,
    ImageFacts,
    built_here,
    check_fits,
    split,
)

HERE = "{}.{}".format(*sys.version_info)
FOUND: dict[str, Any] = {
    "Id": "sha256:1",
    "RepoDigests": ["a@sha256:2"],
    "Architecture": "amd64",
    "Os": "linux",
    "Size": 7,
    "Config": {"User": "1:1", "Entrypoint": ["nodetool"], "Labels": {VERSION_LABEL: __version__, PYTHON_LABEL: HERE}},
}
BARE = {"Id": "sha256:1", "RepoDigests": None, "Architecture": "arm64", "Os": "linux", "Config": None}


def facts(*, labels: dict[str, str] | None = None, entrypoint: list[str] | None = None, **more: Any) -> ImageFacts:
    config = dict(FOUND["Config"])
    if labels is not None:
        config["Labels"] = labels
    if entrypoint is not None:
        config["Entrypoint"] = entrypoint
    return ImageFacts.read("a:1", {**FOUND, **more, "Config": config})


@pytest.mark.parametrize(
    ("field", "full", "bare"),
    [
        ("id", "sha256:1", "sha256:1"),
        ("digest", "a@sha256:2", ""),
        ("architecture", "amd64", "arm64"),
        ("user", "1:1", ""),
        ("entrypoint", ("nodetool",), ()),
        ("labels", {VERSION_LABEL: __version__, PYTHON_LABEL: HERE}, {}),
        ("size", 7, 0),
    ],
)
def test_facts_are_read(field: str, full: object, bare: object) -> None:
    assert [getattr(ImageFacts.read("a:1", found), field) for found in (FOUND, BARE)] == [full, bare]


@pytest.mark.parametrize(
    ("image", "more"),
    [
        (facts(), {}),
        (facts(), {"own_functions": True}),
        (facts(labels={}), {}),
        (facts(Architecture="386"), {}),
        (facts(Architecture="arm64"), {"emulates": True}),
        (facts(labels={VERSION_LABEL: __version__, PYTHON_LABEL: "3.1"}), {}),
    ],
)
def test_an_image_that_fits_is_taken(image: ImageFacts, more: dict[str, bool]) -> None:
    check_fits(image, "amd64", **more)


@pytest.mark.parametrize(
    ("image", "own", "said"),
    [
        (facts(Os="windows"), False, "the image a:1 is for windows, and jobs run on linux"),
        (facts(Architecture="arm64"), False, "the image a:1 is for arm64, and the Docker engine runs on amd64"),
        (facts(entrypoint=[]), False, "the image a:1 starts no nodetool; say nodetool image build with BASE_IMAGE=a:1"),
        (
            facts(labels={VERSION_LABEL: "0.0.9"}),
            False,
            f"the image a:1 has nodetool-jupyter 0.0.9, and this is {__version__}; say nodetool image build",
        ),
        (
            facts(labels={PYTHON_LABEL: "3.1"}),
            True,
            f"the image a:1 has Python 3.1, and functions of this notebook need its own, {HERE}; "
            "say nodetool image build",
        ),
        (
            facts(labels={}),
            True,
            f"the image a:1 does not say which Python it has (label {PYTHON_LABEL}), and functions of this notebook "
            f"need its own, {HERE}; say nodetool image build",
        ),
    ],
)
def test_an_image_that_does_not_fit_is_refused(image: ImageFacts, own: bool, said: str) -> None:
    with pytest.raises(Unsupported) as caught:
        check_fits(image, "amd64", own_functions=own)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("ref", "repository", "tag"),
    [
        ("python", "python", "latest"),
        ("python:3.11", "python", "3.11"),
        ("host:5000/a/b", "host:5000/a/b", "latest"),
        ("host:5000/a/b:1", "host:5000/a/b", "1"),
        ("a/b@sha256:12", "a/b", "sha256:12"),
    ],
)
def test_a_name_is_split(ref: str, repository: str, tag: str) -> None:
    assert split(ref) == (repository, tag)


@pytest.mark.parametrize(
    ("ref", "ours"),
    [("nodetool", True), ("nodetool-jupyter:1-runner", True), ("host/nodetool:1", False), ("nodetools:1", False)],
)
def test_our_own_images_are_known_by_name(ref: str, ours: bool) -> None:
    assert built_here(ref) == ours


def test_the_labels_are_printed_for_the_builder() -> None:
    module = [sys.executable, "-m", "nodetool_jupyter.execution.container.image"]
    said = subprocess.run(module, check=True, capture_output=True, text=True).stdout
    assert said == f"--label {VERSION_LABEL}={__version__} --label {PYTHON_LABEL}={HERE}\n"
