"""Figures for Prometheus: right, under a right of their own, and without a name of anybody or anything."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import ExecutionStrategy
from nodetool_jupyter.server import figures
from nodetool_jupyter.server.problems import CODES
from nodetool_jupyter.states import Status
from tests.server.stored import keep
from tests.server.talk import Api, Held

Manager = Callable[[], JobExecutionManager]


async def figure(api: Api, name: str, **labels: str) -> float:
    """Return a figure as it is told now; 0 where it is not told."""
    text = (await api.get("metrics")).body.decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return sum(one.value for one in samples if one.name == name and one.labels == labels)


async def test_jobs_are_counted_by_state_and_strategy(api: Api, manager: Manager, held: Held) -> None:
    await held.submit()
    await keep(manager, b"x")
    await asyncio.to_thread(manager()._desk.indexer.flush)
    found = [
        await figure(api, "nodetool_jobs", status="completed", strategy="threaded"),
        await figure(api, "nodetool_jobs", status="running", strategy="other"),
        await figure(api, "nodetool_jobs", status="error", strategy="other"),
    ]
    assert found == [1, 1, 0]


async def test_bytes_of_values_are_counted(api: Api, manager: Manager) -> None:
    kept = await keep(manager, bytes(1000))
    before = await figure(api, "nodetool_sent_bytes_total", kind="value")
    await api.get(kept.address)
    assert await figure(api, "nodetool_sent_bytes_total", kind="value") - before == 1000


@pytest.mark.parametrize(("kind", "status"), [("jobs/nosuchjob", "not_found"), ("logs?x=1", "not_found")])
async def test_refusals_are_counted_by_their_code(api: Api, kind: str, status: str) -> None:
    before = await figure(api, "nodetool_refusals_total", code=status)
    assert (await api.get(kind)).code == status
    assert await figure(api, "nodetool_refusals_total", code=status) - before == 1


async def test_submits_are_counted(api: Api, graph: dict[str, Any]) -> None:
    before = await figure(api, "nodetool_submits_total", strategy="threaded")
    assert (await api.post("jobs", {"graph": graph, "strategy": "threaded"})).status == 201
    assert await figure(api, "nodetool_submits_total", strategy="threaded") - before == 1


async def test_every_label_is_of_a_closed_list(api: Api, manager: Manager) -> None:
    figures.submitted("a strategy of somebody's")
    figures.refused("a code of nobody's")
    await keep(manager, b"x", name="secret name", user_id="somebody")
    words = {*map(str, Status), *map(str, ExecutionStrategy), *CODES.values(), figures.OTHER}
    words |= {"invalid_json", "invalid_graph", "not_ended", "ended", "events", "sse", "worker", "value"}
    text = (await api.get("metrics")).body.decode()
    strange = [found for found in re.findall(r'="([^"]*)"', text) if found not in words and not _is_number(found)]
    assert strange == []


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9.]+|\+Inf", text) is not None


async def test_the_right_to_read_jobs_is_not_enough(
    api: Api, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may(handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource == "nodetool"

    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", may)
    answers = [(await api.get(path)).status for path in ("jobs", "metrics")]
    assert answers == [200, 403]


async def test_a_scrape_is_no_activity(api: Api, jp_serverapp: Any) -> None:
    before = jp_serverapp.web_app.settings.get("api_last_activity")
    await api.get("metrics")
    assert jp_serverapp.web_app.settings.get("api_last_activity") == before
