"""Text templates: Jinja in its sandbox, with ``{name}`` beside ``{{ name }}``, and unknown names left as they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

MAX_TEXT = 8_000_000  # characters that one template may become

_WIDENING = frozenset({"format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs"})
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
    from jinja2 import Undefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import missing

    class Open(Undefined):
        """A name nobody filled: it stands in the text as it was written; what a known value lacks is empty."""

        def __str__(self) -> str:
            known = self._undefined_obj is not missing
            return "" if known else f"{{{{ {self._undefined_name} }}}}"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            return Open(obj=self._undefined_obj, name=f"{self._undefined_name}.{name}")

        def __getitem__(self, key: Any) -> Any:
            return Open(obj=self._undefined_obj, name=f"{self._undefined_name}[{key!r}]")

    class Sandbox(ImmutableSandboxedEnvironment):
        """Jinja's sandbox, that also keeps a short template from making a huge value."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            """Refuse, beside what Jinja refuses, the methods that pad a text to any width."""
            return attr not in _WIDENING and bool(super().is_safe_attribute(obj, attr, value))

        def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
            """Fail at once: an attribute out of reach is a fault of the template, not a name left open."""
            raise SecurityError(f"{attribute!r} of {type(obj).__name__} is out of reach in a template")

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Refuse what would repeat a text or raise a number without bound."""
            if operator == "**" and not (abs(left) <= 1e9 and abs(right) <= 64):
                raise SecurityError("a power this large is not computed in a template")
            if operator == "%" and isinstance(left, str):
                raise SecurityError("texts are not formatted with % in a template")
            if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
                raise SecurityError("texts and lists are not repeated in a template")
            return super().call_binop(context, operator, left, right)

    sandbox = Sandbox(undefined=Open, keep_trailing_newline=True, autoescape=False)
    for name in ("format", "center", "indent", "attr", "pprint"):
        sandbox.filters.pop(name)
    sandbox.globals.pop("lipsum")
    return sandbox
