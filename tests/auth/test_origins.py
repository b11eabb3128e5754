"""Host and Origin: exact names get in, everything that looks like one does not."""

from __future__ import annotations

import pytest

from nodetool_jupyter.auth.origins import LOOPBACK, host_allowed, is_loopback, origin_allowed

ALLOWED = ("https://lab.example.org", "http://localhost:8888", "https://xn--mnchen-3ya.example", "http://[::1]:8888/")

FORGERIES = [
    "https://lab.example.org.evil.org",
    "https://evil-lab.example.org",
    "https://evil.org/lab.example.org",
    "https://lab.example.orgevil",
    "https://lab.example.org:8443",
    "https://lab.example.org:0443",
    "http://lab.example.org",
    "https://lab.example.org.",
    "https://lab.example.org/",
    "https://lab.example.org@evil.org",
    "https://lab.example.org:443@evil.org",
    "https://user@lab.example.org",
    "https://lab.example.org\\@evil.org",
    "https://lab.example.org\\.evil.org",
    "https://lab.example.org#evil.org",
    "https://lab.example.org?evil.org",
    "https://lab.example.org\n",
    "https://lab.example.org\r\nX: y",
    "https://lab.example.org\x00.evil.org",
    " https://lab.example.org",
    "https://lab_example.org",
    "https://*.example.org",
    "https://example.org",
    "//lab.example.org",
    "lab.example.org",
    "null",
    "",
    "file://",
    "ws://lab.example.org",
    "http://localhost",
    "http://localhost:88888",
    "http://127.0.0.1:8888",
    "http://[::1]:8889",
    "http://[::1",
    "http://::1:8888",
    "https://münchen.example",
    "https://lab。example。org",
    "https://lab.example.org%2eevil.org",
]


@pytest.mark.parametrize("origin", FORGERIES, ids=ascii)
def test_a_forged_origin_is_refused(origin: str) -> None:
    assert not origin_allowed(origin, ALLOWED)


@pytest.mark.parametrize(
    "origin",
    [
        "https://lab.example.org",
        "https://lab.example.org:443",
        "HTTPS://Lab.Example.Org",
        "http://localhost:8888",
        "https://xn--mnchen-3ya.example",
        "http://[::1]:8888",
    ],
)
def test_an_origin_of_the_list_is_allowed(origin: str) -> None:
    assert origin_allowed(origin, ALLOWED)


def test_a_program_sends_no_origin_and_is_let_in() -> None:
    assert origin_allowed(None, ())


@pytest.mark.parametrize("origin", ["https://lab.example.org", "null", "*"])
def test_no_page_is_let_in_where_none_is_named(origin: str) -> None:
    assert not origin_allowed(origin, ())


@pytest.mark.parametrize("origin", ["null", "", "nonsense"])
def test_what_is_no_origin_is_not_allowed_by_naming_it(origin: str) -> None:
    assert not origin_allowed(origin, (origin,))


@pytest.mark.parametrize(
    ("host", "allowed", "answer"),
    [
        ("localhost", LOOPBACK, True),
        ("localhost:8888", LOOPBACK, True),
        ("LOCALHOST:8888", LOOPBACK, True),
        ("127.0.0.1:1", LOOPBACK, True),
        ("[::1]:8888", LOOPBACK, True),
        ("[::1]", LOOPBACK, True),
        ("::1", LOOPBACK, False),
        ("127.0.0.2", LOOPBACK, False),
        ("localhost.evil.org", LOOPBACK, False),
        ("evil.org", LOOPBACK, False),
        ("localhost:8888:1", LOOPBACK, False),
        ("localhost@evil.org", LOOPBACK, False),
        ("localhost ", LOOPBACK, False),
        ("localhost\n", LOOPBACK, False),
        ("localhost.", LOOPBACK, False),
        ("", LOOPBACK, False),
        (None, LOOPBACK, False),
        ("gpu.example.org:7777", ("gpu.example.org",), True),
        ("gpu.example.org:7777", ("gpu.example.org:7777",), True),
        ("gpu.example.org:7778", ("gpu.example.org:7777",), False),
        ("gpu.example.org", ("gpu.example.org:7777",), False),
        ("any.example.org", ("*",), True),
        ("not a host", ("*",), False),
        (None, ("*",), False),
    ],
    ids=ascii,
)
def test_hosts(host: str | None, allowed: tuple[str, ...], answer: bool) -> None:
    assert host_allowed(host, allowed) is answer


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("", False),
    ],
)
def test_what_only_this_machine_can_reach(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
