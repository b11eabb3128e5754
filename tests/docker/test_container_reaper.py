"""The reaper takes what a maker has left, and nothing that only looks like it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.reaper import HOST, JOB, OURS, OWNER, START, Maker, reap

pytestmark = pytest.mark.docker


@pytest.fixture
def engine(client: Any) -> Iterator[ContainerEngine]:
    with ContainerEngine.connect(os.environ) as connected:
        yield connected


@pytest.fixture
def word(client: Any) -> Iterator[str]:
    """A word that names all that a test makes; what bears it is removed afterwards."""
    made = f"nt-test-{secrets.token_hex(6)}"
    yield made
    for one in client.api.containers(all=True, filters={"name": made}):
        client.api.remove_container(one["Id"], force=True, v=True)


def make(engine: ContainerEngine, image: str, name: str, labels: dict[str, str]) -> str:
    body = {"Image": image, "Entrypoint": ["sleep"], "Cmd": ["600"], "Labels": labels}
    return engine.create({**body, "HostConfig": {"NetworkMode": "none"}}, name)


def look_alikes(labels: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield labels that lack one, or differ in one, for ever."""
    wrong: list[dict[str, str]] = []
    for name in (OURS, OWNER, HOST, START):
        wrong.append({key: value for key, value in labels.items() if key != name})
        wrong += [
            {**labels, name: value} for value in ("", labels[name] + "0", labels[name][:-1], labels[name].upper())
        ]
    wrong.append({key: value for key, value in labels.items() if key != JOB})
    wrong.append({**labels, JOB: ""})
    wrong.append({f"{key}.": value for key, value in labels.items()})
    wrong.append({})
    return cycle(wrong)


def test_a_reaper_spares_fifty_look_alikes(engine: ContainerEngine, image: str, word: str) -> None:
    maker = Maker(f"{word}-owner", f"{word}-host", f"{word}-start")
    labels = maker.labels_of("job", 1)
    ours = {make(engine, image, f"{word}-ours-{n}", maker.labels_of(f"job{n}", 1)) for n in range(3)}
    engine.start(min(ours))
    others = {
        make(engine, image, f"{word}-other-{number}", wrong)
        for number, wrong in enumerate(islice(look_alikes(labels), 50))
    }
    assert set(reap(engine, maker)) == ours
    assert [one for one in ours if engine.exists(one)] == []
    assert {one for one in others if engine.exists(one)} == others


def test_a_job_that_somebody_owns_keeps_its_container(engine: ContainerEngine, image: str, word: str) -> None:
    maker = Maker(word, word, word)
    made = {job: make(engine, image, f"{word}-{job}", maker.labels_of(job, 1)) for job in ("kept", "left")}
    assert reap(engine, maker, keep=["kept"]) == [made["left"]]
    assert engine.exists(made["kept"])


@pytest.mark.parametrize("maker", [Maker("", "h", "s"), Maker("o", "", "s"), Maker("o", "h", "")])
def test_a_maker_without_a_name_reaps_nothing(engine: ContainerEngine, maker: Maker) -> None:
    with pytest.raises(ValueError, match="has an owner, a host and a start"):
        reap(engine, maker)
