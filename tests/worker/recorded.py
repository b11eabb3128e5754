"""The recorded cases of NodeTool's worker, and how replies are compared with them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conftest import SHARED
from tests.worker.mended import MENDED

FILE = SHARED / "research" / "nodetool-frames.json"
CASES: dict[str, dict[str, Any]] = (
    {case["case"]: case for case in json.loads(FILE.read_text())["cases"]} if FILE.is_file() else {}
)
TEN = ("type", "request_id", "data")
_FREE = re.compile(r"(?<=blob://)\w+|(?<=\()\d+(?= > )")

needs_recording = pytest.mark.skipif(not CASES, reason="the recorded cases are not beside this checkout")


def bytes_of(value: Any) -> Any:
    """Return a recorded request with bytes in the place of their description."""
    if isinstance(value, dict):
        if "$bytes" in value:
            return _body(value["$bytes"], value["head_hex"])
        return {key: bytes_of(item) for key, item in value.items()}
    return [bytes_of(item) for item in value] if isinstance(value, list) else value


def _body(size: int, head: str) -> bytes:
    begin = bytes.fromhex(head)
    if begin == bytes(range(8)):
        return (bytes(range(256)) * (size // 256 + 1))[:size]
    return begin * size if len(set(begin)) == 1 else begin


def plain(value: Any) -> Any:
    """Return a reply as it would have been recorded, without what is new each time."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return {"$bytes": len(value), "head_hex": value[:8].hex()}
    return _FREE.sub("~", value) if isinstance(value, str) else value


def unmeasured(value: Any) -> Any:
    """Return replies without the sizes and digests of the pictures in them."""
    settled = plain(value)
    if isinstance(settled, dict):
        return {key: "~" if key in ("$bytes", "size", "sha256") else unmeasured(item) for key, item in settled.items()}
    return [unmeasured(item) for item in settled] if isinstance(settled, list) else settled


def expected(case: str) -> list[dict[str, Any]]:
    """Return the replies a case must have from us: the recorded ones, but for what the table says."""
    record, mended = CASES[case], MENDED.get(case)
    listed = record.get("replies", record.get("reply"))
    found = [{key: plain(reply[key]) for key in TEN} for reply in (listed if isinstance(listed, list) else [listed])]
    if mended is None:
        return found
    request_id = found[-1]["request_id"]
    if mended.replies is not None:
        return [{"type": kind, "request_id": request_id, "data": data} for kind, data in mended.replies]
    for reply in found:
        if reply["type"] == "error":
            if 7 in mended.faults:
                reply["data"].pop("traceback")
            if mended.error:
                reply["data"]["error"] = mended.error
            reply["data"]["code"] = mended.code
    return found


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Compare replies. Progress may be thinned out, the last of it may not; updates have no order among themselves."""
    settled = [{key: plain(reply[key]) for key in TEN} for reply in found]
    for kinds in (("progress",), ("update",), ()):
        mine, theirs = (
            [reply for reply in replies if (reply["type"] in kinds if kinds else reply["type"] not in NEWS)]
            for replies in (settled, wanted)
        )
        if kinds == ("progress",):
            assert mine[-1:] == theirs[-1:]
            assert all(reply in theirs for reply in mine)
        elif kinds == ("update",):
            assert sorted(mine, key=repr) == sorted(theirs, key=repr)
        else:
            assert mine == theirs


NEWS = ("progress", "update")
