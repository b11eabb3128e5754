"""Settings, the clock, fault points and errors."""

from __future__ import annotations

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
