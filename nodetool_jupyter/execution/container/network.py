"""Networks: a container has none, or one of its own, made just before it and removed just after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.execution.container.wire import CALL, WORK, Refusal, Wire, by_labels, id_part


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """A network in a list."""

    id: str
    name: str
    labels: Mapping[str, str]


class EngineNetworks:
    """That part of an engine which is about networks; blocks and raises as :class:`ContainerEngine` does."""

    _wire: Wire

    def create_network(self, name: str, labels: Mapping[str, str]) -> str:
        """Make a bridge network and return its id; raises :class:`EngineUnavailable` when the engine can make none."""
        body = {"Name": name, "CheckDuplicate": True, "Driver": "bridge", "Labels": dict(labels)}
        try:
            return str(self._wire.ask("POST", "/networks/create", body=body, timeout=WORK)["Id"])
        except Refusal as refusal:
            raise EngineUnavailable(_sentence(refusal.words)) from None

    def networks(self, labels: Mapping[str, str]) -> list[NetworkFacts]:
        """Return the networks that have all of some labels, in use or not."""
        found = self._wire.ask("GET", "/networks", query=by_labels(labels), timeout=CALL) or ()
        listed = [NetworkFacts(id=one["Id"], name=one["Name"], labels=one["Labels"] or {}) for one in found]
        return [one for one in listed if labels.items() <= one.labels.items()]

    def remove_network(self, id_: str) -> bool:
        """Remove a network; one that is not there is fine. Tells whether it is gone: one that is in use stays."""
        try:
            self._wire.ask("DELETE", f"/networks/{id_part(id_)}", timeout=WORK)
        except Refusal as refusal:
            if "active endpoints" in refusal.words:
                return False
            if refusal.status != 404:
                raise
        return True


def _sentence(words: str) -> str:
    if "address pool" in words:
        return (
            "the Docker engine has no addresses left for another network; remove unused ones with docker network prune"
        )
    return f"the Docker engine can make no network of a job's own: {words}; leave --network out"
