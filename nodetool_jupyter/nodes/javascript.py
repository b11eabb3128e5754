"""How JavaScript compares and converts plain values, for the expressions of :mod:`nodetool_jupyter.nodes.expression`.

Numbers and strings are Python's; a list is an array, a dict an object. Source of the rules: ECMAScript 2024, chapter 7.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any


class ExpressionError(ValueError):
    """An expression that cannot be read, or not be evaluated over the values it was given."""


class _Undefined:
    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = _Undefined()

_NUMBERS = (int, float)
_NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_NAN = float("nan")
_EXACT = 2**53  # beyond it JavaScript's numbers are not whole any more


def truthy(value: Any) -> bool:
    """Tell whether a value counts as true: all but ``0``, ``NaN``, ``""``, null and undefined does."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is float:
        return bool(value != 0 and value == value)
    if kind is int or kind is str:
        return bool(value)
    return value is not None and value is not UNDEFINED


def typeof(value: Any) -> str:
    """Return what ``typeof`` says."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "number" if isinstance(value, _NUMBERS) else "object"


def strict_equal(a: Any, b: Any) -> bool:
    """Compare like ``===``: no conversion, objects by identity."""
    kind, other = type(a), type(b)
    if kind is other:
        return bool(a == b) if kind in (int, str, float, bool) else a is b
    return kind in _NUMBERS and other in _NUMBERS and a == b


def loose_equal(a: Any, b: Any) -> bool:
    """Compare like ``==``: null is undefined, and numbers, strings and booleans meet as numbers."""
    kind, other = typeof(a), typeof(b)
    if a is None or a is UNDEFINED or b is None or b is UNDEFINED:
        return (a is None or a is UNDEFINED) and (b is None or b is UNDEFINED)
    if kind == other:
        return a is b if kind == "object" else bool(a == b)
    if kind == "object":
        return loose_equal(to_text(a), b)
    if other == "object":
        return loose_equal(a, to_text(b))
    return bool(to_number(a) == to_number(b))


def less(a: Any, b: Any) -> bool:
    """Compare like ``<``: strings by their characters, everything else as numbers."""
    if type(a) in _NUMBERS and type(b) in _NUMBERS:
        return bool(a < b)
    a, b = _primitive(a), _primitive(b)
    if isinstance(a, str) and isinstance(b, str):
        return a < b
    return bool(to_number(a) < to_number(b))


def less_equal(a: Any, b: Any) -> bool:
    """Compare like ``<=``."""
    a, b = _primitive(a), _primitive(b)
    if isinstance(a, str) and isinstance(b, str):
        return a <= b
    return bool(to_number(a) <= to_number(b))


def add(a: Any, b: Any) -> Any:
    """Add numbers, or join texts when either side is one."""
    if type(a) in _NUMBERS and type(b) in _NUMBERS:
        return a + b
    a, b = _primitive(a), _primitive(b)
    if isinstance(a, str) or isinstance(b, str):
        return to_text(a) + to_text(b)
    return to_number(a) + to_number(b)


def subtract(a: Any, b: Any) -> Any:
    """Subtract numbers."""
    return to_number(a) - to_number(b)


def multiply(a: Any, b: Any) -> Any:
    """Multiply numbers."""
    return to_number(a) * to_number(b)


def divide(a: Any, b: Any) -> Any:
    """Divide numbers; dividing by zero gives an infinity or NaN."""
    a, b = to_number(a), to_number(b)
    if b == 0:
        return _NAN if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    quotient = a / b
    return int(quotient) if abs(quotient) < _EXACT and quotient.is_integer() else quotient


def remainder(a: Any, b: Any) -> Any:
    """Return what is left of a division, with the sign of the dividend."""
    if type(a) is int and type(b) is int and a >= 0 and b > 0:
        return a % b
    a, b = to_number(a), to_number(b)
    if b == 0 or a in (math.inf, -math.inf) or a != a:
        return _NAN
    left = math.fmod(a, b)
    return int(left) if isinstance(a, int) and isinstance(b, int) else left


def to_number(value: Any) -> int | float:
    """Return a value as a number; what is none is NaN."""
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is int:
        return int(value) if -_EXACT <= value <= _EXACT else _rounded(value)
    if value is None or kind is bool:
        return int(value or 0)
    if isinstance(value, (list, tuple)):
        value = to_text(value)
    if isinstance(value, str):
        return _parse_number(value.strip())
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _NAN


def _rounded(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _parse_number(text: str) -> int | float:
    if not text:
        return 0
    if _NUMERIC.match(text):
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < _EXACT else number
    return {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}.get(text, _NAN)


def to_text(value: Any) -> str:
    """Return a value as text: ``true``, ``null``, ``2`` for 2.0, arrays joined by commas."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, (list, tuple)):
        return ",".join("" if item is None or item is UNDEFINED else to_text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


def _number_text(value: float) -> str:
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    # JavaScript writes small numbers out down to a millionth, Python only to a ten-thousandth.
    return f"{Decimal(repr(value)):f}" if 1e-6 <= abs(value) < 1 else repr(value).replace("e-0", "e-")


def _primitive(value: Any) -> Any:
    return to_text(value) if isinstance(value, (list, tuple, dict)) else value


def length(value: str | list[Any] | tuple[Any, ...]) -> int:
    """Return the length of a text in JavaScript's units (an emoji has two), or of an array."""
    if isinstance(value, str) and not value.isascii():
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value)


def get_member(value: Any, key: Any) -> Any:
    """Return a member of a dict, an item of an array or text, or a length; what is not there is undefined."""
    if isinstance(value, dict):
        if isinstance(key, (list, dict, float)):
            key = to_text(key)
        return value.get(key, UNDEFINED)
    if value is None or value is UNDEFINED:
        raise ExpressionError(f"{to_text(value)} has no property {to_text(key)!r}")
    if isinstance(value, (str, list, tuple)):
        if key == "length":
            return length(value)
        number = to_number(key)
        if isinstance(number, float):
            number = int(number) if number.is_integer() else -1
        return value[number] if 0 <= number < len(value) else UNDEFINED
    return UNDEFINED


def _on_text(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def method(value: Any, *arguments: Any) -> Any:
        if not isinstance(value, str):
            raise ExpressionError(f"{typeof(value)} has no method {name!r}; texts have it")
        return act(value, *arguments)

    return method


def _needle(arguments: tuple[Any, ...]) -> str:
    return to_text(arguments[0]) if arguments else "undefined"


def _includes(value: Any, *arguments: Any) -> bool:
    if isinstance(value, str):
        return _needle(arguments) in value
    return _index_of(value, *arguments) >= 0


def _index_of(value: Any, *arguments: Any) -> int:
    if isinstance(value, str):
        return value.find(_needle(arguments))
    if not isinstance(value, (list, tuple)):
        raise ExpressionError(f"{typeof(value)} has no items to look among")
    sought = arguments[0] if arguments else UNDEFINED
    return next((index for index, item in enumerate(value) if strict_equal(item, sought)), -1)


def _slice(value: Any, start: Any = 0, end: Any = None) -> Any:
    if not isinstance(value, (str, list, tuple)):
        raise ExpressionError(f"{typeof(value)} cannot be sliced")
    return value[int(to_number(start)) : None if end is None else int(to_number(end))]


METHODS: dict[str, Callable[..., Any]] = {
    "startsWith": _on_text("startsWith", lambda text, *rest: text.startswith(_needle(rest))),
    "endsWith": _on_text("endsWith", lambda text, *rest: text.endswith(_needle(rest))),
    "toLowerCase": _on_text("toLowerCase", lambda text, *_: text.lower()),
    "toUpperCase": _on_text("toUpperCase", lambda text, *_: text.upper()),
    "trim": _on_text("trim", lambda text, *_: text.strip()),
    "charAt": _on_text("charAt", lambda text, at=0, *_: text[int(to_number(at)) :][:1]),
    "includes": _includes,
    "indexOf": _index_of,
    "slice": _slice,
    "toString": lambda value, *_: to_text(value),
}
"""The methods an expression may call: name -> function of the value and the arguments."""
