"""What tests of values by URL share: a server of S3 on this machine, and a worker that has a bucket there."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.worker.bucket import BucketOptions
from tests.worker.hosting import hosting
from tests.worker.scenery import Running

BUCKET, ACCESS, SECRET = "values", "AKIAEXAMPLEEXAMPLE", "a-secret-key-that-stands-nowhere"


class Store:
    """A server of S3 with one bucket."""

    def __init__(self, endpoint: str) -> None:
        self.options = BucketOptions(BUCKET, endpoint, "eu-central-1", ACCESS, SECRET)
        self.s3 = boto3.client(
            "s3", endpoint_url=endpoint, region_name="eu-central-1",
            aws_access_key_id=ACCESS, aws_secret_access_key=SECRET,
        )  # fmt: skip

    def keys(self) -> list[str]:
        """Return what is in the bucket."""
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def put(self, key: str, body: bytes = b"left") -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def clear(self) -> None:
        for key in self.keys():
            self.s3.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def serving() -> Iterator[Store]:
    """Run a server of S3."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        store = Store(f"http://{host}:{port}")
        store.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield store
        store.clear()
        store.s3.delete_bucket(Bucket=BUCKET)  # every server of a process has the same buckets
        store.s3.close()
    finally:
        server.stop()


@asynccontextmanager
async def with_bucket(store: Store, folder: Path, **options: Any) -> AsyncIterator[Running]:
    """Run a worker whose values of more than a thousand bytes go through the bucket."""
    chosen = {"bucket": store.options, "bucket_above": 1_000, "strategies": ("threaded",), **options}
    async with hosting(folder, **chosen) as worker:
        yield worker


@asynccontextmanager
async def ours(worker: Running, user: str = "ada") -> AsyncIterator[WorkerClient]:
    """Connect our own client."""
    client = await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url, user)))
    try:
        yield client
    finally:
        await client.close()
