"""What the nodes of ``lib.validate`` mean."""

import pytest

from nodetool_jupyter.nodes.library import validate as v

EMAILS = {
    "user@example.com": True,
    " user@example.com\n": True,
    "first.last+tag@sub.example.co.uk": True,
    "ü@exämple.de": True,
    '"a b"@example.com': True,
    "x@" + "a" * 63 + ".com": True,
    "user@localhost": False,
    "user@example": False,
    "user@example.c": False,
    "user@example.123": False,
    "user@127.0.0.1": False,
    "user@-a.com": False,
    "user@a-.com": False,
    "user@a_b.com": False,
    "user@.com": False,
    "user@a..com": False,
    ".user@example.com": False,
    "us..er@example.com": False,
    "us er@example.com": False,
    "us\u2003er@example.com": False,
    "user@exam\u2003ple.com": False,
    "user@@example.com": False,
    "User <user@example.com>": False,
    "@example.com": False,
    "user@": False,
    "user": False,
    "": False,
    "a" * 64 + "@example.com": True,
    "a" * 65 + "@example.com": False,
    "x@" + "a" * 64 + ".com": False,
}

URLS = {
    "https://nodetool.ai/docs?q=1": True,
    "http://example.com": True,
    "HTTP://EXAMPLE.COM:8080/a#b": True,
    "ftp://files.example.com/": True,
    "example.com": True,
    "example.com?q=1": True,
    "http://user:pw@example.com/": True,
    "http://127.0.0.1:1/": True,
    "http://[2001:db8::1]:443/": True,
    "http://exämple.de/ä": True,
    "http://xn--exmple-cua.de": True,
    "https://example.com/a@b:c": True,
    "": False,
    "nonsense": False,
    "http://localhost": False,
    "//example.com": False,
    "a@b.com": False,
    "mailto:a@b.com": False,
    "javascript://example.com": False,
    "gopher://example.com": False,
    "://example.com": False,
    "http://": False,
    "http://exa mple.com": False,
    "http://example.com/<b>": False,
    "http://example.com:0": False,
    "http://example.com:65536": False,
    "http://example.com:": False,
    "http://example.com:x": False,
    "http://a:b:c@example.com": False,
    "http://@example.com": False,
    "http://999.1.1.1": False,
    "http://[::1": False,
    "http://[127.0.0.1]": False,
    "http://example.com/" + "a" * 3000: False,
}

IPS = {
    "192.168.0.1": 4,
    "2001:db8::8a2e:370:7334": 6,
    "::1": 6,
    "fe80::1%eth0": 6,
    "::ffff:1.2.3.4": 6,
    "256.1.1.1": 0,
    "1.2.3": 0,
    "01.2.3.4": 0,
    "1.2.3.4/8": 0,
    "12345": 0,
    "": 0,
}

NOTHING = {f"is_{kind}": False for kind in ("email", "url", "uuid", "json", "numeric", "alpha", "alphanumeric")}
STRINGS = {
    "user@example.com": {"is_email"},
    "https://example.com": {"is_url"},
    "6ba7b810-9dad-11d1-80b4-00C04FD430C8": {"is_uuid"},
    "6ba7b8109dad11d180b400c04fd430c8": {"is_alphanumeric"},
    '{"a": [1]}': {"is_json"},
    " [] ": {"is_json"},
    "[NaN]": set(),
    "{": set(),
    "[" * 100_000: set(),
    "null": {"is_alpha", "is_alphanumeric"},
    "12": {"is_numeric", "is_alphanumeric"},
    "-1.5": {"is_numeric"},
    "+.5": {"is_numeric"},
    "1.": set(),
    "1e5": {"is_alphanumeric"},
    "٣": set(),
    "abc": {"is_alpha", "is_alphanumeric"},
    "abc\n": set(),
    "é": set(),
    "a1": {"is_alphanumeric"},
    "": set(),
}


@pytest.mark.parametrize(("value", "expected"), EMAILS.items())
def test_email(value, expected):
    assert v.Email(value) is expected


@pytest.mark.parametrize(("value", "expected"), URLS.items())
def test_url(value, expected):
    assert v.URL(value) is expected


@pytest.mark.parametrize(("value", "version"), IPS.items())
def test_ip(value, version):
    assert v.IP(value) == {"is_ip": version > 0, "is_ipv4": version == 4, "is_ipv6": version == 6}


@pytest.mark.parametrize(("value", "true"), STRINGS.items())
def test_string(value, true):
    assert v.String(value) == {**NOTHING, **dict.fromkeys(true, True)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            " <a href='x/y'>\"&\"</a> ",
            (
                " &lt;a href=&#x27;x&#x2F;y&#x27;&gt;&quot;&amp;&quot;&lt;&#x2F;a&gt; ",
                "<a href='x/y'>\"&\"</a>",
                "",
            ),
        ),
        (" User@Example.COM ", (" User@Example.COM ", "User@Example.COM", "user@example.com")),
        ("", ("", "", "")),
    ],
)
def test_sanitize(value, expected):
    assert tuple(v.Sanitize(value).values()) == expected


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "value", ["a." * 500_000 + "@", "a@" + "a." * 500_000, '"' * 1_000_000 + "@a.com", "a:" * 500_000]
)
def test_a_hostile_text_takes_bounded_time(value):
    assert v.Email(value) is False
    assert v.URL(value) is False
