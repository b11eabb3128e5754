"""Secrets of a kind that nobody else has, sent through everything: they stand in no log, no answer and no file."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import secrets
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.server import door
from tests.server import people
from tests.server.people import by_token
from tests.server.stored import PASS_ON
from tests.server.talk import PATIENCE, Answer, Api

NAME = "CANARY_OF_THE_SERVER"


class Canary:
    """One secret, and all in which it must not be found."""

    def __init__(self, log: pytest.LogCaptureFixture, folder: Path) -> None:
        self.value = f"{secrets.token_hex(8)}+{secrets.token_hex(8)}/é"
        self._log, self._folder = log, folder
        self._answers: list[bytes] = []

    def heard(self, answer: Answer) -> Answer:
        """Keep an answer, to search it."""
        self._answers.append(answer.body + str(list(answer.headers.items())).encode())
        return answer

    @property
    def forms(self) -> dict[str, bytes]:
        raw = self.value.encode()
        return {
            "plain": raw,
            "beginning": raw[:8],
            "base64": base64.b64encode(raw).rstrip(b"="),
            "URL": quote(self.value, safe="").encode(),
            "hex": raw.hex().encode(),
            "repr": ascii(self.value)[1:-1].encode(),
        }

    def found(self) -> list[str]:
        """Return where it stands, in whatever form."""
        places = {f"answer {number}": body for number, body in enumerate(self._answers)}
        places |= {str(path): path.read_bytes() for path in self._folder.rglob("*") if path.is_file()}
        records = [record for when in ("setup", "call") for record in self._log.get_records(when)]  # type: ignore[arg-type]
        formatter = logging.Formatter("%(message)s")
        places["log"] = "\n".join(map(formatter.format, records)).encode()
        assert len(places["log"]) > 500  # what is searched is there
        return [
            f"{form} in {name}" for name, body in places.items() for form, text in self.forms.items() if text in body
        ]


@pytest.fixture
def canary(caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canary:
    made = Canary(caplog, tmp_path)
    monkeypatch.setenv(NAME, made.value)
    monkeypatch.setitem(people.TOKENS, made.value.encode("ascii", "ignore").decode(), ("owner", people.FAR))
    caplog.set_level(logging.DEBUG)
    return made


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    config = people.config()
    config["ServerApp"]["log_level"] = "DEBUG"
    return config


@nt.node(namespace="canary")
def tells_it(ctx: Any = None) -> str:
    value = ctx.secret(NAME)
    print(f"printed {value}")
    ctx.log(f"it is {value}")
    ctx.preview(f"see {value}")
    raise ValueError(f"failed with {value}")


@nt.node(namespace="canary")
def dies_with_it(ctx: Any = None) -> str:
    ctx.log(f"last words: {ctx.secret(NAME)}")
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@nt.node(namespace="canary")
def keeps_it_quiet(ctx: Any = None) -> int:
    return len(ctx.secret(NAME))


JOBS = {"tells it": tells_it, "dies with it": dies_with_it, "keeps it quiet": keeps_it_quiet}
WAYS = [(job, way) for job in JOBS for way in ("threaded", "subprocess") if (job, way) != ("dies with it", "threaded")]


@pytest.mark.parametrize("form", ["plain", "beginning", "base64", "URL", "hex", "repr"])
async def test_one_that_is_somewhere_is_found(api: Api, canary: Canary, tmp_path: Path, form: str) -> None:
    (tmp_path / "leak").write_bytes(b"before" + canary.forms[form] + b"behind")
    logging.getLogger("some").debug("before%sbehind", canary.forms[form].decode())
    found = {place.partition(" in ")[2].rpartition("/")[2] for place in canary.found() if place.startswith(f"{form} ")}
    assert {"leak", "log"} <= found


@pytest.mark.parametrize(("job", "way"), WAYS)
async def test_a_secret_of_a_job_is_nowhere(api: Api, canary: Canary, job: str, way: str) -> None:
    def run() -> str:
        submitted = nt.submit(_graph(job), strategy=way, secrets=[NAME])
        submitted.wait(PATIENCE)
        return submitted.id

    job_id, owner = await asyncio.to_thread(run), by_token(api, "token-of-owner")
    for path in ("", "/logs", "/outputs", "/events", "/nodes/n"):
        canary.heard(await owner.get(f"jobs/{job_id}{path}"))
    canary.heard(await owner.get("jobs"))
    canary.heard(await owner.post(f"jobs/{job_id}/retry"))
    canary.heard(await owner.get("metrics"))
    assert canary.found() == []


def _graph(job: str) -> dict[str, Any]:
    kind = JOBS[job].__name__
    return {"nodes": [{"id": "n", "type": f"canary.{kind}", "data": {}}], "edges": []}


# requests that are refused, with the secret where it does not belong; what the answer's code is
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "as a variable that is named like one": ({"env": {"API_KEY": "{}"}}, "invalid_request"),
    "as a variable of the secret's value": ({"env": {"PLAIN": "{}"}, "secrets": [NAME]}, "invalid_request"),
    "as a field that is not there": ({"password": "{}"}, "invalid_request"),
    "as a strategy": ({"strategy": "{}"}, "invalid_request"),
    "as a limit": ({"limits": {"memory": "{}"}}, "invalid_request"),
    "in a graph that is none": ({"graph": {"nodes": [{"api_key": "{}"}]}}, "invalid_graph"),
}


def _with(data: Any, value: str) -> Any:
    if isinstance(data, dict):
        return {key: _with(item, value) for key, item in data.items()}
    if isinstance(data, list):
        return [_with(item, value) for item in data]
    return data.replace("{}", value) if isinstance(data, str) else data


@pytest.mark.parametrize("name", REFUSED)
async def test_a_secret_in_a_request_that_is_refused_is_in_no_log_and_no_file(
    api: Api, canary: Canary, name: str
) -> None:
    fields, code = REFUSED[name]
    owner = by_token(api, "token-of-owner").with_headers(Content_Type="application/json")
    answer = await owner.post("jobs", {"graph": PASS_ON} | _with(fields, canary.value))
    assert (answer.status, answer.code) == (400, code)
    assert canary.found() == []


async def test_a_token_that_nodetool_sends_is_dropped(api: Api, canary: Canary) -> None:
    owner = by_token(api, "token-of-owner").with_headers(Content_Type="application/json")
    data = {"graph": PASS_ON, "auth_token": canary.value, "params": {"x": "y"}}
    made = canary.heard(await owner.post("jobs", data))
    assert made.status == 201
    canary.heard(await owner.get(f"jobs/{made.json['id']}"))
    assert canary.found() == []


async def test_the_token_of_a_user_is_nowhere(api: Api, canary: Canary) -> None:
    token = canary.value.encode("ascii", "ignore").decode()
    assert canary.heard(await by_token(api, token).get("jobs")).status == 200
    assert canary.heard(await by_token(api, token).get("jobs/nosuchjob")).status == 404
    assert canary.heard(await Api(api._client, api.base, {}).get("jobs", token=token)).status == 200
    assert canary.heard(await by_token(api, token + "x").get("jobs")).status == 403
    assert canary.found() == []


async def test_what_a_client_sends_is_in_no_log(api: Api, canary: Canary) -> None:
    cookie = {"Cookie": f"session={quote(canary.value)}", "X-Secret": quote(canary.value)}
    owner = by_token(api, "token-of-owner").with_headers(**cookie)
    await owner.get("jobs")
    await owner.with_headers(Content_Type="application/json").ask("POST", "jobs", f'{{"a": "{canary.value}"'.encode())
    assert canary.found() == []


async def test_a_fault_of_ours_tells_the_client_its_number_only(
    api: Api, canary: Canary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(f"{canary.value} in {__file__}")

    monkeypatch.setattr(door.Jobs, "page", fail)
    answer = canary.heard(await by_token(api, "token-of-owner").get("jobs"))
    number = answer.json["hint"].rpartition(" ")[2]
    assert (answer.status, answer.code) == (500, "internal")
    assert [record.levelname for record in caplog.records if number in record.getMessage()] == ["ERROR"]
    assert [place for place in canary.found() if not place.endswith(" log")] == []
