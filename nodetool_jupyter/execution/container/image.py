"""Images: what an engine says of one, and whether it fits a job.

Labels cannot come from files while an image is built, and which Python a base image has only the finished image knows.
So whoever builds one runs this module in it and builds the same image once more with what it prints; ``make image``
does. An image without these labels is run all the same, but gets no functions of a notebook.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from nodetool_jupyter.errors import ImageMissing, Unsupported

VERSION_LABEL = "org.nodetool.jupyter.version"
PYTHON_LABEL = "org.nodetool.jupyter.python"
OURS = ("nodetool-jupyter", "nodetool")  # repositories that are built here, and are in no registry
POLICIES = ("missing", "always", "never")
BUILD = "nodetool image build"
_ALIKE = {("386", "amd64"), ("arm", "arm64")}  # what the second runs as well


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What an engine says of an image; ``digest`` is its name in a registry, if it came from one; ``size`` in bytes."""

    ref: str
    id: str
    digest: str
    labels: Mapping[str, str]
    architecture: str
    os: str
    user: str
    entrypoint: tuple[str, ...]
    size: int

    @classmethod
    def read(cls, ref: str, found: Mapping[str, Any]) -> ImageFacts:
        """Read the engine's answer."""
        config = found.get("Config") or {}
        return cls(
            ref=ref,
            id=found["Id"],
            digest=next(iter(found.get("RepoDigests") or ()), ""),
            labels=config.get("Labels") or {},
            architecture=found.get("Architecture", ""),
            os=found.get("Os", ""),
            user=config.get("User", ""),
            entrypoint=tuple(config.get("Entrypoint") or ()),
            size=found.get("Size", 0),
        )


def missing(ref: str, why: str = "") -> ImageMissing:
    """Return the error of an image that is not there, with the command that brings it."""
    cure = BUILD if built_here(ref) else f"docker pull {ref}"
    return ImageMissing(f"the Docker engine has no image {ref}{', ' if why else ''}{why}; say {cure}")


def built_here(ref: str) -> bool:
    """Tell whether an image is one of ours, which no registry has."""
    return split(ref)[0] in OURS


def split(ref: str) -> tuple[str, str]:
    """Return an image's repository, and its tag or digest; ``latest`` if it names none."""
    repository, at, digest = ref.partition("@")
    if at:
        return repository, digest
    folder, slash, name = ref.rpartition("/")
    name, _, tag = name.partition(":")
    return folder + slash + name, tag or "latest"


def check_fits(image: ImageFacts, architecture: str, *, emulates: bool = False, own_functions: bool = False) -> None:
    """Refuse an image that a job cannot run in, with a sentence that names both sides.

    ``architecture`` is the engine's, which may emulate others; ``own_functions`` says that functions of the notebook
    are sent along, which only the same minor version of Python can read. Raises :class:`Unsupported`.
    """
    where = f"the image {image.ref}"
    if image.os != "linux":
        raise Unsupported(f"{where} is for {image.os}, and jobs run on linux")
    if image.architecture != architecture and (image.architecture, architecture) not in _ALIKE and not emulates:
        raise Unsupported(f"{where} is for {image.architecture}, and the Docker engine runs on {architecture}")
    if not image.entrypoint:
        raise Unsupported(f"{where} starts no nodetool; say {BUILD} with BASE_IMAGE={image.ref}")
    theirs, python = image.labels.get(VERSION_LABEL), image.labels.get(PYTHON_LABEL)
    if theirs is not None and theirs != version():
        raise Unsupported(f"{where} has nodetool-jupyter {theirs}, and this is {version()}; say {BUILD}")
    if own_functions and python != _python():
        has = f"has Python {python}" if python else f"does not say which Python it has (label {PYTHON_LABEL})"
        raise Unsupported(f"{where} {has}, and functions of this notebook need its own, {_python()}; say {BUILD}")


def own_image() -> str:
    """Return the name of the image of runners that is built here for this version."""
    return f"{OURS[0]}:{version()}-runner"


def version() -> str:
    """Return the version of this package, from its metadata."""
    return metadata.version("nodetool-jupyter")


def _python() -> str:
    return "{}.{}".format(*sys.version_info)


def main() -> None:
    """Print the arguments that give an image its labels; run in that image."""
    print(f"--label {VERSION_LABEL}={version()} --label {PYTHON_LABEL}={_python()}")  # noqa: T201


if __name__ == "__main__":
    main()
