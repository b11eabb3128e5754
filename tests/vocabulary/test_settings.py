"""Settings, the clock, fault points and errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nodetool_jupyter import clock, faults, settings
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, NodetoolError, nearest
from nodetool_jupyter.testing import set_clock


def test_a_variable_wins_over_its_alias_and_that_over_the_default() -> None:
    assert settings.get("DOCKER_MEMORY_LIMIT", {}) == "2g"
    assert settings.get("DOCKER_MEMORY_LIMIT", {"DOCKER_MEM_LIMIT": "3g"}) == "3g"
    assert settings.get("DOCKER_MEMORY_LIMIT", {"DOCKER_MEM_LIMIT": "3g", "DOCKER_MEMORY_LIMIT": "4g"}) == "4g"
    assert settings.get("NO_SUCH_SETTING", {}) == ""
    assert settings.get("NO_SUCH_SETTING", {"NO_SUCH_SETTING": "x"}) == "x"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("many", "THREAD_POOL_SIZE must be a whole number, not 'many'"),
        ("0", "THREAD_POOL_SIZE must be at least 1, not 0"),
    ],
)
def test_a_number_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, says: str) -> None:
    monkeypatch.setenv("THREAD_POOL_SIZE", value)
    with pytest.raises(InvalidRequest, match=says):
        settings.thread_pool_size()


@pytest.fixture
def chosen() -> Iterator[None]:
    """Let nothing that a test chose hold after it."""
    yield
    for name in settings.chosen():
        settings.choose(name, "")


@pytest.mark.usefixtures("chosen")
def test_what_was_chosen_wins_over_the_variable_until_it_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_IMAGE", "of/the:variable")
    settings.choose("DOCKER_IMAGE", "of/the:trait")
    assert (settings.get("DOCKER_IMAGE"), settings.given("DOCKER_IMAGE")) == ("of/the:trait", "of/the:trait")
    assert settings.chosen() == {"DOCKER_IMAGE": "of/the:trait"}
    assert settings.get("DOCKER_IMAGE", {}) == ""  # an environment of its own counts alone
    settings.choose("DOCKER_IMAGE", "")
    assert settings.get("DOCKER_IMAGE") == "of/the:variable"


def test_what_somebody_set_is_told_apart_from_the_default() -> None:
    assert (settings.get("MAX_DOCKER_JOBS", {}), settings.given("MAX_DOCKER_JOBS", {})) == ("4", "")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("DOCKER_MEMORY_LIMIT", "much", "DOCKER_MEMORY_LIMIT: 'much' is no size; write bytes, or 512m, 4g"),
        ("DOCKER_SHM_SIZE", "0", "DOCKER_SHM_SIZE must be a size above 0, not '0'"),
        ("DOCKER_CPU_LIMIT", "-1", "DOCKER_CPU_LIMIT must be a number above 0, not '-1'"),
        ("MAX_DOCKER_JOBS", "x", "MAX_DOCKER_JOBS must be a whole number, not 'x'"),
        ("NODETOOL_LOG_CAP", "9", "NODETOOL_LOG_CAP must be at least 4096, not 9"),
        (
            "DOCKER_USER",
            "0",
            "DOCKER_USER must be the numbers of a user who is not root, such as 1000:1000, not '0'",
        ),
    ],
)
@pytest.mark.usefixtures("chosen")
def test_what_a_setting_cannot_be_is_not_chosen(name: str, text: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        settings.choose(name, text)
    assert (str(caught.value), settings.chosen()) == (says, {})


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.name)
def test_every_default_can_be_read(setting: settings.Setting) -> None:
    settings.check(setting.name, setting.default)


@pytest.mark.parametrize(
    ("text", "separator", "found"),
    [("a, b,,", ",", ("a", "b")), ("/a:/b", ":", ("/a", "/b")), ("", ",", ())],
)
def test_a_list_is_read_without_empty_parts(text: str, separator: str, found: tuple[str, ...]) -> None:
    assert settings.get_list("DOCKER_ALLOWED_MOUNTS", separator, {"DOCKER_ALLOWED_MOUNTS": text}) == found


def test_sizes_come_from_the_cpus_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREAD_POOL_SIZE", raising=False)
    monkeypatch.delenv("MAX_WORKFLOW_THREADS", raising=False)
    assert settings.thread_pool_size() == settings.cpu_count()
    assert settings.max_workflow_threads() == 2 * settings.cpu_count()
    monkeypatch.setenv("THREAD_POOL_SIZE", "7")
    assert settings.thread_pool_size() == 7


def test_settings_have_one_entry_each_and_secrets_have_no_default() -> None:
    names = [setting.name for setting in settings.SETTINGS]
    assert len(names) == len(set(names))
    assert all(setting.meaning for setting in settings.SETTINGS)
    assert not any(setting.default for setting in settings.SETTINGS if setting.secret)


def test_a_runs_clock_does_not_follow_a_jump_of_the_wall_clock() -> None:
    with set_clock() as settable:
        run_clock = clock.RunClock()
        before = run_clock.time()
        settable.jump(-3600)
        settable.advance(2)
        assert run_clock.time() == pytest.approx(before + 2)
        assert clock.time() == pytest.approx(before + 2 - 3600)


def test_a_fault_point_does_nothing_until_it_is_armed() -> None:
    passed: list[int] = []
    faults.point("submit.before_log")
    faults.arm("submit.before_log", lambda: passed.append(1))
    try:
        faults.point("submit.before_log")
        faults.point("submit.before_index")
    finally:
        faults.disarm()
    faults.point("submit.before_log")
    assert passed == [1]
    with pytest.raises(KeyError, match="there is no fault point 'nowhere'"):
        faults.arm("nowhere", lambda: None)


@pytest.mark.parametrize(
    ("word", "choices", "says"),
    [
        ("colour", ["color", "size"], "did you mean 'color'?"),
        ("x", ["alpha", "beta"], "valid: alpha, beta"),
        ("other.Concat", ["nodetool.text.Concat"], "did you mean 'nodetool.text.Concat'?"),
        ("x", [], ""),
        ("x", [f"long name {n}" for n in range(20)], ""),
    ],
)
def test_the_nearest_choice(word: str, choices: list[str], says: str) -> None:
    assert nearest(word, choices) == says


def test_many_faults_are_counted_and_the_first_are_shown() -> None:
    error = InvalidGraph([Issue(f"fault {n}", "a", "x.Y", "p") for n in range(20)])
    assert isinstance(error, (ValueError, NodetoolError))
    lines = str(error).splitlines()
    assert lines[0] == "The workflow cannot run, 20 faults:"
    assert lines[1] == "  - node 'a' (x.Y), p: fault 0"
    assert lines[-1] == "  … and 8 more"
    assert len(error.issues) == 20
