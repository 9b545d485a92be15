"""What simplifying a primitive looks for in its arguments."""

from __future__ import annotations

import math

from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Operand, f64
from adfun.ir.rows import Primitive
from adfun.ir.types import F64

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


def chosen_sum(b: Builder, select: Primitive, add: Primitive, sub: Primitive, args: Args) -> Operand | None:
    """c ? s : s + x is s + (c ? 0 : x): a sum that goes on, in a loop, waits for no choice."""
    test, *arms = args
    if arms[0].type is not F64:
        return None
    for base, arm in (arms, arms[::-1]):
        for row in (add, sub):
            parts = applied(b, arm, row)
            if parts is None or isinstance(base, Const) or base not in (parts if row is add else parts[:1]):
                continue
            term = parts[1] if base is parts[0] else parts[0]
            chosen = (f64(0.0), term) if arm is arms[1] else (term, f64(0.0))
            return b.op(row, base, b.op(select, test, *chosen))
    sums = [applied(b, arm, add) or () for arm in arms]
    for base in sums[0]:
        if base in sums[1] and not isinstance(base, Const):
            yes, no = (x[1] if x[0] is base else x[0] for x in sums)
            return b.op(add, base, b.op(select, test, yes, no))
    return None
