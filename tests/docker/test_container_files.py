"""A real container that reads what it was given, tries to change it, and leaves hostile files behind."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container.archive import pack, unpack
from nodetool_jupyter.execution.container.files import Folders, container_user, remove
from nodetool_jupyter.execution.container.inputs import give, give_values
from nodetool_jupyter.execution.container.results import Collected, collect
from nodetool_jupyter.execution.container.sandbox import NOBODY, OUT, Container, profile
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore

pytestmark = pytest.mark.docker
OTHER = (54321, 54321)
NAME = "a" * 24 + ".bin"
Run = Callable[..., str]

STORES = """
import os, sys, json, pathlib
from nodetool_jupyter.values import ValueStore
given = pathlib.Path("/job/in/values")
store = ValueStore(pathlib.Path("/job/out/values"), pickles=False, given=given)
"""
HOSTILE = """
import os, json
os.makedirs("/job/out/values")
os.chdir("/job/out/values")
name = lambda letter: letter * 24 + ".bin"
os.symlink("/etc/shadow", name("a"))
os.mkfifo(name("b"))
os.mkdir(name("c"))
with open(name("d"), "wb") as file:
    file.truncate(10 << 30)
with open(name("e"), "wb") as file:
    file.write(b"x")
os.link(name("e"), "second")
try:
    os.mknod(name("f"), 0o600 | 0o060000, os.makedev(8, 0))
except PermissionError:
    print("no device")
try:
    os.link("/job/in/kept", name("f"))
except OSError as error:
    print("no link:", error.strerror)
at = os.open("/job/out", os.O_RDONLY)
for _ in range(500):
    os.mkdir("d" * 200, dir_fd=at)
    at = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
os.chmod("/job/out", 0)
"""


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "job"
    folder.mkdir(mode=0o700)
    yield folder
    remove(folder / "attempts" / "1" / "out")


@pytest.fixture
def run(client: Any, image: str) -> Iterator[Run]:
    """Run Python code in a container and return what it printed."""
    made: list[str] = []
    word = uuid.uuid4().hex

    def start(folders: Folders, code: str, user: tuple[int, int], **changes: Any) -> str:
        body = Container(
            image=image,
            sandbox=profile("default", {}),
            user=user,
            labels={"nodetool.test": word},
            mounts=folders.mounts(),
        ).body()
        body |= {"Entrypoint": ["/opt/nodetool/bin/python", "-c"], "Cmd": [code]}
        body["HostConfig"] |= changes
        made.append(client.api.create_container_from_config(body, name=f"test-{word}-{len(made)}")["Id"])
        client.api.start(made[-1])
        client.api.wait(made[-1], timeout=50)
        return str(client.api.logs(made[-1]).decode())

    yield start
    for one in made:
        client.api.remove_container(one, force=True, v=True)


def claimed(job: Path, result: dict[str, Any]) -> Collected:
    return collect(job, job / "attempts" / "1", JobUpdate(status="completed", result=result))


def test_a_value_goes_in_and_another_comes_out(job: Path, run: Run) -> None:
    values = ValueStore(job / "values")
    data = values.encode([b"in", "x" * 70_000])
    folders = give(job, RunJobRequest(params={"a": data}), job / "attempts" / "1")
    code = STORES + f"print(json.dumps(store.encode(store.decode({data!r})[0] + b' and out')))"
    shown = run(folders, code, container_user())
    found = claimed(job, {"o": json.loads(shown)})
    assert found.claim is not None and found.claim.result is not None
    assert values.decode(found.claim.result) == {"o": b"in and out"}


REWRITES = """
import os
path = "/job/in/values/{name}"
print(open(path, "rb").read().decode())
for attempt in (
    lambda: open(path, "wb"),
    lambda: os.chmod(path, 0o777),
    lambda: os.unlink(path),
    lambda: os.rename(path, path + "x"),
    lambda: os.utime(path),
    lambda: os.truncate(path, 0),
    lambda: os.link(path, "/job/out/linked"),
    lambda: os.symlink("/", "/job/in/values/new"),
):
    try:
        attempt()
        print("changed")
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.parametrize("kind", ["copied", "linked"])
def test_a_container_cannot_change_what_it_was_given_and_a_second_one_finds_it(job: Path, run: Run, kind: str) -> None:
    values = ValueStore(job / "values")
    data = values.encode(b"kept")
    original = values.path(data)
    assert original is not None
    user = container_user() if kind == "copied" or os.getuid() != 0 else OTHER
    if user == OTHER:
        os.chown(original, *OTHER)
    before = original.stat()
    for attempt in ("1", "2"):
        folders = give(job, RunJobRequest(params={"a": data}), job / "attempts" / attempt, user)
        shown = run(folders, REWRITES.format(name=original.name), user).splitlines()
        assert shown[0] == "kept"
        refusals = set(shown[1:])
        assert refusals - {"Permission denied"} == {"Read-only file system", "Invalid cross-device link"}
        assert "Permission denied" not in refusals or kind == "copied"  # it is not even the file's owner
        assert (folders.given / data["uri"]).samefile(original) == (user[0] == before.st_uid)
    after = original.stat()
    assert original.read_bytes() == b"kept"
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (before.st_mode, before.st_uid, before.st_mtime_ns)


def test_a_value_that_is_given_later_is_seen(job: Path, run: Run, client: Any) -> None:
    values = ValueStore(job / "values")
    attempt = job / "attempts" / "1"
    folders = give(job, RunJobRequest(), attempt)
    data = values.encode(b"pushed")
    give_values(job, data, attempt)
    assert "pushed" in run(folders, STORES + f"print(store.decode({data!r}))", container_user())


def test_hostile_files_of_a_real_container_are_refused_and_removed(job: Path, run: Run) -> None:
    folders = give(job, RunJobRequest(), job / "attempts" / "1")
    (folders.given / "kept").write_bytes(b"of the host")
    said = run(folders, HOSTILE, container_user(), Ulimits=[]).splitlines()
    assert said == ["no device", "no link: Invalid cross-device link"]
    words = {
        "a": "is a link",
        "b": "is a pipe",
        "c": "is a folder",
        "d": "has 10737418240 bytes",
        "e": "is a file of several names",
        "f": "is not there",
    }
    for letter, word in words.items():
        uri = f"values/{letter * 24}.bin"
        claim = claimed(job, {"o": {"type": "bytes", "uri": uri}}).claim
        assert claim is not None and f"{uri} {word}" in (claim.error or "")
    assert list((job / "values").iterdir()) == []
    folders.remove()
    assert list(folders.attempt.iterdir()) == []


@pytest.fixture
def volume(client: Any) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex}"
    made = client.volumes.create(name=name, labels={"nodetool.test": name})
    yield name
    made.remove(force=True)


def test_values_go_into_a_volume_and_come_out_of_it(job: Path, client: Any, image: str, volume: str, run: Run) -> None:
    values = ValueStore(job / "values")
    data = values.encode(b"there")
    folders = give(job, RunJobRequest(params={"a": data}), job / "attempts" / "1")
    mounts = [{"Type": "volume", "Source": volume, "Target": str(PurePosixPath(OUT).parent)}]
    carrier = client.api.create_container_from_config(
        {
            "Image": image,
            "Entrypoint": ["true"],
            "Labels": {"nodetool.test": volume},
            "HostConfig": {"Mounts": mounts, "ReadonlyRootfs": True},
        }
    )["Id"]  # never started
    try:
        client.api.put_archive(carrier, str(PurePosixPath(OUT).parent), pack(folders, NOBODY))
        code = f"{STORES}value = store.decode({data!r})\n"
        code += "print(json.dumps(store.encode([value + b' and back', 'x' * 70_000])))\n"
        code += f"os.symlink('/etc/shadow', '/job/out/values/{NAME}')\n"
        code += f"print(os.access('/job/in/{data['uri']}', os.W_OK), os.access('/job/in', os.W_OK))"
        said = run(folders, code, NOBODY, Mounts=mounts).splitlines()
        chunks, _ = client.api.get_archive(carrier, f"{OUT}/values")
        refused = unpack(chunks, folders.left)
    finally:
        client.api.remove_container(carrier, force=True)
    result = json.loads(said[0])
    assert said[1] == "False False"
    assert refused == {NAME: "is not an ordinary file"}
    assert claimed(job, {"o": result}).warnings == []
    assert values.decode(result) == [b"there and back", "x" * 70_000]
