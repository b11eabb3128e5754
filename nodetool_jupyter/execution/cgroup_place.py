"""Where control groups of Linux can be made: which version of them, which controllers, below which folder.

Facts: cgroups(7), the kernel's admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nodetool_jupyter.processes import look

PREFIX = "nodetool-"  # of the names of groups; at their end is the pid of the process that made them
V1 = ("memory", "cpu", "cpuacct", "pids", "freezer")
V2 = ("memory", "cpu", "pids")


@dataclass(frozen=True, slots=True)
class Place:
    """Where groups can be made: the version of the interface, and a folder for each controller."""

    version: int
    folders: Mapping[str, Path]


def find_place(root: Path = Path("/")) -> Place | None:
    """Return where this process may make groups; ``None`` when nowhere. ``root`` is the root of the file system."""
    try:
        own = _own_paths(root)
        mounts = list(_mounts(root))
    except OSError:
        return None
    v1 = {}
    for folder, inside, kind, options in mounts:
        for controller in options if kind == "cgroup" else ():
            path = _join(folder, inside, own.get(controller)) if controller in V1 else None
            if path is not None and _usable(path):
                v1[controller] = path
    if v1:
        return Place(1, v1)
    for folder, inside, kind, _ in mounts:
        path = _join(folder, inside, own.get("")) if kind == "cgroup2" else None
        if path is not None:
            return _find_v2(path, folder)
    return None


def own_groups(root: Path = Path("/")) -> Iterator[Place]:
    """Yield the control group that this process is in, then those around it, as far as they are seen here."""
    try:
        own = _own_paths(root)
        mounts = list(_mounts(root))
    except OSError:
        return
    for version, kind, controllers in ((1, "cgroup", V1), (2, "cgroup2", V2)):
        tops: dict[str, Path] = {}
        groups: dict[str, Path] = {}
        for folder, inside, found, options in mounts:
            for name in controllers if found == kind else ():
                path = _join(folder, inside, own.get(name if version == 1 else ""))
                if path is not None and path.is_dir() and (version == 2 or name in options):
                    tops[name], groups[name] = folder, path
        if "memory" in groups:
            while groups:
                yield Place(version, groups)
                groups = {name: path.parent for name, path in groups.items() if path != tops[name]}
            return


def _own_paths(root: Path) -> dict[str, str]:
    """Return this process's path in each hierarchy, by controller; v2's has the empty name."""
    paths = {}
    for line in Path(root, "proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _mounts(root: Path) -> Iterator[tuple[Path, str, str, list[str]]]:
    """Yield where each hierarchy is mounted, which part of it that is, its kind and its options."""
    for line in Path(root, "proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = [*after.split(" "), "", ""][:3]
        if kind in ("cgroup", "cgroup2"):
            inside, folder = (_unescape(word) for word in before.split(" ")[3:5])
            yield root / folder.lstrip("/"), inside, kind, options.split(",")


def _unescape(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), word)


def _join(folder: Path, inside: str, own: str | None) -> Path | None:
    """Return the folder of a path in a hierarchy of which only the part ``inside`` is mounted."""
    if own is None or ".." in own.split("/"):  # outside what can be seen here
        return None
    if inside != "/":
        if own != inside and not own.startswith(inside + "/"):
            return None
        own = own[len(inside) :]
    return folder / own.lstrip("/")


def _usable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _find_v2(own: Path, top: Path) -> Place | None:
    """Return the nearest folder whose groups have controllers: beside our own group, or below it.

    A group that holds processes hands no controllers down, so ours does so only at the very root. Beside ours is a
    place where the folder above was delegated to this user, as systemd does for its user services.
    """
    for folder in (own, own.parent) if own != top else (own,):
        if not _usable(folder):
            continue
        given = _words(folder / "cgroup.subtree_control")
        for controller in V2 if folder == own else ():
            if controller not in given and controller in _words(folder / "cgroup.controllers"):
                with suppress(OSError):
                    (folder / "cgroup.subtree_control").write_text(f"+{controller}")
                    given.add(controller)
        if given & set(V2):
            return Place(2, {controller: folder for controller in V2 if controller in given})
    return None


def _words(path: Path) -> set[str]:
    try:
        return set(path.read_text().split())
    except OSError:
        return set()


def sweep(place: Place) -> None:
    """Remove empty groups whose maker was killed; the number at the end of a name is its pid."""
    for folder in set(place.folders.values()):
        for left in folder.glob(f"{PREFIX}*"):
            pid = left.name.rpartition("-")[2]
            if pid.isdecimal() and look(int(pid)) is None:
                with suppress(OSError):
                    left.rmdir()
