"""What simplifying a primitive looks for in its arguments."""

from __future__ import annotations

import math

from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Operand
from adfun.ir.rows import Primitive

Args = tuple[Operand, ...]


def applied(b: Builder, operand: Operand, primitive: Primitive) -> Args | None:
    """The arguments of `primitive` when the operand is an application of it, else None."""
    found = b.definition.get(operand)
    return found.args if found is not None and found.op is primitive else None


def of_reversed(b: Builder, even: Primitive, sub: Primitive, x: Operand) -> Operand | None:
    """What an even function has given for y - x, where x - y is asked for."""
    difference = applied(b, x, sub)
    reverse = None if difference is None else b.shared(sub, *difference[::-1])
    return None if reverse is None else b.shared(even, reverse)


def without_powers_of_two(
    b: Builder, product: Primitive, mul: Primitive, x: Operand, y: Operand
) -> Operand | None:
    """(x / 2) * (2 * y) is x * y, and 0.5 * (2 * y) is y, to the last bit: squares and their halves have
    such derivatives."""
    (by, plain_x), (times, plain_y) = _scaled(b, mul, x), _scaled(b, mul, y)
    if by == 1 or by * times != 1:
        return None
    if plain_x is None or plain_y is None:
        return plain_x or plain_y
    return b.op(product, plain_x, plain_y)


def _scaled(b: Builder, mul: Primitive, x: Operand) -> tuple[float, Operand | None]:
    """An operand as a power of two times another one, if it is more than a number."""
    args = (x, None) if isinstance(x, Const) else applied(b, x, mul)
    if args is None:
        return 1.0, None
    factor, other = args if isinstance(args[0], Const) else (args[1], args[0])
    if not isinstance(factor, Const) or factor.value <= 0 or math.frexp(factor.value)[0] != 0.5:
        return 1.0, None
    return float(factor.value), other
