"""Secrets are taken out of text in every form they are sent in."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.redact import MASK, Redactor, check_env, check_secret, looks_secret

SECRET = 'p@ss/wörd"1'
FORMS = [
    SECRET,
    quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    repr(SECRET)[1:-1],
]


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


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "DB_PASSWORD", "apikey", "MY_SECRET", "AWS_CREDENTIALS", "TOKEN"]
)
def test_names_that_hold_secrets_are_known(name: str) -> None:
    assert looks_secret(name)
    with pytest.raises(InvalidRequest, match=f"env '{name}' looks like a secret"):
        check_env({name: "x"})


@pytest.mark.parametrize("name", ["PATH", "KEYBOARD", "MONKEYS", "TOKENIZERS_PARALLELISM", "FONT_PATH"])
def test_ordinary_names_are_let_through(name: str) -> None:
    assert not looks_secret(name)
    check_env({name: "x"})


def test_the_value_of_a_known_secret_is_refused_under_any_name() -> None:
    with pytest.raises(InvalidRequest, match="env 'HARMLESS' looks like a secret"):
        check_env({"HARMLESS": "password1"}, ["password1"])


def test_a_secret_too_short_to_mask_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="secret 'A' has 7 characters"):
        check_secret("A", "1234567")
    check_secret("A", "12345678")
