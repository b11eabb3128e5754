"""A bucket of S3 through which large values go: signed URLs are made here, and only here are the keys known.

Whoever has a URL may use it for some minutes, for one object: to put there bytes of one length and one SHA-256, or to
get it. A URL is as good as a key while it lasts, so none is ever logged, and nor is what boto3 says of one.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from nodetool_jupyter import clock, settings
from nodetool_jupyter.errors import EngineUnavailable, InvalidRequest, Unsupported

URL_LIFE = 600  # seconds that a URL may be used to begin with
MOST = 5 * 1024**3  # bytes that S3 takes in one request
_PIECE = 256 * 1024
_KEYS = ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3")  # they write URLs and headers into debug logs


@dataclass(frozen=True, slots=True)
class BucketOptions:
    """Where the bucket is and who we are there; without keys boto3 looks for them as it always does."""

    name: str
    endpoint: str = ""
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that somebody else may make; the headers go with it as they are."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    life: int = URL_LIFE


def read_bucket_options() -> BucketOptions | None:
    """Return the bucket that ASSET_BUCKET names; ``None`` without one.

    The keys are taken out of the environment, which nodes and runners see. Raises :class:`InvalidRequest`.
    """
    name = settings.get("ASSET_BUCKET")
    access, secret = (settings.get(key) for key in _KEYS)
    for key in _KEYS:
        os.environ.pop(key, None)
    if not name:
        return None
    if not _NAME.fullmatch(name):
        raise InvalidRequest(f"ASSET_BUCKET must be the name of a bucket, such as my-values, not {name!r}")
    if bool(access) != bool(secret):
        raise InvalidRequest(f"{_KEYS[0]} and {_KEYS[1]} go together; set both, or neither")
    endpoint = settings.get("S3_ENDPOINT_URL")
    parts = urlsplit(endpoint)
    if endpoint and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc):
        raise InvalidRequest("S3_ENDPOINT_URL must be the address of an S3 server, such as https://minio.example.org")
    _need_boto3()
    return BucketOptions(name, endpoint, settings.get("S3_REGION"), access, secret)


class Bucket:
    """A bucket, asked by boto3; what asks it blocks and may be called from any thread.

    It raises :class:`EngineUnavailable`, whose sentence has neither address nor key.
    """

    def __init__(self, options: BucketOptions) -> None:
        self.name = options.name
        self._options = options
        self._lock = threading.Lock()
        self._made: Any = None

    def sign_put(self, key: str, size: int, sha256: str) -> Signed:
        """Return how to put an object of these bytes; S3 refuses others."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        params = {"Bucket": self.name, "Key": key, "ContentLength": size, "ChecksumSHA256": checksum}
        with _told():
            url: str = self._client.generate_presigned_url("put_object", params, URL_LIFE, "PUT")
        return Signed("PUT", url, {"Content-Length": str(size), "x-amz-checksum-sha256": checksum})

    def sign_get(self, key: str) -> Signed:
        """Return how to get an object."""
        with _told():
            url: str = self._client.generate_presigned_url(
                "get_object", {"Bucket": self.name, "Key": key}, URL_LIFE, "GET"
            )
        return Signed("GET", url)

    def read(self, key: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of an object; raises :class:`InvalidRequest` when it is not there, or has another size."""
        with _told():
            found = self._client.get_object(Bucket=self.name, Key=key)
        with closing(found["Body"]) as body:
            if found["ContentLength"] != size:
                raise InvalidRequest(f"what was put into the bucket has {found['ContentLength']} of {size} bytes")
            pieces = body.iter_chunks(_PIECE)
            while True:
                with _told():
                    piece = next(pieces, b"")
                if not piece:
                    return
                yield piece

    def send(self, file: BinaryIO, key: str) -> None:
        """Put what is in a file there."""
        with _told():
            self._client.upload_fileobj(file, self.name, key, ExtraArgs={"ContentType": "application/octet-stream"})

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over."""
        with _told():
            for key in keys:
                self._client.delete_object(Bucket=self.name, Key=key)

    def left(self, prefix: str, age: float) -> list[str]:
        """Return the keys below a prefix of objects that are older than ``age`` seconds."""
        before = datetime.fromtimestamp(clock.time() - age, UTC)
        with _told():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
            return [one["Key"] for page in pages for one in page.get("Contents", ()) if one["LastModified"] < before]

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = _client(self._options)
            return self._made


def _client(options: BucketOptions) -> Any:
    import boto3
    from botocore.config import Config

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    session = boto3.session.Session(
        aws_access_key_id=options.access_key or None,
        aws_secret_access_key=options.secret_key or None,
        region_name=options.region or None,
    )
    region = session.region_name or "us-east-1"
    # A URL of a region's own address: the common one redirects for new buckets, and nobody follows.
    endpoint = options.endpoint or f"https://s3.{region}.amazonaws.com"
    virtual = not options.endpoint and "." not in options.name
    config = Config(
        signature_version="s3v4",
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=16,
        # Other servers than Amazon's refuse checksums that nobody asked for.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "virtual" if virtual else "path"},
    )
    return session.client("s3", region_name=region, endpoint_url=endpoint, config=config)


def _need_boto3() -> None:
    from importlib.util import find_spec

    if find_spec("boto3") is None:
        raise Unsupported("ASSET_BUCKET needs boto3: pip install 'nodetool-jupyter[s3]'")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what boto3 raises into one sentence; its own words may hold addresses and names of keys."""
    import boto3.exceptions
    import botocore.exceptions

    try:
        yield
    except botocore.exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ("NoSuchKey", "404"):
            raise InvalidRequest("nothing was put into the bucket under this URL") from None
        raise EngineUnavailable(f"the bucket cannot be used: {code[:60] or 'it refused'}") from None
    except botocore.exceptions.NoCredentialsError:
        raise EngineUnavailable(
            f"the bucket cannot be used: there are no keys; set {_KEYS[0]} and {_KEYS[1]}"
        ) from None
    except (
        botocore.exceptions.BotoCoreError,
        botocore.exceptions.HTTPClientError,
        boto3.exceptions.Boto3Error,
    ) as error:
        raise EngineUnavailable(f"the bucket cannot be used: {type(error).__name__}") from None
