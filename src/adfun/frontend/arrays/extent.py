"""Arrays that no memory holds: refused, though elements are computed only when something asks for them.

NumPy raises a MemoryError where an array is made.  Here a sum over it would be a loop without end.  A shape
that is known now is looked at by `Array` itself; one that the user's integers decide gets a check.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from adfun.frontend.stage import Stage
from adfun.frontend.values import LARGEST, RangeValue
from adfun.ir.nodes import Const, Operand, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a

DEPTH = 12
"""A size is followed back through so many operations."""
MODERATE = 1 << 16
"""Constants beyond the sizes of arguments that call for no check."""
ALL = slice(None)
SHOWN = 4
"""Sizes that a message may have: `ADFUN_ERROR_ARGS`."""


def fits(stage: Stage, shape: Sequence[Operand]) -> None:
    """Fail with a MemoryError where an array of this shape has too many elements.

    Nothing is emitted where it has the axes of arguments, or few times more: who holds `x` may have
    `x[:, None] * x`.
    """
    sizes = [stage.size(s) for s in shape]
    if math.prod(_scale(stage, s) or 1 for s in sizes) <= MODERATE:
        return
    known = math.prod(int(s.value) for s in sizes if isinstance(s, Const))
    free = [s for s in sizes if not isinstance(s, Const)]
    if not free or not known:
        return
    if len(free) == 1:
        within = stage.op(a.ile, free[0], i64(LARGEST // known))
    else:  # as a float, since the product may go beyond 64 bits
        total: Operand = f64(float(known))
        for size in free:
            total = stage.op(a.mul, stage.convert(size, F64), total)
        within = stage.op(a.le, total, f64(float(LARGEST)))
    shown = free[:SHOWN]
    texts = [f"{{{shown.index(s)}}}" if s in shown else getattr(s, "value", "...") for s in sizes]
    shape_text = ", ".join(map(str, texts)) + ("," if len(sizes) == 1 else "")
    stage.check(within, "MemoryError", f"unable to allocate an array with shape ({shape_text})", *shown)


def _scale(stage: Stage, size: Operand, depth: int = DEPTH) -> float:
    """The constant by which a size exceeds that of an array there is, or the index of a loop.

    Infinity for any integer of the user's.
    """
    if isinstance(size, Const):
        return abs(int(size.value))
    let = stage.builder.definition.get(size)
    known = size in stage.sizes and size not in stage.chosen
    if let is None or not depth:
        return 1 if known or size in stage.bounds else math.inf
    if let.op not in (a.iadd, a.isub, a.imul, a.ineg, a.imax, a.imin, a.imod, a.ifloordiv, a.select):
        return 1 if known else math.inf
    args = let.args[
        {a.select: slice(1, None), a.imod: slice(1, None), a.ifloordiv: slice(1)}.get(let.op, ALL)
    ]
    scales = [_scale(stage, x, depth - 1) for x in args]
    if let.op is not a.imul:
        return min(scales) if let.op is a.imin else max(scales)
    return math.prod(scales) if known or any(isinstance(x, Const) for x in args) else math.inf


def range_length(stage: Stage, value: range | RangeValue) -> Operand:
    """Number of iterations of a range."""
    if isinstance(value, range):
        return i64(len(value))
    distance = stage.isub(value.stop, value.start) if value.step > 0 else stage.isub(value.start, value.stop)
    step = abs(value.step)
    if step != 1:
        distance = stage.op(a.ifloordiv, stage.iadd(distance, i64(step - 1)), i64(step))
    if isinstance(distance, Const) or _is_size(stage, value, distance):
        return distance if not isinstance(distance, Const) else i64(max(0, int(distance.value)))
    return stage.op(a.imax, distance, i64(0))


def _is_size(stage: Stage, value: RangeValue, distance: Operand) -> bool:
    """Whether the distance is an array's size itself, which is never negative."""
    return value.start is i64(0) and value.step == 1 and stage.is_size(distance)
