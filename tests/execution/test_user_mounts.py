"""What of this host a container may see besides its job's folders, and what it may never."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution.container.sandbox import Mount, Sandbox
from nodetool_jupyter.execution.container.user_mounts import check_again, models_of, read_mounts
from tests.execution.engine_scenery import short_folder


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder of which something may be mounted, with a folder, a file and links in it; beside it one that is not."""
    folder = tmp_path / "allowed"
    (folder / "data").mkdir(parents=True)
    (folder / "file.txt").write_text("x")
    (tmp_path / "other").mkdir()
    (folder / "out").symlink_to(tmp_path / "other")
    (folder / "inside").symlink_to("data")
    (folder / "loop").symlink_to("loop")
    (folder / "proc").symlink_to("/proc/self")
    return folder


def read(text: str, allowed: Path, *more: str) -> tuple[Mount, ...]:
    texts = [one.replace("ALLOWED", str(allowed)) for one in (text, *more)]
    return read_mounts(texts, Sandbox(folders=(str(allowed), "/")))


def refusal(text: str, allowed: Path, *more: str) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read(text, allowed, *more)
    return str(caught.value).replace(str(allowed), "ALLOWED")


@pytest.mark.parametrize(
    ("text", "source", "target", "writable"),
    [
        ("ALLOWED:/data", "", "/data", False),
        ("ALLOWED/data:/data", "data", "/data", False),
        ("ALLOWED/data:/data:ro", "data", "/data", False),
        ("ALLOWED/data:/data/in:rw", "data", "/data/in", True),
        ("ALLOWED/file.txt:/etc/file.txt", "file.txt", "/etc/file.txt", False),
        ("ALLOWED/inside:/data", "data", "/data", False),
        ("ALLOWED/data/../data:/jobs", "data", "/jobs", False),
    ],
)
def test_what_is_allowed_is_mounted_by_what_it_leads_to(
    text: str, source: str, target: str, writable: bool, allowed: Path
) -> None:
    assert read(text, allowed) == (Mount(str(allowed / source).rstrip("/"), target, writable=writable),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ALLOWED", "'ALLOWED' cannot be read; write HOST:PATH, or HOST:PATH:rw"),
        ("ALLOWED:/a:wr", "cannot be read"),
        ("ALLOWED:/a:rw:z", "cannot be read"),
        (":/a", "cannot be read"),
        ("ALLOWED:", "cannot be read"),
        ("data:/a", "a folder of this host is named by its whole path, not as 'data'"),
        ("ALLOWED/none:/a", "'ALLOWED/none' is not there, or you may not see it"),
        ("ALLOWED/loop:/a", "'ALLOWED/loop' is not there, or you may not see it"),
        ("ALLOWED/data:a", "the path inside must begin with a slash, and 'a' does not"),
        ("ALLOWED/data:/a/../job", "'/a/../job', must be written without ., .. and further slashes"),
        ("ALLOWED/data://job", "must be written without"),
        ("ALLOWED/data:/a/", "must be written without"),
        ("ALLOWED/data:/", "/ is the container's own; choose another path, such as /data"),
        ("ALLOWED/data:/tmp", "/tmp is the container's own"),
        ("ALLOWED/data:/job", "/job is the container's own"),
        ("ALLOWED/data:/job/in/x", "/job/in/x is the container's own"),
        ("ALLOWED/data:/proc/1", "/proc/1 is the container's own"),
        ("ALLOWED/data:/sys", "/sys is the container's own"),
        ("ALLOWED/data:/dev/shm", "/dev/shm is the container's own"),
        ("ALLOWED/data:/models/hub", "/models/hub is the container's own"),
        ("/:/a", "/ is the whole host; mount a folder of it"),
        ("/proc/1:/a", "/proc/1 is the kernel's own; mount another folder"),
        ("ALLOWED/proc:/a", "is the kernel's own; mount another folder"),
    ],
)
def test_what_cannot_be_mounted_is_refused_by_name(text: str, says: str, allowed: Path) -> None:
    assert says in refusal(text, allowed)


def test_two_mounts_at_one_place_are_refused(allowed: Path) -> None:
    said = refusal("ALLOWED/data:/a", allowed, "ALLOWED/file.txt:/a")
    assert said == "--mount: two of them are to be at /a; choose another path for one"


def only(folder: Path, text: str) -> str:
    """Return why something may not be mounted where only one folder is allowed."""
    with pytest.raises(InvalidRequest) as caught:
        read_mounts([text], Sandbox(folders=(str(folder),)))
    return str(caught.value)


@pytest.mark.parametrize("name", ["other", "allowed/out", "allowed/../other", "allowed/data/../../other", "allowedx"])
def test_what_lies_elsewhere_is_refused_whatever_it_is_called(name: str, allowed: Path) -> None:
    (allowed.parent / "allowedx").mkdir()
    said = only(allowed, f"{allowed.parent}/{name}:/a")
    assert said.endswith(f" is not below a folder of which something may be mounted: {allowed}")


def test_a_socket_is_no_file(allowed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(allowed)
        listener.bind("some.sock")
        assert only(allowed, f"{allowed}/some.sock:/a").endswith("some.sock' is neither a folder nor a file")


@pytest.mark.parametrize("place", ["run", "run/engine", "link"])
def test_no_folder_shows_the_engines_socket(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with short_folder() as folder:
        (folder / "run/engine").mkdir(parents=True)
        (folder / "link").symlink_to("run")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/link/engine/docker.sock")
        said = only(folder, f"{folder}/{place}:/a")
    assert "would show the socket" in said
    assert said.endswith("and whoever has that has this host; mount another folder")


@pytest.mark.parametrize("place", ["", "jobs", "jobs/j1/values", "../data"])
def test_no_folder_shows_the_jobs_data(place: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "jobs/j1/values").mkdir(parents=True)
    policy = Sandbox(folders=(str(tmp_path),))
    mounts = read_mounts([f"{data / place}:/a"], policy)
    with pytest.raises(InvalidRequest, match="would show the data of all jobs"):
        check_again(mounts, policy, data)
    check_again(read_mounts([f"{_made(tmp_path / 'beside')}:/a"], policy), policy, data)


def test_a_folder_above_the_jobs_data_shows_it_too(tmp_path: Path) -> None:
    data = _made(tmp_path / "home" / "data")
    policy = Sandbox(folders=(str(tmp_path),))
    with pytest.raises(InvalidRequest, match="would show the data of all jobs"):
        check_again(read_mounts([f"{tmp_path / 'home'}:/a"], policy), policy, data)


def test_a_folder_that_became_a_link_meanwhile_is_refused(allowed: Path, tmp_path: Path) -> None:
    policy = Sandbox(folders=(str(allowed),))
    mounts = read_mounts([f"{allowed}/data:/a"], policy)
    (allowed / "data").rmdir()
    (allowed / "data").symlink_to(tmp_path / "other")
    with pytest.raises(InvalidRequest, match="leads elsewhere since the job was submitted"):
        check_again(mounts, policy, _made(tmp_path / "home"))


def test_of_a_cache_of_models_only_the_models_are_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a secret")
    (tmp_path / "hub").mkdir()
    assert models_of("") == ()
    assert models_of(str(tmp_path)) == (Mount(str(tmp_path / "hub"), "/models/hub"),)


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("models", "NODETOOL_MODEL_CACHE: a folder of this host is named by its whole path, not as 'models'"),
        ("/nowhere/at/all", "NODETOOL_MODEL_CACHE: '/nowhere/at/all' is not there, or you may not see it"),
        ("TMP", "NODETOOL_MODEL_CACHE: TMP is no cache of HuggingFace models, for it has no folder hub"),
        ("/", "NODETOOL_MODEL_CACHE: / is the whole host; mount a folder of it"),
    ],
)
def test_what_is_no_cache_of_models_is_refused_by_name(folder: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as caught:
        models_of(folder.replace("TMP", str(tmp_path)))
    assert str(caught.value).replace(str(tmp_path), "TMP") == says


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
