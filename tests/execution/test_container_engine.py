"""Faults of a Docker engine that must be forced: each is one sentence, in five seconds at most."""

from __future__ import annotations

import ctypes
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import (
    EngineUnavailable,
    ExecutionLost,
    GpuUnavailable,
    ImageMissing,
    InvalidRequest,
    NodetoolError,
    Unsupported,
)
from nodetool_jupyter.execution.container.engine import ContainerEngine
from tests.execution.engine_scenery import (
    INFO,
    VERSION,
    FakeEngine,
    Handler,
    short_folder,
    silent_engine,
    write_certificates,
)

SOON = 5.0  # seconds until every fault is told
IMAGE = {"Id": "sha256:1", "Architecture": "amd64", "Os": "linux", "Config": {"Entrypoint": ["nodetool"]}, "Size": 7}

NEVER = "0001-01-01T00:00:00Z"
RUNNING = {"Running": True, "Paused": False, "ExitCode": 0, "OOMKilled": False, "Error": ""}
RUNNING |= {"StartedAt": NEVER, "FinishedAt": NEVER}


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


def hang(handler: Handler) -> None:
    """Answer nothing, as long as the test runs."""
    handler.server.over.wait()
    handler.close_connection = True


def sentence_of(environ: Mapping[str, str]) -> str:
    """Return what is said of an engine that cannot be reached."""
    with pytest.raises(EngineUnavailable) as caught:
        ContainerEngine.connect(environ)
    return str(caught.value)


def test_a_missing_socket_is_named_with_the_cure(folder: Path) -> None:
    said = sentence_of({"DOCKER_HOST": f"unix://{folder}/docker.sock"})
    assert said == (
        f"there is no Docker engine: the socket {folder}/docker.sock is not there; "
        "start it (sudo systemctl start docker), or set DOCKER_HOST to the one you mean"
    )


def test_a_socket_that_nobody_listens_on_is_named(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{folder}/docker.sock")
    said = sentence_of({"DOCKER_HOST": f"unix://{folder}/docker.sock"})
    assert said.startswith(f"no Docker engine answers at {folder}/docker.sock, the connection was refused; start it")


def test_a_port_that_nobody_listens_on_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = sentence_of({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"})
    assert said.startswith(f"no Docker engine answers at tcp://127.0.0.1:{port}, the connection was refused; start it")


def test_a_user_without_permission_is_told_of_the_group(fake: FakeEngine) -> None:
    path = fake.environ["DOCKER_HOST"].removeprefix("unix://")
    Path(path).chmod(0)
    Path(path).parent.chmod(0o755)

    def as_nobody() -> str:
        if os.getuid() == 0:
            ctypes.CDLL(None).setfsuid(65534)  # of this thread alone, which ends here
        return sentence_of(fake.environ)

    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(as_nobody).result()
    assert said.startswith(f"this user may not use the Docker engine at {path}; join the group docker (sudo usermod")


def test_an_engine_that_hangs_is_told_in_time() -> None:
    with silent_engine() as environ:
        begun = time.monotonic()
        said = sentence_of(environ)
        assert time.monotonic() - begun < SOON
    assert "does not answer" in said


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("GET /containers/c1/json", lambda engine: engine.state("c1")),
        ("POST /containers/c1/attach", lambda engine: engine.attach("c1", logs=False)),
    ],
)
def test_an_engine_that_hangs_later_is_told_in_time(
    fake: FakeEngine, engine: ContainerEngine, path: str, act: Callable[[ContainerEngine], object]
) -> None:
    fake.answers[path] = hang
    begun = time.monotonic()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        act(engine)
    assert time.monotonic() - begun < SOON


def test_an_engine_that_hangs_up_is_told(fake: FakeEngine, engine: ContainerEngine) -> None:
    fake.answers["GET /containers/c1/json"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(EngineUnavailable, match=r"cannot be spoken to: .*being restarted"):
        engine.state("c1")


def test_an_engine_without_tls_is_told_apart(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        pool.submit(answer)
        port = plain.getsockname()[1]
        write_certificates(folder)
        environ = {"DOCKER_HOST": f"tcp://127.0.0.1:{port}", "DOCKER_CERT_PATH": str(folder), "DOCKER_TLS_VERIFY": "1"}
        said = sentence_of(environ)
    assert said.startswith(f"no TLS connection to the Docker engine at tcp://127.0.0.1:{port}: ")
    assert said.endswith("look at DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH")


def test_a_certificate_that_is_not_trusted_is_told(folder: Path) -> None:
    theirs, ours = folder / "theirs", folder / "ours"
    for one in (theirs, ours):
        one.mkdir()
        write_certificates(one)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs / "cert.pem", theirs / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def shake_hands() -> None:
            connection, _ = listener.accept()
            with pytest.raises(ssl.SSLError), connection:
                context.wrap_socket(connection, server_side=True)

        server = pool.submit(shake_hands)
        port = listener.getsockname()[1]
        environ = {"DOCKER_HOST": f"tcp://127.0.0.1:{port}", "DOCKER_CERT_PATH": str(ours), "DOCKER_TLS_VERIFY": "1"}
        said = sentence_of(environ)
        server.result()
    assert said.startswith(f"no TLS connection to the Docker engine at tcp://127.0.0.1:{port}: self")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"DOCKER_HOST": "nonsense://x"}, "DOCKER_HOST=nonsense://… cannot be used here"),
        ({"DOCKER_HOST": "tcp://me:word@h"}, "name no engine that can be reached"),
        ({"DOCKER_HOST": "ssh://me:word@there"}, "DOCKER_HOST=ssh://… cannot be used here; valid: unix:///PATH, tcp:"),
        ({"DOCKER_HOST": "tcp://h:1", "DOCKER_CERT_PATH": "/nowhere"}, "DOCKER_CERT_PATH name no engine"),
    ],
)
def test_variables_that_name_no_engine_are_named(environ: dict[str, str], words: str) -> None:
    said = sentence_of(environ)
    assert words in said
    assert "me:word" not in said


def test_what_is_no_engine_is_told(fake: FakeEngine) -> None:
    fake.answers["GET /version"] = (200, b"<h1>It works</h1>")
    said = sentence_of(fake.environ)
    assert "is no Docker engine; start it" in said


def test_an_engine_that_is_too_old_is_refused(fake: FakeEngine) -> None:
    fake.answers["GET /version"] = (200, {"Version": "19.03", "ApiVersion": "1.40", "MinAPIVersion": "1.12"})
    said = sentence_of(fake.environ)
    assert said.endswith("is version 19.03; 20.10 or later is needed")


@pytest.mark.parametrize(("oldest", "used"), [("1.12", "/v1.41/info"), ("1.44", "/v1.44/info")])
def test_the_oldest_interface_that_both_know_is_used(fake: FakeEngine, oldest: str, used: str) -> None:
    fake.answers["GET /version"] = (200, {**VERSION, "ApiVersion": "1.52", "MinAPIVersion": oldest})
    with ContainerEngine.connect(fake.environ) as engine:
        engine.facts()
    assert fake.asked[-1] == f"GET {used}"


@pytest.mark.parametrize(
    ("info", "field", "value"),
    [
        ({}, "gpus", False),
        ({"Runtimes": {"runc": {}, "nvidia": {}}}, "gpus", True),
        ({"DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]}, "gpus", True),
        ({}, "rootless", False),
        ({"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}, "rootless", True),
        ({}, "emulates", False),
        ({"OperatingSystem": "Docker Desktop"}, "emulates", True),
        ({}, "architecture", "amd64"),
        ({}, "version", "24.0"),
    ],
)
def test_facts_are_read(
    fake: FakeEngine, engine: ContainerEngine, info: dict[str, Any], field: str, value: Any
) -> None:
    fake.answers["GET /info"] = (200, {**INFO, **info})
    assert getattr(engine.facts(), field) == value


def test_gpus_that_the_engine_cannot_give_are_refused(engine: ContainerEngine) -> None:
    with pytest.raises(GpuUnavailable, match="no runtime for GPUs; install the NVIDIA Container Toolkit"):
        engine.facts().check_gpus()


CREATE = "POST /containers/create"
FULL = "write /var/lib/docker/tmp/x: no space left on device"


@pytest.mark.parametrize(
    ("path", "status", "words", "act", "error", "said"),
    [
        (CREATE, 404, "No such image: a:1", "create", ImageMissing, "no image a:1; say docker pull a:1"),
        (CREATE, 400, "CPUs out of range", "create", InvalidRequest, "such a container: CPUs out of range"),
        (CREATE, 400, "Unknown runtime specified runsc", "create", InvalidRequest, "Unknown runtime specified runsc"),
        (CREATE, 500, "invalid variable CANARY=hidden", "create", EngineUnavailable, "environment is at fault"),
        (CREATE, 500, FULL, "create", EngineUnavailable, "no room left on its disk; make some"),
        (CREATE, 500, "x" * 5000, "create", EngineUnavailable, "x…"),
        ("POST /containers/c1/start", 500, FULL, "start", EngineUnavailable, "no room left on its disk"),
        (
            "POST /containers/c1/start",
            404,
            "No such container: c1",
            "start",
            ExecutionLost,
            "container c1 is not there",
        ),
        (
            "POST /containers/c1/start",
            400,
            "executable file not found",
            "start",
            Unsupported,
            "the image cannot be run",
        ),
        ("POST /containers/c1/start", 500, "cgroups: busy", "start", EngineUnavailable, "refuses: cgroups: busy"),
        ("GET /containers/c1/json", 404, "No such container: c1", "state", ExecutionLost, "container c1 is not there"),
        ("GET /containers/c1/json", 500, "a\n  b", "state", EngineUnavailable, "refuses: a b"),
        ("POST /containers/c1/attach", 404, "No such container", "attach", ExecutionLost, "container c1 is not there"),
        ("POST /containers/c1/attach", 409, "it is paused", "attach", EngineUnavailable, "refuses: it is paused"),
        ("POST /containers/c1/wait", 500, "it burns", "wait", EngineUnavailable, "refuses: it burns"),
        ("POST /containers/c1/kill", 500, "no such signal", "signal", EngineUnavailable, "refuses: no such signal"),
        ("DELETE /containers/c1", 500, "device is busy", "remove", EngineUnavailable, "refuses: device is busy"),
    ],
)
def test_what_the_engine_refuses_is_one_sentence(
    fake: FakeEngine,
    engine: ContainerEngine,
    path: str,
    status: int,
    words: str,
    act: str,
    error: type[NodetoolError],
    said: str,
) -> None:
    fake.answers[path] = (status, {"message": words})
    acts: dict[str, Callable[[], object]] = {
        "create": lambda: engine.create({"Image": "a:1", "Env": ["CANARY=hidden"]}, "name"),
        "start": lambda: engine.start("c1"),
        "state": lambda: engine.state("c1"),
        "attach": lambda: engine.attach("c1", logs=False),
        "wait": lambda: engine.wait("c1", 30),
        "signal": lambda: engine.signal("c1", "SIGTERM"),
        "remove": lambda: engine.remove("c1"),
    }
    with pytest.raises(error) as caught:
        acts[act]()
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_what_the_engine_cannot_honour_is_told(fake: FakeEngine, engine: ContainerEngine) -> None:
    told: list[str] = []
    fake.answers[CREATE] = (201, {"Id": "c1", "Warnings": ["no swap limit"]})
    engine.create({"Image": "a:1"}, "name", told.append)
    assert told == ["no swap limit"]


@pytest.mark.parametrize("text", ["../info", "a/b", "", "a?x=1", "a\n", ".."])
def test_an_id_that_is_none_reaches_no_path(fake: FakeEngine, engine: ContainerEngine, text: str) -> None:
    with pytest.raises(InvalidRequest, match="is no id of a container"):
        engine.remove(text)
    assert fake.asked == ["GET /version"]


@pytest.mark.parametrize("ref", ["../info", "", "a b", "-x", "a//b", "a?x", "a/../b"])
def test_a_name_that_is_no_image_is_refused(engine: ContainerEngine, ref: str) -> None:
    with pytest.raises(InvalidRequest, match="is no name of an image"):
        engine.pull(ref, "always")


def test_nothing_of_a_stream_is_lost_that_comes_with_its_head(fake: FakeEngine, engine: ContainerEngine) -> None:
    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nframes")
        handler.close_connection = True

    fake.answers["POST /containers/c1/attach"] = answer
    fake.answers["GET /containers/c1/json"] = (200, {"State": RUNNING})
    with engine.attach("c1", logs=True) as stream, stream.makefile("rb") as reader:
        assert reader.read() == b"frames"


def test_a_container_that_is_being_removed_is_waited_for(fake: FakeEngine, engine: ContainerEngine) -> None:
    fake.answers["DELETE /containers/c1"] = (409, {"message": "removal of container c1 is already in progress"})
    fake.answers["POST /containers/c1/wait"] = (200, {"StatusCode": 0})
    engine.remove("c1")
    assert fake.asked[-1].endswith("/containers/c1/wait?condition=removed")


# Pulling.

MISSING = (404, {"message": "No such image"})
LAYERS = [
    b'{"status":"Pulling from library/a","id":"1"}',
    b'{"status":"Pulling fs layer","progressDetail":{},"id":"l1"}',
    b'{"status":"Already exists","progressDetail":{},"id":"l2"}',
    b'{"status":"Downloading","progressDetail":{"current":3000000,"total":9000000},"id":"l1"}',
]


def answering(*lines: bytes, hang: bool = False, found: bool = True) -> Callable[[Handler], None]:
    """Answer a pull with lines, then hang, or be through, and have the image."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for line in lines:
            handler.wfile.write(line + b"\r\n")
        if hang:
            handler.server.over.wait()
        if found:
            handler.server.answers["GET /images/a:1/json"] = (200, IMAGE)

    return answer


@pytest.mark.parametrize(
    ("policy", "here", "pulled"),
    [("missing", True, False), ("missing", False, True), ("always", True, True), ("never", True, False)],
)
def test_an_image_is_pulled_as_the_policy_says(
    fake: FakeEngine, engine: ContainerEngine, policy: str, here: bool, pulled: bool
) -> None:
    fake.answers["GET /images/a:1/json"] = (200, IMAGE) if here else MISSING
    fake.answers["POST /images/create"] = answering()
    assert engine.pull("a:1", policy).size == 7
    assert any("/images/create?fromImage=a&tag=1" in asked for asked in fake.asked) == pulled


@pytest.mark.parametrize("policy", ["missing", "always", "never"])
@pytest.mark.parametrize("ref", ["nodetool:1", "nodetool-jupyter:0.1.0-runner"])
def test_our_own_images_come_from_no_registry(fake: FakeEngine, engine: ContainerEngine, ref: str, policy: str) -> None:
    with pytest.raises(ImageMissing, match=f"no image {ref}; say nodetool image build"):
        engine.pull(ref, policy)
    assert not any("/images/create" in asked for asked in fake.asked)


def test_a_missing_image_that_may_not_be_pulled_is_told_with_the_cure(engine: ContainerEngine) -> None:
    with pytest.raises(ImageMissing, match="the Docker engine has no image a:1; say docker pull a:1"):
        engine.pull("a:1", "never")


def test_a_policy_that_does_not_exist_is_refused(engine: ContainerEngine) -> None:
    with pytest.raises(InvalidRequest, match="no pull policy 'allways'; did you mean 'always'"):
        engine.pull("a:1", "allways")


def test_a_pull_tells_how_far_it_is(fake: FakeEngine, engine: ContainerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.execution.container.pull._PAUSE", 0.0)
    fake.answers["POST /images/create"] = answering(*LAYERS)
    told: list[str] = []
    engine.pull("a:1", "always", on_progress=told.append)
    assert told == [
        "pulling a:1: 0 of 0 layers, 0 of 0 MB",
        "pulling a:1: 0 of 1 layers, 0 of 0 MB",
        "pulling a:1: 1 of 2 layers, 0 of 0 MB",
        "pulling a:1: 1 of 2 layers, 3 of 9 MB",
    ]


def test_a_pull_is_told_of_now_and_then(fake: FakeEngine, engine: ContainerEngine) -> None:
    moved = [
        b'{"status":"Downloading","progressDetail":{"current":%d,"total":1000000000},"id":"l"}' % n for n in range(200)
    ]
    fake.answers["POST /images/create"] = answering(*moved)
    told: list[str] = []
    begun = time.monotonic()
    engine.pull("a:1", "always", on_progress=told.append)
    assert len(told) <= 1 + (time.monotonic() - begun) / 0.25


@pytest.mark.parametrize(
    ("answer", "timeout", "words"),
    [
        (
            answering(b'{"error":"manifest unknown."}'),
            30,
            r"it cannot be pulled \(manifest unknown\); say docker pull a:1",
        ),
        (answering(b'{"error":"no matching manifest for linux/arm64"}'), 30, "no matching manifest for linux/arm64"),
        ((500, {"message": "dial tcp: no such host"}), 30, r"and it cannot be pulled \(dial tcp: no such host\)"),
        (answering(LAYERS[0], hang=True), 0.3, "and 0.3 s were not enough to pull it; say docker pull a:1"),
        (hang, 0.3, "and 0.3 s were not enough to pull it"),
        (answering(b"no JSON", b"[1]", found=False), 30, "no image a:1; say docker pull a:1"),
    ],
)
def test_an_image_that_cannot_be_had_is_told_why(
    fake: FakeEngine, engine: ContainerEngine, answer: Any, timeout: float, words: str
) -> None:
    fake.answers["POST /images/create"] = answer
    with pytest.raises(ImageMissing, match=words):
        engine.pull("a:1", "missing", timeout=timeout)


def test_a_full_disk_is_told_of_a_pull(fake: FakeEngine, engine: ContainerEngine) -> None:
    fake.answers["POST /images/create"] = answering(b'{"error":"write x: no space left on device"}')
    with pytest.raises(EngineUnavailable, match="no room left on its disk"):
        engine.pull("a:1")
