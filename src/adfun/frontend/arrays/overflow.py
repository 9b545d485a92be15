"""Integers of Python's have any size, compiled ones 64 bits: where the difference may matter, it is checked.

Elements of arrays are NumPy's integers, which wrap around, and lengths are small: neither is checked.
"""

from __future__ import annotations

import math

from adfun.frontend.arrays import bounds
from adfun.frontend.stage import Stage
from adfun.ir.nodes import Const, Operand, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a

MAY = ("+", "-", "*", "**", "<<", ">>")
FULL, LENGTH = 63, 31
LIMIT = 2.0**63 * (1 - 2.0**-50)
MESSAGE = "an integer does not fit into 64 bits; calculate with floats"


def bits(stage: Stage, operand: Operand, depth: int = 8) -> int:
    """How many bits an integer may need, taking indices, lengths and array elements to be small."""
    if isinstance(operand, Const):
        return int(operand.value).bit_length()
    if operand in stage.carried or (operand in stage.origins and operand not in stage.sizes):
        return FULL
    let = stage.builder.definition.get(operand)
    if let is None or operand in stage.sizes or operand in stage.bounds:
        return LENGTH
    if not depth:
        return FULL
    needed = [bits(stage, x, depth - 1) for x in let.args if x.type is I64]
    if let.op is a.imul:
        return min(FULL, sum(needed))
    if let.op in (a.iadd, a.isub):
        return min(FULL, max(needed) + 1)
    if let.op is a.imod:
        return needed[1]
    if let.op in (a.imin, a.imax, a.select, a.iabs, a.ineg, a.ifloordiv):
        return max(needed)
    return 1 if let.op in (a.b2i, a.isign) else FULL


def check(stage: Stage, symbol: str, x: Operand, y: Operand) -> None:
    """Fail while running where the result of x `symbol` y needs more than 64 bits."""
    if x.type is not I64 or y.type is not I64:
        return
    if symbol in ("+", "-"):
        huge = any(isinstance(o, Const) and bits(stage, o) >= FULL - 1 for o in (x, y))
        if huge or (x in stage.carried and y in stage.carried):
            _bounded(
                stage, stage.op(a.add if symbol == "+" else a.sub, *(stage.convert(o, F64) for o in (x, y)))
            )
    elif symbol == "*":
        if bits(stage, x) + bits(stage, y) > FULL:
            _bounded(stage, stage.op(a.mul, stage.convert(x, F64), stage.convert(y, F64)))
    elif symbol == "**":
        _power(stage, x, y)
    if symbol in ("<<", ">>") and not (isinstance(y, Const) and y.value >= 0):
        stage.check(stage.op(a.ile, i64(0), y), "ValueError", "negative shift count")
    if symbol == "<<" and not (isinstance(y, Const) and bits(stage, x) + int(y.value) <= FULL):
        _bounded(
            stage, stage.op(a.mul, stage.convert(x, F64), stage.op(a.pow, f64(2.0), stage.convert(y, F64)))
        )


def integer(stage: Stage, x: Operand) -> Operand:
    """int(x), checked where x is a float: 64 bits may not hold it, and nothing is NaN or infinity."""
    if x.type is F64:
        stage.check(
            stage.op(a.bnot, stage.op(a.isnan, x)), "ValueError", "cannot convert float NaN to integer"
        )
        _bounded(stage, x)
    return stage.convert(x, I64)


def check_divisor(stage: Stage, symbol: str, x: Operand, y: Operand) -> None:
    """Fail while running where an integer is divided by a zero that is no element of an array."""
    if x.type is not I64 or y.type is not I64 or y in stage.sizes:
        return
    least = bounds.low(stage, y)
    element = not isinstance(y, Const) and bits(stage, y) == LENGTH and y not in stage.builder.definition
    if element or (least is not None and least > 0):
        return
    message = "integer division or modulo by zero" if symbol == "//" else "integer modulo by zero"
    stage.check(stage.op(a.ine, y, i64(0)), "ZeroDivisionError", message)


def _power(stage: Stage, x: Operand, n: Operand) -> None:
    let = stage.builder.definition.get(n)
    if (let is not None and let.op is a.ineg) or (isinstance(n, Const) and n.value < 0):
        message = "0.0 cannot be raised to a negative power"
        defined = stage.op(a.bor, stage.op(a.ine, x, i64(0)), stage.op(a.ile, i64(0), n))
        stage.check(defined, "ZeroDivisionError", message)
    if isinstance(x, Const):
        if abs(int(x.value)) > 1:
            most = int(FULL / math.log2(abs(int(x.value))) - 1e-12)
            stage.check(stage.op(a.ile, n, i64(most)), "OverflowError", MESSAGE)
    elif not (isinstance(n, Const) and bits(stage, x) * int(n.value) <= FULL):
        _bounded(stage, stage.op(a.pow, stage.convert(x, F64), stage.convert(n, F64)))


def _bounded(stage: Stage, result: Operand) -> None:
    stage.check(stage.op(a.le, stage.op(a.fabs, result), f64(LIMIT)), "OverflowError", MESSAGE)
