"""How a worker is told of its bucket: settings, keys that nobody else gets, one sentence for what cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.worker.bucket import Bucket, BucketOptions, read_bucket_options
from nodetool_jupyter.worker.options import read_options
from tests.worker.scenery import environment

GIVEN = {
    "ASSET_BUCKET": "my-values",
    "S3_ENDPOINT_URL": "https://minio.example.org:9000",
    "S3_REGION": "eu-central-1",
    "S3_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE",
    "S3_SECRET_ACCESS_KEY": "a-secret-key-that-stands-nowhere",
}


@pytest.fixture(autouse=True)
def _without(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)


def give(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in {**GIVEN, **changes}.items():
        monkeypatch.setenv(name, value)


def test_settings_say_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, NODETOOL_WORKER_BUCKET_ABOVE="1m")
    options = read_options({})
    assert options.bucket == BucketOptions(*GIVEN.values())
    assert options.bucket_above == 1024 * 1024


def test_without_a_name_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, ASSET_BUCKET="")
    assert read_options({}).bucket is None


def test_keys_are_taken_out_of_what_nodes_and_runners_see(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    found = read_bucket_options()
    assert found is not None and found.secret_key == GIVEN["S3_SECRET_ACCESS_KEY"]
    assert "S3_ACCESS_KEY_ID" not in os.environ and "S3_SECRET_ACCESS_KEY" not in os.environ
    assert GIVEN["S3_SECRET_ACCESS_KEY"] not in repr(found) and GIVEN["S3_ACCESS_KEY_ID"] not in repr(found)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "a URL": ({"ASSET_BUCKET": "s3://my-values"}, "the name of a bucket, such as my-values, not 's3://my-values'"),
    "capitals": ({"ASSET_BUCKET": "MyValues"}, "the name of a bucket"),
    "a path": ({"ASSET_BUCKET": "a/b"}, "the name of a bucket"),
    "one key": ({"S3_SECRET_ACCESS_KEY": ""}, "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together"),
    "no address": ({"S3_ENDPOINT_URL": "minio:9000"}, "S3_ENDPOINT_URL must be the address of an S3 server"),
    "an address with a key": ({"S3_ENDPOINT_URL": "https://k:s@minio"}, "S3_ENDPOINT_URL must be the address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    changes, said = WRONG[case]
    give(monkeypatch, **changes)
    with pytest.raises(InvalidRequest, match=said) as refusal:
        read_bucket_options()
    for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
        assert GIVEN[name] not in str(refusal.value)


def test_without_the_extra_one_sentence_and_no_worker(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'boto3' else find(name, *more)\n"
        "from nodetool_jupyter.__main__ import main; sys.argv = ['nodetool', 'worker', 'serve']; sys.exit(main())"
    )
    environ = environment(tmp_path, AUTH_PROVIDER="none", **GIVEN)
    ended = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=50)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert ended.stderr.strip().endswith("ASSET_BUCKET needs boto3: pip install 'nodetool-jupyter[s3]'")
    assert GIVEN["S3_SECRET_ACCESS_KEY"] not in ended.stderr


ADDRESSES: dict[str, tuple[BucketOptions, str]] = {
    "Amazon's": (BucketOptions("my-values", "", "eu-west-1", "A", "S"), "https://my-values.s3.eu-west-1.amazonaws.com/k?"),
    "Amazon's, dotted": (BucketOptions("my.values", "", "eu-west-1", "A", "S"), "https://s3.eu-west-1.amazonaws.com/my.values/k?"),
    "another's": (BucketOptions("my-values", "http://minio:9000", "", "A", "S"), "http://minio:9000/my-values/k?"),
}  # fmt: skip


@pytest.mark.parametrize("case", ADDRESSES)
def test_urls_are_of_an_address_that_does_not_redirect(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    options, begins = ADDRESSES[case]
    bucket = Bucket(options)
    try:
        assert bucket.sign_get("k").url.startswith(begins)
    finally:
        bucket.close()


def test_a_worker_that_gets_no_job_imports_no_boto3(tmp_path: Path) -> None:
    code = "import sys; from nodetool_jupyter.worker import serve, bucket; print('boto3' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, timeout=50
    )
    assert ended.stdout.strip() == "False", ended.stderr
