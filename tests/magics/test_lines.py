"""Lines that cannot be: each gives one sentence that names the fault and the nearest valid choice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.api.grammar import COMMANDS, MAGICS, BadLine, help_text, read, split, value_of

BAD = [
    ("", "a verb is missing"),
    ("   ", "a verb is missing"),
    ("rnu", "did you mean 'run'?"),
    ("RUN", "there is no verb 'RUN'"),
    ("--gpus 0", "a verb comes before '--gpus'"),
    ("run --gpu 0", "--gpu could be --gpus or --gpu-memory"),
    ("run --GPUS 0", "no option --GPUS"),
    ("run --time 3", "did you mean --timeout?"),
    ("run --timout 3", "did you mean --timeout?"),
    ("run --queue_timeout 3", "did you mean --queue-timeout?"),
    ("run --s x", "--strategy"),
    ("run --o x", "--output, --open-files or --open-input"),
    ("run --n x", "--nice"),
    ("run -gpus 0", "did you mean --gpus?"),
    ("run -x", "no option -x"),
    ("run ---gpus 0", "no option ---gpus"),
    ("run –gpus 0", "long dash"),
    ("run —gpus 0", "write --gpus"),
    ("run −−gpus 0", "long dash"),
    ("run “a.json”", "curly quotes"),
    ("run ‘a.json’", "curly quotes"),
    ("run --name “a”", "curly quotes"),
    ("run 'a", "the quote ' is never closed"),
    ('run "a', 'the quote " is never closed'),
    ("run --name \"it's", 'the quote " is never closed'),
    ("run a\\", "escape"),
    ("run a.json b.json", "'b.json' is one word too many"),
    ("run --timeout", "--timeout needs a value (TIME)"),
    ("run --timeout --retries 1", "'--retries' is the next option"),
    ("run --retries", "--retries needs a value (N)"),
    ("run --name", "--name needs a value"),
    ("run --env", "--env needs a value (K=V)"),
    ("run --output", "--output needs a value (VAR)"),
    ("run --quiet=1", "--quiet takes no value"),
    ("run --dry-run=yes", "--dry-run takes no value"),
    ("run --detach=no", "--detach takes no value"),
    ("run --detach --no-detach", "--detach is given twice"),
    ("run --retries 1 --retries 2", "--retries is given twice"),
    ("run --input a=1 --input a=2", "--input a is given twice"),
    ("run --set a.b=1 --set a.b=2", "--set a.b is given twice"),
    ("run --input =3", "--input needs K[=V]"),
    ("run --input ''", "--input needs K[=V]"),
    ("run --env A", "--env needs K=V, not 'A'"),
    ("run --env =b", "--env needs K=V"),
    ("run --set a=3", "'a' names no property"),
    ("run --set a.b", "--set needs NODE.PROP=V"),
    ("run --strategy dockr", "did you mean 'docker'?"),
    ("run --strategy ''", "there is no strategy ''"),
    ("run --background=1", "--background takes no value"),
    ("job", "job needs a job"),
    ("cancel", "cancel needs a job"),
    ("result", "result needs a job"),
    ("logs", "logs needs a job"),
    ("cancel a b", "'b' is one word too many"),
    ("jobs x", "'x' is one word too many"),
    ("jobs --limit x", "--limit must be a whole number, not 'x'"),
    ("jobs --limit -1", "--limit must be a whole number"),
    ("jobs --state running", "did you mean --status?"),
    ("events a --after b", "--after must be a whole number"),
    ("doctor all", "'all' is one word too many"),
    ("workers x", "'x' is one word too many"),
    ("help me please", "'please' is one word too many"),
    ("result a --ouput x", "did you mean --output?"),
    ("nodes a b", "'b' is one word too many"),
]


@pytest.mark.parametrize(("line", "part"), BAD, ids=[line or "empty" for line, _ in BAD])
def test_a_line_that_cannot_be_is_one_sentence(line: str, part: str) -> None:
    with pytest.raises(BadLine) as caught:
        read(MAGICS, split(line))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["jobs"], "jobs needs one of: list, show"),
        (["jobs", "lst"], "did you mean 'list'?"),
        (["jobs", "--json"], "jobs needs one of"),
        (["secrets", "set"], "secrets set needs a secret"),
        (["nodes", "show"], "nodes show needs a type"),
        (["run", "--output", "x"], "no option --output"),
        (["run", "--background"], "no option --background"),
        (["wrker"], "did you mean 'worker'?"),
        (["workflows"], "workflows needs one of: run"),
        (["workflows", "rnu"], "there is no workflows 'rnu'; did you mean 'run'?"),
        (["workflows", "run", "--gpu", "0"], "--gpu could be --gpus or --gpu-memory"),
    ],
)
def test_a_command_that_cannot_be_is_one_sentence(words: list[str], part: str) -> None:
    with pytest.raises(BadLine) as caught:
        read(COMMANDS, words)
    assert part in str(caught.value)


def test_options_are_read_in_every_form() -> None:
    line = read(
        MAGICS, split("run 'my file.json' --timeout=10m --input a=1 --input b --secret X --secret Y -q --no-detach")
    )
    assert line.words == ["my file.json"]
    assert line.given == {
        "timeout": "10m",
        "input": {"a": "1", "b": None},
        "secret": ["X", "Y"],
        "quiet": True,
        "detach": False,
    }


def test_a_verb_by_its_other_name_is_the_same_verb() -> None:
    assert read(COMMANDS, ["workflows", "run", "a.json", "-q"]) == read(COMMANDS, ["run", "a.json", "-q"])
    assert help_text(COMMANDS, "workflows run", prefix="x") == help_text(COMMANDS, "run", prefix="x")
    listed = [line for line in help_text(COMMANDS, prefix="x").splitlines() if "run a workflow" in line]
    assert len(listed) == 1
    assert "workflows run" in listed[0]


def test_words_after_two_dashes_are_no_options() -> None:
    assert read(MAGICS, ["run", "--", "--odd.json"]).words == ["--odd.json"]


def test_a_negative_number_is_a_value() -> None:
    assert read(MAGICS, split("run --retries -1")).given == {"retries": "-1"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ('"1"', "1"),
        ("[1, 2]", [1, 2]),
        ("word", "word"),
        ("", ""),
    ],
)
def test_a_value_is_json_or_text(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "[" * 100_000])
def test_what_json_does_not_have_is_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize("verbs", [MAGICS, COMMANDS])
def test_every_verb_has_help_with_all_its_options(verbs: Any) -> None:
    for name, verb in verbs.items():
        text = help_text(verbs, name, prefix="x")
        assert all(flag in text for flag in verb.options())


PIECES = st.sampled_from(
    ["run", "job", "--gpus", "--input", "a=1", "--", "-", "'", '"', "–x", "=", "--detach=", "x", "\\"]
)


@given(st.lists(PIECES | st.text(max_size=6), max_size=8).map(" ".join))
def test_any_line_is_read_or_refused_by_one_sentence(text: str) -> None:
    try:
        line = read(MAGICS, split(text))
    except BadLine as error:
        assert str(error)
    else:
        assert line.verb.name in MAGICS
