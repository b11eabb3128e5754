"""Nodes for the peer of the interop tests: each does one thing that the protocol must carry.

Only NodeTool's worker, a separate program in a virtual environment of its own, loads this file.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, TypedDict

from nodetool.metadata.types import ImageRef
from nodetool.workflows.base_node import BaseNode
from nodetool.workflows.processing_context import ProcessingContext
from nodetool.workflows.types import LogUpdate, NodeProgress, PreviewUpdate


class Numbers(TypedDict):
    value: int | None
    total: int | None


class Quotient(TypedDict):
    quotient: int
    remainder: int


class Info(TypedDict):
    size: int
    sha256: str


class Names(TypedDict):
    node_id: str
    job_id: str
    secret: str


class Bytes(TypedDict):
    body: bytes


class Process(TypedDict):
    pid: int


class Add(BaseNode):
    """Add two numbers."""

    a: float = 0.0
    b: float = 0.0

    async def process(self, context: ProcessingContext) -> float:
        return self.a + self.b


class DivMod(BaseNode):
    """Divide two whole numbers."""

    a: int = 0
    b: int = 1

    async def process(self, context: ProcessingContext) -> Quotient:
        return {"quotient": self.a // self.b, "remainder": self.a % self.b}


class CountStream(BaseNode):
    """Stream integers 0..count-1, then the total."""

    count: int = 5
    delay: float = 0.0

    async def gen_process(self, context: ProcessingContext) -> AsyncGenerator[Numbers, None]:
        for number in range(self.count):
            context.raise_if_cancelled()
            yield {"value": number, "total": None}
            await asyncio.sleep(self.delay)
        yield {"value": None, "total": self.count}


class FloodStream(BaseNode):
    """Stream pieces of bytes as fast as they are taken."""

    count: int = 10
    size: int = 1024

    async def gen_process(self, context: ProcessingContext) -> AsyncGenerator[Bytes, None]:
        for _ in range(self.count):
            yield {"body": bytes(self.size)}
            await asyncio.sleep(0)


class SlowCount(BaseNode):
    """Count slowly, tell of each step, and look whether it is to stop."""

    steps: int = 5
    delay: float = 0.05

    async def process(self, context: ProcessingContext) -> int:
        for step in range(self.steps):
            context.raise_if_cancelled()
            context.post_message(NodeProgress(node_id=self.id, progress=step + 1, total=self.steps))
            await asyncio.sleep(self.delay)
        return self.steps


class Stubborn(BaseNode):
    """Say that it has begun, and never look whether it is to stop."""

    seconds: float = 0.5

    async def process(self, context: ProcessingContext) -> str:
        context.post_message(NodeProgress(node_id=self.id, progress=1, total=2))
        await asyncio.sleep(self.seconds)
        return "finished anyway"


class BlockLoop(BaseNode):
    """Hold up the whole worker, as a node does that computes in its event loop."""

    seconds: float = 1.0

    async def process(self, context: ProcessingContext) -> str:
        time.sleep(self.seconds)  # noqa: ASYNC251
        return "done"


class BigBytes(BaseNode):
    """An image of so many bytes, which are no image."""

    size: int = 1024

    async def process(self, context: ProcessingContext) -> ImageRef:
        return await context.image_from_bytes((bytes(range(256)) * (self.size // 256 + 1))[: self.size])


class BlobInfo(BaseNode):
    """Report the size and the SHA-256 of an image."""

    image: ImageRef = ImageRef()

    async def process(self, context: ProcessingContext) -> Info:
        body = await context.asset_to_bytes(self.image)
        return {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


class Same(BaseNode):
    """Return a picture as it came."""

    image: ImageRef = ImageRef()

    async def process(self, context: ProcessingContext) -> ImageRef:
        return await context.image_from_bytes(await context.asset_to_bytes(self.image))


class Leaves(BaseNode):
    """Wait, tell that it waits, and write a file when it is to stop."""

    path: str = ""

    async def process(self, context: ProcessingContext) -> str:
        try:
            for _ in range(6000):
                context.post_message(NodeProgress(node_id=self.id, progress=1, total=2))
                await asyncio.sleep(0.01)
                context.raise_if_cancelled()
        finally:
            Path(self.path).write_text("stopped", encoding="utf-8")
        return "waited"


class Dies(BaseNode):
    """End the whole worker, as a crash does."""

    async def process(self, context: ProcessingContext) -> str:
        os._exit(9)


class Where(BaseNode):
    """Tell which process this is."""

    async def process(self, context: ProcessingContext) -> Process:
        return {"pid": os.getpid()}


class Fail(BaseNode):
    """Fail with a message."""

    message: str = "kaputt"

    async def process(self, context: ProcessingContext) -> str:
        raise ValueError(self.message)


class FailMidStream(BaseNode):
    """Stream two numbers, then fail."""

    async def gen_process(self, context: ProcessingContext) -> AsyncGenerator[Numbers, None]:
        yield {"value": 1, "total": None}
        yield {"value": 2, "total": None}
        raise RuntimeError("stream broke")


class Chatty(BaseNode):
    """Say something of every kind."""

    async def process(self, context: ProcessingContext) -> str:
        context.post_message(PreviewUpdate(node_id=self.id, value={"text": "preview"}))
        context.post_message(LogUpdate(node_id=self.id, node_name="Chatty", content="hello", severity="info"))
        context.post_message(NodeProgress(node_id=self.id, progress=1, total=2))
        await asyncio.sleep(0.1)
        return "done"


class Echo(BaseNode):
    """Return what came."""

    value: Any = None

    async def process(self, context: ProcessingContext) -> Any:
        return self.value


class Identity(BaseNode):
    """Tell who the worker says this is, and a secret that came with the request."""

    async def process(self, context: ProcessingContext) -> Names:
        secret = await context.get_secret("BRIDGECHECK_SECRET")
        return {"node_id": self.id, "job_id": context.job_id or "", "secret": secret or ""}
