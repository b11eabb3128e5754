"""Tokens by heart: a made one in a private file, several in a file that may change, one from the environment."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.auth.tokens import StaticTokens, add_token, drop_tokens, made_token, one_token
from nodetool_jupyter.errors import InvalidRequest, Refused, StorageError
from tests.auth.conftest import SetClock

ADA, BOB = "ada-has-this-token-1", "bob-has-this-token-2"
DIGEST = "sha256:" + "0" * 64


def who(provider: StaticTokens, token: str | None) -> Identity:
    return asyncio.run(provider.identify(token))


def refusal(provider: StaticTokens, token: str | None) -> str:
    with pytest.raises(Refused) as caught:
        who(provider, token)
    assert token is None or token not in str(caught.value)
    return caught.value.code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.touch(0o600)
    path.write_text(f"# who may\n\nada {ADA}\nbob {BOB}  \n")
    return path


def test_each_token_is_its_users(file: Path) -> None:
    provider = StaticTokens(file)
    assert who(provider, ADA) == Identity("ada", "static")
    assert who(provider, BOB).user == "bob"


@pytest.mark.parametrize("token", ["", "ada", ADA[:-1], ADA + "x", ADA.upper(), "x" * 10_000, "\u00e9" * 20])
def test_another_token_is_refused(file: Path, token: str) -> None:
    with pytest.raises(Refused) as caught:
        who(StaticTokens(file), token)
    assert caught.value.code == "bad_credentials"


def test_no_token_is_refused_as_such(file: Path) -> None:
    assert refusal(StaticTokens(file), None) == "no_credentials"


def test_a_user_may_have_two_tokens_at_once_to_change_them(file: Path) -> None:
    second = add_token(file, "ada")
    provider = StaticTokens(file)
    assert (who(provider, ADA).user, who(provider, second).user) == ("ada", "ada")


def test_a_change_of_the_file_holds_at_once(file: Path) -> None:
    provider = StaticTokens(file)
    assert who(provider, ADA).user == "ada"
    file.write_text(f"bob {BOB}\ncarl carls-brand-new-token\n")
    assert refusal(provider, ADA) == "bad_credentials"
    assert who(provider, "carls-brand-new-token").user == "carl"


def test_a_file_put_in_its_place_holds_at_once(file: Path) -> None:
    provider = StaticTokens(file)
    draft = file.with_name("draft")
    draft.touch(0o600)
    draft.write_text(f"carl {ADA}\n")
    draft.replace(file)
    assert who(provider, ADA).user == "carl"


def test_what_we_write_is_a_digest_and_never_the_token(file: Path) -> None:
    token = add_token(file, "carl")
    assert token not in file.read_text()
    assert "carl sha256:" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert who(StaticTokens(file), token).user == "carl"


def test_the_first_token_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new"
    token = add_token(path, "ada")
    assert path.stat().st_mode & 0o777 == 0o600
    assert who(StaticTokens(path), token).user == "ada"


def test_tokens_are_taken_back_by_user(file: Path) -> None:
    provider = StaticTokens(file)
    assert drop_tokens(file, "ada") == 1
    assert refusal(provider, ADA) == "bad_credentials"
    assert who(provider, BOB).user == "bob"
    assert drop_tokens(file, "nobody") == 0


def test_a_token_may_expire(file: Path, moved: SetClock) -> None:
    token = add_token(file, "carl", expires=moved.now + 60)
    provider = StaticTokens(file)
    assert who(provider, token) == Identity("carl", "static", moved.now + 60)
    moved.now += 60
    assert refusal(provider, token) == "expired"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620], ids=oct)
def test_a_file_that_others_may_read_or_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(StorageError, match=f"{mode:04o}"):
        StaticTokens(file)


def test_a_file_that_is_opened_to_others_later_lets_nobody_in(file: Path) -> None:
    provider = StaticTokens(file)
    file.chmod(0o644)
    assert refusal(provider, ADA) == "unavailable"
    file.chmod(0o600)
    assert who(provider, ADA).user == "ada"


def test_a_file_that_goes_away_lets_nobody_in(file: Path) -> None:
    provider = StaticTokens(file)
    file.unlink()
    assert refusal(provider, ADA) == "unavailable"


def test_a_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    with pytest.raises(StorageError, match="link"):
        StaticTokens(link)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ada", "line 1: it must read 'USER TOKEN'"),
        (f"ada {ADA}\nbob short", "line 2: its token has fewer than 16 characters"),
        (f"a/b {ADA}", "line 1: it must read"),
        (f"ada {ADA} 2030-01-01 x", "line 1: it must read"),
        (f"ada {ADA} tomorrow", "line 1: 'tomorrow' is no date"),
        ("ada sha256:abcdef0123456789", "line 1: its token has fewer than 16 characters, or is no SHA-256"),
        (f"ada {DIGEST}0", "is no SHA-256 of 64"),
        ("# nothing", "has no token"),
    ],
)
def test_a_faulty_file_is_told_by_line(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(InvalidRequest) as caught:
        StaticTokens(file)
    assert says in str(caught.value)
    assert ADA not in str(caught.value)


def test_a_digest_itself_opens_nothing(file: Path) -> None:
    add_token(file, "carl")
    digest = file.read_text().split()[-1]
    assert refusal(StaticTokens(file), digest) == "bad_credentials"


def test_the_environments_token_is_the_local_users() -> None:
    provider = StaticTokens(None, [one_token("local", ADA)])
    assert who(provider, ADA) == Identity("local", "static")


def test_a_short_token_is_refused_by_whoever_sets_it() -> None:
    with pytest.raises(InvalidRequest, match="at least 16 characters"):
        one_token("local", "short")


def test_a_made_token_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token, made = made_token(path)
    assert (made, path.stat().st_mode & 0o777, len(token) >= 40) == (True, 0o600, True)
    assert made_token(path) == (token, False)
    assert list(tmp_path.iterdir()) == [path]


def test_all_who_begin_at_once_get_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: made_token(tmp_path / "token"), range(16)))
    assert len({token for token, _ in found}) == 1
    assert sum(made for _, made in found) == 1


@pytest.mark.parametrize("user", ["", "a b", "../x", "a\nb", "x" * 129])
def test_a_name_that_no_user_has_gets_no_token(file: Path, user: str) -> None:
    before = file.read_text()
    with pytest.raises(InvalidRequest, match="cannot be a user's name"):
        add_token(file, user)
    assert file.read_text() == before
