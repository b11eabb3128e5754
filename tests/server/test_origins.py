"""Pages of other origins cannot use their visitor's cookies here: refused before a socket opens or a body is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nodetool_jupyter.server.origins import is_origin
from tests.server import people
from tests.server.people import by_cookie, by_token, shake_hands
from tests.server.stored import PASS_ON
from tests.server.talk import Api

# {host} is this server's own, as 127.0.0.1:1234; {port} its port.
FORGED = {
    "another host": "http://elsewhere.example",
    "another host, same port": "http://elsewhere.example:{port}",
    "null": "null",
    "empty": "",
    "suffix": "http://{host}.elsewhere.example",
    "prefix": "http://elsewhere{host}",
    "another port": "http://127.0.0.1:1",
    "no port": "http://127.0.0.1",
    "longer port": "http://{host}0",
    "as user": "http://{host}@elsewhere.example",
    "with user": "http://somebody@{host}",
    "with user and password": "http://somebody:secret@{host}",
    "trailing dot": "http://127.0.0.1.:{port}",
    "another name": "http://localhost:{port}",
    "short address": "http://127.1:{port}",
    "address as number": "http://2130706433:{port}",
    "address in hex": "http://0x7f000001:{port}",
    "address in octal": "http://0177.0.0.1:{port}",
    "IPv6": "http://[::1]:{port}",
    "mapped IPv6": "http://[::ffff:127.0.0.1]:{port}",
    "broken IPv6": "http://[::1",
    "another scheme": "ftp://{host}",
    "file": "file://{host}",
    "data": "data:text/html,{host}",
    "script": "javascript://{host}/%0aalert(1)",
    "extension": "chrome-extension://{host}",
    "no scheme": "{host}",
    "slashes only": "//{host}",
    "backslashes": "http:\\\\{host}",
    "backslash behind": "http://{host}\\@elsewhere.example",
    "with path": "http://{host}/elsewhere",
    "with query": "http://{host}?elsewhere",
    "with fragment": "http://{host}#elsewhere",
    "two, ours first": "http://{host},http://elsewhere.example",
    "two, ours last": "http://elsewhere.example, http://{host}",
    "space inside": "http://{host} elsewhere.example",
    "punycode": "http://xn--127-0-0-1-abc:{port}",
    "percent": "http://127%2E0%2E0%2E1:{port}",
    "letters of another script": "http://127.0.0.\u00b9:{port}",
    "port that is none": "http://127.0.0.1:port",
}

Ask = Callable[[Api], Any]


async def _events(api: Api) -> int:
    return await shake_hands(api, "events/ws")


async def _worker(api: Api) -> int:
    return await shake_hands(api, "workers/nosuchworker/ws")


async def _submit(api: Api) -> int:
    return (await api.with_headers(Content_Type="application/json").post("jobs", {"graph": PASS_ON})).status


# what is asked, the status for a page of this server, and for one of another; Jupyter answers requests with 404
DOORS: dict[str, tuple[Ask, int, int]] = {
    "events": (_events, 101, 403),
    "worker": (_worker, 404, 403),
    "submit": (_submit, 201, 404),
}


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return people.config()


def written(origin: str, api: Api) -> str:
    host = api.base.split("/")[2]
    return origin.format(host=host, port=host.partition(":")[2])


@pytest.mark.parametrize("door", DOORS)
async def test_no_forged_origin_gets_in(api: Api, door: str) -> None:
    ask, _, refused = DOORS[door]
    page = await by_cookie(api)
    found = {name: await ask(page.with_headers(Origin=written(origin, api))) for name, origin in FORGED.items()}
    assert found == dict.fromkeys(FORGED, refused)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("origin", ["http://{host}", "HTTP://{host}", None], ids=["own", "own in capitals", "none"])
async def test_a_page_of_this_server_gets_in(api: Api, door: str, origin: str | None) -> None:
    ask, good, _ = DOORS[door]
    page = await by_cookie(api)
    assert await ask(page.with_headers(Origin=None if origin is None else written(origin, api))) == good


@pytest.mark.parametrize("door", DOORS)
async def test_a_name_that_leads_here_is_not_enough(api: Api, door: str) -> None:
    # A page of elsewhere.example whose name its owner has let point to 127.0.0.1 meanwhile.
    page = (await by_cookie(api)).with_headers(Host="elsewhere.example", Origin="http://elsewhere.example")
    assert await DOORS[door][0](page) == 403


async def test_a_foreign_page_cannot_read(api: Api) -> None:
    answer = await (await by_cookie(api)).with_headers(Origin="http://elsewhere.example").get("jobs")
    assert (answer.status, answer.headers.get("Access-Control-Allow-Origin")) == (404, None)


async def test_a_script_with_a_token_needs_no_origin(api: Api) -> None:
    script = by_token(api, "token-of-owner").with_headers(Origin="http://elsewhere.example")
    assert (await shake_hands(script, "events/ws"), await _submit(script)) == (101, 201)


class TestAnOriginThatIsAllowed:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        config = people.config()
        config["ServerApp"]["allow_origin"] = "vscode-webview://abc"
        return config

    @pytest.mark.parametrize(
        ("origin", "status"),
        [("vscode-webview://abc", 101), ("vscode-webview://abcd", 403), ("http://[::1", 403)],
        ids=["allowed", "another", "none"],
    )
    async def test_only_that_one_gets_in(self, api: Api, origin: str, status: int) -> None:
        assert await _events((await by_cookie(api)).with_headers(Origin=origin)) == status


class TestOriginsOfAPattern:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        config = people.config()
        config["ServerApp"]["allow_origin_pat"] = r"https://.*\.example"
        return config

    @pytest.mark.parametrize(
        ("origin", "status"),
        [("https://a.example", 101), ("https://a.elsewhere", 403), ("http://[::1", 403)],
        ids=["allowed", "another", "none"],
    )
    async def test_only_those_get_in(self, api: Api, origin: str, status: int) -> None:
        assert await _events((await by_cookie(api)).with_headers(Origin=origin)) == status


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("http://a", True),
        ("https://a.b:1", True),
        ("http://[::1]:1", True),
        ("http://:1", False),
        ("http://a:0", False),
    ],
)
def test_what_an_origin_is(text: str, good: bool) -> None:
    assert is_origin(text) is good
