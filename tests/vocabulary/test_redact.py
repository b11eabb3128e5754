"""Secrets are taken out of text in every form they are sent in."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.redact import (
    MASK,
    Redactor,
    StreamRedactor,
    check_env,
    check_secret,
    looks_secret,
    scrub_environ,
)

SECRET = 'p@ss/wörd"1'
FORMS = [
    SECRET,
    quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    repr(SECRET)[1:-1],
    quote(SECRET, safe="").lower(),
    SECRET.encode().hex(),
    SECRET.encode().hex().upper(),
]
LONG = "sk-Zm9vYmFy_0123+abc/XYZ=éé(9)~Q"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_masked(form: str) -> None:
    masked = Redactor([SECRET]).text(f"before {form} after")
    assert masked.startswith(f"before {MASK}")
    assert masked.endswith(" after")
    assert form.rstrip("=") not in masked


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Redactor(["password", "password-longer"]).text("password-longer password") == f"{MASK} {MASK}"


def test_data_is_masked_in_all_depth_keys_included() -> None:
    data = {"a": ["password1", {"password1": 1}], "n": 5, "t": ("password1",)}
    assert Redactor(["password1"]).data(data) == {"a": [MASK, {MASK: 1}], "n": 5, "t": [MASK]}


def test_without_secrets_nothing_is_looked_at() -> None:
    assert not Redactor(["short"])
    data = {"a": ["x"]}
    assert Redactor().data(data) is data


@given(st.text(min_size=8), st.text(), st.text())
def test_a_secret_never_survives(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).text(before + secret + after).replace(MASK, "") or secret in before + after


def test_secrets_that_touch_or_overlap_are_one_mask() -> None:
    assert Redactor(["aaaaaaaa"]).text("<" + "a" * 19 + ">") == f"<{MASK}>"


@pytest.mark.parametrize("user", ["u", "us", "user"])
def test_a_secret_is_masked_inside_the_base64_of_a_longer_text(user: str) -> None:
    text = base64.b64encode(f"{user}:hunter2-hunter2:end".encode()).decode()
    masked = Redactor(["hunter2-hunter2"]).text(text)
    assert MASK in masked
    assert len(text) - len(masked) >= 18 - len(MASK)  # of 20 characters the outer two hold bits of the neighbours


def forms_of(secret: str) -> list[str]:
    raw = secret.encode()
    plain = [secret, raw.hex(), raw.hex().upper(), json.dumps(secret)[1:-1], repr(secret)[1:-1]]
    urls = [quote(raw, safe=""), quote(raw), re.sub("%..", lambda code: code[0].lower(), quote(raw)), quote_plus(raw)]
    encoded = [encode(raw).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)]
    return [*plain, *urls, *encoded]


@pytest.mark.parametrize("form", forms_of(LONG))
def test_any_sixteen_characters_of_a_long_secret_are_masked(form: str) -> None:
    redactor = Redactor([LONG])
    shown = [redactor.text(f"<{form[begin : begin + 16]}>") for begin in range(len(form) - 15)]
    assert set(shown) == {f"<{MASK}>"}


def test_fifteen_characters_of_a_long_secret_are_left() -> None:
    assert Redactor([LONG]).text(f"({LONG[3:18]})") == f"({LONG[3:18]})"


def test_a_part_of_a_long_secret_is_masked_to_its_end() -> None:
    assert Redactor([LONG]).text(f"key={LONG[2:25]}; {LONG[:-1]}!") == f"key={MASK}; {MASK}!"


def test_a_part_of_a_short_secret_is_left() -> None:
    assert Redactor(["0123456789abcdefghi"]).text("0123456789abcdefgh") == "0123456789abcdefgh"


def test_case_counts() -> None:
    assert Redactor([LONG, "password1"]).text(f"PASSWORD1 {LONG.swapcase()}") == f"PASSWORD1 {LONG.swapcase()}"


def test_each_line_of_a_secret_is_masked_when_it_comes_alone() -> None:
    redactor = Redactor(["first line\nsecond one, which is longer\nend"])
    lines = ["first line", "second one, which is longer", "end"]
    assert [redactor.text(line) for line in lines] == [MASK, MASK, "end"]


letters = st.characters(exclude_characters="•", exclude_categories=("Cs",))


@given(st.text(letters, min_size=20, max_size=60), st.data())
def test_no_sixteen_characters_of_any_form_survive(secret: str, data: st.DataObject) -> None:
    forms = forms_of(secret)
    pieces = st.text(letters, max_size=12) | st.sampled_from(forms).flatmap(
        lambda form: st.integers(0, len(form) - 1).flatmap(
            lambda begin: st.integers(begin, len(form)).map(lambda end: form[begin:end])
        )
    )
    shown = Redactor([secret]).text("".join(data.draw(st.lists(pieces, max_size=12))))
    runs = {shown[begin : begin + 16] for begin in range(len(shown) - 15)}
    assert not [run for run in runs if any(run in form for form in forms)]


@given(
    st.lists(st.text("ab\n", min_size=8, max_size=30), min_size=1, max_size=3),
    st.lists(st.text("ab\n", max_size=25), max_size=12),
)
def test_a_stream_comes_out_as_its_whole_would(secrets: list[str], pieces: list[str]) -> None:
    redactor = Redactor(secrets)
    stream = StreamRedactor(redactor)
    shown = "".join(map(stream.feed, pieces)) + stream.flush()
    assert shown == redactor.text("".join(pieces))


def test_a_secret_that_a_border_cuts_is_held_back_until_it_is_whole() -> None:
    stream = StreamRedactor(Redactor([LONG]))
    shown = [stream.feed(f"a {LONG[:7]}"), stream.feed(LONG[7:20]), stream.feed(f"{LONG[20:]}\n"), stream.flush()]
    assert shown == ["a ", "", f"{MASK}\n", ""]


def test_text_that_begins_no_secret_is_not_held_back() -> None:
    assert StreamRedactor(Redactor(["0123456789"])).feed("a line\n") == "a line\n"


def test_what_a_stream_holds_back_has_a_bound() -> None:
    redactor = Redactor(["a" * 40])
    stream = StreamRedactor(redactor)
    shown = stream.feed("a" * 10_000)
    assert shown == MASK
    assert redactor.unfinished("a" * 10_000) == 40
    assert stream.feed("a" * 100 + ".") + stream.flush() == "."


def test_a_stream_without_secrets_passes_through() -> None:
    assert StreamRedactor(Redactor()).feed("text") == "text"


ENVIRON = {
    "AWS_SECRET_ACCESS_KEY": False,
    "HF_TOKEN": False,
    "JPY_API_TOKEN": False,
    "JUPYTERHUB_API_TOKEN": False,
    "PGPASSWORD": False,
    "SMTP_PASS": False,
    "GIT_ASKPASS": True,
    "SSH_AUTH_SOCK": True,
    "KEYBOARD": True,
    "MONKEY": True,
    "TOKENIZERS_PARALLELISM": True,
    "MAX_NEW_TOKENS": True,
    "PASSWORD_STORE_DIR": True,  # where a password manager keeps its files, itself no secret
    "GOOGLE_APPLICATION_CREDENTIALS_FILE": True,
    "PATH": True,
}


@pytest.mark.parametrize(("name", "stays"), ENVIRON.items())
def test_a_child_gets_no_variable_whose_name_looks_like_a_secret(name: str, stays: bool) -> None:
    assert scrub_environ({name: "x"}) == ({name: "x"} if stays else {})


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        ("postgres://me:hunter2@db.example.org/x", False),
        ("redis://:hunter2@localhost", False),
        ("git+ssh://git@example.org/x", True),
        ("http://localhost:8080/a@b", True),
        ("a:b@c", True),
    ],
)
def test_a_child_gets_no_url_with_a_password(value: str, stays: bool) -> None:
    assert scrub_environ({"DATABASE_URL": value}) == ({"DATABASE_URL": value} if stays else {})


@pytest.mark.parametrize("form", [LONG, base64.b64encode(f"me:{LONG}".encode()).decode(), LONG[4:20]])
def test_a_child_gets_no_variable_that_holds_a_known_secret(form: str) -> None:
    assert scrub_environ({"OPTIONS": f"--with {form}", "HOME": "/home/me"}, [LONG]) == {"HOME": "/home/me"}


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "DB_PASSWORD", "apikey", "MY_SECRET", "AWS_CREDENTIALS", "TOKEN"]
)
def test_names_that_hold_secrets_are_known(name: str) -> None:
    assert looks_secret(name)
    with pytest.raises(InvalidRequest, match=f"env '{name}' looks like a secret"):
        check_env({name: "x"})


@pytest.mark.parametrize("name", ["PATH", "KEYBOARD", "MONKEYS", "MONKEY", "TOKENIZERS_PARALLELISM", "FONT_PATH"])
def test_ordinary_names_are_let_through(name: str) -> None:
    assert not looks_secret(name)
    check_env({name: "x"})


def test_the_value_of_a_known_secret_is_refused_under_any_name() -> None:
    with pytest.raises(InvalidRequest, match="env 'HARMLESS' looks like a secret"):
        check_env({"HARMLESS": "see password1"}, ["password1"])


def test_a_secret_too_short_to_mask_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="secret 'A' has 7 characters"):
        check_secret("A", "1234567")
    check_secret("A", "12345678")
