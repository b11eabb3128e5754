"""Fetching an image from its registry, with a deadline for the whole, and words about how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.execution.container.image import missing, split
from nodetool_jupyter.execution.container.wire import Refusal, Wire

_PAUSE = 0.25  # seconds between two words about a pull


def fetch(wire: Wire, ref: str, timeout: float, tell: Callable[[str], None]) -> None:
    """Let the engine pull an image, with the credentials of ``docker login``; ``tell`` hears how far it is.

    Raises :class:`ImageMissing` when it cannot be had, or not in ``timeout`` seconds.
    """
    end = clock.monotonic() + timeout

    def left() -> float:
        rest = end - clock.monotonic()
        if rest <= 0:
            raise missing(ref, f"and {timeout:g} s were not enough to pull it")
        return rest

    repository, tag = split(ref)
    query = {"fromImage": repository, "tag": tag}
    headers = _credentials(wire, ref, repository)
    fault: str | None
    try:
        with closing(wire.lines("/images/create", query, headers, left)) as lines:
            fault = next(_progress(lines, ref, tell), None)
    except Refusal as refusal:
        fault = refusal.words
    except EngineUnavailable:
        left()  # it was silent until the deadline, which is no fault of its own
        raise
    if fault is not None:
        if "no space left on device" in fault:
            raise Refusal(500, fault)
        raise missing(ref, f"and it cannot be pulled ({' '.join(fault.split()).rstrip('.')})")


def _credentials(wire: Wire, ref: str, repository: str) -> dict[str, str]:
    from docker import auth
    from docker.errors import DockerException

    try:
        registry = auth.resolve_repository_name(repository)[0]
        header = auth.get_config_header(wire.client, registry)
    except DockerException as error:  # its text may hold what a credential helper said
        why = f"and the credentials of its registry cannot be read ({type(error).__name__})"
        raise missing(ref, why) from None
    return {"X-Registry-Auth": header.decode() if isinstance(header, bytes) else header} if header else {}


def _progress(lines: Iterable[bytes], ref: str, tell: Callable[[str], None]) -> Iterator[str]:
    """Read what the engine says of a pull, tell of it now and then, and yield the faults that it names."""
    layers: dict[str, tuple[int, int]] = {}
    done: set[str] = set()
    told, last = "", clock.monotonic() - _PAUSE
    for line in lines:
        try:
            word = json.loads(line)
        except ValueError:
            continue
        if not isinstance(word, dict):
            continue
        if "error" in word:
            yield str(word["error"])
            return
        _take(word, layers, done)
        text = _text(ref, layers, done)
        if text != told and clock.monotonic() - last >= _PAUSE:
            told, last = text, clock.monotonic()
            tell(text)


def _take(word: Mapping[str, Any], layers: dict[str, tuple[int, int]], done: set[str]) -> None:
    layer, status, detail = word.get("id"), word.get("status"), word.get("progressDetail") or {}
    if status in ("Pull complete", "Already exists"):
        done.add(str(layer))
    elif status == "Downloading" and "total" in detail:
        layers[str(layer)] = (int(detail.get("current", 0)), int(detail["total"]))
    elif status in ("Pulling fs layer", "Waiting"):
        layers.setdefault(str(layer), (0, 0))


def _text(ref: str, layers: Mapping[str, tuple[int, int]], done: set[str]) -> str:
    have = sum(total if layer in done else current for layer, (current, total) in layers.items())
    whole = sum(total for _, total in layers.values())
    return f"pulling {ref}: {len(done)} of {len(done | set(layers))} layers, {have / 1e6:.0f} of {whole / 1e6:.0f} MB"
