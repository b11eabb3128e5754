"""What clients may ask for in a job: the strategies, permissions, containers, GPUs and code that this worker allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nodetool_jupyter.api.files import read_request
from nodetool_jupyter.api.submission import MOST, OURS, Rules, check_names, forbidden
from nodetool_jupyter.api.submit import request_for
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.graph import Graph, find_graph, read_graph
from nodetool_jupyter.redact import check_secret
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.worker.catalogue import FILE_NODES, FILES, Catalogue
from nodetool_jupyter.worker.options import WorkerOptions

EVERYBODY = "all"
_DROPPED = OURS | {"notebook"}
_NAME = re.compile(r"values/[0-9a-f]{16,32}\.[a-z]{2,12}")
_VISIBLE = "CUDA_VISIBLE_DEVICES"


class JobRules:
    """Reads what a client sends, and refuses what may not be; may block, because node types may have to be imported.

    Jobs get the rights that single nodes have here: types that are not offered are refused in a graph too, unless they
    mean something in a graph only.
    """

    def __init__(self, options: WorkerOptions, catalogue: Catalogue) -> None:
        self._options = options
        self._catalogue = catalogue
        self._rules = Rules(options.strategies, tuple(set(options.permissions) - {FILES}))

    def read(self, data: Mapping[str, Any], user: str, key: str | None, *, code: bool = False) -> RunJobRequest:
        """Return the request of a submission; ``code`` is whether node types came with it.

        Raises :class:`InvalidGraph`, :class:`InvalidRequest`, and :class:`Refused` for what is not let through.
        """
        fields = {name: value for name, value in data.items() if name not in _DROPPED and value is not None}
        check_names(fields)
        if fields.pop("node_workers", None):
            raise InvalidRequest("a worker runs all nodes of a job itself: leave out node_workers")
        if "strategy" not in fields and "execution_strategy" not in fields:
            fields["strategy"] = self._options.strategies[0]
        if key is not None:
            fields["idempotency_key"] = key
        work = read_request(fields)
        request = request_for(work.flow, {}, fixed=work.request)
        self.check(request, user, code=code)
        return request.model_copy(update={"user_id": user, "env": {**request.env, **self._shown_gpus(request)}})

    def check(self, request: RunJobRequest, user: str, *, code: bool = False) -> None:
        """Refuse a request that may not be; raises what :meth:`read` does."""
        if code:
            self.check_code(user)
        self._rules.check(request)
        for name in request.env:
            if name == _VISIBLE or name.upper().startswith("NODETOOL_"):
                raise forbidden(f"jobs that are sent here may not set {name!r}")
        self._check_container(request)
        self._check_gpus(request)
        self._check_graph(read_graph(find_graph(request.graph or {})), code=code)

    def check_code(self, user: str) -> None:
        """Refuse somebody's own code, unless they may send any here; raises :class:`Refused`."""
        if EVERYBODY not in self._options.allow_code and user not in self._options.allow_code:
            raise forbidden(
                "functions that a notebook defines are not run here: install them on the worker as a package of nodes, "
                "or have it started with --allow-code"
            )

    def check_values(self, values: Mapping[str, str], user: str) -> None:
        """Refuse names that no stored value has, and pickles of those who may send no code."""
        for name in values:
            if not _NAME.fullmatch(name):
                raise InvalidRequest(f"{name[:60]!r} is no name of a stored value")
            if name.endswith(".pkl"):
                self.check_code(user)

    def check_secrets(self, secrets: Mapping[str, str]) -> None:
        """Refuse values that are too short to be masked; raises :class:`InvalidRequest`."""
        for name, value in secrets.items():
            check_secret(name, value)

    def _check_container(self, request: RunJobRequest) -> None:
        """Refuse options of containers that are the administrator's to decide."""
        asked = request.options
        named = {
            "image": asked.get("image") is not None or asked.get("pull", "missing") != "missing",
            "mounts": bool(asked.get("mounts")),
            "network": asked.get("network") not in (None, False, "false", "False"),
            "trusted": asked.get("sandbox") == "trusted",
        }
        for name, given in named.items():
            if given and name not in self._options.container:
                raise forbidden(
                    f"jobs that are sent here may not choose {_SAID[name]}; the worker's --allow-container decides that"
                )

    def _check_gpus(self, request: RunJobRequest) -> None:
        if self._options.own_gpus is None or not request.gpus:
            return
        allowed = {gpu.uuid for gpu in self._options.own_gpus}
        beyond = [gpu for gpu in gpus.choose(request.gpus) if gpu.uuid not in allowed]
        if beyond:
            raise forbidden(f"jobs that are sent here may not use GPU {beyond[0].index}")

    def _shown_gpus(self, request: RunJobRequest) -> dict[str, str]:
        """Return what shows a job that names no GPU those of this worker only."""
        own = self._options.own_gpus
        if own is None or request.gpus or request.strategy == "docker":
            return {}
        return gpus.visible(own) or {_VISIBLE: ""}

    def _check_graph(self, graph: Graph, *, code: bool) -> None:
        if len(graph.nodes) + len(graph.edges) > MOST:
            raise InvalidRequest(f"the workflow has more than {MOST} nodes and edges")
        unknown = []
        for node in graph.nodes:
            kind = self._catalogue.known.get(node.type)
            if kind is None:
                if not code:
                    hint = self._catalogue.suggestion(node.type)
                    said = f"this worker has no such node type; {hint}".rstrip("; ")
                    unknown.append(Issue(said, node.id, node.type))
                continue
            files = kind.name in FILE_NODES and FILES not in self._options.permissions
            if files or (kind.role == "node" and self._catalogue.get(kind.name) is None):
                raise forbidden(f"node {node.id!r}: this worker does not offer {node.type}")
        if unknown:
            raise InvalidGraph(unknown)


_SAID = {
    "image": "an image",
    "mounts": "folders to mount",
    "network": "a network",
    "trusted": "the sandbox 'trusted'",
}
