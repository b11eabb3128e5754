"""``nodetool.text``: asking something about a text."""

from __future__ import annotations

from typing import Literal

from nodetool_jupyter.nodes.define import NOTHING, family

node = family("nodetool.text")


@node
def StartsWith(text: str = "", prefix: str = "") -> bool:
    """Tell whether a text begins with ``prefix``."""
    return text.startswith(prefix)


@node
def EndsWith(text: str = "", suffix: str = "") -> bool:
    """Tell whether a text ends with ``suffix``."""
    return text.endswith(suffix)


@node
def Contains(
    text: str = "",
    substring: str = "",
    search_values: list[str] = [],
    case_sensitive: bool = True,
    match_mode: Literal["any", "all", "none"] = "any",
) -> bool:
    """Tell whether a text has any, all or none of some texts in it; nothing to look for is false."""
    sought = list(search_values) or [substring]
    if not any(sought):
        return False
    if not case_sensitive:
        text, sought = text.lower(), [word.lower() for word in sought]
    found = [word in text for word in sought]
    return {"any": any(found), "all": all(found), "none": not any(found)}[match_mode]


@node
def HasLength(text: str = "", min_length: int = 0, max_length: int = 0, exact_length: int = 0) -> bool:
    """Tell whether a text is as long as wanted; 0 is unset, and ``exact_length`` counts before the others."""
    if exact_length:
        return len(text) == exact_length
    return len(text) >= min_length and (not max_length or len(text) <= max_length)


@node
def IsEmpty(text: str = "", trim_whitespace: bool = True) -> bool:
    """Tell whether a text has nothing in it, or with ``trim_whitespace`` nothing but blanks."""
    return not (text.strip() if trim_whitespace else text)


@node
def Equals(text_a: str = "", text_b: str = "") -> bool:
    """Tell whether two texts are the same."""
    return text_a == text_b


@node
def Compare(text_a: str = "", text_b: str = "") -> str:
    """Tell which text comes first in order: ``less``, ``equal`` or ``greater``."""
    return "equal" if text_a == text_b else "less" if text_a < text_b else "greater"


@node
def IndexOf(
    text: str = "",
    substring: str = "",
    case_sensitive: bool = True,
    start_index: int = 0,
    search_from_end: bool = False,
) -> int:
    """Return where a text stands in another, or -1."""
    if not case_sensitive:
        text, substring = text.lower(), substring.lower()
    return text.rfind(substring, start_index) if search_from_end else text.find(substring, start_index)


@node
def Length(text: str = "", measure: Literal["characters", "words", "lines"] = "characters") -> int:
    """Count the characters, words or lines of a text."""
    return len({"characters": text, "words": text.split(), "lines": text.splitlines()}[measure])


@node
def FilterString(
    value: str = "",
    filter_type: Literal[
        "contains", "starts_with", "ends_with", "length_greater", "length_less", "exact_length"
    ] = "contains",
    criteria: str = "",
) -> str:
    """Forward a text that meets the criteria; of any other, nothing."""
    if filter_type in ("contains", "starts_with", "ends_with"):
        test = {"contains": str.__contains__, "starts_with": str.startswith, "ends_with": str.endswith}[filter_type]
        return value if test(value, criteria) else NOTHING  # type: ignore[return-value]
    try:
        limit = int(criteria)
    except ValueError:
        raise ValueError(f"FilterString: the criteria of {filter_type} is a number, not {criteria!r}") from None
    length = len(value)
    meets = {"length_greater": length > limit, "length_less": length < limit, "exact_length": length == limit}
    return value if meets[filter_type] else NOTHING  # type: ignore[return-value]
