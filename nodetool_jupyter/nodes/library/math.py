"""``lib.math``: arithmetic and a few functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from nodetool_jupyter.nodes.define import family

node = family("lib.math")

Number = int | float

MAX_BITS = 1 << 16  # bits of a whole number that Power may make


@node
def Add(a: Number = 0.0, b: Number = 0.0) -> Number:
    """Add two numbers."""
    return a + b


@node
def Subtract(a: Number = 0.0, b: Number = 0.0) -> Number:
    """Subtract the second number from the first."""
    return a - b


@node
def Multiply(a: Number = 0.0, b: Number = 0.0) -> Number:
    """Multiply two numbers."""
    return a * b


@node
def Divide(a: Number = 0.0, b: Number = 1.0) -> Number:
    """Divide the first number by the second."""
    if b == 0:
        raise ValueError(f"Divide: {a} cannot be divided by 0")
    return a / b


@node
def Modulus(a: Number = 0.0, b: Number = 1.0) -> Number:
    """Return what is left when the first number is divided by the second."""
    if b == 0:
        raise ValueError(f"Modulus: {a} cannot be divided by 0")
    return a % b


@node
def Power(base: Number = 1.0, exponent: Number = 2.0) -> Number:
    """Raise a number to a power."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MAX_BITS:
        raise ValueError(f"Power: {base} to the power {exponent} is too large")
    try:
        result: Any = base**exponent
    except (OverflowError, ZeroDivisionError) as error:
        raise ValueError(f"Power: {base} to the power {exponent}: {error}") from None
    if isinstance(result, complex):
        raise ValueError(f"Power: {base} to the power {exponent} is not a real number")
    return float(result) if isinstance(result, float) else int(result)


@node
def Sqrt(x: Number = 1.0) -> float:
    """Return the square root of a number."""
    return float(_real("square_root", x))


@node
def Sine(angle_rad: Number = 0.0) -> float:
    """Return the sine of an angle in radians."""
    return math.sin(angle_rad)


@node
def Cosine(angle_rad: Number = 0.0) -> float:
    """Return the cosine of an angle in radians."""
    return math.cos(angle_rad)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "negate": lambda x: -x,
    "absolute": abs,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "square_root": math.sqrt,
    "cube_root": math.cbrt,
    "sine": math.sin,
    "cosine": math.cos,
    "tangent": math.tan,
    "arcsine": math.asin,
    "arccosine": math.acos,
    "arctangent": math.atan,
    "log": math.log,
}


@node
def MathFunction(
    input: Number = 0.0,
    operation: Literal[
        "negate", "absolute", "square", "cube", "square_root", "cube_root", "sine", "cosine", "tangent", "arcsine",
        "arccosine", "arctangent", "log",
    ] = "negate",
) -> Number:  # fmt: skip
    """Apply a function to a number."""
    return _real(operation, input)


def _real(operation: str, x: Number) -> Number:
    try:
        result: Number = _FUNCTIONS[operation](x)
        return result
    except (ValueError, OverflowError):
        raise ValueError(f"{operation.replace('_', ' ')} of {x} is not a real number") from None
