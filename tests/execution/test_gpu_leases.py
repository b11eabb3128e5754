"""Leases of GPUs: who gets which, in what order, and how a lease ends."""

from __future__ import annotations

import gc
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution import gpu_locks
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.execution.leases import LeaseTable
from tests.execution.gpu_scenery import ONE, PATIENCE, TWO, ZERO, Holder, Jobs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "gpus"))
    return Path(gpu_locks.folder())


@pytest.fixture
def hold(folder: Path) -> Iterator[Callable[..., Holder]]:
    made: list[Holder] = []

    def begin(gpu: Gpu, *, share: bool = False) -> Holder:
        made.append(Holder(folder, gpu, share=share))
        return made[-1]

    yield begin
    for holder in made:
        holder.kill()


@pytest.fixture
def jobs(folder: Path) -> Iterator[Jobs]:
    made = Jobs(LeaseTable())
    yield made
    for ask in made.asks.values():
        ask.leave()


def threads_of_gpus() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("nodetool-gpu-")]


# Within one process


def test_a_free_gpu_is_had_at_once(jobs: Jobs) -> None:
    ask = jobs.ask("a", ZERO)
    assert jobs.granted() == ["a"]
    assert ask.holder == ""
    assert jobs.lease("a").gpus == (ZERO,)


def test_jobs_have_a_gpu_in_the_order_in_which_they_asked(jobs: Jobs) -> None:
    for name in "abcd":
        jobs.ask(name, ZERO)
    order = []
    for _ in range(4):
        (name,) = jobs.granted()
        order.append(name)
        jobs.lease(name).release()
    assert order == ["a", "b", "c", "d"]


def test_different_gpus_do_not_wait_for_each_other(jobs: Jobs) -> None:
    jobs.ask("a", ZERO)
    jobs.ask("b", ONE)
    assert jobs.granted() == ["a", "b"]


def test_sharers_have_a_gpu_together(jobs: Jobs) -> None:
    for name in "abc":
        jobs.ask(name, ZERO, share=True)
    assert jobs.granted() == ["a", "b", "c"]


def test_a_sharer_does_not_pass_one_who_waits_to_be_alone(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    jobs.ask("b", ZERO)
    jobs.ask("c", ZERO, share=True)
    assert jobs.granted() == ["a"]
    jobs.lease("a").release()
    assert jobs.granted() == ["b"]
    jobs.lease("b").release()
    assert jobs.granted() == ["c"]


def test_the_last_of_the_sharers_lets_the_next_in(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    jobs.ask("b", ZERO, share=True)
    jobs.ask("c", ZERO)
    jobs.lease("a").release()
    assert jobs.granted() == ["a", "b"]
    jobs.lease("b").release()
    assert jobs.granted() == ["c"]


def test_who_leaves_the_queue_lets_those_behind_go_on(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    jobs.ask("b", ZERO).leave()
    jobs.ask("c", ZERO, share=True)
    assert jobs.granted() == ["a", "c"]


def test_leaving_from_the_middle_of_the_queue_lets_sharers_behind_in(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    middle = jobs.ask("b", ZERO)
    jobs.ask("c", ZERO, share=True)
    middle.leave()
    assert jobs.granted() == ["a", "c"]


def test_a_lease_may_be_released_twice_and_lets_one_in(jobs: Jobs) -> None:
    for name in "abc":
        jobs.ask(name, ZERO)
    lease = jobs.lease("a")
    lease.release()
    lease.release()
    assert jobs.granted() == ["a", "b"]


def test_leaving_after_the_grant_releases(jobs: Jobs) -> None:
    ask = jobs.ask("a", ZERO)
    jobs.ask("b", ZERO)
    ask.leave()
    assert jobs.granted() == ["a", "b"]


def test_gpus_stay_in_the_order_asked_for_with_a_descriptor_each(jobs: Jobs, folder: Path) -> None:
    jobs.ask("a", TWO, ZERO)
    lease = jobs.lease("a")
    assert lease.gpus == (TWO, ZERO)
    held = [os.fstat(descriptor).st_ino for descriptor in lease.descriptors]
    assert held == [(folder / f"{gpu.uuid}.lock").stat().st_ino for gpu in (TWO, ZERO)]


def test_crossing_pairs_do_not_lock_each_other_out(jobs: Jobs) -> None:
    jobs.ask("x", ZERO)
    jobs.ask("a", ZERO, ONE)
    jobs.ask("b", ONE, ZERO)
    jobs.lease("x").release()
    assert jobs.granted() == ["x", "a"]
    jobs.lease("a").release()
    assert jobs.granted() == ["b"]


def test_who_gives_up_gives_back_what_it_had_already(jobs: Jobs) -> None:
    jobs.ask("x", ONE)
    both = jobs.ask("a", ZERO, ONE)
    jobs.ask("b", ZERO)
    assert jobs.granted() == ["x"]
    both.leave()
    assert jobs.granted() == ["b"]


def test_many_threads_with_crossing_pairs_all_get_their_turn(jobs: Jobs) -> None:
    pairs = [(ZERO, ONE), (ONE, ZERO), (TWO, ONE), (ONE, TWO), (ZERO, TWO), (TWO, ZERO)]
    done = threading.Semaphore(0)

    def run(place: int) -> None:
        for turn in range(20):
            had = threading.Event()
            name = f"{place}.{turn}"
            ask = jobs.table.ask(name, pairs[(place + turn) % 6], False, lambda _, had=had: had.set())  # type: ignore[misc]
            if had.wait(PATIENCE):
                done.release()
            ask.leave()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done._value == 120


# Why one waits


def test_the_reason_names_the_job_of_this_process_that_holds(jobs: Jobs) -> None:
    jobs.ask("a", ZERO)
    assert jobs.ask("b", ZERO).holder == "waits for GPU 0 (Fake 9000), which job a of this process holds"


def test_the_reason_names_one_who_shares(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    assert jobs.ask("b", ZERO).holder == "waits for GPU 0 (Fake 9000), which job a of this process shares"


def test_the_reason_names_who_is_before(jobs: Jobs) -> None:
    jobs.ask("a", ZERO, share=True)
    jobs.ask("b", ZERO)
    waits = jobs.ask("c", ZERO, share=True).holder
    assert waits == "waits for GPU 0 (Fake 9000), behind job b of this process"


def test_the_reason_tells_of_another_process(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    hold(ONE)
    assert jobs.ask("a", ZERO, ONE).holder == "waits for GPU 1 (Fake 9000), which another process holds"


# Other processes


def test_a_killed_holder_lets_the_next_in(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    holder = hold(ZERO)
    jobs.ask("a", ZERO)
    assert jobs.granted() == []
    holder.kill()
    assert jobs.next() == "a"


def test_one_thread_waits_for_another_process_however_many_jobs_wait(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    holder = hold(ZERO)
    for number in range(10):
        jobs.ask(str(number), ZERO)
    assert len(threads_of_gpus()) == 1
    holder.kill()
    order = []
    for _ in range(10):
        order.append(jobs.next())
        jobs.lease(order[-1]).release()
    assert order == [str(number) for number in range(10)]


def test_a_sharer_joins_sharers_of_another_process(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    hold(ZERO, share=True)
    jobs.ask("a", ZERO, share=True)
    assert jobs.granted() == ["a"]


def test_who_wants_a_gpu_alone_waits_for_sharers_of_another_process(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    holder = hold(ZERO, share=True)
    jobs.ask("a", ZERO)
    assert jobs.granted() == []
    holder.kill()
    assert jobs.next() == "a"


def test_a_sharer_does_not_wait_for_one_who_gave_up_being_alone(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    hold(ZERO, share=True)
    jobs.ask("a", ZERO).leave()
    jobs.ask("b", ZERO, share=True)
    assert jobs.granted() == ["b"]


def test_a_lock_that_nobody_wants_any_more_is_closed(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    holder = hold(ZERO)
    jobs.ask("a", ZERO).leave()
    (waiting,) = threads_of_gpus()
    holder.kill()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    hold(ZERO)  # would wait for ever if we still held it


def test_another_process_waits_for_our_lease(jobs: Jobs, folder: Path) -> None:
    jobs.ask("a", ZERO)
    taken = gpu_locks.take(str(folder), ZERO.uuid, share=False, wait=False)
    assert taken is None


# How a lease ends


def test_whoever_has_the_descriptor_keeps_the_lease(jobs: Jobs) -> None:
    ours, theirs = socket.socketpair()
    code = (
        "import socket, sys; s = socket.socket(fileno=0); "
        "_, fds, _, _ = socket.recv_fds(s, 1, 1); s.send(b'!'); s.recv(1)"
    )
    with ours, subprocess.Popen([sys.executable, "-c", code], stdin=theirs) as heir:
        theirs.close()
        jobs.ask("a", ZERO)
        lease = jobs.lease("a")
        socket.send_fds(ours, [b"!"], list(lease.descriptors))
        assert ours.recv(1) == b"!"
        lease.release()
        jobs.ask("b", ZERO)
        assert jobs.granted() == ["a"]
        heir.kill()
    assert jobs.next() == "b"


def test_a_forked_child_holds_nothing_and_may_ask_itself(folder: Path) -> None:
    code = f"""
import os, threading
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.execution.leases import table
gpu = Gpu(0, {ZERO.uuid!r}, "Fake 9000", 80)
def lease(name, told=lambda lease: None):
    return table.ask(name, [gpu], False, told)
had = threading.Event()
first, second = lease("a"), lease("b", lambda lease: had.set())
ready, go = os.pipe(), os.pipe()
child = os.fork()
if not child:
    first.lease.release(); second.leave()
    waiting = lease("c")
    print("child:", waiting.holder, flush=True)
    waiting.leave()
    os.write(ready[1], b"!")
    os.read(go[0], 1)
    os._exit(0)
os.read(ready[0], 1)
first.lease.release()
print("parent:", had.wait({PATIENCE}))
os.write(go[1], b"!")
os.waitpid(child, 0)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert said.stdout.splitlines() == [
        "child: waits for GPU 0 (Fake 9000), which another process holds",
        "parent: True",
    ]


def test_two_hundred_asks_leave_threads_and_files_as_they_were(jobs: Jobs, hold: Callable[..., Holder]) -> None:
    process = psutil.Process()
    hold(TWO)
    jobs.ask("stays", TWO)
    gc.collect()
    threads, files = threading.active_count(), process.num_fds()
    for number in range(200):
        asks = [jobs.ask(f"{name}{number}", ZERO, ONE, share=name == "b") for name in "abc"]
        asks[1].leave()
        jobs.lease(f"a{number}").release()
        asks[2].leave()
        jobs.ask(f"d{number}", TWO).leave()
    assert threading.active_count() == threads
    assert process.num_fds() == files
    assert list(jobs.table._lines) == [TWO.uuid]


# The folder of the locks


def test_the_folder_is_for_all_users(folder: Path, jobs: Jobs) -> None:
    jobs.ask("a", ZERO)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert stat.S_IMODE((folder / f"{ZERO.uuid}.lock").stat().st_mode) == 0o666
    assert [file.name for file in folder.parent.iterdir()] == [folder.name]
    assert [file.name for file in folder.iterdir()] == [f"{ZERO.uuid}.lock"]


def test_the_folder_that_another_made_at_the_same_time_is_used(folder: Path) -> None:
    (folder / "there").touch()
    gpu_locks._make(str(folder))
    assert [file.name for file in folder.iterdir()] == ["there"]
    assert [file.name for file in folder.parent.iterdir()] == [folder.name]


def test_the_first_of_two_creators_makes_the_file_for_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(draft: str, path: str) -> None:
        monkeypatch.setattr(os, "link", link)
        Path(path).touch()
        link(draft, path)

    monkeypatch.setattr(os, "link", late)
    descriptor = gpu_locks.take(str(folder), ZERO.uuid, share=False, wait=False)
    assert descriptor is not None
    gpu_locks.drop(descriptor)
    assert [file.name for file in folder.iterdir()] == [f"{ZERO.uuid}.lock"]


def test_a_lock_file_that_was_removed_meanwhile_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / f"{ZERO.uuid}.lock"
    path.touch()
    flock = gpu_locks.fcntl.flock

    def slow(descriptor: int, mode: int) -> None:
        monkeypatch.setattr(gpu_locks.fcntl, "flock", flock)
        path.unlink()
        flock(descriptor, mode)

    monkeypatch.setattr(gpu_locks.fcntl, "flock", slow)
    descriptor = gpu_locks.take(str(folder), ZERO.uuid, share=False, wait=False)
    assert descriptor is not None
    assert os.fstat(descriptor).st_ino == path.stat().st_ino
    gpu_locks.drop(descriptor)


def _file(path: Path) -> None:
    path.touch()


def _link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    path.symlink_to("elsewhere")


def _open_to_all(path: Path) -> None:
    path.mkdir()
    path.chmod(0o777)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_file, "is no folder; set NODETOOL_GPU_LOCKS"),
        (_link, "is a link; set NODETOOL_GPU_LOCKS"),
        (_open_to_all, "others may remove files from the folder for GPU locks"),
        (lambda path: None, "cannot be made: No such file or directory"),
    ],
)
def test_a_folder_that_will_not_do_is_refused(
    make: Callable[[Path], None], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gpus" if make.__name__ != "<lambda>" else tmp_path / "no" / "gpus"
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(path))
    make(path)
    with pytest.raises(StorageError, match=says):
        LeaseTable().ask("a", [ZERO], False, lambda outcome: None)


def test_a_folder_of_ones_own_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "mine"))
    assert gpu_locks.folder() == str(tmp_path / "mine")


def test_a_link_in_place_of_a_lock_is_not_followed(jobs: Jobs, folder: Path) -> None:
    (folder.parent / "target").touch()
    (folder / f"{ZERO.uuid}.lock").symlink_to(folder.parent / "target")
    jobs.ask("a", ZERO)
    name, outcome = jobs.told.get(timeout=PATIENCE)
    assert isinstance(outcome, StorageError)
    assert (name, str(outcome).partition(": ")[2].partition(";")[0]) == ("a", "Too many levels of symbolic links")


def test_a_lock_that_cannot_be_taken_does_not_hold_up_the_next(jobs: Jobs, folder: Path) -> None:
    jobs.ask("x", ZERO)
    jobs.ask("a", ZERO, ONE)
    jobs.ask("b", ZERO)
    os.mkfifo(folder / f"{ONE.uuid}.lock")
    jobs.lease("x").release()
    assert jobs.granted() == ["x", "a", "b"]
    assert jobs.asks["a"].lease is None
    assert jobs.lease("b").gpus == (ZERO,)
