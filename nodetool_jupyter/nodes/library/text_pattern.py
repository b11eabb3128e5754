"""``nodetool.text``: finding and replacing by pattern, in JavaScript's dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nodetool_jupyter.nodes.define import NOTHING, family

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.dialect import Searcher

node = family("nodetool.text", inline=False)


def _searching(pattern: str, **flags: bool) -> Searcher:
    from nodetool_jupyter.nodes.dialect import searching

    return searching(pattern, **flags)


@node
def RegexMatch(text: str = "", pattern: str = "", group: int = 0) -> list[str | None]:
    """Return one group of every match; group 0 is the whole match."""
    found = _searching(pattern).all(text)
    try:
        return [match.group(group) for match in found]
    except IndexError:
        raise ValueError(f"RegexMatch: the pattern {pattern!r} has no group {group}") from None


@node
def RegexReplace(text: str = "", pattern: str = "", replacement: str = "", count: int = 0) -> str:
    """Replace the matches of a pattern, at most ``count`` unless that is 0; ``$1`` stands for the first group."""
    return _searching(pattern).replace(text, replacement, max(count, 0))


@node
def RegexSplit(text: str = "", pattern: str = "", maxsplit: int = 0) -> list[str]:
    """Cut a text at the matches of a pattern, at most ``maxsplit`` times unless that is 0."""
    return _searching(pattern).split(text, max(maxsplit, 0))


@node
def RegexValidate(text: str = "", pattern: str = "") -> bool:
    """Tell whether a pattern matches somewhere in a text."""
    return _searching(pattern).first(text) is not None


@node
def ExtractRegex(
    text: str = "", regex: str = "", dotall: bool = False, ignorecase: bool = False, multiline: bool = False
) -> list[str | None]:
    """Return the groups of the first match, or an empty list."""
    found = _searching(regex, dotall=dotall, ignorecase=ignorecase, multiline=multiline).first(text)
    return list(found.groups()) if found else []


@node
def FindAllRegex(
    text: str = "", regex: str = "", dotall: bool = False, ignorecase: bool = False, multiline: bool = False
) -> list[str]:
    """Return every match of a pattern."""
    found = _searching(regex, dotall=dotall, ignorecase=ignorecase, multiline=multiline).all(text)
    return [match.group() for match in found]


@node
def FilterRegexString(value: str = "", pattern: str = "", full_match: bool = False) -> str:
    """Forward a text in which a pattern matches (with ``full_match``, all of it); of any other, nothing."""
    return value if _searching(pattern).first(value, whole=full_match) else NOTHING  # type: ignore[return-value]
