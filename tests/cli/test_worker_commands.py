"""``nodetool worker token`` and the ways to start a worker, as they are typed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from nodetool_jupyter import cli
from nodetool_jupyter.auth.tokens import StaticTokens
from nodetool_jupyter.errors import Refused


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, timeout=60, check=False)


def test_a_token_is_printed_once_and_kept_as_a_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tokens"
    assert cli.main(["worker", "token", "ada", "--file", str(file)]) == 0
    token = capsys.readouterr().out.strip()
    assert token not in file.read_text()
    assert asyncio.run(StaticTokens(file).identify(token)).user == "ada"


def test_a_token_may_expire_and_be_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens"
    monkeypatch.setenv("AUTH_TOKENS_FILE", str(file))
    assert cli.main(["worker", "token", "ada", "--expires", "2020-01-31"]) == 0
    token = capsys.readouterr().out.strip()
    with pytest.raises(Refused, match="expired"):
        asyncio.run(StaticTokens(file).identify(token))
    assert cli.main(["worker", "token", "ada", "--remove"]) == 0
    assert capsys.readouterr().out == "ada had 1 token, and has none now\n"
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["token", "ada"], "say which file of tokens: --file FILE, or the variable AUTH_TOKENS_FILE"),
        (["token"], "worker token needs a name"),
        (["token", "a b", "--file", "f"], "'a b' cannot be a user's name"),
        (["token", "ada", "--file", "f", "--expires", "soon"], "--expires must be a date such as 2030-01-31"),
        (["start"], "there is no worker 'start'"),
        (["serve", "--prot", "1"], "did you mean --port?"),
    ],
)
def test_a_faulty_line_is_told_in_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTH_TOKENS_FILE", raising=False)
    assert cli.main(["worker", *words]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("nodetool_jupyter.worker", "--help"), ("nodetool_jupyter", "worker", "serve", "--help")]
)
def test_help_names_every_option(words: tuple[str, ...]) -> None:
    shown = run(*words)
    assert shown.returncode == 0
    for option in ("--host", "--port", "--stdio", "--certfile", "--keyfile", "--namespaces", "--allow", "--drain"):
        assert option in shown.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--port", "70000"), "--port must be at most 65535"),
        (("--stdio", "--port", "1"), "--stdio has no address"),
        (("--certfile", "missing.pem"), "the certificate missing.pem cannot be used"),
        (("--host", "256.256.256.256"), "cannot listen on 256.256.256.256"),
    ],
)
def test_what_cannot_start_says_so_and_exits_with_2(words: tuple[str, ...], says: str) -> None:
    shown = run("nodetool_jupyter.worker", "--namespaces", "lib.math", *words)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert says in shown.stderr
    assert "Traceback" not in shown.stderr


def test_nobody_is_let_in_without_a_token_where_others_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_PROVIDER", "none")
    shown = run("nodetool_jupyter.worker", "--host", "0.0.0.0")
    assert (shown.returncode, "loopback address only" in shown.stderr) == (2, True)
