"""Images for the docker strategy: building one, and saying whether it fits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import EngineUnavailable, InvalidRequest
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.image import check_fits, own_image, version
from nodetool_jupyter.execution.container.plan import default_image

PACKAGE = Path(__file__).resolve().parents[1]
_TARGET = "runner"


def build(
    tell: Callable[[str], None], *, base_image: str | None = None, extras: str | None = None, wheels: str | None = None
) -> str:
    """Build the image of runners, and return its name; ``tell`` gets what the engine says.

    ``base_image`` has Python 3.11 or later, ``extras`` are extras of this package with commas between them, ``wheels``
    is a folder whose wheels are taken before the index is asked. Raises :class:`InvalidRequest` when the build fails,
    :class:`EngineUnavailable` when nobody can build.
    """
    with ContainerEngine.connect(os.environ):
        pass  # or the sentence about it would be the builder's
    import docker

    name = own_image()
    arguments = {"BASE_IMAGE": base_image, "EXTRAS": extras}
    client = docker.from_env(timeout=3600)
    try:
        with _context(wheels) as folder:
            _run(client, tell, folder, name, {key: value for key, value in arguments.items() if value})
            _label(client, tell, folder, name)
        client.api.tag(name, "nodetool", version())
    finally:
        client.close()
    return name


def _run(client: Any, tell: Callable[[str], None], folder: Path, name: str, arguments: dict[str, str]) -> None:
    said = client.api.build(
        path=str(folder), tag=name, target=_TARGET, buildargs=arguments, rm=True, forcerm=True, decode=True
    )
    _hear(said, tell)


def _hear(said: Iterator[dict[str, Any]], tell: Callable[[str], None]) -> None:
    for word in said:
        if "error" in word:
            raise InvalidRequest(f"the image cannot be built: {str(word['error']).strip()}")
        text = str(word.get("stream") or word.get("status") or "").rstrip()
        if text:
            tell(text)


def _label(client: Any, tell: Callable[[str], None], folder: Path, name: str) -> None:
    """Write into the image's labels what only the image itself knows: which Python it has."""
    printed = client.containers.run(
        name,
        ["-m", "nodetool_jupyter.execution.container.image"],
        entrypoint="python",
        remove=True,
        network_mode="none",
    )
    labels = dict(word.split("=", 1) for word in printed.decode().split() if "=" in word)
    (folder / "Labelled").write_text(f"FROM {name}\n")
    try:
        said = client.api.build(path=str(folder), dockerfile="Labelled", tag=name, labels=labels, rm=True, decode=True)
        _hear(said, tell)
    finally:
        (folder / "Labelled").unlink()


@contextmanager
def _context(wheels: str | None) -> Iterator[Path]:
    """Make a folder to build from: with the sources of a checkout, or with a wheel of this version."""
    checkout = PACKAGE.parent
    with tempfile.TemporaryDirectory(prefix="nodetool-image-") as name:
        folder = Path(name)
        (folder / "wheels").mkdir()
        for wheel in sorted(Path(wheels).glob("*.whl")) if wheels else ():
            shutil.copy(wheel, folder / "wheels")
        if (checkout / "pyproject.toml").exists() and (checkout / "Dockerfile").exists():
            for part in ("Dockerfile", "pyproject.toml", "README.md", "LICENSE"):
                shutil.copy(checkout / part, folder)
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=skipped)
        else:
            shutil.copy(PACKAGE / "Dockerfile", folder)
            if not list((folder / "wheels").glob("nodetool_jupyter-*.whl")):
                _download(folder / "wheels")
        yield folder


def _download(folder: Path) -> None:
    wanted = f"nodetool-jupyter=={version()}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EngineUnavailable(
            f"the wheel of {wanted} cannot be had: {(done.stderr.strip() or 'pip failed').splitlines()[-1]}; "
            "give a folder that has it with --wheels"
        )


def check(image: str | None = None) -> list[tuple[str, str]]:
    """Return what is known of an image, in rows of two; raises what keeps jobs from running in it."""
    from nodetool_jupyter.api.submit import submit
    from nodetool_jupyter.api.workflow import Workflow

    ref = image or default_image()
    with ContainerEngine.connect(os.environ) as engine:
        facts, found = engine.facts(), engine.image(ref)
        check_fits(found, facts.architecture, emulates=facts.emulates)
        rows = [
            ("engine", f"Docker {facts.version} at {engine.address}"),
            ("image", f"{ref}, {found.size / 2**20:.0f} MiB, {found.architecture}"),
            ("labels", ", ".join(f"{key}={value}" for key, value in sorted(found.labels.items())) or "none"),
            ("GPUs", "can be given" if facts.gpus else "none: the engine has no runtime for them"),
        ]
    node = {"id": "a", "type": "nodetool.constant.Integer", "data": {"value": 7}}
    flow = Workflow.from_dict({"nodes": [node], "edges": []})
    job = submit(flow, strategy="docker", options={"image": ref, "pull": "never"}, name="image check")
    job.result(60)
    return [*rows, ("a job in it", "completed")]
