"""The engine's calls about what containers keep: files put in and read out as archives, and their volumes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

from nodetool_jupyter.execution.container.wire import WORK, Refusal, Wire, by_labels, gone, id_part


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFacts:
    """A volume in a list."""

    name: str
    labels: Mapping[str, str]


class EngineStorage:
    """That part of an engine which is about files; blocks and raises as :class:`ContainerEngine` does."""

    _wire: Wire

    def put_archive(self, id_: str, folder: str, archive: Iterable[bytes]) -> None:
        """Unpack an archive in a folder of a container, running or not; what is in it belongs to whom it says.

        The folder must be in a volume when the root cannot be written. Raises :class:`ExecutionLost` when there is no
        such container or folder.
        """
        try:
            self._wire.upload(f"/containers/{id_part(id_)}/archive", {"path": folder}, archive)
        except Refusal as refusal:
            gone(id_, refusal)

    def get_archive(self, id_: str, path: str) -> Generator[bytes, None, None]:
        """Yield the archive of a file or a folder of a container; links are in it, never followed.

        Nothing is yielded when there is no such path. Raises :class:`ExecutionLost` when there is no such container,
        :class:`EngineUnavailable` also when the archive breaks off.
        """
        try:
            yield from self._wire.download(f"/containers/{id_part(id_)}/archive", {"path": path})
        except Refusal as refusal:
            if refusal.status != 404 or "such container" in refusal.words:
                gone(id_, refusal)

    def volumes(self, labels: Mapping[str, str]) -> list[VolumeFacts]:
        """Return the volumes that have all of some labels, in use or not."""
        found = self._wire.ask("GET", "/volumes", query=by_labels(labels))["Volumes"] or ()
        listed = [VolumeFacts(name=one["Name"], labels=one["Labels"] or {}) for one in found]
        return [one for one in listed if labels.items() <= one.labels.items()]

    def remove_volume(self, name: str) -> bool:
        """Remove a volume; one that is not there is fine. Tells whether it is gone: one in use by a container stays."""
        try:
            self._wire.ask("DELETE", f"/volumes/{id_part(name)}", timeout=WORK)
        except Refusal as refusal:
            if refusal.status == 409:
                return False
            if refusal.status != 404:
                raise
        return True
