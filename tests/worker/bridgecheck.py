"""The nodes of the recorded cases, as our own: what each does is known from its requests and replies alone."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
import weakref
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypedDict

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.embedding import models
from nodetool_jupyter.nodes.types import Image, reference

NODE_NAMESPACE = "bridgecheck.basic"
Picture = reference("picture")  # handed on unread

blocked = threading.Event()
release = threading.Event()


def _sane(number: float, most: int) -> None:
    """Refuse what would keep the whole machine busy: a node may do that, and no test is to."""
    if number > most:
        raise ValueError(f"{number} is more than {most}")


class Division(TypedDict):
    quotient: int
    remainder: int


class Counted(TypedDict, total=False):
    value: int
    total: int


class Who(TypedDict):
    node_id: str
    job_id: str
    workflow_id: str
    user_id: str
    secret: str


class Blob(TypedDict):
    size: int
    sha256: str
    uri: str


@nt.node
def Add(a: float = 0.0, b: float = 0.0) -> float:
    """Add two numbers."""
    return a + b


@nt.node
def DivMod(a: int = 0, b: int = 1) -> Division:
    """Divide two whole numbers."""
    return {"quotient": a // b, "remainder": a % b}


@nt.node
async def CountStream(count: int = 5, delay: float = 0.0) -> AsyncIterator[Counted]:
    """Stream integers 0..count-1, then the total."""
    _sane(count, 10_000)
    for value in range(count):
        yield {"value": value}
        if delay:
            await asyncio.sleep(delay)
    yield {"total": count}


@nt.node
async def SlowCount(ctx: nt.NodeContext, steps: int = 5, delay: float = 0.1) -> int:
    """Count slowly, and say how far it is."""
    for step in range(1, steps + 1):
        await asyncio.sleep(delay)
        ctx.progress(step, steps)
    return steps


@nt.node
def Stubborn(seconds: float = 1.0) -> str:
    """Take no notice of a cancel."""
    time.sleep(seconds)
    return "finished anyway"


@nt.node
async def Nap(seconds: float = 0.5) -> str:
    """Wait."""
    await asyncio.sleep(seconds)
    return "rested"


@nt.node
def BlockLoop(seconds: float = 1.0) -> str:
    """Block whatever thread this runs in, until it is released."""
    blocked.set()
    release.wait(seconds)
    return "done"


@nt.node
def SolidImage(width: int = 4, height: int = 4) -> Image:
    """Make a red picture."""
    _sane(width * height, 1_000_000)
    import PIL.Image

    return PIL.Image.new("RGB", (width, height), "red")


@nt.node
def ImageList(count: int = 2) -> list[Any]:
    """Make several pictures."""
    _sane(count, 50)
    import PIL.Image

    return [PIL.Image.new("RGB", (side, side), "red") for side in range(1, count + 1)]


@nt.node
def BigBytes(size: int = 0) -> Picture:
    """Make bytes that stand beside a reference."""
    _sane(size, 64 << 20)
    whole = bytes(range(256)) * (size // 256 + 1)
    return {"type": "image", "uri": "", "data": whole[:size]}


@nt.node
def BlobInfo(image: Picture = None) -> Blob:
    """Report size and sha256 of an input image blob."""
    body = image["data"]
    return {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "uri": image["uri"]}


@nt.node
def Fail(message: str = "failed") -> str:
    """Fail."""
    raise ValueError(message)


@nt.node
def FailMidStream() -> Iterator[Counted]:
    """Send two values, then fail."""
    yield {"value": 1}
    yield {"value": 2}
    raise RuntimeError("stream broke")


@nt.node
def Chatty(ctx: nt.NodeContext) -> str:
    """Show, say and report."""
    ctx.preview({"text": "preview"})
    ctx.log("hello")
    ctx.progress(1, 2)
    return "done"


@nt.node
def Echo(value: Any = None) -> Any:
    """Return what came."""
    return value


@nt.node
def Identity(ctx: nt.NodeContext) -> Who:
    """Say for whom this runs."""
    try:
        secret = ctx.secret("BRIDGECHECK_SECRET")
    except InvalidRequest:
        secret = ""
    return {
        "node_id": ctx.node_id,
        "job_id": ctx.job_id,
        "workflow_id": ctx.setting("NODETOOL_WORKFLOW_ID"),
        "user_id": ctx.setting("NODETOOL_USER_ID"),
        "secret": secret,
    }


@nt.node
def Environment(ctx: nt.NodeContext, name: str = "") -> str:
    """Look for a secret of the worker's own."""
    return ctx.environ.get(name, "")


@nt.node
def Noisy(ctx: nt.NodeContext, lines: int = 10) -> int:
    """Write many lines."""
    for line in range(lines):
        ctx.log(str(line))
    return lines


@nt.node
def Unsendable() -> Any:
    """Return what has no form for others."""
    return threading.Lock()


@nt.node
def Printing() -> str:
    """Print, by Python and past it."""
    print("from print", flush=True)
    os.write(1, b"from descriptor 1\n")
    return "printed"


@nt.node
def Loads(ctx: nt.NodeContext, name: str = "model") -> int:
    """Use a model, and say how many times one was loaded."""

    def load() -> object:
        loaded.append(name)
        return object()

    key = (Path(name), "cpu")
    models.borrow(key, load, (ctx.job_id, ctx.node_id))
    models.give_back(key)
    return len(loaded)


loaded: list[str] = []


class Handed(list[int]):
    """A list that can be counted while it lives."""

    alive: ClassVar[weakref.WeakSet[Handed]] = weakref.WeakSet()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__([1, 2, 3])
        self.alive.add(self)


@nt.node
def Hands() -> Any:
    """Return a list of ours."""
    return Handed()


@nt.node
def Spin(seconds: float = 1.0) -> int:
    """Compute in Python, without a pause, until the time is over."""
    turns, end = 0, time.monotonic() + min(seconds, 60.0)
    while time.monotonic() < end:
        turns += 1
    return turns
