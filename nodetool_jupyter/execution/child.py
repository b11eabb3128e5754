"""The runner's main: ``nodetool run --stdin --jsonl`` reads one request, runs it, writes its channel.

Two processes: this one becomes the guard, and the one it forks runs the nodes. Until a whole request has been read,
nothing has run.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import stat
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from nodetool_jupyter import tree
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, SecretMissing
from nodetool_jupyter.execution.channel_writer import ChannelWriter
from nodetool_jupyter.execution.guard import Child, Guard
from nodetool_jupyter.execution.limits import Cage
from nodetool_jupyter.execution.order import ORDER_BEGINS, Order, cage_name
from nodetool_jupyter.execution.worker import rehearse, serve
from nodetool_jupyter.home import data_folder
from nodetool_jupyter.request import RunJobRequest

PRELOAD = "NODETOOL_RUNNER_PRELOAD"  # modules that a spare imports while it waits, and the path to find them on
_MANY = 64  # descriptors that may come along


def get_ready() -> None:
    """Import what the variable names: ``module,module;folder:folder``; what fails will fail again where it is used.

    Then run a small graph once: what is made at its first use is made while nobody waits.
    """
    if PRELOAD not in os.environ:
        return
    names, _, path = os.environ.pop(PRELOAD).partition(";")
    before = list(sys.path)
    sys.path[:0] = [folder for folder in path.split(os.pathsep) if folder]
    for name in filter(None, names.split(",")):
        try:
            import_module(name)
        except Exception:  # noqa: S112  # told by the node that needs it
            continue
    sys.path[:] = before
    rehearse()


def read_stdin() -> bytes:
    """Import what a spare is to have ready, then read stdin to its end.

    From a pipe an order is read to the end of its line: where it comes so, as in a container, commands may follow it.
    Descriptors that come along, such as the locks of GPUs, stay open as long as this process lives.
    """
    get_ready()
    tree.become_subreaper()  # here, because a spare has the time for it
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        return _read_pipe()
    parts = []
    with socket.socket(fileno=os.dup(0)) as connection:
        while True:
            data, _, _, _ = socket.recv_fds(connection, 1 << 20, _MANY)
            if not data:
                break
            parts.append(data)
    return b"".join(parts)


def _read_pipe() -> bytes:
    text = bytearray()
    while data := os.read(0, 1 << 20):
        text += data
        if b"\n" in data and text.startswith(ORDER_BEGINS):
            break
    return bytes(text)


def run(order: Order, commands: bytes | None = None) -> NoReturn:
    """Run one order to its end and exit with the code that is its claim.

    ``commands`` is what has come behind the order on a stdin that stays open.
    """
    ours, theirs = socket.socketpair()
    signals = _catch_signals()
    cage = Cage.make(order.request.limits, cage_name(order.job_id, order.attempt, os.getpid()))
    if order.environ is not None:
        order.environ = {**cage.environ, **order.environ}
    stdout = os.dup(1)
    channel = ChannelWriter(order, stdout)
    out_reader, out_writer = os.pipe()
    err_reader, err_writer = os.pipe()
    guard_pid = os.getpid()
    gc.freeze()  # what is there now is shared with the worker, as long as nobody writes to it
    gc.enable()
    with warnings.catch_warnings():
        # Threads that a preloaded library has are idle, and stay behind in this process.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        ours.close()
        _become_worker(order, theirs, cage, guard_pid, (out_writer, err_writer))
    theirs.close()
    os.close(out_writer)
    os.close(err_writer)
    child = Child(pid, ours, out_reader, err_reader)
    guard = Guard(order, channel, child, cage, signals)
    if commands is not None:
        guard.socket.hear(0, commands)
    try:
        code = guard.run()
    except BaseException:
        guard.clear_away()
        raise
    os._exit(code)  # taking the interpreter apart would take longer than many a job


def _become_worker(
    order: Order, guard: socket.socket, cage: Cage, guard_pid: int, streams: tuple[int, int]
) -> NoReturn:
    try:
        tree.die_with_parent(guard_pid)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the guard to hear
        os.setpgid(0, 0)
        _keep_only(guard, streams)
        cage.enter()
        serve(order, guard)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(70)  # EX_SOFTWARE of sysexits.h


def _keep_only(guard: socket.socket, streams: tuple[int, int]) -> None:
    """Close everything that is the guard's: its sockets, its channel, the leases it holds."""
    os.dup2(streams[0], 1)
    os.dup2(streams[1], 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    kept = guard.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _catch_signals() -> socket.socket:
    """Let signals arrive as bytes on a socket; the handlers themselves do nothing."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return reader


def is_for_runner(text: bytes) -> bool:
    """Tell whether an owner wrote this, rather than a person; one that needs its spare no more writes nothing."""
    return not text or text.startswith(ORDER_BEGINS)


def main(text: bytes) -> int:
    """Run what an owner wrote on stdin and exit as it ended; 0 for a spare that nobody needed, 2 for no order."""
    if not text:
        return 0
    line, end, rest = text.partition(b"\n")
    try:
        order = Order.read(line)
    except InvalidRequest as error:
        print(f"nodetool: {error}", file=sys.stderr)  # noqa: T201
        return 2
    run(order, rest if end else None)


def run_request(request: RunJobRequest) -> NoReturn:
    """Run a request that has no owner: values go to a folder of their own, secrets come from the environment.

    So do the tokens of workers that its nodes run on. Raises :class:`SecretMissing`, :class:`InvalidRequest` for a
    worker that is not known, and :class:`StorageError`.
    """
    secrets = {name: _from_environment(name) for name in request.secrets}
    placed, ways = _placed(request)
    import tempfile

    folder = Path(tempfile.gettempdir(), f"nodetool-run-{os.getpid()}-{os.urandom(4).hex()}")  # made for large values
    run(Order(request, folder=str(folder), secrets=secrets, left=request.timeouts.run, placed=placed, ways=ways))


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SecretMissing(f"the secret {name!r} is not in the environment")
    return value


def _placed(request: RunJobRequest) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]]]:
    """Return what an order says of nodes on workers; a graph that cannot run is for the runner to tell of."""
    from nodetool_jupyter.nodes.everywhere import everywhere, placed_data

    if not everywhere.workers():
        return {}, {}
    from nodetool_jupyter.engine.resolve import resolve_request
    from nodetool_jupyter.execution.placed import find_ways

    try:
        placed = placed_data(kind for _, kind in resolve_request(request).running())
    except InvalidGraph:
        return {}, {}
    return placed, {name: way.dump() for name, way in find_ways(placed, data_folder(), _from_environment).items()}
