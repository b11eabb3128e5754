"""Trees of real processes: who is found, who is signalled, and that nothing outruns its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator

import pytest

from nodetool_jupyter import clock, processes, tree
from nodetool_jupyter.processes import look, open_pidfd, send, send_to, start_ticks, wait_for_ends
from tests.execution.children import PATIENCE, Start, interpreters, line_of, said

FAMILY = """
def parent():
    fork(lambda: say("grandchild", os.getpid()))
    say("child", os.getpid())
fork(parent)
"""


@pytest.fixture
def interpreter() -> Iterator[Start]:
    with interpreters() as start:
        yield start


def ticks_of(process: subprocess.Popen[str]) -> int:
    ticks = start_ticks(process.pid)
    assert ticks is not None
    return ticks


def waiting(interpreter: Start, code: str = "", **environ: str) -> subprocess.Popen[str]:
    """Start a process that only waits, and answers every line it is told."""
    process = interpreter(code + "\nsay('ready')\nfor line in sys.stdin: say('here')", **environ)
    assert line_of(process) == "ready"
    return process


def answers(process: subprocess.Popen[str]) -> bool:
    assert process.stdin is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    return line_of(process) == "here"


# -- one process -------------------------------------------------------------------------------------------------------


def test_a_process_is_seen_as_it_is() -> None:
    process = look(os.getpid())
    assert process is not None
    assert (process.pid, process.parent, process.group) == (os.getpid(), os.getppid(), os.getpgrp())
    assert process.ticks == start_ticks(os.getpid())


def test_a_name_with_parentheses_and_spaces_does_not_confuse(interpreter: Start) -> None:
    process = waiting(interpreter, "open('/proc/self/comm', 'w').write('a) Z 1 (b')")
    seen = look(process.pid)
    assert seen is not None
    assert (seen.parent, seen.zombie) == (os.getpid(), False)


def test_a_zombie_has_ended(interpreter: Start) -> None:
    process = interpreter("")
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seen = look(process.pid)
    assert seen is not None
    assert (seen.zombie, start_ticks(process.pid)) == (True, None)


def test_a_pidfd_is_readable_once_its_process_has_ended(interpreter: Start) -> None:
    process = waiting(interpreter)
    descriptor = open_pidfd(process.pid, ticks_of(process))
    assert descriptor is not None
    try:
        assert select.select([descriptor], [], [], 0)[0] == []
        assert send(descriptor, signal.SIGKILL)
        assert select.select([descriptor], [], [], PATIENCE)[0] == [descriptor]
    finally:
        os.close(descriptor)


def test_there_is_no_pidfd_of_what_has_ended(interpreter: Start) -> None:
    process = waiting(interpreter)
    ticks = ticks_of(process)
    process.kill()
    process.wait()
    assert open_pidfd(process.pid, ticks) is None


def test_a_stranger_with_the_number_gets_no_pidfd(interpreter: Start) -> None:
    process = waiting(interpreter)
    assert open_pidfd(process.pid, ticks_of(process) - 1) is None


@pytest.mark.parametrize("pidfds", [True, False])
def test_a_stranger_with_the_number_is_not_signalled(
    interpreter: Start, monkeypatch: pytest.MonkeyPatch, pidfds: bool
) -> None:
    monkeypatch.setattr(processes, "has_pidfds", lambda: pidfds)
    process = waiting(interpreter)
    seen = look(process.pid)
    assert seen is not None
    assert not send_to(seen._replace(ticks=seen.ticks - 1), signal.SIGKILL)
    assert answers(process)


@pytest.mark.parametrize("pidfds", [True, False])
def test_a_process_that_was_seen_is_signalled(
    interpreter: Start, monkeypatch: pytest.MonkeyPatch, pidfds: bool
) -> None:
    monkeypatch.setattr(processes, "has_pidfds", lambda: pidfds)
    process = waiting(interpreter)
    seen = look(process.pid)
    assert seen is not None
    assert send_to(seen, signal.SIGTERM)
    assert process.wait(PATIENCE) == -signal.SIGTERM


def test_waiting_for_an_end_keeps_its_deadline(interpreter: Start) -> None:
    process = waiting(interpreter)
    descriptor = open_pidfd(process.pid, ticks_of(process))
    assert descriptor is not None
    try:
        assert not wait_for_ends([descriptor], clock.monotonic())
    finally:
        os.close(descriptor)


def test_too_many_open_files_are_not_taken_for_an_end(interpreter: Start) -> None:
    code = """
import errno, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    say(look(os.getpid()))
except OSError as error:
    say(errno.errorcode[error.errno])
"""
    assert said(interpreter(code)) == ["EMFILE"]


def test_a_pidfd_that_could_not_be_checked_is_given_back(interpreter: Start) -> None:
    code = """
import resource
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
ticks = (has_pidfds(), start_ticks(os.getpid()))[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))
try:
    open_pidfd(os.getpid(), ticks)
except OSError:
    say(os.open(os.devnull, os.O_RDONLY) == free)
"""
    assert said(interpreter(code)) == ["True"]


# -- trees -------------------------------------------------------------------------------------------------------------


def test_descendants_are_told_deepest_first(interpreter: Start) -> None:
    grandchild, child, found = said(interpreter(FAMILY + "say('found', *living())\ntree.kill_tree(os.getpid())"))
    assert found.split()[1:] == [grandchild.split()[1], child.split()[1]]


def test_a_child_that_has_ended_is_no_descendant(interpreter: Start) -> None:
    code = """
pid = os.fork()
if pid == 0: os._exit(3)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
say(living())
"""
    assert said(interpreter(code)) == ["[]"]


def test_an_orphan_becomes_the_subreapers_child(interpreter: Start) -> None:
    code = """
assert tree.become_subreaper()
pid = orphan()
say(look(pid).parent == os.getpid())
tree.kill_tree(os.getpid())
"""
    assert said(interpreter(code)) == ["True"]


def test_all_ended_children_are_reaped_with_their_statuses(interpreter: Start) -> None:
    code = """
for status in (0, 3):
    if os.fork() == 0: os._exit(status)
pid = fork(nothing)
os.kill(pid, signal.SIGKILL)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
for _ in range(2):
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
statuses = []
while len(statuses) < 3:
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    statuses += [os.waitstatus_to_exitcode(status) for _, status in tree.reap()]
say(sorted(statuses), tree.reap())
"""
    assert said(interpreter(code)) == ["[-9, 0, 3] []"]


def test_reaping_leaves_the_living_alone(interpreter: Start) -> None:
    code = "fork(nothing)\nsay(tree.reap(), len(living()))\ntree.kill_tree(os.getpid())"
    assert said(interpreter(code)) == ["[] 1"]


def test_a_signal_reaches_the_whole_tree_and_not_its_root(interpreter: Start) -> None:
    code = """
def tell(*_):
    say("heard")
    os._exit(0)
signal.signal(signal.SIGTERM, tell)
tree.become_subreaper()
fork(lambda: fork(nothing))
signal.signal(signal.SIGTERM, lambda *_: say("root"))
tree.signal_tree(os.getpid(), signal.SIGTERM)
while True:
    try: os.wait()
    except ChildProcessError: break
"""
    assert said(interpreter(code)) == ["heard", "heard"]


KILLED = """
tree.kill_tree(os.getpid())
tree.reap()
say(living(), tree._childless())
"""
GONE = ["[] True"]


def test_a_tree_is_killed_to_the_last_grandchild(interpreter: Start) -> None:
    code = "tree.become_subreaper()\nfork(lambda: fork(lambda: fork(nothing)))" + KILLED
    assert said(interpreter(code)) == GONE


def test_a_tree_that_ignores_sigterm_is_killed(interpreter: Start) -> None:
    code = """
tree.become_subreaper()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
fork(lambda: fork(nothing))
tree.signal_tree(os.getpid(), signal.SIGTERM)
"""
    assert said(interpreter(code + KILLED)) == GONE


@pytest.mark.parametrize("new_session", [True, False])
def test_what_forked_twice_is_killed(interpreter: Start, new_session: bool) -> None:
    code = f"tree.become_subreaper()\norphan(new_session={new_session})\norphan(lambda: orphan())" + KILLED
    assert said(interpreter(code)) == GONE


def test_a_stopped_tree_is_killed(interpreter: Start) -> None:
    code = """
tree.become_subreaper()
pid = fork(lambda: fork(nothing))
tree.signal_tree(os.getpid(), signal.SIGSTOP)
"""
    assert said(interpreter(code + KILLED)) == GONE


def test_a_tree_is_killed_where_there_are_no_pidfds(interpreter: Start) -> None:
    code = """
from nodetool_jupyter import processes
processes.has_pidfds = lambda: False
tree.become_subreaper()
fork(lambda: fork(nothing))
orphan()
"""
    assert said(interpreter(code + KILLED)) == GONE


def test_a_tree_is_killed_when_hardly_a_file_may_be_opened(interpreter: Start) -> None:
    code = """
import resource
tree.become_subreaper()
for _ in range(20): fork(nothing)
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free + 3, free + 3))
"""
    assert said(interpreter(code + KILLED)) == GONE


TOKENS = """
tree.become_subreaper()
tokens, more = os.pipe()
os.set_blocking(tokens, False)
os.set_blocking(more, False)

def token():
    try: return os.read(tokens, 1)
    except BlockingIOError: return b""

def left():
    count = 0
    while got := len(token()): count += got
    return count
"""


def test_a_tree_that_forks_as_fast_as_it_can_is_killed(interpreter: Start) -> None:
    code = """
def grow():
    while token():
        if os.fork() == 0:
            os.write(begun, b"1")
os.write(more, b"." * 300)
reader, begun = os.pipe()
if os.fork() == 0:
    grow()
    while True: signal.pause()
os.read(reader, 1)
"""
    assert said(interpreter(TOKENS + code + KILLED)) == GONE


@pytest.mark.parametrize("session", ["same session", "new sessions"])
def test_a_process_that_forks_and_ends_cannot_run_away(interpreter: Start, session: str) -> None:
    code = f"""
def run():
    os.setpgid(0, 0)
    while token():
        if os.fork(): os._exit(0)
        os.write(begun, b"1")
        if {session == "new sessions"}: os.setsid()
    os._exit(0)
os.write(more, b"." * 20_000)
reader, begun = os.pipe()
if os.fork() == 0: run()
os.read(reader, 1)
tree.kill_tree(os.getpid())
tree.reap()
say(living(), left() > 0)
"""
    assert said(interpreter(TOKENS + code)) == GONE


def test_what_a_tree_uses_is_added_up(interpreter: Start) -> None:
    code = """
def fill():
    global kept
    kept = bytearray(40 << 20)
    kept[::4096] = b"1" * len(kept[::4096])
before, _ = tree.usage(os.getpid())
fork(lambda: (fill(), fork(fill)))
memory, _ = tree.usage(os.getpid())
say(before, memory > 80 << 20)
tree.kill_tree(os.getpid())
"""
    assert said(interpreter(code)) == ["0 True"]


def test_cpu_time_of_what_has_ended_counts(interpreter: Start) -> None:
    code = """
import time
def burn():
    while time.process_time() < 0.15: pass
    os._exit(0)
pid = os.fork()
if pid == 0: burn()
os.waitpid(pid, 0)
say(tree.usage(os.getpid())[1] >= 0.1)
"""
    assert said(interpreter(code)) == ["True"]


def test_a_child_ends_with_its_parent(interpreter: Start) -> None:
    process = interpreter("""
def bound():
    tree.die_with_parent(parent)
parent = os.getpid()
say(fork(bound))
signal.pause()
""")
    pid = int(line_of(process))
    ticks = start_ticks(pid)
    assert ticks is not None
    descriptor = open_pidfd(pid, ticks)
    assert descriptor is not None
    try:
        process.kill()
        assert wait_for_ends([descriptor], clock.monotonic() + PATIENCE)
    finally:
        os.close(descriptor)


def test_a_child_whose_parent_is_gone_already_ends_at_once(interpreter: Start) -> None:
    process = interpreter("tree.die_with_parent(1 << 22)\nsay('still here')")
    assert line_of(process) == ""
    assert process.wait(PATIENCE) == 70


# -- leftovers of a runner that is dead --------------------------------------------------------------------------------

LEAVES = """
say(orphan(), orphan(lambda: orphan()))
"""


def leave(interpreter: Start, runner_id: str, code: str = LEAVES) -> list[int]:
    process = interpreter(code, NODETOOL_RUNNER_ID=runner_id)
    pids = [int(word) for word in line_of(process).split()]
    process.wait(PATIENCE)
    return pids


@pytest.fixture
def runner_id(interpreter: Start) -> str:
    return os.urandom(8).hex()


def test_leftovers_of_a_dead_runner_are_found(interpreter: Start, runner_id: str) -> None:
    pids = leave(interpreter, runner_id)
    try:
        found = {process.pid for process in tree.find_leftovers(runner_id, 0)}
        assert found > set(pids)
        assert len(found) == 3
    finally:
        tree.kill_leftovers(runner_id, 0)


def test_leftovers_are_ended_and_counted(interpreter: Start, runner_id: str) -> None:
    pids = leave(interpreter, runner_id)
    assert tree.kill_leftovers(runner_id, 0) == 3
    assert [start_ticks(pid) for pid in pids] == [None, None]


def test_what_a_leftover_started_without_its_environment_is_ended(interpreter: Start, runner_id: str) -> None:
    code = """
def start():
    program = [sys.executable, "-c", "import signal; signal.pause()"]
    pid = subprocess.Popen(program, env={}, start_new_session=True, stdout=subprocess.DEVNULL).pid
    say(pid)
orphan(start)
"""
    (pid,) = leave(interpreter, runner_id, code)
    assert tree.kill_leftovers(runner_id, 0) == 2
    assert start_ticks(pid) is None


@pytest.mark.parametrize("other", ["{}0", "0{}"])
def test_a_process_of_another_runner_is_no_leftover(interpreter: Start, runner_id: str, other: str) -> None:
    process = waiting(interpreter, NODETOOL_RUNNER_ID=other.format(runner_id))
    assert tree.kill_leftovers(runner_id, 0) == 0
    assert answers(process)


def test_a_process_from_before_the_runner_is_no_leftover(interpreter: Start, runner_id: str) -> None:
    process = waiting(interpreter, NODETOOL_RUNNER_ID=runner_id)
    assert tree.kill_leftovers(runner_id, ticks_of(process) + 1) == 0
    assert answers(process)


def test_a_process_never_ends_itself_as_a_leftover(interpreter: Start, runner_id: str) -> None:
    code = f"orphan()\nsay(tree.kill_leftovers({runner_id!r}, 0))"
    assert said(interpreter(code, NODETOOL_RUNNER_ID=runner_id)) == ["1"]


def test_a_process_in_the_group_of_a_leftover_goes_on(interpreter: Start, runner_id: str) -> None:
    code = f"""
os.setpgid(0, 0)
if os.fork() == 0:
    say(tree.kill_leftovers({runner_id!r}, 0))
    os._exit(0)
signal.pause()
"""
    assert line_of(interpreter(code, NODETOOL_RUNNER_ID=runner_id)) == "1"
