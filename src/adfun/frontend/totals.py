"""What counters are after a loop over a range: the number of iterations times what each of them adds."""

from __future__ import annotations

from adfun.frontend.arrays import extent
from adfun.frontend.stage import Stage
from adfun.frontend.values import RangeValue
from adfun.ir.nodes import Carried, Const, For, Operand, While
from adfun.ir.types import I64
from adfun.primitives import arithmetic as a


def after_loop(stage: Stage, loop: For | While) -> list[Operand]:
    """The results of a loop that was just closed; of counters, what follows without running it."""
    if isinstance(loop, While):
        return [c.result for c in loop.carried]
    steps = [_step(stage, *pair) for pair in zip(loop.carried, loop.body.yields, strict=True)]
    if not any(steps):
        return [c.result for c in loop.carried]
    trips = extent.range_length(stage, RangeValue(loop.start, loop.stop, 1))
    return [
        c.result if step is None else stage.iadd(c.init, stage.imul(trips, step))
        for c, step in zip(loop.carried, steps, strict=True)
    ]


def _step(stage: Stage, carried: Carried, value: Operand) -> Operand | None:
    """What every iteration adds to a carried integer, if it is always the same."""
    let = stage.builder.definition.get(value)
    if carried.param.type is not I64 or let is None or let.op is not a.iadd:
        return None
    first, second = let.args
    if second is carried.param:
        first, second = second, first
    if first is not carried.param:
        return None
    return second if isinstance(second, Const) or stage.builder.is_open(second) else None
