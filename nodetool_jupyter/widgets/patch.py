"""Merge patches (RFC 7396) between two states of a view: what changed, as data.

States hold no ``None``: in a merge patch it means that a key is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Return what makes ``after`` of ``before``; empty when nothing changed."""
    changed: Json = {}
    for key, value in after.items():
        old = before.get(key)
        # What a state has kept from the one before is the same object, so most of it costs one comparison.
        if old is value:
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            inner = patch(old, value)
            if inner:
                changed[key] = inner
        elif old != value or type(old) is not type(value):
            changed[key] = value
    for key in before.keys() - after.keys():
        changed[key] = None
    return changed


def merge(state: Mapping[str, Any], change: Mapping[str, Any]) -> Json:
    """Return ``state`` with a patch applied, as a front-end does it; neither is changed."""
    merged = dict(state)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = merged.get(key)
            merged[key] = merge(old if isinstance(old, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged
