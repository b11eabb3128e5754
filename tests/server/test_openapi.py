"""The reference is the promise: its addresses are the table's, and every answer that a test sees keeps it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis.openapi

from nodetool_jupyter.api.submission import FIELDS
from nodetool_jupyter.jobs.stored import TYPES
from nodetool_jupyter.server.problems import CODES
from nodetool_jupyter.server.routes import ROUTES
from tests.server import reference
from tests.server.decorators import methods
from tests.server.talk import Api


def template(path: str) -> str:
    """Write a route's pattern as the reference writes it: each named part in braces."""
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", path)
    return "/" + plain.replace("\\", "")


def test_the_reference_is_valid() -> None:
    schemathesis.openapi.from_dict(reference.document()).validate()


def test_it_has_the_addresses_of_the_table_and_no_others() -> None:
    assert sorted(reference.document()["paths"]) == sorted(template(route.path) for route in ROUTES)


def test_it_has_the_methods_of_the_handlers_and_no_others() -> None:
    offered = {(method, template(route.path)) for route in ROUTES for method in methods(route.handler)}
    assert sorted(reference.operations()) == sorted(offered)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [one["operationId"] for one in reference.operations().values()]
    assert sorted(names) == sorted(set(names))


def test_every_code_is_told_in_it() -> None:
    text = reference.FILE.read_text()
    silent = {"unauthorized", "method_not_allowed", "bad_gateway"}  # of Jupyter, of no operation, of a worker
    assert [code for code in CODES.values() if f"`{code}`" not in text and code not in silent] == []


PLAIN = [
    path for method, path in reference.operations() if method == "get" and "{" not in path and path != "/events/ws"
]


@pytest.mark.parametrize("path", PLAIN)
async def test_what_cannot_be_asked_is_refused(api: Api, path: str) -> None:
    answer = await api.get(path.removeprefix("/"), nonsense=1)
    assert (answer.status, answer.code) == (400, "invalid_request")


ASKED = [
    (path, one["name"], reference.resolved(one["schema"]))
    for (method, path), operation in reference.operations().items()
    for one in operation.get("parameters", [])
    if one["in"] == "query" and "{" not in path
]


@pytest.mark.parametrize(("path", "name", "schema"), ASKED, ids=[f"{path} {name}" for path, name, _ in ASKED])
async def test_what_it_says_can_be_asked_can(api: Api, path: str, name: str, schema: dict[str, Any]) -> None:
    words = schema.get("enum") or [schema.get("default", "a")]
    value = "running" if schema.get("type") == "array" else words[0]
    answer = await api.get(path.removeprefix("/"), **{name: value})
    # A cursor is a page's own; whatever else is told of one that is none, it is not that nobody may give one.
    assert answer.status == 200 or (name, "after" in answer.json["message"]) == ("after", True)


def test_an_answer_that_breaks_it_is_found() -> None:
    found = reference.broken("GET", "jobs", 200, {"Content-Type": "application/json"}, b'{"jobs": [], "total": -1}')
    assert [one.partition(": ")[0] for one in found] == ["GET /jobs, 200"] * 2


def test_a_status_that_it_does_not_know_is_found() -> None:
    assert reference.broken("GET", "jobs", 418, {}, b"") == ["GET /jobs is 418, which the reference does not know"]


def test_it_names_the_fields_that_a_client_may_send() -> None:
    assert set(reference.document()["components"]["schemas"]["JobRequest"]["properties"]) == FIELDS


def test_it_names_the_types_that_values_are_sent_as() -> None:
    content = reference.operations()["get", "/jobs/{job_id}/values/{ref}"]["responses"]["200"]["content"]
    assert set(content) == {kind.partition(";")[0] for kind in TYPES}
