"""Tab completion for ``%nodetool`` lines and for node factories in the cells of ``%%nodetool run``.

IPython asks on every Tab, so this looks into memory only, and says nothing while the first imports still run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from nodetool_jupyter.magics import warm

_LINE = re.compile(r"^\s*%{1,2}nodetool\s+(?P<rest>.*)$", re.DOTALL)


@context_matcher(identifier="nodetool", priority=200)  # type: ignore[untyped-decorator]
def matcher(context: CompletionContext) -> SimpleMatcherResult:
    """Complete verbs, options and their values, and node types in the body of a cell."""
    before = context.line_with_cursor[: context.cursor_position]
    line = _LINE.match(before)
    body = context.cursor_line > 0 and context.full_text.lstrip().startswith("%%nodetool")
    if not warm.ready.is_set() or (line is None and not body and "." not in before and "(" not in before):
        return {"completions": []}
    from nodetool_jupyter.magics import suggest

    if line is not None and not body:
        return _result(*suggest.for_line(line["rest"]), kind="magic option")
    return _result(*suggest.for_code(before, in_body=body), kind="function")


def _result(words: Iterable[str], fragment: str, *, kind: str) -> SimpleMatcherResult:
    found: list[Any] = [SimpleCompletion(text=word, type=kind) for word in words if word.startswith(fragment)]
    if not found:
        return {"completions": []}
    return {"completions": found, "suppress": True, "matched_fragment": fragment}
