"""Arrays that no memory holds: refused, though elements are computed only when something asks for them.

NumPy raises a MemoryError where an array is made.  Here a sum over it would be a loop without end.  A shape
that is known now is looked at by `Array` itself; one that the user's integers decide gets a check.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from adfun.frontend.stage import Stage
from adfun.frontend.values import LARGEST
from adfun.ir.nodes import Const, Operand, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a

DEPTH = 12
"""A size is followed back through so many operations."""
FEW = 64
"""A moderate size times so much is moderate."""
SHOWN = 4
"""Sizes that a message may have: `ADFUN_ERROR_ARGS`."""


def fits(stage: Stage, shape: Sequence[Operand]) -> None:
    """Fail with a MemoryError where an array of this shape has too many elements.

    Nothing is emitted where arguments have all of its axes: who holds `x` may have `x[:, None] * x`.
    """
    sizes = [stage.size(s) for s in shape]
    if all(is_moderate(stage, s) for s in sizes):
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


def is_moderate(stage: Stage, size: Operand, depth: int = DEPTH) -> bool:
    """Whether a size is about that of an array there is, or the index of a loop, rather than any integer."""
    if isinstance(size, Const):
        return True
    let = stage.builder.definition.get(size)
    if let is None or not depth:
        return size in stage.bounds or (size in stage.sizes and size not in stage.chosen)
    args = let.args
    if let.op is a.select:
        args = args[1:]
    elif let.op in (a.imin, a.imod, a.ifloordiv):
        likely = {a.imin: args, a.imod: args[1:], a.ifloordiv: args[:1]}[let.op]
        return any(is_moderate(stage, x, depth - 1) for x in likely)
    elif let.op is a.imul and (size not in stage.sizes or size in stage.chosen):
        if not any(isinstance(x, Const) and abs(int(x.value)) <= FEW for x in args):
            return False
    elif let.op not in (a.iadd, a.isub, a.imul, a.ineg, a.imax):
        return size in stage.sizes and size not in stage.chosen
    return all(is_moderate(stage, x, depth - 1) for x in args)
