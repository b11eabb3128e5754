"""``nodetool.dictionary``: making, combining and reading dictionaries."""

from __future__ import annotations

import json
from typing import Any, Literal

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.saving import writable

node = family("nodetool.dictionary")

Dict = dict[str, Any]


@node
def MakeDictionary(**inputs: Any) -> Dict:
    """Make a dictionary of the node's inputs."""
    return inputs


@node
def Combine(dict_a: Dict = {}, dict_b: Dict = {}) -> Dict:
    """Merge two dictionaries; where both have a key, the second wins."""
    return {**dict_a, **dict_b}


@node
def Update(dictionary: Dict = {}, new_pairs: Dict = {}) -> Dict:
    """Return a dictionary with further pairs; they win."""
    return {**dictionary, **new_pairs}


@node
def GetValue(dictionary: Dict = {}, key: str = "", default: Any = []) -> Any:
    """Return the value under a key, or ``default``."""
    return dictionary.get(key, default)


@node
def Remove(dictionary: Dict = {}, key: str = "") -> Dict:
    """Return a dictionary without one key."""
    return {name: value for name, value in dictionary.items() if name != key}


@node
def Filter(dictionary: Dict = {}, keys: list[str] = []) -> Dict:
    """Keep some keys, as far as they are there."""
    return {key: dictionary[key] for key in keys if key in dictionary}


@node
def Zip(keys: list[Any] = [], values: list[Any] = []) -> Dict:
    """Make a dictionary of a list of keys and a list of values; what has no partner is left out."""
    return dict(zip(keys, values, strict=False))


@node
def ArgMax(scores: dict[str, float] = {}) -> str:
    """Return the key with the highest value."""
    if not scores:
        raise ValueError("ArgMax: there are no scores")
    return max(scores, key=lambda key: scores[key])


@node
def ReduceDictionaries(
    dictionaries: list[Dict] = [],
    key_field: str = "",
    value_field: str = "",
    conflict_resolution: Literal["first", "last", "error"] = "first",
) -> Dict:
    """Make one dictionary of many: ``key_field`` of each to its ``value_field``, or to all else it has."""
    reduced: Dict = {}
    for index, entry in enumerate(dictionaries):
        for field in filter(None, (key_field, value_field)):
            if field not in entry:
                hint = nearest(field, map(str, entry))
                raise ValueError(f"ReduceDictionaries: dictionary {index} has no key {field!r}: {hint}".rstrip(": "))
        key = str(entry.get(key_field))
        if key in reduced and conflict_resolution == "error":
            raise ValueError(f"ReduceDictionaries: {key!r} occurs more than once")
        if key not in reduced or conflict_resolution == "last":
            rest = {name: value for name, value in entry.items() if name != key_field}
            reduced[key] = entry[value_field] if value_field else rest
    return reduced


@node
def ParseJSON(json_string: str = "") -> Dict:
    """Read a dictionary written as JSON."""
    try:
        data = json.loads(json_string)
    except ValueError as error:
        raise ValueError(f"ParseJSON: the text is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"ParseJSON: the JSON is a {type(data).__name__}, not a dictionary")
    return data


@node
def ToJSON(dictionary: Dict = {}) -> str:
    """Write a dictionary as JSON."""
    return json.dumps(dictionary, ensure_ascii=False, default=str)


@node(inline=False)
def ToYAML(dictionary: Dict = {}) -> str:
    """Write a dictionary as YAML."""
    import yaml

    plain = json.loads(json.dumps(dictionary, default=str))
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


@node(inline=False)
def SaveJSON(ctx: NodeContext, dictionary: Any = {}, folder: str = "", filename: str = "data.json") -> str:
    """Write a value as JSON into a file and return its path: below the job's scratch folder, or an absolute one."""
    target = writable(ctx, folder, filename)
    target.write_text(json.dumps(dictionary, ensure_ascii=False, indent=2, default=str), encoding="utf-8")
    return str(target)
