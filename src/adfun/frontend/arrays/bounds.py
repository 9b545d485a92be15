"""What is known about integers without running: it saves checks and sign tests of indices."""

from __future__ import annotations

from adfun.frontend.stage import Stage
from adfun.ir.nodes import Const, Operand, Var
from adfun.ir.types import I64
from adfun.primitives import arithmetic as a

Linear = tuple["Operand | None", int]
"""A variable (or none) plus a constant."""


def linear(stage: Stage, operand: Operand) -> Linear:
    """Split off a constant addend."""
    if isinstance(operand, Const):
        return None, int(operand.value)
    operand = stage.size(operand)
    if isinstance(operand, Const):
        return None, int(operand.value)
    let = stage.builder.definition.get(operand)
    if let is not None and let.op is a.iadd:
        for part, rest in (let.args, let.args[::-1]):
            if isinstance(part, Const):
                return stage.size(rest), int(part.value)
    return operand, 0


def low(stage: Stage, operand: Operand, depth: int = 6) -> int | None:
    """A constant that the operand is at least, if one is known."""
    if isinstance(operand, Const):
        return int(operand.value)
    if operand in stage.lows:
        return stage.lows[operand]
    if operand in stage.nonnegative or operand in stage.sizes:
        return 0
    if not depth:
        return None
    let = stage.builder.definition.get(operand)
    if let is None:
        return None
    if let.op is a.isub:
        return _low_of_difference(stage, *let.args)
    if let.op is a.b2i or let.op is a.iabs:
        return 0
    lows = [low(stage, x, depth - 1) for x in let.args if x.type is I64]
    if let.op is a.imax:
        return max((x for x in lows if x is not None), default=None)
    known = [x for x in lows if x is not None]
    if len(known) != len(lows):
        return None
    return _low_of(let.op, known)


def _low_of(op: object, lows: list[int]) -> int | None:
    if op is a.iadd:
        return sum(lows)
    if op is a.imul and min(lows) >= 0:
        return lows[0] * lows[1]
    if op in (a.imin, a.select):
        return min(lows)
    if op in (a.ifloordiv, a.imod) and min(lows) >= 0:
        return 0
    return None


def _low_of_difference(stage: Stage, x: Operand, y: Operand) -> int | None:
    """x - y is at least 1 + x - (the bound of y)."""
    base, offset = linear(stage, y)
    bound = None if base is None else stage.bounds.get(base)
    if bound is None:
        return None
    left, right = linear(stage, x), linear(stage, bound)
    return 1 + left[1] - (right[1] + offset) if left[0] is right[0] else None


def below(stage: Stage, index: Operand, size: Operand) -> bool:
    """Whether index < size is certain."""
    if isinstance(size, Const) and isinstance(index, Const):
        return index.value < size.value
    base, offset = linear(stage, index)
    if base is None:
        return False
    limit = linear(stage, size)
    bound = stage.bounds.get(base)
    if bound is not None:
        top = linear(stage, bound)
        if top[0] is limit[0] and top[1] + offset <= limit[1]:
            return True
    if base is limit[0]:
        return offset < limit[1]
    return _difference_below(stage, base, offset, limit)


def _difference_below(stage: Stage, base: Operand, offset: int, limit: Linear) -> bool:
    """Whether (x - y) + offset < limit, y being at least something known."""
    let = stage.builder.definition.get(base) if isinstance(base, Var) else None
    if let is None or let.op is not a.isub:
        return False
    least = low(stage, let.args[1])
    left = linear(stage, let.args[0])
    return least is not None and left[0] is limit[0] and left[1] - least + offset < limit[1]


def at_most(stage: Stage, operand: Operand, size: Operand) -> bool:
    """Whether operand <= size is certain."""
    if operand is size or stage.size(operand) is stage.size(size):
        return True
    if isinstance(operand, Const):
        least = low(stage, stage.size(size))
        return least is not None and operand.value <= least
    base, offset = linear(stage, operand)
    limit = linear(stage, size)
    if base is limit[0]:
        return offset <= limit[1]
    if base is None:
        return False
    bound = stage.bounds.get(base)
    if bound is not None:
        top = linear(stage, bound)
        return top[0] is limit[0] and top[1] + offset - 1 <= limit[1]
    return False
