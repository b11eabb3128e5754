"""What clients may ask for is the worker's to say: strategies, permissions, containers, GPUs, code, secrets, files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.shipping import pack
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from nodetool_jupyter.worker.options import read_options
from tests.bridge.known import known
from tests.worker.hosting import PASS_ON, RUNNING, graph_of, hosting, of, play, refused, submit, to_end
from tests.worker.scenery import Process, Running, SocketClient

CANARY = "canary-77f1/a+b9"


SHELL = graph_of(("a", "nodetool.code.RunShellCommand", {"command": "id"}))
SAVE = graph_of(("a", "nodetool.data.SaveCSVDataframeFile", {"folder": "/tmp", "filename": "x"}))
WATCH = graph_of(("a", "nodetool.triggers.FileWatchTrigger", {"path": "/tmp"}))
OUTSIDE = graph_of(("a", "nodetool.text.ToUppercase", {"text": "x"}))
DOCKER = {"strategy": "docker"}
ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("a strategy", {"strategy": "threaded"}, "'threaded'; it lets through: fake, docker"),
    ("a permission", {"allow": ["python"]}, "cannot be allowed 'python'"),
    ("a preloaded library", {"env": {"LD_PRELOAD": "/x"}}, "LD_PRELOAD"),
    ("a setting of ours", {"env": {"NODETOOL_HOME": "/x"}}, "NODETOOL_HOME"),
    ("other GPUs by a variable", {"env": {"CUDA_VISIBLE_DEVICES": "1"}}, "CUDA_VISIBLE_DEVICES"),
    ("a node that needs a permission", {"graph": SHELL}, "does not offer nodetool.code.RunShellCommand"),
    ("a node that writes files", {"graph": SAVE}, "does not offer nodetool.data.SaveCSVDataframeFile"),
    ("a trigger that watches files", {"graph": WATCH}, "does not offer nodetool.triggers.FileWatchTrigger"),
    ("a node of another namespace", {"graph": OUTSIDE}, "does not offer nodetool.text.ToUppercase"),
    ("an image", {**DOCKER, "options": {"image": "evil:1"}}, "an image"),
    ("what is pulled", {**DOCKER, "options": {"pull": "always"}}, "an image"),
    ("a mount", {**DOCKER, "options": {"mounts": ["/etc:/x"]}}, "folders to mount"),
    ("a network", {**DOCKER, "options": {"network": True}}, "a network"),
    ("a sandbox", {**DOCKER, "options": {"sandbox": "trusted"}}, "the sandbox 'trusted'"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "said"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_not_let_through_is_refused(tmp_path: Path, request_: dict[str, Any], said: str) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        error = await refused(client, request_)
        assert (error["code"], said in error["error"]) == ("forbidden", True), error

    play(tmp_path, story, strategies=("fake", "docker"))


def test_what_is_let_through_is_taken(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        for asked in ({"allow": ["shell"], "graph": SHELL}, {"graph": SAVE}, {"env": {"COLOUR": "blue"}}):
            await submit(client, asked)

    play(tmp_path, story, permissions=("shell", "files"), namespaces=("nodetool",))


def test_a_retry_may_no_more_than_a_submission(tmp_path: Path) -> None:
    made: list[str] = []

    async def first(worker: Running, client: SocketClient) -> None:
        made.append((await submit(client, {"allow": ["shell"]}))["id"])
        await to_end(client, made[0])

    async def later(worker: Running, client: SocketClient) -> None:
        error = (await client.ask("jobs.retry", {"job_id": made[0]}))["data"]
        assert (error["code"], "'shell'" in error["error"]) == ("forbidden", True)

    play(tmp_path, first, permissions=("shell",))
    play(tmp_path, later)


TWO = [Gpu(0, "GPU-aaaa", "one", 1 << 30), Gpu(1, "GPU-bbbb", "two", 1 << 30)]


class TestGpus:
    @pytest.fixture(autouse=True)
    def _two(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gpus, "available", lambda: TWO)

    def test_those_of_the_worker_may_be_named(self, tmp_path: Path) -> None:
        async def story(worker: Running, client: SocketClient) -> None:
            await submit(client, {"gpus": ["1"]})
            assert (await refused(client, {"gpus": ["0"]}))["code"] == "forbidden"
            assert (await refused(client, {"gpus": ["all"]}))["code"] == "forbidden"

        play(tmp_path, story, own_gpus=(TWO[1],))

    @pytest.mark.parametrize(("own", "seen"), [((TWO[1],), "GPU-bbbb"), ((), "")], ids=["one", "none"])
    def test_a_job_that_names_none_sees_no_others(self, tmp_path: Path, own: tuple[Gpu, ...], seen: str) -> None:
        async def story(worker: Running, client: SocketClient) -> None:
            job = await submit(client)
            await to_end(client, job["id"])
            assert fake.started[0].request.env["CUDA_VISIBLE_DEVICES"] == seen

        async def whole() -> None:
            async with hosting(tmp_path, own_gpus=own) as worker:
                await story(worker, await of(worker))

        with fake_strategy() as fake:
            asyncio.run(whole())


class TestSecrets:
    def test_a_job_has_those_that_came_with_it(self, tmp_path: Path) -> None:
        async def whole() -> None:
            async with hosting(tmp_path) as worker:
                client = await of(worker)
                job = await submit(client, {"secrets": ["MY_KEY"]}, secrets={"MY_KEY": CANARY})
                await to_end(client, job["id"])
                assert dict(fake.started[0].context.secrets) == {"MY_KEY": CANARY}

        with fake_strategy() as fake:
            asyncio.run(whole())
        held = [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
        assert held == []

    def test_none_of_the_workers_own_can_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", CANARY)

        async def story(worker: Running, client: SocketClient) -> None:
            error = await refused(client, {"secrets": ["OPENAI_API_KEY"]})
            assert (error["code"], "'OPENAI_API_KEY' did not come" in error["error"]) == ("secret_missing", True)

        play(tmp_path, story)

    def test_a_retry_brings_them_again(self, tmp_path: Path) -> None:
        async def story(worker: Running, client: SocketClient) -> None:
            job = await submit(client, {"secrets": ["MY_KEY"]}, secrets={"MY_KEY": CANARY})
            await to_end(client, job["id"])
            assert (await client.ask("jobs.retry", {"job_id": job["id"]}))["data"]["code"] == "secret_missing"
            again = await client.ask("jobs.retry", {"job_id": job["id"], "secrets": {"MY_KEY": CANARY}})
            assert (await to_end(client, again["data"]["job"]["id"]))[-1]["status"] == "completed"

        play(tmp_path, story)


class TestCode:
    @pytest.fixture
    def code(self) -> bytes:
        """What a notebook sends: a function that no module has."""
        made: dict[str, Any] = {"nt": nt, "__name__": "__main__"}
        exec("@nt.node\ndef Ninefold(a: int = 1) -> int:\n    return 9 * a\n", made)
        try:
            found = pack([made["Ninefold"].node_type], shared=False)
        finally:
            self.name = made["Ninefold"].node_type.name
            registry._types.pop(self.name)
        assert found is not None
        return found

    def graph(self) -> dict[str, Any]:
        return graph_of(
            ("a", self.name, {"a": 3}),
            ("o", "nodetool.output.Output", {"name": "out"}),
            edges=("a.output->o.value",),
        )

    @pytest.mark.parametrize("allowed", [(), ("bob",)], ids=["nobody", "another"])
    def test_it_is_refused_unless_the_user_may(self, tmp_path: Path, code: bytes, allowed: tuple[str, ...]) -> None:
        async def story(worker: Running, client: SocketClient) -> None:
            error = await refused(client, {"graph": self.graph()}, code=code)
            assert (error["code"], "--allow-code" in error["error"]) == ("forbidden", True)
            pickle = {"values/0123456789abcdef.pkl": "0" * 64}
            assert (await refused(client, values=pickle))["code"] == "forbidden"

        play(tmp_path, story, allow_code=allowed)

    def test_it_runs_where_the_user_may(self, tmp_path: Path, code: bytes) -> None:
        async def story(worker: Running, client: SocketClient) -> None:
            job = await submit(client, {"graph": self.graph()}, code=code)
            assert (await to_end(client, job["id"]))[-1]["result"] == {"out": 27}
            again = (await client.ask("jobs.retry", {"job_id": job["id"]}))["data"]["job"]
            assert (await to_end(client, again["id"]))[-1]["result"] == {"out": 27}

        play(tmp_path, story, strategies=("subprocess",), allow_code=("ada",))

    def test_nothing_of_it_is_loaded_in_the_worker(self, tmp_path: Path) -> None:
        trap = b"cos\nsystem\n(S'touch " + os.fsencode(tmp_path / "hit") + b"'\ntR."
        hold = Hold()

        async def story(worker: Running, client: SocketClient) -> None:
            await submit(client, code=trap)
            hold.release()

        play(tmp_path, story, Script([RUNNING, hold, completed()]), allow_code=("all",))
        assert not (tmp_path / "hit").exists()


class TestOptions:
    def test_what_a_line_says(self, tmp_path: Path) -> None:
        given = {
            "data": str(tmp_path), "strategies": "docker,subprocess", "allow_code": "ada,bob",
            "allow_container": "image,network", "gpus": "none",
        }  # fmt: skip
        found = read_options(given)
        assert (found.data, found.strategies) == (tmp_path, ("docker", "subprocess"))
        assert (found.allow_code, found.container, found.own_gpus) == (("ada", "bob"), ("image", "network"), ())

    def test_without_a_word_jobs_run_in_processes_and_may_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = read_options({})
        assert (found.data, found.strategies, found.allow_code) == (None, ("subprocess",), ())
        assert (found.container, found.own_gpus) == ((), None)

    def test_a_variable_may_say_strategies_and_folder(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("NODETOOL_WORKER_STRATEGIES", "none")
        monkeypatch.setenv("NODETOOL_WORKER_DATA", str(tmp_path))
        found = read_options({})
        assert (found.data, found.strategies) == (tmp_path, ())

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"strategies": "dokcer"}, "did you mean 'docker'"),
            ({"allow_container": "netwrok"}, "did you mean 'network'"),
        ],
        ids=["strategy", "container"],
    )
    def test_a_wrong_word_gets_the_nearest(self, given: dict[str, str], said: str) -> None:
        with pytest.raises(InvalidRequest, match=said):
            read_options(given)


def test_a_graph_that_is_too_large_is_not_looked_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.worker.jobs_rules.MOST", 2)

    async def story(worker: Running, client: SocketClient) -> None:
        assert "more than 2 nodes and edges" in (await refused(client, {"graph": PASS_ON}))["error"]

    play(tmp_path, story)


@pytest.mark.parametrize(("allow", "read"), [((), False), (("--allow", "files"), True)], ids=["not", "where allowed"])
def test_no_reference_reads_a_file_of_the_worker(tmp_path: Path, allow: tuple[str, ...], read: bool) -> None:
    Image.new("RGB", (3, 2), "red").save(tmp_path / "private.png")
    picture = {"type": "image", "uri": f"file://{tmp_path}/private.png"}
    graph = graph_of(
        ("a", "nodetool.image.GetMetadata", {"image": picture}),
        ("o", "nodetool.output.Output", {"name": "out"}),
        edges=("a.width->o.value",),
    )

    async def whole() -> None:
        given = ("--stdio", "--data", str(tmp_path / "data"), *allow)
        process = await Process.start(tmp_path, *given, namespaces="nodetool.image")
        client = process.client()
        asked = {"node_type": "nodetool.image.GetMetadata", "fields": {"image": picture}}
        assert ((await client.ask("execute", asked))["type"] == "result") is read
        lines = await to_end(client, (await submit(client, {"graph": graph}))["id"])
        assert (lines[-1]["status"] == "completed") is read
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_a_job_reaches_no_worker_that_this_account_knows(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    known(home, elsewhere=[{"node_type": "nodetool.text.ToUppercase"}])
    graph = graph_of(("a", "nodetool.text.ToUppercase", {"text": "x", "worker": "elsewhere"}))

    async def whole() -> None:
        variables = {"AUTH_PROVIDER": "none", "NODETOOL_HOME": str(home)}
        process = await Process.start(
            tmp_path, "--stdio", "--data", str(home), namespaces="nodetool.text", variables=variables
        )
        error = await refused(process.client(), {"graph": graph})
        assert (error["code"], "nothing is known here" in error["error"]) == ("invalid_graph", True), error
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())
