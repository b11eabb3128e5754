"""The folders of an attempt in a container: what is given, and how what was left is measured, unpacked and removed."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.execution.container import files as container_files
from nodetool_jupyter.execution.container import inputs as container_inputs
from nodetool_jupyter.execution.container.archive import pack, unpack
from nodetool_jupyter.execution.container.files import Folders, Unmeasured, container_user, measure, remove
from nodetool_jupyter.execution.container.inputs import give, give_values
from nodetool_jupyter.execution.container.results import Caps
from nodetool_jupyter.execution.container.sandbox import NOBODY
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore
from tests.execution.left_scenery import HOSTILE, NAME, Job, reference, socket_at

ME = (os.geteuid(), os.getegid())
OTHER = (12345, 12345)
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    job = tmp_path / "job"
    job.mkdir(mode=0o700)
    return job


@pytest.fixture
def store(folder: Path) -> ValueStore:
    return ValueStore(folder / "values")


def request(params: Any, graph: Any = None) -> RunJobRequest:
    return RunJobRequest(params=params, graph=graph)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- what is given ----------------------------------------------------------------------------------------------------


def given_names(folders: Folders) -> list[str]:
    return sorted(path.name for path in (folders.given / "values").iterdir())


def test_what_params_and_graph_name_is_given(folder: Path, store: ValueStore) -> None:
    one, other, outer, unnamed = (store.encode(x) for x in (b"1", b"2", [b"3", "x" * 70_000], b"4"))
    graph = {"nodes": [{"id": "a", "type": "t", "data": {"value": other}}], "edges": []}
    folders = give(folder, request({"a": one, "b": [outer]}, graph), folder / "attempts" / "1", ME)
    assert len(given_names(folders)) == 4
    assert Path(unnamed["uri"]).name not in given_names(folders)
    inside = ValueStore(folders.left / "values", given=folders.given / "values")
    assert inside.decode({"a": one, "b": [outer]}) == {"a": b"1", "b": [[b"3", "x" * 70_000]]}


def test_the_notebook_s_node_types_are_given(folder: Path) -> None:
    (folder / "notebook.pkl").write_bytes(b"pickled")
    folders = give(folder, request({}), folder / "attempts" / "1", ME)
    assert (folders.given / "notebook.pkl").read_bytes() == b"pickled"


def test_a_file_that_its_reader_owns_is_linked_and_keeps_its_mode(folder: Path, store: ValueStore) -> None:
    data = store.encode(b"x")
    folders = give(folder, request({"a": data}), folder / "attempts" / "1", ME)
    original, link = store.path(data), folders.given / data["uri"]
    assert original is not None and link.samefile(original)
    assert mode(original) == 0o600


@ROOT_ONLY
def test_a_file_that_its_reader_does_not_own_is_copied(folder: Path, store: ValueStore) -> None:
    data = store.encode(b"x")
    folders = give(folder, request({"a": data}), folder / "attempts" / "1", OTHER)
    original, copy = store.path(data), folders.given / data["uri"]
    assert original is not None and not copy.samefile(original)
    assert (mode(original), mode(copy), copy.read_bytes()) == (0o600, 0o444, b"x")
    assert mode(folders.given) == mode(folders.given / "values") == 0o755


@ROOT_ONLY
def test_out_belongs_to_the_container_s_user_alone(folder: Path) -> None:
    folders = give(folder, request({}), folder / "attempts" / "1", OTHER)
    found = folders.left.stat()
    assert (found.st_uid, found.st_gid, mode(folders.left)) == (*OTHER, 0o700)
    assert mode(folders.attempt) == mode(folders.attempt.parent) == 0o700


def test_without_links_files_are_copied(folder: Path, store: ValueStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("this file system has no links")

    monkeypatch.setattr(os, "link", refuse)
    data = store.encode(b"x")
    folders = give(folder, request({"a": data}), folder / "attempts" / "1", ME)
    original, copy = store.path(data), folders.given / data["uri"]
    assert original is not None and not copy.samefile(original)
    assert copy.read_bytes() == b"x"


def test_a_start_that_was_cut_off_can_be_made_again(folder: Path, store: ValueStore) -> None:
    attempt = folder / "attempts" / "1"
    folders = give(folder, request({"a": store.encode(b"old")}), attempt, ME)
    (folders.left / "old").write_bytes(b"")
    data = store.encode(b"x")
    give(folder, request({"a": data}), attempt, ME)
    assert given_names(folders) == [Path(data["uri"]).name]
    assert list(folders.left.iterdir()) == []


def test_a_value_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(InvalidRequest, match=f"an input cannot be given to the container: values/{NAME} is not there"):
        give(folder, request({"a": reference()}), folder / "attempts" / "1", ME)


def test_a_link_among_the_values_is_not_given(folder: Path, store: ValueStore) -> None:
    store.folder.mkdir()
    (store.folder / NAME).symlink_to("/etc/hostname")
    with pytest.raises(InvalidRequest, match="is no regular file"):
        give(folder, request({"a": reference()}), folder / "attempts" / "1", ME)


def test_a_value_can_be_given_while_the_container_runs(folder: Path, store: ValueStore) -> None:
    folders = give(folder, request({}), folder / "attempts" / "1", ME)
    data = store.encode(b"x")
    give_values(folder, data, folders.attempt, ME)
    give_values(folder, data, folders.attempt, ME)
    assert given_names(folders) == [Path(data["uri"]).name]


@ROOT_ONLY
def test_no_room_for_an_input_is_the_disk_s_fault(
    folder: Path, store: ValueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(container_inputs.shutil, "copyfile", full)
    with pytest.raises(StorageError, match="No space left on device"):
        give(folder, request({"a": store.encode(b"x")}), folder / "attempts" / "1", OTHER)


def test_a_container_runs_as_us_unless_we_are_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_files.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(container_files.os, "getegid", lambda: 100)
    assert container_user() == (1000, 100)


def test_root_s_containers_run_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_files.os, "geteuid", lambda: 0)
    assert container_user() == NOBODY


# -- removing and measuring -------------------------------------------------------------------------------------------


def nested(top: Path, depth: int) -> None:
    """Make folders in folders, deeper than any path may be long."""
    at = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 100, dir_fd=at)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(os.open("end", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)


def closed(top: Path) -> None:
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "c").write_bytes(b"x")
    for path in (top / "a" / "b" / "c", top / "a" / "b", top / "a", top):
        path.chmod(0)


ODD: dict[str, Callable[[Path], object]] = {
    "nothing": lambda top: None,
    "depth": lambda top: nested(top, 3000),
    "closed folders": closed,
    "new lines": lambda top: (top / "a\nb").mkdir(),
    "names that are no text": lambda top: (top / os.fsdecode(b"\xff\xfe")).mkdir(),
    "many files": lambda top: [(top / str(number)).write_bytes(b"") for number in range(2000)],
    "a pipe": lambda top: os.mkfifo(top / "p"),
    "a socket": lambda top: socket_at(top / "s"),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_whatever_a_container_left_is_removed(tmp_path: Path, make: Callable[[Path], object]) -> None:
    top = tmp_path / "out"
    top.mkdir()
    make(top)
    remove(top)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["out", "out/inner", "out/inner/deeper"])
def test_what_a_link_leads_to_is_not_removed(tmp_path: Path, where: str) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "kept").write_bytes(b"")
    link = tmp_path / where
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "host")
    remove(tmp_path / "out")
    assert (tmp_path / "host" / "kept").exists()
    assert not (tmp_path / "out").is_symlink() and not (tmp_path / "out").exists()


def test_a_given_link_is_removed_without_its_file(folder: Path, store: ValueStore) -> None:
    data = store.encode(b"x")
    give(folder, request({"a": data}), folder / "attempts" / "1", ME).remove()
    assert store.decode(data) == b"x"
    assert list((folder / "attempts" / "1").iterdir()) == []


@given(st.recursive(st.none(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_is_removed(tmp_path_factory: pytest.TempPathFactory, tree: Any) -> None:
    base = tmp_path_factory.mktemp("tree")

    def grow(path: Path, what: Any) -> None:
        if what is None:
            path.write_bytes(b"x")
            return
        path.mkdir()
        for name, inner in what.items():
            grow(path / name, inner)

    grow(base / "out", tree)
    remove(base / "out")
    assert list(base.iterdir()) == []


def test_a_folder_is_measured_in_blocks_of_disk(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "data").write_bytes(b"x" * 1_000_000)
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(1 << 40)
    assert 1_000_000 <= measure(tmp_path, 1 << 50) < 1_100_000


def test_measuring_stops_at_enough(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"x" * 1_000_000)
    assert measure(tmp_path, 1000) == 1000


def test_links_are_not_measured(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "data").write_bytes(b"x" * 1_000_000)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "host")
    assert measure(tmp_path / "out", 1 << 50) < 100_000


def test_what_is_too_deep_to_measure_is_told(tmp_path: Path) -> None:
    nested(tmp_path, 300)
    with pytest.raises(Unmeasured, match="more than 64 deep"):
        measure(tmp_path, 1 << 50)
    remove(tmp_path)


def test_a_name_takes_a_block_at_least(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert measure(tmp_path, 1 << 50) == 100 * 4096


def test_a_large_folder_is_measured_no_longer_than_until_it_is_enough(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert measure(tmp_path, 10 * 4096) == 10 * 4096


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert measure(tmp_path / "gone", 1000) == 0


def test_a_folder_can_be_measured_while_it_changes(tmp_path: Path) -> None:
    over = threading.Event()
    inner = tmp_path / "a" / "b"

    def change() -> None:
        while not over.is_set():
            inner.mkdir(parents=True)
            (inner / "c").write_bytes(b"x")
            remove(tmp_path / "a")

    changer = threading.Thread(target=change)
    changer.start()
    try:
        assert max(measure(tmp_path, 1 << 50) for _ in range(300)) < 100_000
    finally:
        over.set()
        changer.join()


# -- archives of engines far away -------------------------------------------------------------------------------------


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "far")


EMPTY = ["far", "attempts", "1", "in", "values", "out", "values"]


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w", format=tarfile.PAX_FORMAT) as file:
        for member, data in members:
            file.addfile(member, io.BytesIO(data))
    return body.getvalue()


def member(
    name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    one = tarfile.TarInfo(name)
    one.size, one.type, one.linkname = len(data), kind, link
    return one, data


def pieces(body: bytes, size: int = 1000) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def of_folder(path: Path) -> bytes:
    """What an engine sends of a folder."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as file:
        file.add(path, "values")
    return body.getvalue()


def test_what_is_given_goes_into_an_archive(folder: Path, store: ValueStore) -> None:
    (folder / "notebook.pkl").write_bytes(b"pickled")
    data = store.encode(b"x" * 1_500_001)
    folders = give(folder, request({"a": data}), folder / "attempts" / "1", ME)
    with tarfile.open(fileobj=io.BytesIO(b"".join(pack(folders, OTHER)))) as file:
        found = {one.name: (one.isdir(), one.mode, one.uid, one.gid) for one in file}
        value: Any = file.extractfile(f"in/{data['uri']}")
        assert value.read() == b"x" * 1_500_001
    assert found == {
        "in": (True, 0o755, 0, 0),
        "in/notebook.pkl": (False, 0o444, 0, 0),
        "in/values": (True, 0o755, 0, 0),
        f"in/{data['uri']}": (False, 0o444, 0, 0),
        "out": (True, 0o700, *OTHER),
    }


def test_results_come_out_of_an_archive(job: Job, tmp_path: Path) -> None:
    inside = ValueStore(tmp_path / "volume")
    data = inside.encode([b"x" * 100_000, {"a": b"y"}, "z" * 70_000])
    refused = unpack(pieces(of_folder(inside.folder)), job.folders.left)
    found = job.collect({"o": data}, refused=refused)
    assert found.claim is not None and found.claim.status == "completed"
    assert job.values.decode(data) == [b"x" * 100_000, {"a": b"y"}, "z" * 70_000]


@pytest.mark.parametrize(
    "name", [f"/values/{NAME}", f"values/../{NAME}", f"../values/{NAME}", NAME, f"values/a/{NAME}"]
)
def test_a_member_of_another_place_is_left_out(job: Job, name: str) -> None:
    unpack([archive(member(name, b"x"))], job.folders.left)
    assert sorted(path.name for path in job.folder.parent.rglob("*")) == sorted(EMPTY)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE]
)
def test_a_member_that_is_no_ordinary_file_is_refused(job: Job, kind: bytes) -> None:
    refused = unpack([archive(member(f"values/{NAME}", kind=kind, link="/etc/hostname"))], job.folders.left)
    assert list(job.out.iterdir()) == []
    assert f"values/{NAME} is not an ordinary file" in job.fault(reference(), refused=refused)


def test_a_link_and_a_file_behind_it_lead_nowhere(job: Job, tmp_path: Path) -> None:
    first = member(f"values/{NAME}", kind=tarfile.SYMTYPE, link=str(tmp_path / "host"))
    unpack([archive(first, member(f"values/{NAME}", b"x"))], job.folders.left)
    assert not (tmp_path / "host").exists()


def test_the_first_of_two_members_of_one_name_holds(job: Job) -> None:
    unpack([archive(member(f"values/{NAME}", b"1"), member(f"values/{NAME}", b"2"))], job.folders.left)
    assert (job.out / NAME).read_bytes() == b"1"


def test_a_large_member_is_refused_and_the_next_one_read(job: Job) -> None:
    other = "b" * 24 + ".bin"
    body = archive(member(f"values/{NAME}", b"x" * 5000), member(f"values/{other}", b"y"))
    refused = unpack(pieces(body), job.folders.left, Caps(file=1000))
    assert refused == {NAME: "has 5000 bytes, and 1000 are the most that is taken"}
    assert [path.name for path in job.out.iterdir()] == [other]


def test_an_archive_without_end_is_not_read_to_its_end(job: Job) -> None:
    read = 0

    def zeros() -> Iterator[bytes]:
        nonlocal read
        huge, _ = member(f"values/{NAME}")
        huge.size = 10 << 30
        yield huge.tobuf(tarfile.PAX_FORMAT)
        while True:
            read += 1 << 20
            yield bytes(1 << 20)

    refused = unpack(zeros(), job.folders.left, Caps(file=1 << 20, total=2 << 20))
    assert read < 100 << 20
    assert "has 10737418240 bytes" in refused[NAME]
    assert "lies behind more than" in job.fault(reference("c" * 24 + ".bin"), refused=refused)


def test_too_many_members_are_not_read(job: Job) -> None:
    many = [member(f"values/{number:024x}.bin", b"x") for number in range(20)]
    refused = unpack([archive(member("values", kind=tarfile.DIRTYPE), *many)], job.folders.left, Caps(files=5))
    assert len(list(job.out.iterdir())) == 5
    assert "is too many: 5 files" in refused["*"]


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_member_that_is_cut_off_is_not_there(job: Job, cut: float) -> None:
    body = archive(member(f"values/{NAME}", b"x" * 50_000))[:51_000]
    refused = unpack(pieces(body[: int(len(body) * cut)]), job.folders.left)
    assert list(job.out.iterdir()) == []
    assert "ends too early" in job.fault(reference(), refused=refused)


def test_what_is_no_archive_holds_nothing(job: Job) -> None:
    refused = unpack([b"no archive" * 1000], job.folders.left)
    assert "ends too early" in refused["*"]


def test_an_engine_that_goes_away_is_not_the_disk_s_fault(job: Job) -> None:
    def breaks() -> Iterator[bytes]:
        yield archive(member(f"values/{NAME}", b"x" * 5000))[:1000]
        raise ConnectionResetError("the engine went away")

    with pytest.raises(ConnectionResetError):
        unpack(breaks(), job.folders.left)
    assert list(job.out.iterdir()) == []


@given(st.binary(max_size=3000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_make_it_write_elsewhere(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    out = tmp_path_factory.mktemp("noise") / "out"
    body = bytearray(archive(member(f"values/{NAME}", b"x" * 600)))
    body[: len(noise)] = bytes(a ^ b for a, b in zip(body, noise, strict=False))
    unpack([bytes(body)], out)
    assert {path.relative_to(out).parts[0] for path in out.rglob("*")} <= {"values"}


@pytest.mark.parametrize("name", ["a link out", "a link to nowhere", "a folder", "a pipe"])
def test_a_hostile_file_is_refused_out_of_an_archive(job: Job, tmp_path: Path, name: str) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    HOSTILE[name][0](volume / NAME)
    refused = unpack([of_folder(volume)], job.folders.left)
    assert "is not an ordinary file" in job.fault(reference(), refused=refused)
