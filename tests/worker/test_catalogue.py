"""What a worker offers, and the words of its errors."""

from __future__ import annotations

import asyncio

import pytest

from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, NodeTimeout, NotStorable
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.worker.catalogue import FILE_NODES, Catalogue
from nodetool_jupyter.worker.wording import LONGEST, failure, shown
from tests.worker.scenery import running

PATHS = {"path", "file_path", "folder", "filename", "directory"}


def test_every_family_is_offered_and_nothing_that_only_a_graph_has() -> None:
    found = {node["node_type"] for node in Catalogue().nodes}
    assert {"lib.math.Add", "nodetool.text.Concat", "huggingface.sentence_similarity.SentenceSimilarity"} <= found
    roles = {kind.name: kind.role for kind in registry.types()}
    assert {roles[name] for name in found} == {"node"}


def test_what_needs_a_permission_is_offered_where_it_was_given() -> None:
    needing = {kind.name: kind.permission for kind in registry.types() if kind.permission and kind.role == "node"}
    assert needing
    assert not needing.keys() & {node["node_type"] for node in Catalogue().nodes}
    with_shell = {node["node_type"] for node in Catalogue(permissions=("shell",)).nodes}
    assert needing.keys() & with_shell == {name for name, permission in needing.items() if permission == "shell"}


def test_no_node_reads_or_writes_a_path_that_a_client_gives_unless_it_may() -> None:
    json_paths = {kind.name for kind in registry.types("lib.json")}
    taking = {
        kind.name for kind in registry.types() if kind.role == "node" and PATHS & kind.properties.keys()
    } - json_paths
    ours = {name for name in taking if name.startswith(("nodetool.", "lib."))}
    assert ours == FILE_NODES
    assert not FILE_NODES & {node["node_type"] for node in Catalogue().nodes}
    assert {node["node_type"] for node in Catalogue(permissions=("files",)).nodes} >= FILE_NODES


def test_a_type_that_is_not_offered_cannot_be_run() -> None:
    async def whole() -> None:
        async with running(namespaces=("nodetool.data",)) as worker:
            client = await worker.connect()
            for name in ("nodetool.data.LoadCSVFile", "lib.math.Add"):
                found = await client.ask("execute", {"node_type": name, "fields": {"file_path": "/etc/passwd"}})
                assert found["data"]["code"] == "unknown_node"

    asyncio.run(whole())


def test_namespaces_are_whole_words() -> None:
    found = {node["node_type"] for node in Catalogue(("lib.image",)).nodes}
    assert found
    assert all(name.startswith("lib.image.") for name in found)
    assert Catalogue(("lib.imag",)).nodes == []


def test_a_package_that_does_not_load_is_told_and_the_others_are_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.load_errors, "broken", "ImportError: /home/ada/x/y.py is broken")
    (fault,) = [one for one in Catalogue(("lib.math",)).load_errors if one["module"] == "broken"]
    assert fault == {"module": "broken", "phase": "import", "error_type": "ImportError", "error": "…/y.py is broken"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no such file: /home/ada/.cache/x.bin", "no such file: …/x.bin"),
        ("'/usr/lib/python3/a.py', line 3", "'…/a.py', line 3"),
        ("[Errno 2] '/tmp/a b/c'", "[Errno 2] '…/a b/c'"),
        (r"C:\Users\ada\x.txt is gone", "…/x.txt is gone"),
        ("see https://example.org/a/b/c", "see https://example.org/a/b/c"),
        ("1/2 of 3/4", "1/2 of 3/4"),
        ("/ is a folder", "/ is a folder"),
        ("x" * 5000, "x" * (LONGEST - 1) + "…"),
    ],
    ids=["posix", "quoted", "blank", "windows", "address", "fractions", "root", "long"],
)
def test_paths_are_cut_down_to_their_last_part(text: str, wanted: str) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ValueError("kaputt"), "node_failed", "kaputt"),
        (ValueError(), "node_failed", "ValueError"),
        (InvalidRequest("no"), "invalid_request", "no"),
        (NodeTimeout("took longer"), "timeout", "took longer"),
        (NotStorable("a lock"), "not_storable", "a lock"),
        (MemoryError(), "out_of_memory", "MemoryError"),
        (InvalidGraph([Issue("is wrong", "n", "t", "a"), Issue("too")]), "invalid_fields", "a: is wrong; too"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_have_a_code_and_their_own_words(error: Exception, code: str, text: str) -> None:
    found = failure(error)
    assert (found.code, found.error, found.traceback) == (code, text, None)
