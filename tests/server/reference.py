"""What ``docs/reference/openapi.yaml`` promises, and whether an answer keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.conftest import ROOT

FILE = ROOT / "docs" / "reference" / "openapi.yaml"
METHODS = ("get", "head", "post", "put", "patch", "delete")
_HERE = "urn:openapi"

Json = Any


@cache
def document() -> dict[str, Any]:
    """Return the reference as data."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what can be asked for: by method and address, such as ``("get", "/jobs/{job_id}")``."""
    return {
        (method, path): item[method]
        for path, item in document()["paths"].items()
        for method in METHODS
        if method in item
    }


def broken(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return in what an answer differs from what the reference says of it; ``path`` is below the API's address."""
    template = _template(path)
    operation = None if template is None else operations().get((method.lower(), template))
    if operation is None:
        response: dict[str, Any] = {"content": {"application/json": {"schema": _ref("schemas", "Problem")}}}
        found = [] if status in ((404,) if template is None else (403, 405)) else [f"{method} {path} is {status}"]
    elif str(status) not in operation["responses"]:
        return [f"{method} {template} is {status}, which the reference does not know"]
    else:
        response, found = resolved(operation["responses"][str(status)]), []
    found += _broken_headers(response, headers)
    if method != "HEAD":
        found += _broken_body(response, headers.get("Content-Type", ""), body)
    return [f"{method} {template or path}, {status}: {one}" for one in found]


def _broken_headers(response: dict[str, Any], headers: Mapping[str, str]) -> list[str]:
    found = []
    for name, promised in response.get("headers", {}).items():
        promise = resolved(promised)
        text = headers.get(name)
        if text is None:
            found += [f"{name} is missing"] if promise.get("required") else []
        else:
            value = int(text) if promise["schema"].get("type") == "integer" else text
            found += [f"{name}: {error}" for error in faults(promise["schema"], value)]
    return found


def _broken_body(response: dict[str, Any], kind: str, body: bytes) -> list[str]:
    content, media = response.get("content"), kind.partition(";")[0]
    if content is None:
        return []
    if media not in content:
        return [f"its type is {media!r}"]
    if media != "application/json":
        return []
    try:
        data = json.loads(body)
    except ValueError:
        return [f"it is no JSON: {body[:80]!r}"]
    return faults(content[media].get("schema", {}), data)


def faults(schema: Json, data: Json) -> list[str]:
    """Return what is wrong with data of a schema of the reference."""
    found = _validator(json.dumps(schema)).iter_errors(data)
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in found]


@cache
def _validator(schema: str) -> Draft202012Validator:
    known = Resource(contents=document(), specification=DRAFT202012)
    absolute = json.loads(schema.replace('"#/components', f'"{_HERE}#/components'))
    return Draft202012Validator(absolute, registry=Registry().with_resource(_HERE, known))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the reference, or the one that it refers to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: dict[str, Any] = document()["components"][kind][name]
    return found


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _template(path: str) -> str | None:
    """Return the address of the reference that a path is one of; those without a part to fill in count first."""
    asked = "/" + path.partition("?")[0]
    for template in sorted(document()["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), asked):
            return str(template)
    return None
