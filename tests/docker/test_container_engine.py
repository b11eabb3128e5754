"""What a real engine answers, and what containers on it do."""

from __future__ import annotations

import os
import secrets
import select
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nodetool_jupyter import __version__
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
from nodetool_jupyter.execution.container.image import PYTHON_LABEL, VERSION_LABEL, check_fits
from tests.docker.remote_scenery import Distant

pytestmark = pytest.mark.docker
Make = Callable[..., str]
PATIENCE = 40.0
ECHO = ["-c", "import sys; [print(line.strip().upper(), flush=True) for line in sys.stdin]"]


@pytest.fixture
def engine(client: Any) -> Iterator[ContainerEngine]:
    with ContainerEngine.connect(os.environ) as connected:
        yield connected


@pytest.fixture
def body(image: str) -> dict[str, Any]:
    """What makes a container that runs Python, with a stdin."""
    opened = dict.fromkeys(("OpenStdin", "StdinOnce", "AttachStdin", "AttachStdout", "AttachStderr"), True)
    return {"Image": image, "Entrypoint": ["python"], "HostConfig": {"NetworkMode": "none"}, **opened}


@pytest.fixture
def make(client: Any, engine: ContainerEngine, body: dict[str, Any]) -> Iterator[Make]:
    """Make containers that are removed afterwards."""
    word = f"nt-test-{secrets.token_hex(6)}"
    made: list[str] = []

    def create(code: str = "", **more: Any) -> str:
        asked = {"Cmd": ["-c", code], "Labels": {"test": word}, **body, **more}
        made.append(engine.create(asked, f"{word}-{len(made)}"))
        return made[-1]

    yield create
    for one in made:
        client.api.remove_container(one, force=True, v=True) if engine.exists(one) else None


def read_all(stream: socket.socket) -> tuple[bytes, bytes]:
    """Return what stands in the frames of a stream until it ends: stdout and stderr."""
    said = {1: b"", 2: b""}
    with stream.makefile("rb") as reader:
        while head := reader.read(8):
            said[head[0]] += reader.read(int.from_bytes(head[4:], "big"))
    return said[1], said[2]


def test_the_engine_says_what_it_is(client: Any, engine: ContainerEngine) -> None:
    facts = engine.facts()
    assert (facts.version, facts.architecture) == (client.version()["Version"], client.version()["Arch"])
    assert facts.runtimes >= {"runc"}


def test_the_runners_image_fits_here(engine: ContainerEngine, image: str) -> None:
    found = engine.image(image)
    assert found.labels[VERSION_LABEL] == __version__
    same = found.labels[PYTHON_LABEL] == "{}.{}".format(*sys.version_info)
    check_fits(found, engine.facts().architecture, own_functions=same)


def test_the_runners_image_is_what_the_engine_says(client: Any, engine: ContainerEngine, image: str) -> None:
    found, attrs = engine.image(image), client.images.get(image).attrs
    assert (found.id, found.size, found.user) == (attrs["Id"], attrs["Size"], "65532:65532")
    assert found.entrypoint == ("nodetool",)


def test_a_registry_that_cannot_be_reached_is_told(engine: ContainerEngine) -> None:
    with pytest.raises(
        ImageMissing, match=r"localhost:1/none:1, and it cannot be pulled .*; say docker pull localhost"
    ):
        engine.pull("localhost:1/none:1", timeout=PATIENCE)


def test_the_stdin_of_a_container_ends_with_the_write_side(engine: ContainerEngine, make: Make) -> None:
    one = make(Cmd=ECHO)
    with engine.attach(one, logs=False) as stream:
        engine.start(one)
        stream.sendall(b"hello\n")
        stream.shutdown(socket.SHUT_WR)
        assert read_all(stream) == (b"HELLO\n", b"")
    state = engine.wait(one, PATIENCE)
    assert (state.running, state.exit_code) == (False, 0)


def test_what_was_said_before_is_said_again_with_logs(engine: ContainerEngine, make: Make) -> None:
    one = make("import sys; print('é' * 30000); print('err', file=sys.stderr)")
    engine.start(one)
    engine.wait(one, PATIENCE)
    with engine.attach(one, logs=True) as stream:
        assert read_all(stream) == (("é" * 30000 + "\n").encode(), b"err\n")


def test_a_running_container_can_be_attached_to_anew(engine: ContainerEngine, make: Make) -> None:
    one = make("print('one', flush=True); input(); print('two')", StdinOnce=False)
    with engine.attach(one, logs=False) as first:
        engine.start(one)
        first.recv(12)
    with engine.attach(one, logs=True) as second:
        second.sendall(b"go on\n")
        assert read_all(second) == (b"one\ntwo\n", b"")


def test_a_running_container_is_seen_and_can_be_signalled(engine: ContainerEngine, make: Make) -> None:
    one = make("import sys; print('up', flush=True); sys.stdin.read()")
    with engine.attach(one, logs=False) as stream:
        engine.start(one)
        stream.recv(1)  # it is up
        before = engine.state(one)
        engine.signal(one, "SIGKILL")
        after = engine.wait(one, PATIENCE)
    assert (before.running, before.finished) == (True, None)
    assert (after.running, after.exit_code, after.out_of_memory) == (False, 137, False)
    assert after.finished is not None
    assert before.started is not None
    assert after.finished >= before.started


def test_a_wait_that_is_too_short_says_that_it_still_runs(engine: ContainerEngine, make: Make) -> None:
    one = make("import sys; sys.stdin.read()")
    with engine.attach(one, logs=False):
        engine.start(one)
        with pytest.raises(EngineUnavailable, match=r"has not ended in 0\.05 s"):
            engine.wait(one, 0.05)


def test_a_container_that_took_too_much_memory_says_so(engine: ContainerEngine, make: Make) -> None:
    limits = {"Memory": 32 * 1024**2, "MemorySwap": 32 * 1024**2, "NetworkMode": "none"}
    one = make("x = b'1' * 2**30", HostConfig=limits)
    engine.start(one)
    assert engine.wait(one, PATIENCE).out_of_memory


def test_a_second_start_is_fine(engine: ContainerEngine, make: Make) -> None:
    one = make("import sys; sys.stdin.read()")
    with engine.attach(one, logs=False):
        engine.start(one)
        engine.start(one)
        assert engine.state(one).running


def test_what_has_ended_may_be_signalled(engine: ContainerEngine, make: Make) -> None:
    one = make()
    engine.start(one)
    engine.wait(one, PATIENCE)
    engine.signal(one, "SIGTERM")
    assert not engine.state(one).running


@pytest.mark.parametrize("started", [False, True])
def test_a_removed_container_is_gone(engine: ContainerEngine, make: Make, started: bool) -> None:
    one = make("import sys; sys.stdin.read()")
    if started:
        engine.start(one)
    engine.remove(one)
    assert not engine.exists(one)


def test_all_who_remove_one_container_at_once_find_it_gone(engine: ContainerEngine, make: Make) -> None:
    one = make("import sys; sys.stdin.read()")
    engine.start(one)

    def remove(number: int) -> bool:
        engine.remove(one)
        return engine.exists(one)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(remove, range(4))) == [False] * 4


@pytest.mark.parametrize("act", ["attach", "start", "state", "wait"])
def test_what_is_not_there_is_lost(engine: ContainerEngine, act: str) -> None:
    more = {"attach": {"logs": True}, "wait": {"timeout": PATIENCE}}.get(act, {})
    with pytest.raises(ExecutionLost, match="the container nt-none is not there any more"):
        getattr(engine, act)("nt-none", **more)


@pytest.mark.parametrize("act", ["signal", "remove"])
def test_what_is_not_there_need_not_be_ended(engine: ContainerEngine, act: str) -> None:
    getattr(engine, act)("nt-none", *(["SIGTERM"] if act == "signal" else []))
    assert not engine.exists("nt-none")


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"Image": "nodetool:no-such-tag"}, ImageMissing, "no image nodetool:no-such-tag; say nodetool image build"),
        ({"Env": ["=canary-in-the-mine"]}, InvalidRequest, "environment is at fault"),
        ({"HostConfig": {"NanoCpus": 10**15}}, InvalidRequest, "such a container: Range of CPUs"),
        ({"HostConfig": {"Runtime": "no-such-runtime"}}, InvalidRequest, "no-such-runtime"),
    ],
)
def test_a_container_that_cannot_be_made_is_told_why(
    make: Make, more: dict[str, Any], error: type[NodetoolError], said: str
) -> None:
    with pytest.raises(error) as caught:
        make(**more)
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_name_is_given_once(engine: ContainerEngine, make: Make, body: dict[str, Any], client: Any) -> None:
    name = client.containers.get(make()).name
    with pytest.raises(EngineUnavailable, match="already in use"):
        engine.create(body, name)


def test_a_program_that_is_not_there_is_told(engine: ContainerEngine, make: Make) -> None:
    with pytest.raises(Unsupported, match=r"the image cannot be run as a runner: .*no-such-program"):
        engine.start(make(Entrypoint=["no-such-program"]))


def test_gpus_without_a_runtime_are_told_before_the_start(engine: ContainerEngine) -> None:
    if engine.facts().gpus:
        engine.facts().check_gpus()
        return
    with pytest.raises(GpuUnavailable, match="no runtime for GPUs"):
        engine.facts().check_gpus()


def test_only_what_has_all_labels_is_listed(engine: ContainerEngine, make: Make) -> None:
    word = secrets.token_hex(8)
    both = make(Labels={"one": word, "two": word})
    make(Labels={"one": word})
    make(Labels={"one": word, "two": word + "x"})
    assert [found.id for found in engine.ours({"one": word, "two": word})] == [both]


def test_an_engine_behind_tls_is_remote(distant: Distant, engine: ContainerEngine) -> None:
    with ContainerEngine.connect(distant.environ) as there:
        assert (there.remote, engine.remote) == (True, False)
        assert there.facts() == engine.facts()


def test_stdin_can_end_through_tls_while_answers_are_under_way(distant: Distant, make: Make) -> None:
    one = make(Cmd=ECHO)
    with ContainerEngine.connect(distant.environ) as there, there.attach(one, logs=False) as stream:
        there.start(one)
        stream.sendall(b"hello\n")
        select.select([stream], [], [], PATIENCE)
        stream.sendall(b"again\n")
        stream.shutdown(socket.SHUT_WR)
        assert read_all(stream) == (b"HELLO\nAGAIN\n", b"")
