"""The sandbox that templates run in: jinja2's own, tighter where a short template could make a huge value."""

from __future__ import annotations

from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

_WIDENING = frozenset({"format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs"})


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


def make_sandbox() -> Sandbox:
    """Return an environment in which a graph's templates may be compiled and run."""
    sandbox = Sandbox(undefined=Open, keep_trailing_newline=True, autoescape=False)
    for name in ("format", "center", "indent", "attr", "pprint"):
        sandbox.filters.pop(name)
    sandbox.globals.pop("lipsum")
    return sandbox
