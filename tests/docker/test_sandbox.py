"""What the engine made of our words, read back from the engine, and what a program inside can do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, profile

pytestmark = pytest.mark.docker
Start = Callable[..., Any]


@pytest.fixture
def make(client: Any, image: str, tmp_path: Path) -> Iterator[Start]:
    """Make a container that runs Python code, and remove it afterwards."""
    made: list[str] = []
    folders = Folders(tmp_path)
    folders.given.mkdir()
    folders.left.mkdir()
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # that the engine's user can reach what is mounted
    if os.getuid() == 0:
        os.chown(folders.left, *NOBODY)

    def start(code: str = "", name: str = "default", **more: Any) -> Any:
        user = NOBODY if os.getuid() == 0 else (os.getuid(), os.getgid())
        body = Container(
            image=image, sandbox=profile(name, {}), user=user, labels={"test": "x"}, mounts=folders.mounts(), **more
        ).body()
        body |= {"Entrypoint": ["python", "-c"], "Cmd": [code]}
        made.append(client.api.create_container_from_config(body)["Id"])
        return client.containers.get(made[-1])

    yield start
    for one in made:
        client.api.remove_container(one, force=True, v=True)


def said(container: Any) -> str:
    container.start()
    container.wait(timeout=50)
    return str(container.logs().decode())


def test_the_engine_keeps_what_was_asked(make: Start) -> None:
    container = make()
    host, config = container.attrs["HostConfig"], container.attrs["Config"]
    asked = {
        "Privileged": False,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "NetworkMode": "none",
        "PidMode": "",
        "UTSMode": "",
        "IpcMode": "private",
        "Memory": 2 * 1024**3,
        "MemorySwap": 2 * 1024**3,
        "NanoCpus": 2_000_000_000,
        "PidsLimit": 256,
        "AutoRemove": False,
        "PublishAllPorts": False,
        "Devices": None,
        "Binds": None,
    }
    assert {name: host[name] for name in asked} == asked
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert not host["PortBindings"]
    assert host["LogConfig"]["Type"] == "local"
    assert config["User"] not in ("", "0", "root", "0:0")


def test_a_program_inside_is_nobody_and_can_gain_nothing(make: Start) -> None:
    code = (
        "import os; status = open('/proc/self/status').read()\n"
        "print(os.getuid() != 0, [line.split()[1] for line in status.splitlines() "
        "if line.startswith(('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp:'))])"
    )
    zero = "0" * 16
    assert said(make(code)).strip() == f"True ['{zero}', '{zero}', '{zero}', '1', '2']"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('/root.txt', 'w')", "Read-only file system"),
        ("open('/job/in/x', 'w')", "Read-only file system"),
        ("import socket; socket.create_connection(('169.254.169.254', 80), 3)", "Network is unreachable"),
        ("import os; os.mount", "AttributeError"),
        ("import os; os.chown('/job/out', 0, 0)", "Operation not permitted"),
        ("import os; os.mknod('/job/out/sda', 0o60600, os.makedev(8, 0))", "Operation not permitted"),
        ("with open('/tmp/a', 'wb') as f:\n    for _ in range(1100): f.write(bytes(2**20))", "No space left on device"),
        (
            "import os, subprocess; open('/tmp/p', 'w').write('#!/bin/sh'); os.chmod('/tmp/p', 0o755)\n"
            "subprocess.run('/tmp/p')",
            "Permission denied",
        ),
    ],
)  # fmt: skip
def test_what_a_program_inside_cannot_do(make: Start, code: str, expected: str) -> None:
    assert expected in said(make(code))


def test_a_program_inside_writes_its_results_as_nobody(make: Start, tmp_path: Path) -> None:
    said(make("open('/job/out/result', 'w').write('done')"))
    assert (tmp_path / "out" / "result").read_text() == "done"


def test_no_setuid_program_is_in_the_image(make: Start) -> None:
    code = "import subprocess; print(subprocess.run(['find', '/', '-xdev', '-perm', '/6000', '-type', 'f'], capture_output=True, text=True).stdout)"  # noqa: E501
    assert said(make(code)).strip() == ""


def test_more_processes_than_allowed_cannot_be_started(make: Start) -> None:
    code = "import os, time\nn = 0\ntry:\n    while os.fork(): n += 1\n    time.sleep(30)\nexcept OSError: print(n < 64, flush=True)\nimport signal; os.killpg(0, signal.SIGKILL)"  # noqa: E501
    assert "True" in said(make(code, "strict"))


def test_a_program_that_takes_too_much_memory_is_ended_and_the_engine_says_so(make: Start, client: Any) -> None:
    container = make("x = bytearray(3 * 1024**3)")
    said(container)
    state = client.api.inspect_container(container.id)["State"]
    assert (state["OOMKilled"], state["ExitCode"]) == (True, 137)
