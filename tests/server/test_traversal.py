"""Names that try to be ways: whatever stands in the place of an id or a name, no other file is reached, nor named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.server.people import shake_hands
from tests.server.stored import keep_now
from tests.server.talk import Api

CANARY = "canary-that-no-answer-may-hold"

FORMS = {
    "parent": "..",
    "here": ".",
    "grandparents": "../../../../../../etc/passwd",
    "one segment": "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "capitals": "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
    "dots encoded": "%2e%2e/%2e%2e/etc/passwd",
    "twice encoded": "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "thrice encoded": "%25252e%25252e%25252f",
    "backslashes": "..%5c..%5c..%5cetc%5cpasswd",
    "mixed": "..%5c../..%2fetc/passwd",
    "four dots": "....//....//etc/passwd",
    "dots and a semicolon": "..;/..;/etc/passwd",
    "overlong UTF-8": "%c0%ae%c0%ae%c0%afetc",
    "longer overlong UTF-8": "%e0%80%ae%e0%80%ae%e0%80%af",
    "no UTF-8": "%ff%fe",
    "IIS": "%u002e%u002e%u2215etc",
    "wide dots": "%ef%bc%8e%ef%bc%8e%ef%bc%8fetc",
    "two-dot leader": "%e2%80%a5%e2%88%95etc",
    "NUL": "%00",
    "NUL behind": "{ref}%00.png",
    "NUL before": "%00{ref}",
    "newline": "{ref}%0a",
    "absolute": "/etc/passwd",
    "absolute encoded": "%2fetc%2fpasswd",
    "two slashes": "//etc/passwd",
    "UNC": "%5c%5chost%5cshare%5cfile",
    "drive": "C:%5cwindows%5cwin.ini",
    "stream": "{ref}::$DATA",
    "URL": "file:%2f%2f%2fetc%2fpasswd",
    "proc": "..%2f..%2f..%2fproc%2fself%2fenviron",
    "the request": "..%2frequest.json",
    "the log": "..%2fevents.jsonl",
    "the owner": "..%2fowner.1",
    "another folder": "x%2f..%2f{ref}",
    "prefix": "values%2f{ref}",
    "home": "~",
    "home encoded": "%7eroot%2f.bashrc",
    "variable": "%24HOME",
    "pattern": "*",
    "encoded pattern": "%5b0-9a-f%5d%2a.bin",
    "spaces": "%20{ref}%20",
    "trailing dot": "{ref}.",
    "very long": "a" * 3000,
    "only percent": "%",
    "broken escape": "%zz",
}


@pytest.fixture
def kept(manager: Callable[[], JobExecutionManager], tmp_path: Path) -> tuple[str, str]:
    """A job and the name of its value; beside it, everything that must not be read."""
    found = keep_now(manager, CANARY.encode() * 2, name=CANARY)
    jobs = found.folder.parent
    for place in (jobs, jobs.parent, tmp_path):
        (place / "beside.bin").write_text(CANARY)
    return found.job, found.ref


PLACES = {
    "value": "jobs/{job}/values/{form}",
    "job of a value": "jobs/{form}/values/{ref}",
    "job": "jobs/{form}",
    "log": "jobs/{form}/logs",
    "events": "jobs/{form}/events",
    "node": "jobs/{job}/nodes/{form}",
    "outputs": "jobs/{form}/outputs",
    "type": "nodes/{form}",
}


@pytest.mark.parametrize("place", PLACES)
async def test_no_name_is_a_way(api: Api, kept: tuple[str, str], tmp_path: Path, place: str) -> None:
    job, ref = kept
    wrong = {}
    for name, form in FORMS.items():
        answer = await api.get(PLACES[place].format(job=job, ref=ref, form=form.format(ref=ref)))
        leaked = [word for word in (CANARY, "root:", str(tmp_path), "Traceback") if word.encode() in answer.body]
        if answer.status not in (400, 404) or leaked:
            wrong[name] = (answer.status, leaked)
    assert wrong == {}


async def test_no_name_is_a_way_to_a_worker(api: Api) -> None:
    found = {name: await shake_hands(api, f"workers/{form.format(ref='x')}/ws") for name, form in FORMS.items()}
    assert {name: status for name, status in found.items() if status not in (400, 404)} == {}


@pytest.mark.parametrize("method", ["DELETE", "POST"])
async def test_nothing_is_changed_through_a_name(api: Api, kept: tuple[str, str], tmp_path: Path, method: str) -> None:
    job, ref = kept
    place = tmp_path / "nodetool" / "jobs"
    before = sorted(map(str, place.rglob("*")))
    for form in FORMS.values():
        path = f"jobs/{form.format(ref=ref)}" + ("/cancel" if method == "POST" else "")
        assert (await api.ask(method, path, b"" if method == "POST" else None)).status in (400, 404, 405)
    assert (await api.get(f"jobs/{job}")).status == 200
    assert sorted(map(str, place.rglob("*"))) == before
