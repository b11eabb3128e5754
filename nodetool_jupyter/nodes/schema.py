"""Checking values against a JSON Schema, without ever reaching for the network.

Patterns are JavaScript's and every search ends in time: :mod:`dialect` runs them, where the library itself would let
Python's own engine run without end. Not so bounded is ``unevaluatedProperties`` beside ``patternProperties``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from nodetool_jupyter.nodes.dialect import searching
from nodetool_jupyter.nodes.stringify import stringify


def conforms(data: Any, schema: dict[str, Any]) -> bool:
    """Tell whether ``data``, as JSON has it, is what a schema describes.

    ``$schema`` says which draft counts, else 2020-12 does. Raises ``ValueError`` for a schema that cannot be read, and
    for one that refers to another outside it.
    """
    import jsonschema
    import referencing.exceptions
    from jsonschema_specifications import REGISTRY  # the drafts' own schemas, which come with the package

    base: Any = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        base.check_schema(schema, format_checker=jsonschema.FormatChecker(()))  # its regexes are Python's
        return bool(_bounded(base)(schema, registry=REGISTRY).is_valid(json.loads(stringify(data))))
    except jsonschema.SchemaError as error:
        where = "".join(f"[{part!r}]" for part in error.absolute_path)
        raise ValueError(f"the schema does not read{f' at {where}' if where else ''}: {error.message}") from None
    except referencing.exceptions.Unresolvable as error:
        raise ValueError(f"the schema refers to {error.ref!r}, which is not in it; nothing is fetched") from None
    except RecursionError:
        raise ValueError("the schema refers to itself without end, or the value is nested too deep") from None


@cache
def _bounded(base: Any) -> Any:
    import jsonschema

    return jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        base, {"pattern": _pattern, "patternProperties": _properties, "additionalProperties": _additional}
    )


def _fault(message: str) -> Any:
    import jsonschema

    return jsonschema.ValidationError(message)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and searching(pattern).first(instance) is None:
        yield _fault(f"{instance!r} does not match {pattern!r}")


def _properties(validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, wanted in patterns.items():
            search = searching(pattern)
            for name, value in instance.items():
                if search.first(name) is not None:
                    yield from validator.descend(value, wanted, path=name, schema_path=pattern)


def _additional(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        searches = [searching(pattern) for pattern in schema.get("patternProperties", {})]
        for name, value in instance.items():
            if name not in schema.get("properties", {}) and all(search.first(name) is None for search in searches):
                yield from validator.descend(value, wanted, path=name)
