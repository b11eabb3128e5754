"""Node types over HTTP."""

from __future__ import annotations

from nodetool_jupyter.jobs.manager import manager
from tests.bridge.known import ADD, known
from tests.server.talk import Api


async def test_types_come_in_pages_by_name(api: Api) -> None:
    names: list[str] = []
    after = ""
    while after is not None:
        page = (await api.get("nodes", namespace="nodetool.text", limit=10, **({"after": after} if after else {}))).json
        names += [one["node_type"] for one in page["nodes"]]
        after = page["next"]
    assert names == sorted(names)
    assert len(names) == page["total"] > 10
    assert "nodetool.text.ToUppercase" in names


async def test_a_namespace_has_those_below_it_and_no_others(api: Api) -> None:
    page = (await api.get("nodes", namespace="nodetool.tex")).json
    assert (page["nodes"], page["total"]) == ([], 0)
    spaces = {one["namespace"] for one in (await api.get("nodes", namespace="lib.pillow", limit=1000)).json["nodes"]}
    assert {"lib.pillow", "lib.pillow.draw"} <= spaces
    assert all(space.split(".")[:2] == ["lib", "pillow"] for space in spaces)


async def test_types_are_looked_for_by_what_they_do(api: Api) -> None:
    page = (await api.get("nodes", q="UPPERCASE", namespace="nodetool.text")).json
    assert [one["node_type"] for one in page["nodes"]] == ["nodetool.text.ToUppercase"]


async def test_one_type_is_described_as_nodetool_does(api: Api) -> None:
    told = (await api.get("nodes/nodetool.text.ToUppercase")).json
    assert told["title"] == "ToUppercase"
    assert [one["name"] for one in told["properties"]] == ["text"]
    assert told["outputs"][0]["type"]["type"] == "str"


async def test_an_unknown_type_is_not_found_and_the_nearest_named(api: Api) -> None:
    answer = await api.get("nodes/nodetool.text.ToUpercase")
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.json["hint"] == "did you mean 'nodetool.text.ToUppercase'?"


async def test_types_of_known_workers_are_among_them(api: Api) -> None:
    files = known(manager().places.data, gpu=[ADD])
    try:
        page = (await api.get("nodes", namespace="pack")).json
        assert [(one["node_type"], one["worker"]) for one in page["nodes"]] == [("pack.basic.Add", "gpu")]
        assert (await api.get("nodes/pack.basic.Add")).json["secrets"] == ["PACK_KEY"]
    finally:
        files.forget("gpu")
