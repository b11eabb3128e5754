"""Who may ask what: every method of every route, asked by everybody, through real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tornado.websocket import WebSocketHandler

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.server import door
from nodetool_jupyter.server.routes import ROUTES
from tests.server import people, reference
from tests.server.decorators import methods
from tests.server.people import by_cookie, by_token, shake_hands
from tests.server.stored import PASS_ON, Kept, keep
from tests.server.talk import Api
from tests.server.test_openapi import template

Outcome = tuple[int, str]  # status, and the code of the problem if there is one
FORBIDDEN, UNKNOWN = (403, "forbidden"), (404, "not_found")

OPERATIONS = [(route, method) for route in ROUTES for method in methods(route.handler)]
BODIES = {("post", "/jobs"): {"graph": PASS_ON, "params": {"x": "y"}}, ("post", "/explain"): {"graph": PASS_ON}}
# Where what is asked for is not there, and so an allowed request is answered otherwise.
ALLOWED = {"/workers/{name}/ws": UNKNOWN}


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return people.config(separate_users=True)


@pytest.fixture(autouse=True)
def _revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "revoked", {"token-revoked"})


async def subjects(api: Api) -> dict[str, Api]:
    """Return the API as everybody asks it."""
    return {
        "nobody": Api(api._client, api.base, {}),
        "cookie without XSRF": await by_cookie(api, xsrf=None),
        "cookie with XSRF": await by_cookie(api),
        "cookie with wrong XSRF": await by_cookie(api, xsrf="f" * 32),
        "XSRF without cookie": Api(
            api._client, api.base, {"Cookie": f"_xsrf={people.XSRF}", "X-XSRFToken": people.XSRF}
        ),
        "token": by_token(api, "token-of-owner"),
        "expired token": by_token(api, "token-expired"),
        "revoked token": by_token(api, "token-revoked"),
        "unknown token": by_token(api, "token-of-nobody"),
        "read-only user": by_token(api, "token-of-reader"),
        "other user": by_token(api, "token-of-other"),
    }


def allowed(route: Any, method: str) -> Outcome:
    """Return what somebody is answered who may ask."""
    path = template(route.path)
    responses = reference.operations()[method, path]["responses"]
    return ALLOWED.get(path) or (min(int(status) for status in responses if int(status) < 300), "")


def expected(route: Any, method: str) -> dict[str, Outcome]:
    """Return what everybody is answered."""
    good, path = allowed(route, method), template(route.path)
    reads = method in ("get", "head")
    anybody = path == "/health"
    refused = good if anybody else FORBIDDEN
    may_read = reads and path != "/workers/{name}/ws"
    reader = (UNKNOWN if "{job_id}" in path else good) if may_read else FORBIDDEN
    return {
        "nobody": refused,
        "cookie without XSRF": good if reads else FORBIDDEN,
        "cookie with XSRF": good,
        "cookie with wrong XSRF": good if reads else FORBIDDEN,
        "XSRF without cookie": refused,
        "token": good,
        "expired token": refused,
        "revoked token": refused,
        "unknown token": refused,
        "read-only user": reader,
        "other user": UNKNOWN if "{job_id}" in path else good,
    }


async def outcome(api: Api, route: Any, method: str, kept: Kept) -> Outcome:
    names = {"job_id": kept.job, "ref": kept.ref, "node_id": "in", "name": "nodetool.text.ToUppercase"}
    if route.path.startswith("workers/"):
        names["name"] = "nosuchworker"
    path = template(route.path).removeprefix("/").format(**names)
    if issubclass(route.handler, WebSocketHandler):
        status = await shake_hands(api, path)
        return status, {403: "forbidden", 404: "not_found"}.get(status, "")
    body = BODIES.get((method, f"/{path}"))
    asked = api if body is None else api.with_headers(Content_Type="application/json")
    answer = await asked.ask(method.upper(), path, b"" if body is None and method == "post" else _bytes(body))
    # HEAD has no body, so its status must speak for it.
    code = {403: "forbidden", 404: "not_found"}.get(answer.status, "") if method == "head" else ""
    return answer.status, code or (answer.code if answer.status >= 400 else "")


def _bytes(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


@pytest.mark.parametrize(
    ("route", "method"), OPERATIONS, ids=[f"{method} {route.name}" for route, method in OPERATIONS]
)
async def test_who_may_ask_what(api: Api, manager: Callable[[], JobExecutionManager], route: Any, method: str) -> None:
    found = {}
    for name, asker in (await subjects(api)).items():
        kept = await keep(manager, b"of the owner", user_id="owner")
        found[name] = await outcome(asker, route, method, kept)
    assert found == expected(route, method)


async def test_a_token_counts_until_it_is_revoked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "revoked", set())
    before = (await by_token(api, "token-revoked").get("jobs")).status
    monkeypatch.setattr(people, "revoked", {"token-revoked"})
    assert (before, (await by_token(api, "token-revoked").get("jobs")).status) == (200, 403)


async def test_a_token_that_has_run_out_does_not_count_in_an_address_either(api: Api) -> None:
    nobody = Api(api._client, api.base, {"Content-Type": "application/json"})
    answer = await nobody.ask("POST", "jobs", _bytes(BODIES["post", "/jobs"]), token="token-expired")
    assert (answer.status, answer.code) == FORBIDDEN


def test_the_table_is_large() -> None:
    assert len(OPERATIONS) * len(expected(*OPERATIONS[0])) >= 160


# -- a job of somebody else is like one that is not there --------------------------------------------------------------

ABOUT_JOBS = [(route, method) for route, method in OPERATIONS if "{job_id}" in template(route.path)]


CHANGING = ("Date", "X-Request-Id", "Set-Cookie")  # a cookie has the time in it


@pytest.mark.parametrize(
    ("route", "method"), ABOUT_JOBS, ids=[f"{method} {route.name}" for route, method in ABOUT_JOBS]
)
async def test_a_foreign_job_is_answered_like_an_unknown_one(
    api: Api, manager: Callable[[], JobExecutionManager], route: Any, method: str
) -> None:
    kept = await keep(manager, b"of the owner", user_id="owner")
    other, answers = by_token(api, "token-of-other"), []
    for job_id in (kept.job, "nosuchjobx"):
        path = template(route.path).removeprefix("/").format(job_id=job_id, ref=kept.ref, node_id="in")
        answer = await other.ask(method.upper(), path, b"" if method == "post" else None)
        headers = {name: text for name, text in answer.headers.items() if name not in CHANGING}
        answers.append((answer.status, answer.body, headers))
    assert answers[0] == answers[1]


class Recorder:
    """A manager that writes down what it is asked."""

    def __init__(self, manager: JobExecutionManager, asked: list[str]) -> None:
        self._manager = manager
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked.append(name)
        return getattr(self._manager, name)


@pytest.mark.parametrize(
    ("route", "method"), ABOUT_JOBS, ids=[f"{method} {route.name}" for route, method in ABOUT_JOBS]
)
async def test_no_more_is_done_about_a_foreign_job_than_about_an_unknown_one(
    api: Api, manager: Callable[[], JobExecutionManager], monkeypatch: pytest.MonkeyPatch, route: Any, method: str
) -> None:
    kept = await keep(manager, b"of the owner", user_id="owner")
    other, done = by_token(api, "token-of-other"), []
    for job_id in (kept.job, "nosuchjobx"):
        asked: list[str] = []
        monkeypatch.setattr(door, "manager", lambda asked=asked: Recorder(manager(), asked))
        path = template(route.path).removeprefix("/").format(job_id=job_id, ref=kept.ref, node_id="in")
        await other.ask(method.upper(), path, b"" if method == "post" else None)
        done.append(asked)
    assert done[0] == done[1] != []
