"""Text templates: Jinja in its sandbox, with ``{name}`` beside ``{{ name }}``, and unknown names left as they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

MAX_TEXT = 8_000_000  # characters that one template may become

_SINGLE = re.compile(r"(?<![{%#])\{([A-Za-z_]\w*)\}(?!\})")


def render(text: str, values: Mapping[str, Any]) -> str:
    """Return ``text`` with its names filled in; names are also found by their lower-case form.

    Raises ``ValueError`` when the template does not read, or asks for what the sandbox refuses.
    """
    if "{" not in text:
        return text
    from jinja2 import TemplateError

    lowered = {name.lower(): value for name, value in values.items()}
    try:
        template, names = _compiled(text, frozenset(lowered))
        known = {name: lowered[name.lower()] for name in names if name.lower() in lowered}
        return _bounded(template.generate({**known, **values}))
    except TemplateError as error:
        where = f" in line {line}" if (line := getattr(error, "lineno", None)) else ""
        raise ValueError(f"the template cannot be filled{where}: {error.message or type(error).__name__}") from None
    except (TypeError, ArithmeticError, AttributeError, LookupError, RecursionError, MemoryError) as error:
        raise ValueError(f"the template cannot be filled: {error}") from None


def _bounded(pieces: Any) -> str:
    size, found = 0, []
    for piece in pieces:
        size += len(piece)
        if size > MAX_TEXT:
            raise ValueError(f"the template becomes longer than {MAX_TEXT} characters")
        found.append(piece)
    return "".join(found)


@lru_cache(maxsize=256)
def _compiled(text: str, known: frozenset[str]) -> tuple[Any, tuple[str, ...]]:
    from jinja2 import meta

    environment = _environment()
    # A single brace is a variable only where its name is known: JSON and CSS in a template stay as they are.
    text = _SINGLE.sub(lambda match: f"{{{{ {match[1]} }}}}" if match[1].lower() in known else match[0], text)
    names = meta.find_undeclared_variables(environment.parse(text))
    return environment.from_string(text), tuple(sorted(names))


@cache
def _environment() -> Any:
    from nodetool_jupyter.nodes.sandbox import make_sandbox

    return make_sandbox()
