"""Nodes that only a worker has: each shows one thing of what a placed node does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.tables import read_rows
from nodetool_jupyter.nodes.types import Array, Image, Table, reference

NODE_NAMESPACE = "placecheck"
Video = reference("video")


class Place(TypedDict):
    pid: int
    job_id: str
    node_id: str
    user_id: str
    secret: str


class Digest(TypedDict):
    size: int
    sha256: str


@nt.node
def Double(value: float = 0.0) -> float:
    """Double a number."""
    return value * 2


@nt.node
def Where(ctx: nt.NodeContext, value: Any = None) -> Place:
    """Say where and for whom this runs."""
    try:
        secret = ctx.secret("PLACE_SECRET")
    except InvalidRequest:
        secret = ""
    user = ctx.setting("NODETOOL_USER_ID")
    return {"pid": os.getpid(), "job_id": ctx.job_id, "node_id": ctx.node_id, "user_id": user, "secret": secret}


@nt.node
def Invert(image: Image) -> Image:
    """Turn a picture's colours round."""
    import PIL.ImageChops

    return PIL.ImageChops.invert(image.convert("RGB"))


@nt.node
def Album(count: int = 3) -> list[Any]:
    """Make pictures of one, two, three … pixels."""
    import PIL.Image

    return [PIL.Image.new("RGB", (side, side), "red") for side in range(1, count + 1)]


@nt.node
def Widths(images: list[Image]) -> list[int]:
    """Measure pictures."""
    return [image.width for image in images]


@nt.node
def Film(size: int = 0) -> Video:
    """Make bytes that no reader here reads."""
    return {"type": "video", "uri": "", "data": bytes(range(256)) * (size // 256)}


@nt.node
def Weigh(film: Video) -> Digest:
    """Weigh the bytes of a reference."""
    body = film["data"]
    return {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@nt.node
def Scaled(array: Array, factor: float = 2.0) -> Array:
    """Scale an array."""
    return np.asarray(array) * factor


@nt.node
def Rows(table: Table) -> list[Any]:
    """Return the cells of each row of a table."""
    return [list(row.values()) for row in read_rows(table)]


@nt.node
def Count(count: int = 3) -> Iterator[int]:
    """Count."""
    yield from range(count)


@nt.node
def Endless(ctx: nt.NodeContext, told: str = "") -> Iterator[int]:
    """Count until nobody wants it, and leave a file then."""
    number = 0
    try:
        while True:
            yield number
            number += 1
            ctx.wait(0.001)
    finally:
        Path(told).write_text("stopped")


@nt.node
def Speaks(ctx: nt.NodeContext) -> str:
    """Report in every way."""
    ctx.progress(3, 4, "nearly")
    ctx.log("hello", "warning")
    ctx.preview("look")
    ctx.chunk("piece", done=True)
    return "said"


@nt.node
def Breaks(message: str = "kaputt") -> str:
    """Fail."""
    raise ValueError(message)


@nt.node
def Holds(ctx: nt.NodeContext, told: str = "") -> str:
    """Say that it has begun, then wait until nobody wants it, and leave a file then."""
    ctx.log("begun")
    try:
        ctx.wait(60)
    finally:
        Path(told).write_text("stopped")
    return "waited"


@nt.node
def Stubborn(ctx: nt.NodeContext, pipe: str = "") -> str:
    """Take no notice of anything until somebody writes into a pipe."""
    ctx.log("begun")
    return Path(pipe).read_text()


@nt.node
def Second(ctx: nt.NodeContext, mark: str = "") -> str:
    """Wait for ever at the first call, which leaves a mark; return at the second."""
    if Path(mark).exists():
        return "again"
    Path(mark).write_text("begun")
    ctx.log("begun")
    ctx.wait(60)
    return "waited"
