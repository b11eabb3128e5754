"""Conditions on rows as pandas writes them: ``status == 'active' and region in ['EU', 'US']``, without pandas.

A condition is read by Python's own grammar, of which only comparisons, ``and or not``, ``& | ~``, arithmetic, lists and
the ``.str`` methods of :data:`TEXT_METHODS` are taken; it becomes a tree of closures. As in pandas a missing value
makes every comparison false but ``!=``, and comparisons chain: ``100 <= x <= 200``.
"""

from __future__ import annotations

import ast
import datetime as dt
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from nodetool_jupyter.nodes.dialect import searching
from nodetool_jupyter.nodes.expression import ExpressionError

Row = Mapping[str, Any]
Closure = Callable[[Row], Any]

MAX_LENGTH = 4000  # characters

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}


def _of_numbers(act: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return ``act`` for numbers only: of texts and lists Python would make copies without end."""

    def compute(a: Any, b: Any) -> Any:
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return act(a, b)
        raise TypeError("numbers are wanted on both sides")

    return compute


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _of_numbers(operator.mul),
    ast.Div: operator.truediv,
    ast.Mod: _of_numbers(operator.mod),
    ast.BitAnd: lambda a, b: bool(a) and bool(b),
    ast.BitOr: lambda a, b: bool(a) or bool(b),
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.Invert: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_WORDS = {"true": True, "false": False, "null": None, "nan": None}


def _contains(text: str, pattern: str, case: bool = True, regex: bool = True) -> bool:
    if regex:
        return searching(pattern, ignorecase=not case).first(text) is not None
    return pattern in text if case else pattern.lower() in text.lower()


TEXT_METHODS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": lambda text, start: text.startswith(start),
    "endswith": lambda text, end: text.endswith(end),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "strip": lambda text: text.strip(),
    "len": len,
}
_VALUE_METHODS: dict[str, Callable[[Any], bool]] = {
    "isnull": lambda value: value is None or value != value,
    "isna": lambda value: value is None or value != value,
    "notnull": lambda value: value is not None and value == value,
    "notna": lambda value: value is not None and value == value,
}


def condition(text: str) -> Callable[[Row], bool]:
    """Return a function that tells whether a row meets the condition ``text``; an empty one is met by all.

    Raises :class:`ExpressionError` when the text does not read. Names a row lacks are missing values.
    """
    if not text.strip():
        return lambda row: True
    run = _compiled(text)

    def meets(row: Row) -> bool:
        try:
            return bool(run(row))
        except (TypeError, ValueError, ArithmeticError, RecursionError, MemoryError):
            return False

    return meets


def names_in(text: str) -> set[str]:
    """Return the names a condition asks for."""
    return {node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name)} - set(_WORDS)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Closure:
    try:
        return _closure(_parsed(text).body)
    except RecursionError:
        raise ExpressionError("the condition is nested too deep") from None


def _parsed(text: str) -> ast.Expression:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the condition has {len(text)} characters; it may have {MAX_LENGTH}")
    try:
        return ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(
            f"the condition {text!r} does not read: {error.msg} at character {error.offset}"
        ) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"the condition does not read: {error}") from None


def _closure(node: ast.expr) -> Closure:
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, (bool, int, float, str)):
            return lambda row: value
        case ast.Name(id=name):
            return (lambda row: _WORDS[name]) if name in _WORDS else (lambda row: row.get(name))
        case ast.BoolOp(op=ast.And(), values=values):
            parts = [_closure(value) for value in values]
            return lambda row: all(part(row) for part in parts)
        case ast.BoolOp(values=values):
            parts = [_closure(value) for value in values]
            return lambda row: any(part(row) for part in parts)
        case ast.UnaryOp(op=sign, operand=operand):
            return _applied(_UNARY[type(sign)], [operand])
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            return _applied(_ARITHMETIC[type(sign)], [left, right])
        case ast.Compare(left=left, ops=signs, comparators=others):
            return _comparison(left, [_COMPARE[type(sign)] for sign in signs], others)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return _applied(lambda *values: list(values), items)
        case ast.Call():
            return _method(node)
    raise ExpressionError(f"a condition cannot have {ast.unparse(node)!r} in it")


def _applied(act: Callable[..., Any], operands: list[ast.expr]) -> Closure:
    parts = [_closure(operand) for operand in operands]
    return lambda row: act(*[part(row) for part in parts])


def _comparison(first: ast.expr, tests: list[Callable[[Any, Any], bool]], others: list[ast.expr]) -> Closure:
    parts = [_closure(part) for part in (first, *others)]

    def holds(row: Row) -> bool:
        left = parts[0](row)
        for test, part in zip(tests, parts[1:], strict=True):
            right = part(row)
            if not _compared(test, left, right):
                return False
            left = right
        return True

    return holds


def _compared(test: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if isinstance(left, dt.date) and isinstance(right, str):
        right = _same_kind(left, right)
    elif isinstance(right, dt.date) and isinstance(left, str):
        left = _same_kind(right, left)
    try:
        return bool(test(left, right))
    except TypeError:  # a missing value, or kinds without an order: as false as in pandas
        return False


def _same_kind(date: dt.date, text: str) -> dt.date:
    if not isinstance(date, dt.datetime):
        return dt.date.fromisoformat(text[:10])
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=date.tzinfo) if moment.tzinfo is None else moment


def _method(node: ast.Call) -> Closure:
    match node.func:
        case ast.Attribute(value=ast.Attribute(value=owner, attr="str"), attr=name) if name in TEXT_METHODS:
            method: Callable[..., Any] = TEXT_METHODS[name]
            texts_only = True
        case ast.Attribute(value=owner, attr=name) if name in _VALUE_METHODS:
            method, texts_only = _VALUE_METHODS[name], False
        case ast.Attribute(value=owner, attr="isin"):
            method, texts_only = (lambda value, options: value in options), False
        case _:
            known = ", ".join(f".str.{name}" for name in TEXT_METHODS)
            raise ExpressionError(f"a condition cannot call {ast.unparse(node.func)!r}; valid: {known}, .isin, .isnull")
    of, arguments = _closure(owner), [_closure(argument) for argument in node.args]
    named = {word.arg: _closure(word.value) for word in node.keywords if word.arg in ("case", "regex")}

    def call(row: Row) -> Any:
        value = of(row)
        if texts_only and not isinstance(value, str):
            return False
        options = {name: read(row) for name, read in named.items()}
        return method(value, *[argument(row) for argument in arguments], **options)

    return call
