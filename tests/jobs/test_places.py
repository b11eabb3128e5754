"""Folders, modes, identities, claims, and which file system is local."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.home import data_folder
from nodetool_jupyter.jobs import identity, paths
from nodetool_jupyter.jobs.folder import Card, JobFolder, new_id
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.jobs.mounts import mount_type
from tests.jobs.scenery import at_once

TABLE = """22 1 0:20 / / rw - ext4 /dev/root rw
30 22 0:30 / /home rw shared:1 - nfs4 server:/home rw
31 30 0:31 / /home/me/local\\040disk rw - xfs /dev/sdb rw
32 22 0:32 / /homely rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/x", "ext4"), ("/home/me/data", "nfs4"), ("/home/me/local disk/x", "xfs"), ("/homely/x", "tmpfs")],
)
def test_the_longest_mount_point_tells_the_file_system(path: str, kind: str) -> None:
    assert mount_type(Path(path), TABLE) == kind


def test_a_later_mount_hides_an_earlier() -> None:
    assert mount_type(Path("/home/x"), TABLE + "40 22 0:40 / /home rw - ext4 /dev/sdc rw\n") == "ext4"


def test_folders_are_private(tmp_path: Path) -> None:
    found = paths.places(tmp_path / "data", tmp_path / "run")
    for folder in (found.data, found.runtime, *found.data.iterdir(), *found.runtime.iterdir()):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_lets_others_in_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    with pytest.raises(StorageError, match="chmod 700"):
        paths.places(tmp_path / "data", tmp_path / "run")


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageError, match="cannot be used"):
        paths.places(tmp_path / "data", tmp_path / "run")


def test_the_home_variable_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "home"))
    assert data_folder() == tmp_path / "home"


def test_a_given_folder_beats_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "home"))
    assert data_folder(tmp_path / "mine") == tmp_path / "mine"


def test_where_there_is_no_jupyter_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "production")
    monkeypatch.delenv("NODETOOL_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jupyter_core.paths", None)
    assert not data_folder().exists()


def test_the_test_environment_gets_one_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODETOOL_HOME", raising=False)
    monkeypatch.setenv("ENV", "test")
    folder = data_folder()
    assert folder == data_folder()
    assert folder.name.startswith("nodetool-test-")


def test_otherwise_jobs_live_beside_jupyters_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODETOOL_HOME", raising=False)
    monkeypatch.setenv("ENV", "production")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    assert data_folder() == tmp_path / "jupyter" / "nodetool"


def test_the_first_manager_decides_the_runtime_folder(tmp_path: Path) -> None:
    first = paths.places(tmp_path / "data", tmp_path / "one", scope="boot-1")
    second = paths.places(tmp_path / "data", tmp_path / "two", scope="boot-1")
    assert second.runtime == first.runtime == tmp_path / "one"


def test_another_boot_decides_anew(tmp_path: Path) -> None:
    paths.places(tmp_path / "data", tmp_path / "one", scope="boot-1")
    assert paths.places(tmp_path / "data", tmp_path / "two", scope="boot-2").runtime == tmp_path / "two"


def test_many_first_managers_agree(tmp_path: Path) -> None:
    found = at_once(8, lambda n: paths.places(tmp_path / "data", tmp_path / f"run{n}", scope="b").runtime)
    assert len(set(found)) == 1


def test_ids_are_short_and_begin_with_a_letter() -> None:
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(len(one) == 10 and one[0].isalpha() and one.isalnum() and one == one.lower() for one in ids)


def test_a_taken_id_is_refused(tmp_path: Path) -> None:
    JobFolder.create(str(tmp_path), "mine")
    with pytest.raises(InvalidRequest, match="already a job 'mine'"):
        JobFolder.create(str(tmp_path), "mine")


def test_no_folder_can_be_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no job can be stored"):
        JobFolder.create(str(tmp_path / "missing"))


def test_one_of_many_claims_wins(tmp_path: Path) -> None:
    folder = JobFolder.create(str(tmp_path), "job1")
    cards = [Card(identity.mine(), tmp_path / f"card{n}") for n in range(16)]
    results = at_once(16, lambda n: folder.claim(1, cards[n]))
    assert sorted(map(str, results)) == ["False"] * 15 + ["True"]


def test_the_highest_claim_is_the_owner(tmp_path: Path) -> None:
    folder = JobFolder.create(str(tmp_path), "job1")
    first, second = identity.mine(), identity.mine()
    folder.claim(1, Card(first, tmp_path / "one"))
    folder.claim(2, Card(second, tmp_path / "two"))
    assert folder.owner() == (2, second)


def test_a_job_can_be_left_to_nobody(tmp_path: Path) -> None:
    folder = JobFolder.create(str(tmp_path), "job1")
    folder.claim(1, Card(identity.mine(), tmp_path / "one"))
    folder.claim(2, Card(None, tmp_path / "nobody"))
    assert folder.owner() == (2, None)


def test_a_job_nobody_claimed_has_no_owner(tmp_path: Path) -> None:
    assert JobFolder.create(str(tmp_path), "job1").owner() == (0, None)


def test_a_removed_job_cannot_be_claimed(tmp_path: Path) -> None:
    assert not JobFolder(str(tmp_path), "gone").claim(1, Card(identity.mine(), tmp_path / "card"))


def test_a_card_with_too_many_links_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me = identity.mine()
    card = Card(me, tmp_path / "card")
    link, full = os.link, [True]

    def refuse_once(source: Path, target: str) -> None:
        if full.pop() if full else False:
            raise OSError(31, "Too many links")
        link(source, target)

    monkeypatch.setattr(os, "link", refuse_once)
    before = (tmp_path / "card").stat().st_ino
    card.link(str(tmp_path / "owner.1"))
    assert (tmp_path / "owner.1").stat().st_ino == (tmp_path / "card").stat().st_ino != before
    assert Identity.parse((tmp_path / "owner.1").read_bytes()) == me


def test_an_identity_survives_writing() -> None:
    me = identity.mine()
    assert Identity.parse(me.dump()) == me


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"id": "x"}', b"\xff"])
def test_what_is_no_identity_is_nobody(text: bytes) -> None:
    assert Identity.parse(text) is None


def runtime_of(tmp_path: Path) -> Path:
    return paths.places(tmp_path / "data", tmp_path / "run").runtime


def test_a_manager_of_this_process_lives_until_it_is_released(tmp_path: Path) -> None:
    runtime, me = runtime_of(tmp_path), identity.mine()
    identity.hold(me, runtime)
    assert identity.alive(me, identity.mine(), runtime) is True
    identity.release(me, runtime)
    assert identity.alive(me, identity.mine(), runtime) is False


def foreign_holder(runtime: Path) -> tuple[subprocess.Popen[str], Identity]:
    code = (
        "import sys, pathlib; from nodetool_jupyter.jobs import identity\n"
        "me = identity.mine(); identity.hold(me, pathlib.Path(sys.argv[1]))\n"
        "print(me.dump().decode(), flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(runtime)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    other = Identity.parse(process.stdout.readline().encode())
    assert other is not None
    return process, other


def test_another_process_lives_until_it_is_killed(tmp_path: Path) -> None:
    runtime = runtime_of(tmp_path)
    process, other = foreign_holder(runtime)
    with process:
        assert identity.alive(other, identity.mine(), runtime) is True
        process.kill()
        process.wait()
        assert identity.alive(other, identity.mine(), runtime) is False


def test_a_stranger_with_the_old_pid_is_not_the_owner(tmp_path: Path) -> None:
    runtime = runtime_of(tmp_path)
    process, other = foreign_holder(runtime)
    with process:
        before = Identity("0" * 16, other.host, other.boot, other.namespace, other.pid, other.ticks - 1)
        assert identity.alive(before, identity.mine(), runtime) is False
        process.kill()


@pytest.mark.parametrize("change", ["host", "boot", "namespace"])
def test_nothing_is_said_about_other_hosts_boots_and_namespaces(tmp_path: Path, change: str) -> None:
    me = identity.mine()
    fields = {name: getattr(me, name) for name in Identity.__dataclass_fields__} | {"id": "x", change: "other"}
    assert identity.alive(Identity(**fields), me, runtime_of(tmp_path)) is None


def test_start_ticks_of_a_dead_process_are_unknown() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert identity.start_ticks(process.pid) is None
