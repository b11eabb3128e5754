"""What clients send that is no request: each is told by one sentence what is wrong, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httpclient import HTTPRequest

from nodetool_jupyter.server.incoming import read_json
from nodetool_jupyter.server.problems import Problem
from tests.server.talk import PATIENCE, Answer, Api

MIB = 1024 * 1024


def deep(levels: int, inner: str = "1") -> bytes:
    return ("[" * levels + inner + "]" * levels).encode()


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "no JSON": (b"{", "at line 1, column 2"),
    "two values": (b"{} {}", "not JSON"),
    "a comment": (b'{"a": 1} // one', "not JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "byte 7 is 0xff"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    "cut in a character": ('{"a": "ü'.encode()[:-1], "not UTF-8"),
    "NaN": (b'{"graph": NaN}', "has NaN"),
    "Infinity": (b'{"graph": Infinity}', "has Infinity"),
    "-Infinity": (b'{"graph": [-Infinity]}', "has -Infinity"),
    "too large a number": (b'{"graph": 1e999}', "too large a number"),
    "thousands of digits": (b'{"graph": ' + b"9" * 5000 + b"}", "too long"),
    "twice": (b'{"graph": {}, "graph": {}}', "'graph' twice"),
    "twice inside": (b'{"graph": {"nodes": [{"id": "a", "id": "b"}]}}', "'id' twice"),
    "twice as escape": (b'{"a": 1, "\\u0061": 2}', "'a' twice"),
    "half a pair": (b'{"graph": "\\ud800"}', "surrogate"),
    "half a pair as name": (b'{"\\udfff": 1}', "surrogate"),
    "101 levels": (deep(101), "at most 100 levels"),
    "1,000 levels": (deep(1000), "at most 100 levels"),
    "500,000 levels": (deep(500_000), "at most 100 levels"),
    "many levels of objects": (b'{"a":' * 2000 + b"1" + b"}" * 2000, "at most 100 levels"),
}


@pytest.mark.parametrize(("body", "said"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("path", ["jobs", "explain"])
async def test_what_is_not_exactly_json_is_refused(api: Api, path: str, body: bytes, said: str) -> None:
    answer = await api.with_headers(Content_Type="application/json").ask("POST", path, body)
    assert (answer.status, answer.code) == (400, "invalid_json")
    assert said in answer.json["message"]


def test_a_hundred_levels_are_read() -> None:
    assert json.dumps(read_json(deep(100), 100)) == deep(100).decode()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=30,
)


@given(JSON)
def test_json_is_read_as_it_is(data: Any) -> None:
    assert read_json(json.dumps(data).encode(), 100) == data


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,0e9\\u-.dtn', max_size=100).map(str.encode))
def test_whatever_comes_is_read_or_refused(raw: bytes) -> None:
    try:
        found = read_json(raw, 20)
    except Problem as problem:
        assert problem.status == 400
    else:
        assert found == json.loads(raw)


async def test_a_body_of_ten_mib_is_read(api: Api, graph: dict[str, Any]) -> None:
    graph["nodes"][0]["data"]["value"] = ""
    body = {"graph": graph, "strategy": "nowhere", "name": ""}
    body["name"] = "x" * (10 * MIB - len(json.dumps(body)))
    answer = await api.post("jobs", body)
    assert (answer.status, "no strategy 'nowhere'" in answer.json["message"]) == (400, True)


async def test_one_byte_more_is_too_much(api: Api) -> None:
    answer = await api.ask("POST", "jobs", b" " * (10 * MIB + 1))
    assert (answer.status, answer.code) == (413, "too_large")


async def test_a_body_that_says_no_size_is_too_large_all_the_same(api: Api) -> None:
    async def pieces(write: Any) -> None:
        for _ in range(11):
            await write(b" " * MIB)

    request = HTTPRequest(api.url("jobs"), "POST", api.headers, body_producer=pieces, request_timeout=PATIENCE)
    answer = Answer(await api._client.fetch(request, raise_error=False))
    assert (answer.status, answer.code) == (413, "too_large")


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(api: Api) -> None:
    where = urlsplit(api.url("jobs"))
    head = [
        f"POST {where.path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: {api.headers['Authorization']}",
        "Content-Type: application/json",
        f"Content-Length: {100 * MIB}",
        "",
        "",
    ]
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write("\r\n".join(head).encode())
        async with asyncio.timeout(PATIENCE):
            assert b" 413 " in await reader.readline()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
async def test_a_body_of_another_kind_is_refused(api: Api, kind: str) -> None:
    answer = await api.with_headers(Content_Type=kind).ask("POST", "jobs", b"{}")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_parameters_and_case_of_the_kind_do_not_matter(api: Api, kind: str, graph: dict[str, Any]) -> None:
    answer = await api.with_headers(Content_Type=kind).ask("POST", "explain", json.dumps({"graph": graph}).encode())
    assert answer.status == 200


BAD_QUERIES: dict[str, tuple[str, str]] = {
    "nine hundred items": ("&".join(f"q{n}=1" for n in range(900)), "4096"),
    "forty items": ("&".join(f"q{n}=1" for n in range(40)), "more than 32 items"),
    "twice": ("q=a&q=b", "'q' twice"),
    "long": ("q=" + "x" * 5000, "4096"),
    "not UTF-8": ("q=%ff", "not UTF-8"),
    "unknown": ("qq=1", "did you mean 'q'?"),
}


@pytest.mark.parametrize(("query", "said"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_a_query_that_cannot_be_is_refused(api: Api, query: str, said: str) -> None:
    answer = await api.ask("GET", f"jobs?{query}")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert said in answer.json["message"]


async def test_ten_thousand_items_are_refused_by_whoever_sees_them_first(api: Api) -> None:
    request = HTTPRequest(api.url("jobs?" + "&".join(["q=1"] * 10_000)), headers=api.headers, request_timeout=PATIENCE)
    assert (await api._client.fetch(request, raise_error=False)).code == 400


async def test_jupyters_own_items_may_be_anything(api: Api) -> None:
    answer = await api.ask("GET", "jobs?no_track_activity=%ff")
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW"])
async def test_other_methods_are_refused(api: Api, method: str) -> None:
    answer = await api.ask(method, "jobs", b"{}" if method != "TRACE" else None)
    assert (answer.status, answer.code) == (405, "method_not_allowed")


async def test_an_address_that_is_not_utf8_is_no_fault_of_the_server(api: Api) -> None:
    answer = await api.ask("GET", "jobs/%ff/outputs")
    assert answer.status in (400, 404)
