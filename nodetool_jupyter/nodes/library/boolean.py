"""``nodetool.boolean``: comparing, combining and choosing."""

from __future__ import annotations

import operator
from typing import Any, Literal

from nodetool_jupyter.nodes.define import family

node = family("nodetool.boolean")

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@node
def Compare(a: Any = 0, b: Any = 0, comparison: Literal["==", "!=", ">", "<", ">=", "<="] = "==") -> bool:
    """Compare two values."""
    try:
        return bool(_COMPARE[comparison](a, b))
    except KeyError:
        raise ValueError(f"Compare: {comparison!r} is not a comparison; valid: {' '.join(_COMPARE)}") from None
    except TypeError:
        raise ValueError(f"Compare: {type(a).__name__} and {type(b).__name__} have no order") from None


@node
def LogicalOperator(
    a: bool = False, b: bool = False, operation: Literal["and", "or", "xor", "nand", "nor"] = "and"
) -> bool:
    """Combine two truth values."""
    both, either = bool(a and b), bool(a or b)
    return {"and": both, "or": either, "xor": either and not both, "nand": not both, "nor": not either}[operation]


@node
def Not(value: bool = False) -> bool:
    """Turn true into false and false into true."""
    return not value


@node
def All(values: list[Any] = []) -> bool:
    """Tell whether every value is true."""
    return all(values)


@node
def Some(values: list[Any] = []) -> bool:
    """Tell whether any value is true."""
    return any(values)


@node
def IsIn(value: Any = None, options: list[Any] = []) -> bool:
    """Tell whether the value is one of the options."""
    return value in options


@node
def IsNone(value: Any = None) -> bool:
    """Tell whether the value is missing."""
    return value is None


@node
def ConditionalSwitch(condition: bool = False, if_true: Any = None, if_false: Any = None) -> Any:
    """Return one of two values."""
    return if_true if condition else if_false
