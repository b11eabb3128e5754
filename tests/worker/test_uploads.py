"""Values kept for jobs to come: checked, bounded, each user's apart, and for a while only."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.testing import set_clock
from nodetool_jupyter.worker.uploads import OVERHEAD, NoRoom, UploadLimits, Uploads
from tests.worker.scenery import PATIENCE

MINE, OTHER = b"mine" * 1000, b"other" * 1000


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def play(folder: Path, story: Callable[[Uploads], None], **limits: float) -> None:
    """Run a story with a store of uploads, on the loop that such a store needs."""

    async def whole() -> None:
        uploads = Uploads(folder / "uploads", UploadLimits(**limits))  # type: ignore[arg-type]
        try:
            story(uploads)
        finally:
            uploads.close()

    asyncio.run(whole())


def send(uploads: Uploads, user: str, body: bytes, *, taken: Path | None = None) -> str:
    upload = uploads.begin(user, len(body))
    upload.write(body[: len(body) // 2])
    upload.write(body[len(body) // 2 :])
    assert upload.finish(sha(body)) == len(body)
    if taken is not None:
        uploads.link(user, sha(body), taken)
    return sha(body)


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "uploads").rglob("*") if path.is_file()]


def test_what_was_sent_is_there_for_a_job(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        asked = [sha(OTHER), sha(MINE), sha(OTHER)]
        assert uploads.missing("ada", asked) == [sha(OTHER), sha(MINE)]
        send(uploads, "ada", MINE)
        assert uploads.missing("ada", asked) == [sha(OTHER)]
        assert uploads.link("ada", sha(MINE), tmp_path / "value.bin") == len(MINE)
        assert (tmp_path / "value.bin").read_bytes() == MINE

    play(tmp_path, story)


def test_nobody_else_can_tell_that_it_is_there(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE)
        assert uploads.missing("bob", [sha(MINE)]) == [sha(MINE)]
        with pytest.raises(FileNotFoundError):
            uploads.link("bob", sha(MINE), tmp_path / "stolen.bin")
        assert not (tmp_path / "stolen.bin").exists()
        send(uploads, "bob", MINE)  # he has to have it himself
        assert uploads.missing("bob", [sha(MINE)]) == []

    play(tmp_path, story)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_only_this_user_of_the_machine_may_read_it(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada/../bob", MINE, taken=tmp_path / "value.bin")
        assert stat.S_IMODE((tmp_path / "uploads").stat().st_mode) == 0o700
        assert [stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)] == [0o600]
        assert stat.S_IMODE((tmp_path / "value.bin").stat().st_mode) == 0o600
        assert not any("ada" in str(path.relative_to(tmp_path)) for path in files(tmp_path))

    play(tmp_path, story)


WRONG: dict[str, tuple[int, bytes, str]] = {
    "another digest": (4, b"body", sha(b"bodi")),
    "too few bytes": (5, b"body", sha(b"body")),
    "no digest": (4, b"body", "x"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_as_announced_is_not_kept(tmp_path: Path, case: str) -> None:
    size, body, digest = WRONG[case]

    def story(uploads: Uploads) -> None:
        upload = uploads.begin("ada", size)
        upload.write(body)
        with pytest.raises(InvalidRequest, match="did not come as it was announced"):
            upload.finish(digest)
        assert files(tmp_path) == []
        assert uploads.missing("ada", [sha(body)]) == [sha(body)]
        with pytest.raises(InvalidRequest, match="ended already"):
            upload.write(b"more")

    play(tmp_path, story)


def test_more_bytes_than_announced_end_it_at_once(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        upload = uploads.begin("ada", 4)
        with pytest.raises(InvalidRequest, match="more than the 4 bytes"):
            upload.write(b"bodies")
        assert files(tmp_path) == []
        upload.abandon()

    play(tmp_path, story)


@pytest.mark.parametrize("digest", ["", "A" * 64, "a" * 63, "a" * 65, "../" + "a" * 61, None, 3])
def test_what_is_no_digest_is_refused(tmp_path: Path, digest: object) -> None:
    def story(uploads: Uploads) -> None:
        with pytest.raises(InvalidRequest, match="64 lower-case hexadecimal digits"):
            uploads.missing("ada", [digest])  # type: ignore[list-item]

    play(tmp_path, story)


# -- room -------------------------------------------------------------------------------------------------------------


def test_one_that_can_never_fit_is_refused_for_good(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        with pytest.raises(NoRoom, match="100000 bytes is more than may wait here") as refusal:
            uploads.begin("ada", 100_000)
        assert refusal.value.retry is False

    play(tmp_path, story, each_user=50_000)


def test_what_no_job_has_taken_keeps_its_room(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", b"a" * 10_000)
        on_its_way = uploads.begin("ada", 10_000)
        with pytest.raises(NoRoom, match="your uploads that no job has taken") as refusal:
            uploads.begin("ada", 20_000)
        assert refusal.value.retry is True
        send(uploads, "bob", b"b" * 20_000)  # his own room
        on_its_way.abandon()
        send(uploads, "ada", b"c" * 20_000)
        assert uploads.missing("ada", [sha(b"a" * 10_000)]) == []

    play(tmp_path, story, each_user=30_000 + 3 * OVERHEAD)


def test_what_jobs_have_taken_makes_room_the_longest_unused_first(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        with set_clock() as now:
            bodies = [bytes([n]) * 10_000 for n in range(3)]
            for n, body in enumerate(bodies):
                send(uploads, "ada", body, taken=tmp_path / f"{n}.bin")
                now.advance(1)
            assert uploads.missing("ada", [sha(bodies[0])]) == []  # used now
            send(uploads, "ada", b"new" * 3_000)
            assert uploads.missing("ada", map(sha, bodies)) == [sha(bodies[1])]
            assert (tmp_path / "1.bin").read_bytes() == bodies[1]  # the job has its own

    play(tmp_path, story, each_user=3 * (10_000 + OVERHEAD))


def test_all_together_have_a_limit_too(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", b"a" * 20_000)
        with pytest.raises(NoRoom, match="uploads that no job has taken leave no room") as refusal:
            uploads.begin("bob", 20_000)
        assert "your" not in str(refusal.value)
        uploads.link("ada", sha(b"a" * 20_000), tmp_path / "taken.bin")
        send(uploads, "bob", b"b" * 20_000)
        assert uploads.missing("ada", [sha(b"a" * 20_000)]) == [sha(b"a" * 20_000)]

    play(tmp_path, story, in_all=30_000 + 2 * OVERHEAD)


def test_empty_values_are_bounded_as_well(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        for _ in range(4):
            uploads.begin("ada", 0)
        with pytest.raises(NoRoom):
            uploads.begin("ada", 0)

    play(tmp_path, story, each_user=4 * OVERHEAD)


def test_the_same_sent_twice_is_there_once(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        for _ in range(3):  # a third one would not fit beside two
            send(uploads, "ada", MINE)
        assert len(files(tmp_path)) == 1

    play(tmp_path, story, each_user=2 * (len(MINE) + OVERHEAD))


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_timer_removes_what_nobody_asks_for(tmp_path: Path) -> None:
    async def whole() -> None:
        uploads = Uploads(tmp_path / "uploads", UploadLimits(ttl=0.05))
        send(uploads, "ada", MINE)
        swept, drop = asyncio.Event(), uploads._drop

        def told(key: tuple[str, str]) -> list[Path]:
            swept.set()
            return drop(key)

        uploads._drop = told  # type: ignore[method-assign]
        async with asyncio.timeout(PATIENCE):
            await swept.wait()
        assert files(tmp_path) == []
        assert uploads.missing("ada", [sha(MINE)]) == [sha(MINE)]
        assert uploads._bytes == {}
        uploads.close()

    asyncio.run(whole())


def test_what_is_asked_for_is_kept_on(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        with set_clock() as now:
            send(uploads, "ada", MINE)
            send(uploads, "ada", OTHER)
            now.advance(60)
            uploads.missing("ada", [sha(MINE)])
            now.advance(60)
            uploads._sweep()
            assert uploads.missing("ada", [sha(MINE), sha(OTHER)]) == [sha(OTHER)]

    play(tmp_path, story, ttl=100.0)


# -- what happens to the files ----------------------------------------------------------------------------------------


def test_one_that_a_job_has_changed_is_not_given_to_the_next(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE, taken=tmp_path / "first.bin")
        os.utime(tmp_path / "first.bin", ns=(1, 1))  # the job's link is the same file
        assert uploads.missing("ada", [sha(MINE)]) == [sha(MINE)]
        with pytest.raises(FileNotFoundError):
            uploads.link("ada", sha(MINE), tmp_path / "second.bin")

    play(tmp_path, story)


def test_one_that_vanished_is_missing(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE)
        files(tmp_path)[0].unlink()
        assert uploads.missing("ada", [sha(MINE)]) == [sha(MINE)]

    play(tmp_path, story)


def test_where_no_link_can_be_made_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*arguments: object, **named: object) -> None:
        raise OSError(errno.EXDEV, "another device")

    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE)
        monkeypatch.setattr(os, "link", no_link)
        uploads.link("ada", sha(MINE), tmp_path / "value.bin")
        assert (tmp_path / "value.bin").read_bytes() == MINE
        assert (tmp_path / "value.bin").stat().st_nlink == 1

    play(tmp_path, story)


@pytest.mark.parametrize("copied", [False, True])
def test_no_file_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: bool) -> None:
    def no_link(*arguments: object, **named: object) -> None:
        raise OSError(errno.EXDEV, "another device")

    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE)
        (tmp_path / "value.bin").write_bytes(b"before")
        if copied:
            monkeypatch.setattr(os, "link", no_link)
        with pytest.raises(FileExistsError):
            uploads.link("ada", sha(MINE), tmp_path / "value.bin")
        assert (tmp_path / "value.bin").read_bytes() == b"before"

    play(tmp_path, story)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, body: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def story(uploads: Uploads) -> None:
        upload = uploads.begin("ada", len(MINE))
        monkeypatch.setattr("nodetool_jupyter.worker.uploads.write_all", full)
        with pytest.raises(StorageError, match="cannot be stored: No space left on device"):
            upload.write(MINE)
        assert files(tmp_path) == []
        assert uploads._bytes == {}

    play(tmp_path, story)


def test_what_another_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "left"
    left.parent.mkdir()
    left.write_bytes(b"x")
    play(tmp_path, lambda uploads: None)
    assert not left.exists()


def test_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    def story(uploads: Uploads) -> None:
        send(uploads, "ada", MINE)
        uploads.begin("ada", 10).write(b"half")

    play(tmp_path, story)
    assert not (tmp_path / "uploads").exists()
