"""What is taken out of a stopped container: honest values as they are, of hostile files nothing but a sentence."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import pickle
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nodetool_jupyter.errors import NotStorable, StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container import source as container_source
from nodetool_jupyter.execution.container.results import Caps, collect
from nodetool_jupyter.testing import fault
from nodetool_jupyter.values import Audio
from tests.execution.left_scenery import HOSTILE, NAME, VALUES, Job, reference, sparse


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job")


def same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_result_is_taken_as_it_is(job: Job, value: Any) -> None:
    data = job.inside.encode(value)
    claim = job.collect({"o": data}).claim
    assert claim is not None and claim.result == {"o": data}
    assert same(job.values.decode(data), value)


def test_pictures_and_sound_are_taken(job: Job) -> None:
    data = job.inside.encode([Image.new("L", (3, 2)), Audio(np.zeros(5), 8000)])
    job.collect({"o": data})
    found: Any = job.values.decode(data)
    assert (found[0].size, found[1].rate) == ((3, 2), 8000)


def test_a_result_without_files_needs_no_folder(job: Job) -> None:
    claim = job.collect({"o": [1, {"uri": "values/../../../secret"}]}).claim
    assert claim is not None and claim.status == "completed"


def test_a_job_that_claimed_nothing_keeps_what_its_events_name(job: Job) -> None:
    data = job.inside.encode(b"x")
    assert job.collect(None, data).warnings == []
    assert job.values.decode(data) == b"x"


def test_what_is_taken_is_private_and_ours(job: Job) -> None:
    data = job.inside.encode(b"x")
    (job.out / data["uri"].removeprefix("values/")).chmod(0o4777)
    job.collect({"o": data})
    path = job.values.path(data)
    assert path is not None and path.stat().st_mode & 0o7777 == 0o600


def test_what_nothing_names_is_left_behind(job: Job) -> None:
    job.inside.encode(b"x")
    job.collect({"o": 1})
    assert job.stored() == []


def test_nothing_unfinished_stays(job: Job) -> None:
    job.collect({"o": job.inside.encode(b"x")})
    assert not job.folders.taken.exists()


# -- hostile files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_by_name(job: Job, make: Callable[[Path], object], words: str) -> None:
    job.out.mkdir()
    make(job.out / NAME)
    assert f"the result of output 'picture' was not stored: values/{NAME} {words}" in job.fault(reference())
    assert job.stored() == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(job: Job) -> None:
    job.out.mkdir()
    os.mknod(job.out / NAME, 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero, which has no end
    assert "is a device, not an ordinary file" in job.fault(reference())


@pytest.mark.parametrize("kind", ["link", "pipe", "file"])
def test_a_folder_of_values_that_is_none_is_refused(job: Job, tmp_path: Path, kind: str) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / NAME).write_bytes(b"a file of the host's")
    if kind == "link":
        job.out.symlink_to(tmp_path / "host")
    elif kind == "pipe":
        os.mkfifo(job.out)
    else:
        job.out.write_bytes(b"")
    assert "cannot be reached" in job.fault(reference())


def test_a_closed_folder_is_opened(job: Job) -> None:
    data = job.inside.encode(b"x")
    job.folders.left.chmod(0)
    job.collect({"o": data})
    assert job.values.decode(data) == b"x"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NAME.replace("bin", "pkl"), "python_object"),
        (NAME, "python_object"),
        (NAME.replace("bin", "pkl"), "bytes"),
        (NAME, "image"),
    ],
)
def test_a_file_of_another_form_is_never_taken(job: Job, name: str, kind: str) -> None:
    job.out.mkdir()
    (job.out / name).write_bytes(pickle.dumps([1]))
    assert f"holds a {kind}, which is never taken from the container in such a file" in job.fault(reference(name, kind))


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("np_array", "npy"), ("torch_tensor", "safetensors"), ("image", "png"), ("audio", "wav"), ("dataframe", "arrow")],
)
def test_a_file_that_does_not_begin_as_its_form_does_is_refused(job: Job, kind: str, suffix: str) -> None:
    name = NAME.replace("bin", suffix)
    job.out.mkdir()
    (job.out / name).write_bytes(pickle.dumps([1]))
    assert f"is no .{suffix} file" in job.fault(reference(name, kind))


def test_bytes_of_a_container_are_never_loaded_as_a_pickle(job: Job) -> None:
    data = job.inside.encode(pickle.dumps(["loaded"]))
    job.collect({"o": data})
    with pytest.raises(NotStorable, match="never loaded"):  # as an event may say, which is in the log by then
        job.values.decode({**data, "type": "python_object"})


def test_the_name_of_an_output_is_shown_shortened_and_on_one_line(job: Job) -> None:
    claim = job.collect({"a\n" + "b" * 10_000: reference()}).claim
    assert claim is not None and claim.error is not None
    assert len(claim.error) < 300 and "\n" not in claim.error


def test_the_size_that_a_reference_tells_is_not_believed(job: Job) -> None:
    data = {**job.inside.encode(b"xyz"), "size": 1}
    job.collect({"o": data})
    assert job.values.missing(data) == f"{data['uri']} has 3 of 1 bytes"


# -- somebody who changes files while they are looked at --------------------------------------------------------------


def swap_before(monkeypatch: pytest.MonkeyPatch, name: str, swap: Callable[[], object]) -> None:
    """Do something between a look at a file and its opening."""
    opening = os.open

    def open_later(path: Any, *args: Any, **more: Any) -> int:
        if path == name:
            swap()
        return opening(path, *args, **more)

    monkeypatch.setattr(container_source.os, "open", open_later)


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (lambda path: path.symlink_to("/etc/hostname"), "cannot be opened"),
        (lambda path: os.mkfifo(path), "is a pipe, not an ordinary file"),
        (lambda path: None, "is not there"),
    ],
    ids=["link", "pipe", "nothing"],
)
def test_a_file_that_is_swapped_before_it_is_opened_is_refused(
    job: Job, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], object], words: str
) -> None:
    path = job.out / NAME
    job.out.mkdir()
    path.write_bytes(b"x")
    swap_before(monkeypatch, NAME, lambda: (path.unlink(), swap(path)))
    assert words in job.fault(reference())


def test_a_folder_that_is_swapped_meanwhile_leads_nowhere(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = job.inside.encode(b"of the container")
    name = data["uri"].removeprefix("values/")
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / name).write_bytes(b"of the host")

    def swap() -> None:
        job.out.rename(tmp_path / "old")
        job.out.symlink_to(tmp_path / "host")

    swap_before(monkeypatch, name, swap)
    job.collect({"o": data})
    assert job.values.decode(data) == b"of the container"


def test_a_folder_that_is_swapped_all_the_time_never_leads_to_the_host(job: Job, tmp_path: Path) -> None:
    data = job.inside.encode(b"of the container")
    host, away, link = tmp_path / "host", job.folders.left / "away", job.folders.left / "link"
    host.mkdir()
    (host / data["uri"].removeprefix("values/")).write_bytes(b"of the host")
    link.symlink_to(host)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            job.out.rename(away)
            link.rename(job.out)
            job.out.rename(link)
            away.rename(job.out)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(200):
            job.collect({"o": dict(data)})
    finally:
        over.set()
        swapper.join()
    job.collect({"o": data})
    assert {path.read_bytes() for path in job.values.folder.iterdir()} == {b"of the container"}


def test_a_file_that_becomes_shorter_is_refused(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    data = job.inside.encode(b"x" * 10)
    path = job.out / data["uri"].removeprefix("values/")
    monkeypatch.setattr(container_source, "_stretches", lambda _source, size: (os.truncate(path, 5), [(0, size)])[1])
    assert "became shorter while it was read" in job.fault(data)


# -- files that name others -------------------------------------------------------------------------------------------


def large(job: Job, *values: object) -> dict[str, Any]:
    """A value so large that it is a file of its own, which refers to others."""
    data: dict[str, Any] = job.inside.encode([*values, "x" * 70_000])
    assert data["refers"] is True
    return data


def json_file(job: Job, content: Any, name: str = "b" * 24 + ".json") -> dict[str, Any]:
    job.out.mkdir(exist_ok=True)
    (job.out / name).write_text(json.dumps(content) if not isinstance(content, str) else content)
    return reference(name, "json", refers=True)


def test_what_a_large_value_names_is_taken_with_it(job: Job) -> None:
    data = large(job, b"inner", dt.date(2026, 1, 2))
    job.collect({"o": data})
    assert job.values.missing(data) is None
    assert job.values.decode(data)[:2] == [b"inner", dt.date(2026, 1, 2)]  # type: ignore[index]


def test_a_large_value_that_names_a_refused_file_is_refused(job: Job) -> None:
    data = json_file(job, [reference(NAME, "python_object")])
    assert f"names values/{NAME}, which holds a python_object, which is never taken" in job.fault(data)


def test_a_file_of_references_that_names_itself_is_refused(job: Job) -> None:
    data = json_file(job, [])
    assert "holds references, and is itself named in such a file" in job.fault(json_file(job, [data]))


@pytest.mark.parametrize("content", ["[" * 100_000, "[1", "9" * 5000], ids=["too deep", "cut off", "too long a number"])
def test_a_file_of_references_that_cannot_be_read_is_refused(job: Job, content: str) -> None:
    assert "cannot be read" in job.fault(json_file(job, content))


def test_a_file_that_refers_elsewhere_is_plain_there(job: Job) -> None:
    data = json_file(job, [reference()])
    plain = {**data, "refers": False}
    assert job.collect({"o": plain}).warnings == []
    assert "is not there" in job.fault(data)


def test_a_file_that_was_refused_as_one_thing_can_be_taken_as_another(job: Job) -> None:
    data = json_file(job, "[1")
    plain = {**data, "refers": False}
    found = job.collect({"o": plain}, data, plain)
    assert found.claim is not None and found.claim.status == "completed"
    assert len(found.warnings) == 1


# -- names that are taken ---------------------------------------------------------------------------------------------


def test_a_name_that_another_file_has_is_changed_in_the_claim(job: Job) -> None:
    data = job.values.encode(b"an input")
    name = data["uri"].removeprefix("values/")
    job.out.mkdir()
    (job.out / name).write_bytes(b"forged")
    result = {"o": [dict(data, size=6)]}
    claim = job.collect(result).claim
    assert claim is not None and claim.result is not None
    assert job.values.decode(claim.result["o"]) == [b"forged"]
    assert job.values.decode(data) == b"an input"


def test_an_event_that_names_a_forged_input_is_warned_of(job: Job) -> None:
    data = job.values.encode(b"an input")
    job.out.mkdir()
    (job.out / data["uri"].removeprefix("values/")).write_bytes(b"forged")
    assert "has the name of another file of the job's" in job.collect(None, data).warnings[0]
    assert job.values.decode(data) == b"an input"


@pytest.mark.parametrize("status", ["error", "cancelled", "no word of ours"])
def test_only_a_completed_claim_has_results(job: Job, status: str) -> None:
    claim = JobUpdate(status=status, result={"o": reference()})
    assert collect(job.folder, job.attempt, claim).claim is claim


def test_a_changed_name_inside_a_large_value_is_changed_there(job: Job) -> None:
    data = job.values.encode(b"an input")
    job.out.mkdir()
    (job.out / data["uri"].removeprefix("values/")).write_bytes(b"forged")
    outer = json_file(job, [dict(data, size=6)])
    claim = job.collect({"o": outer}, digests=True).claim
    assert claim is not None and claim.result is not None
    assert job.values.decode(claim.result["o"]) == [b"forged"]


def test_an_input_that_is_passed_on_stays_the_job_s_own_file(job: Job) -> None:
    data = job.values.encode(b"an input")
    (job.folders.given / data["uri"]).write_bytes(b"an input")
    claim = job.collect({"o": data}).claim
    assert claim is not None and claim.result == {"o": data}


def test_a_file_of_the_job_s_that_was_not_given_is_not_there(job: Job) -> None:
    assert "is not there" in job.fault(job.values.encode(b"of another attempt"))


# -- caps, cuts and full disks ----------------------------------------------------------------------------------------


def test_a_large_hole_takes_no_room(job: Job) -> None:
    job.out.mkdir()
    sparse(job.out / NAME, 3 << 30)
    with (job.out / NAME).open("r+b") as file:
        file.seek(1 << 30)
        file.write(b"middle")
    data = reference()
    job.collect({"o": data})
    path = job.values.path(data)
    assert path is not None and path.stat().st_size == 3 << 30
    assert path.stat().st_blocks * 512 < 1 << 20
    with path.open("rb") as file:
        file.seek(1 << 30)
        assert file.read(7) == b"middle\0"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 300_000), st.binary(min_size=1, max_size=9)), max_size=5), st.integers(1, 400_000)
)
def test_a_copy_is_the_same_with_its_digest(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, bytes]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    with (folder / "a").open("w+b") as file:
        for at, data in writes:
            file.seek(at)
            file.write(data)
        file.truncate(size)
    digest = hashlib.sha256()
    opened = os.open(folder / "a", os.O_RDONLY)
    container_source.copy(opened, folder / "b", size, digest)
    os.close(opened)
    body = (folder / "a").read_bytes()
    assert (folder / "b").read_bytes() == body
    assert digest.hexdigest() == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    ("caps", "words"),
    [
        (Caps(file=5), "has 10 bytes, and 5 are the most"),
        (Caps(total=15), "is too much: 15 bytes are the most"),
        (Caps(files=1), "is too many: 1 files are the most"),
    ],
)
def test_a_cap_is_kept(job: Job, caps: Caps, words: str) -> None:
    data = [job.inside.encode(b"x" * 10), job.inside.encode(b"y" * 10)]
    claim = job.collect({"o": data}, caps=caps).claim
    assert claim is not None and words in (claim.error or "")


def test_a_large_file_of_references_is_not_read(job: Job) -> None:
    assert "holds references; 10 are the most" in job.fault(large(job, b"x"), caps=Caps(json=10))


def test_what_events_name_cannot_crowd_out_results(job: Job) -> None:
    data, other = job.inside.encode(b"x" * 10), job.inside.encode(b"y" * 10)
    found = job.collect({"o": data}, other, caps=Caps(files=1))
    assert found.claim is not None and found.claim.status == "completed"
    assert found.warnings == [
        f"{other['uri']} was not taken out of the container: it is too many: 1 files are the most that is taken"
    ]


def test_warnings_are_few(job: Job) -> None:
    seen = [reference(f"{number:024x}.bin") for number in range(100)]
    found = job.collect({"o": 1}, *seen, *seen)
    assert len(found.warnings) == 21
    assert found.warnings[-1] == "80 more files were not taken out of the container"


def test_digests_are_told_when_they_are_asked_for(job: Job) -> None:
    data = job.inside.encode(b"x")
    assert job.collect({"o": data}, digests=True).digests == {data["uri"]: hashlib.sha256(b"x").hexdigest()}


def test_a_cut_in_the_middle_leaves_no_half_value(job: Job) -> None:
    data = job.inside.encode(b"x" * (3 << 20))
    with fault("value.mid_file", OSError(errno.ENOSPC, "No space left on device")), pytest.raises(StorageError):
        job.collect({"o": data})
    assert job.stored() == []


def test_what_was_taken_before_a_cut_keeps_its_name(job: Job) -> None:
    first, second = job.inside.encode(b"first"), large(job, b"second")
    job.collect({"o": json.loads(json.dumps(first))})  # then it was cut off
    claim = job.collect({"o": first, "p": second}).claim
    assert claim is not None and claim.result == {"o": first, "p": second}
    assert len(job.stored()) == 3


def test_a_full_disk_is_the_disk_s_fault(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    data = job.inside.encode(b"x")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(container_source, "write_all", full)
    with pytest.raises(StorageError, match="No space left on device"):
        job.collect({"o": data})
    assert job.stored() == []
