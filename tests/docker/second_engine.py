"""A Docker engine of a test's own, which can be killed without harm to the machine's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import docker
import pytest

_ROOM = 4 * 1024**3  # bytes
_PATIENCE = 30.0  # seconds that it may take to start, or to end


class SecondEngine:
    """An engine in a network namespace of its own: one without a bridge would take away the machine's."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nt-engine-", dir="/tmp"))  # short, for sockets
        memory = Path("/dev/shm")
        quick = (
            memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
        )  # an image takes half a minute on a busy disk
        self.data = Path(tempfile.mkdtemp(prefix="nt-engine-", dir=memory if quick else None))
        self.host = f"unix://{self.folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ready.bind(f"{self.folder}/ready")
        self._ready.settimeout(_PATIENCE)

    def start(self, *, live_restore: bool) -> None:
        """Start it, and return when it answers; skips the test where none can be started."""
        folder = self.folder
        places = [f"--host={self.host}", f"--data-root={self.data}", f"--exec-root={folder}/exec"]
        closed = ["--bridge=none", "--iptables=false", "--ip6tables=false", f"--pidfile={folder}/pid"]
        command = ["unshare", "--net", "dockerd", *places, *closed, *(["--live-restore"] if live_restore else [])]
        environ = {**os.environ, "NOTIFY_SOCKET": f"{folder}/ready"}
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        try:
            while b"READY=1" not in self._ready.recv(4096):
                pass
        except TimeoutError:
            self.kill(signal.SIGKILL)
            pytest.skip(f"no second engine starts here: {(folder / 'log').read_text()[-400:]}")

    def kill(self, number: signal.Signals) -> None:
        """End it by a signal; one that has ended is fine."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(_PATIENCE)
        if number == signal.SIGKILL:  # its containerd went with it, and may be a zombie that the next takes for alive
            (self.folder / "exec/containerd/containerd.pid").unlink(missing_ok=True)

    def load(self, image: str) -> None:
        """Bring an image over from the machine's engine."""
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
            load = ["docker", "--host", self.host, "load", "--quiet"]
            subprocess.run(load, stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)

    def containers(self, **labels: str) -> list[str]:
        """Return the ids of the containers with some labels, running or not."""
        wanted = [f"{name.replace('_', '.')}={value}" for name, value in labels.items()]
        with closing(docker.DockerClient(base_url=self.host, timeout=10)) as client:
            return [one.id for one in client.containers.list(all=True, filters={"label": wanted})]

    def close(self) -> None:
        """End it, and remove its files; its containers have ended."""
        self.kill(signal.SIGKILL)
        self._ready.close()
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        own = str(self.folder), str(self.data)
        for path in reversed([path for path in mounted if path.startswith(own)]):
            subprocess.run(["umount", "--lazy", path], check=True)  # one that was killed has left its own
        shutil.rmtree(self.data)
        shutil.rmtree(self.folder)
