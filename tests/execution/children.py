"""Real processes for tests: Python code in interpreters of their own, which are gone when the test is over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nodetool_jupyter.tree import kill_leftovers

PATIENCE = 20.0  # seconds that a test waits for what must happen

Start = Callable[..., subprocess.Popen[str]]

ROOT = """
import os, signal, subprocess, sys
from nodetool_jupyter import clock
from nodetool_jupyter import tree
from nodetool_jupyter.tree import RUNNER_ID
from nodetool_jupyter.processes import *

def say(*words):
    # In one write, also where Python's streams are unbuffered: several processes write to this pipe.
    os.write(1, " ".join(map(str, words)).encode() + b"\\n")

def fork(work):
    '''Fork a child that does this and then only waits; return its pid once it has done it.'''
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        work()
        os.write(writer, b"1")
        while True:
            signal.pause()
    os.read(reader, 1)
    return pid

def orphan(work=lambda: None, new_session=True):
    '''Fork twice, the first child ends; return the pid of the second once it has done its work.'''
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        if new_session:
            os.setsid()
        second = fork(work)
        os.write(writer, b"%d " % second)
        os._exit(0)
    os.waitpid(pid, 0)
    return int(os.read(reader, 20))

def nothing():
    pass

def living():
    return [process.pid for process in tree.descendants(os.getpid())]
"""


@contextmanager
def interpreters() -> Iterator[Start]:
    """Give a function that runs Python code in a new interpreter, with a pipe to its stdin and one from its stdout.

    ``environ`` are variables for it; :data:`ROOT` stands before the code.
    """
    started: list[subprocess.Popen[str]] = []
    mine = os.urandom(8).hex()

    def start(code: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", ROOT + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "error", "NODETOOL_RUNNER_ID": mine, **environ},
        )
        started.append(process)
        return process

    try:
        yield start
    finally:
        kill_leftovers(mine, 0)
        for process in started:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line that it says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def said(process: subprocess.Popen[str]) -> list[str]:
    """Return all that it says until it ends, which it must do well."""
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return out.splitlines()
