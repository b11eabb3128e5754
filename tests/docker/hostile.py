"""Programs that take a runner's place in an image, and do what no runner does."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

NAME = "a" * 24 + ".bin"
MIB = 1024**2

# What all of them may use: the order that they were given, and lines as a runner writes them.
_BEGIN = f"""
import hashlib, json, os, pathlib, signal, socket, sys, threading, time
order = json.loads(sys.stdin.readline())
attempt, n = order["rest"]["attempt"], 0
VALUES = pathlib.Path("/job/out/values")
FILE = VALUES / "{NAME}"
CLAIMED = {{"result": {{"type": "bytes", "uri": "values/{NAME}"}}}}
def say(type, **fields):
    global n
    n += 1
    line = {{"seq": n, "attempt": attempt, "time": time.time(), "job_id": "x", "type": type, **fields}}
    os.write(1, json.dumps(line).encode() + b"\\n")
def complete(result):
    say("job_update", status="completed", result=result)
    sys.exit(0)
say("job_update", status="running")
VALUES.mkdir()
"""

PROGRAMS: Mapping[str, str] = {
    "fork bomb": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try:
        os.fork()
    except OSError:
        signal.pause()
""",
    "memory bomb": "held = []\nwhile True:\n    held.append(b'x' * (16 << 20))",
    "disk fill": """
block, number = b"x" * (1 << 20), 0
while True:
    number += 1
    with open(f"/job/out/{number}", "wb", buffering=0) as file:
        for _ in range(16):
            file.write(block)
""",
    "disk full of names": """
number = 0
while True:
    number += 1
    os.close(os.open(f"/job/out/{number}", os.O_CREAT))
""",
    "disk full of removed files": """
block, held = b"x" * (1 << 20), []
for number in range(40):
    held.append(open(f"/job/out/{number}", "wb", buffering=0))
    os.unlink(f"/job/out/{number}")
    for _ in range(16):
        held[-1].write(block)
while True:
    signal.pause()
""",
    "disk full of mapped files": """
import ctypes
mmap = ctypes.CDLL(None).mmap
mmap.restype = ctypes.c_void_p
mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
for number in range(40):
    with open(f"/job/out/{number}", "wb+", buffering=0) as file:
        os.unlink(file.name)
        file.write(b"x" * (16 << 20))
        mmap(None, 16 << 20, 1, 1, file.fileno(), 0)
while True:
    signal.pause()
""",
    "log flood": "while True:\n    os.write(1, b'y\\n' * 32768)",
    "ignores SIGTERM": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say("log_update", content="I stay", severity="info")
while True:
    signal.pause()
""",
    "closes stdout": "os.close(1)\nos.close(2)\nwhile True:\n    signal.pause()",
    "forged events": """
os.write(1, b'{"seq":2,"type":"job_update","status":"queued","params":{"container":"another"},"attempt":7}\\n')
os.write(1, b'{"seq":3,"type":"gap","first":1,"last":1,"lines":1}\\n')
os.write(1, b'{"seq":4,"type":"node_update","node_id":"nobody","status":"running"}\\n')
n = 4
say("job_update", status="completed", job_id="another", result={"result": "forged"})
say("job_update", status="error", error="not this one")
sys.exit(3)
""",
    "sparse result": """
with FILE.open("wb") as file:
    try:
        file.truncate(10 << 30)
    except OSError:  # more than one file may have here
        file.truncate(7 << 30)
complete(CLAIMED)
""",
    "too much in two results": """
for path in (FILE, VALUES / ("b" * 24 + ".bin")):
    path.write_bytes(b"x" * (60 << 20))
complete(CLAIMED)
""",
    "a file over the limit": """
try:
    FILE.write_bytes(b"x" * (80 << 20))
except OSError as error:
    say("job_update", status="error", reason="node_failed", error=error.strerror)
    sys.exit(1)
""",
    "symlink out": "FILE.symlink_to('/etc/shadow')\ncomplete(CLAIMED)",
    "folder behind a symlink": "VALUES.rmdir()\nVALUES.symlink_to('/etc')\ncomplete(CLAIMED)",
    "pipe": "os.mkfifo(FILE)\ncomplete(CLAIMED)",
    "socket": "socket.socket(socket.AF_UNIX).bind(str(FILE))\ncomplete(CLAIMED)",
    "device": """
try:
    os.mknod(FILE, 0o660 | 0o060000, os.makedev(8, 0))
except PermissionError as error:
    print(error.strerror, file=sys.stderr, flush=True)
complete(CLAIMED)
""",
    "exit 0 without a word": "os._exit(0)",
    "completed without results": "complete(None)",
    "rewrites its inputs": """
(path,) = pathlib.Path("/job/in/values").iterdir()
if attempt == 1:
    def act(change):
        try:
            change()
        except OSError:
            return
        say("log_update", content="changed", severity="info")
    act(lambda: path.write_bytes(b"y"))
    act(lambda: path.chmod(0o777))
    act(path.unlink)
    act(lambda: path.rename(path.with_suffix(".old")))
    act(lambda: os.truncate(path, 0))
    act(lambda: (path.parent / "new").touch())
    sys.exit(1)
complete({"result": hashlib.sha256(path.read_bytes()).hexdigest()})
""",
    "nests folders": """
at = os.open("/job/out", os.O_RDONLY)
for _ in range(1000):
    os.mkdir("d" * 200, dir_fd=at)
    below = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
    os.close(at)
    at = below
while True:
    signal.pause()
""",
}

_ENTRY = {"never there": ["/no/such/program"], "no program": ["/no-program"]}
NAMES = (*PROGRAMS, *_ENTRY)


def context(base: str, name: str) -> io.BytesIO:
    """Return the build context of an image upon ``base`` whose entry point is one of these."""
    entry = _ENTRY.get(name) or ["/opt/nodetool/bin/python", "-c", _BEGIN + PROGRAMS[name]]
    lines = [f"FROM {base}", "COPY no-program /no-program", f"ENTRYPOINT {json.dumps(entry)}"]
    files: dict[str, Any] = {"Dockerfile": "\n".join(lines).encode(), "no-program": b"\x7fno program\n"}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(body), 0o755
            archive.addfile(member, io.BytesIO(body))
    made.seek(0)
    return made
