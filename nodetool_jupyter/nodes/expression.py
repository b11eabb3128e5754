"""Small JavaScript expressions over named values, as NodeTool's predicates have them: ``item.length > 10``.

An expression is read once and becomes a tree of Python closures; nothing is ever handed to ``eval``. There are numbers,
strings, arrays, ``true false null undefined``, ``+ - * / %``, all comparisons, ``&& || ! ?? ?:``, ``typeof``, property
access (``a.b``, ``a["b"]``, ``a[0]``, ``a?.b``) and the methods in :data:`METHODS`; values compare and convert as
JavaScript says. What an object of Python has besides is out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from nodetool_jupyter.nodes.javascript import (
    METHODS,
    UNDEFINED,
    ExpressionError,
    add,
    divide,
    get_member,
    less,
    less_equal,
    loose_equal,
    multiply,
    remainder,
    strict_equal,
    subtract,
    to_number,
    truthy,
    typeof,
)

__all__ = ["METHODS", "ExpressionError", "expression", "predicate"]

Scope = Mapping[str, Any]
Closure = Callable[[Scope], Any]

MAX_LENGTH = 4000  # characters
MAX_DEPTH = 40  # levels of nesting; each is a few Python frames
MAX_ROW = 150  # operators or accesses one after the other

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)
    | (?P<name>[A-Za-z_$][\w$]*)
    | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|[-+*/%<>!?:()\[\].,])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_LITERALS = {"true": True, "false": False, "null": None, "undefined": UNDEFINED, "NaN": float("nan")}
_WORDS = {"and": "&&", "or": "||", "not": "!"}

_BINARY: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "==": (4, loose_equal),
    "!=": (4, lambda a, b: not loose_equal(a, b)),
    "===": (4, strict_equal),
    "!==": (4, lambda a, b: not strict_equal(a, b)),
    "<": (5, less),
    "<=": (5, less_equal),
    ">": (5, lambda a, b: less(b, a)),
    ">=": (5, lambda a, b: less_equal(b, a)),
    "+": (6, add),
    "-": (6, subtract),
    "*": (7, multiply),
    "/": (7, divide),
    "%": (7, remainder),
}
_LOGICAL = {"??": 1, "||": 2, "&&": 3}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "!": lambda value: not truthy(value),
    "-": lambda value: -to_number(value),
    "+": to_number,
    "typeof": typeof,
}
_TERNARY = 0
_PREFIX = 8


def expression(text: str, *, words: bool = False) -> Closure:
    """Return a function that evaluates ``text`` over a mapping of names to values.

    ``words`` reads ``and``, ``or``, ``not`` as ``&&``, ``||``, ``!``. ``undefined`` comes back as ``None``. Reading
    raises :class:`ExpressionError` with the place of the fault, evaluating with what cannot be done.
    """
    run = _compiled(text, words)

    def evaluate(scope: Scope) -> Any:
        try:
            value = run(scope)
        except ExpressionError:
            raise
        except (TypeError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"{_short(text)} cannot be evaluated: {error}") from None
        return None if value is UNDEFINED else value

    return evaluate


def predicate(text: str, *, words: bool = False) -> Callable[[Scope], bool]:
    """Return a function that tells whether ``text`` holds; an empty text always does, one that throws does not.

    Raises :class:`ExpressionError` when the text cannot be read.
    """
    if not text.strip():
        return lambda scope: True
    run = _compiled(text, words)

    def holds(scope: Scope) -> bool:
        try:
            value = run(scope)
            return value if value is True or value is False else truthy(value)
        except (ExpressionError, TypeError, ValueError, OverflowError, RecursionError, MemoryError):
            return False

    return holds


@lru_cache(maxsize=512)
def _compiled(text: str, words: bool) -> Closure:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters; it may have {MAX_LENGTH}")
    return _Parser(text, words).whole()


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Parser:
    """A Pratt parser: ``climb`` reads what binds at least as tight as ``power``."""

    def __init__(self, text: str, words: bool) -> None:
        self.text = text
        self.tokens = list(self._tokens(words))
        self.next = 0
        self.depth = 0

    def _tokens(self, words: bool) -> list[_Token]:
        found: list[_Token] = []
        at, end = 0, len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                raise self.fault(f"{self.text[start]!r} is not understood", start)
            kind = str(match.lastgroup)
            text, at = match.group(kind), match.end()
            after_dot = bool(found) and found[-1].text in (".", "?.")
            if words and kind == "name" and text in _WORDS and not after_dot:
                kind, text = "sign", _WORDS[text]
            found.append(_Token(kind, text, match.start(str(match.lastgroup))))
        return [*found, _Token("end", "", len(self.text))]

    def fault(self, what: str, at: int) -> ExpressionError:
        """Return the error for a fault at a place of the text."""
        return ExpressionError(f"the expression {_short(self.text)} does not read: {what} at character {at + 1}")

    def whole(self) -> Closure:
        run = self.climb(_TERNARY)
        if self.peek.kind != "end":
            raise self.fault(f"{self.peek.text!r} is not expected", self.peek.at)
        return run

    @property
    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def takes(self, sign: str) -> bool:
        if self.peek.kind == "sign" and self.peek.text == sign:
            self.next += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            found = repr(self.peek.text) if self.peek.text else "the end"
            raise self.fault(f"{sign!r} is expected, not {found}", self.peek.at)

    def climb(self, power: int) -> Closure:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"it is nested deeper than {MAX_DEPTH} levels", self.peek.at)
        left, length = self.prefix(), 0
        while self.peek.kind == "sign":
            sign = self.peek.text
            length += 1
            if length > MAX_ROW:
                raise self.fault(f"more than {MAX_ROW} operators stand in a row; use parentheses", self.peek.at)
            if sign == "?" and power <= _TERNARY:
                self.next += 1
                left = self.choice(left)
            elif sign in _LOGICAL and _LOGICAL[sign] >= power:
                self.next += 1
                left = _logical(sign, left, self.climb(_LOGICAL[sign] + 1))
            elif sign in _BINARY and _BINARY[sign][0] >= power:
                self.next += 1
                level, operate = _BINARY[sign]
                left = _binary(operate, left, self.climb(level + 1))
            else:
                break
        self.depth -= 1
        return left

    def choice(self, condition: Closure) -> Closure:
        yes = self.climb(_TERNARY)
        self.expect(":")
        no = self.climb(_TERNARY)
        return lambda scope: yes(scope) if truthy(condition(scope)) else no(scope)

    def prefix(self) -> Closure:
        token = self.take()
        if token.text in _UNARY and token.kind in ("sign", "name"):
            operate, operand = _UNARY[token.text], self.climb(_PREFIX)
            return lambda scope: operate(operand(scope))
        return self.suffixes(self.primary(token))

    def primary(self, token: _Token) -> Closure:
        if token.kind == "number":
            return _constant(_number(token.text))
        if token.kind == "string":
            return _constant(_ESCAPE.sub(_unescape, token.text[1:-1]))
        if token.kind == "name":
            return _constant(_LITERALS[token.text]) if token.text in _LITERALS else _name(token.text)
        if token.text == "(":
            inner = self.climb(_TERNARY)
            self.expect(")")
            return inner
        if token.text == "[":
            items = self.items("]")
            return lambda scope: [item(scope) for item in items]
        raise self.fault(f"{token.text!r} is not expected" if token.text else "a value is missing", token.at)

    def items(self, close: str) -> list[Closure]:
        found: list[Closure] = []
        while not self.takes(close):
            found.append(self.climb(_TERNARY))
            if not self.takes(","):
                self.expect(close)
                break
        return found

    def suffixes(self, run: Closure) -> Closure:
        length = 0
        while self.peek.kind == "sign" and self.peek.text in (".", "?.", "["):
            length += 1
            if length > MAX_ROW:
                raise self.fault(f"more than {MAX_ROW} accesses stand in a row", self.peek.at)
            sign = self.take()
            if sign.text == "[":
                key = self.climb(_TERNARY)
                self.expect("]")
                run = _member(run, key, optional=False)
                continue
            name = self.take()
            if name.kind != "name":
                raise self.fault(f"a name is expected after {sign.text!r}", name.at)
            run = self.access(run, name, optional=sign.text == "?.")
        return run

    def access(self, run: Closure, name: _Token, optional: bool) -> Closure:
        if not self.takes("("):
            return _member(run, _constant(name.text), optional)
        method = METHODS.get(name.text)
        if method is None:
            raise self.fault(f"there is no method {name.text!r} (there are {', '.join(sorted(METHODS))})", name.at)
        return _call(run, method, self.items(")"), optional)


def _constant(value: Any) -> Closure:
    return lambda scope: value


def _name(name: str) -> Closure:
    def read(scope: Scope) -> Any:
        try:
            return scope[name]
        except KeyError:
            raise ExpressionError(f"{name!r} is not defined; there are {', '.join(map(str, scope))}") from None

    return read


def _binary(operate: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    return lambda scope: operate(left(scope), right(scope))


def _logical(sign: str, left: Closure, right: Closure) -> Closure:
    def both(scope: Scope) -> Any:
        value = left(scope)
        return right(scope) if truthy(value) else value

    def either(scope: Scope) -> Any:
        value = left(scope)
        return value if truthy(value) else right(scope)

    def present(scope: Scope) -> Any:
        value = left(scope)
        return right(scope) if value is None or value is UNDEFINED else value

    return {"&&": both, "||": either, "??": present}[sign]


def _member(run: Closure, key: Closure, optional: bool) -> Closure:
    def read(scope: Scope) -> Any:
        value = run(scope)
        return UNDEFINED if optional and (value is None or value is UNDEFINED) else get_member(value, key(scope))

    return read


def _call(run: Closure, method: Callable[..., Any], arguments: list[Closure], optional: bool) -> Closure:
    def call(scope: Scope) -> Any:
        value = run(scope)
        if optional and (value is None or value is UNDEFINED):
            return UNDEFINED
        return method(value, *[argument(scope) for argument in arguments])

    return call


def _number(text: str) -> int | float:
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text) if text.isdigit() else float(text)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        point = int(code.lstrip("ux").strip("{}"), 16)
        return chr(point) if point <= 0x10FFFF else "�"
    return _ESCAPES.get(code, code)
