"""What counters are after a loop over a range: the number of iterations times what each of them adds."""

from __future__ import annotations

from adfun.frontend.arrays import extent
from adfun.frontend.stage import Stage
from adfun.frontend.values import RangeValue
from adfun.ir.nodes import For, Operand, While
from adfun.primitives.counters import counted, counters


def after_loop(stage: Stage, loop: For | While) -> list[Operand]:
    """The results of a loop that was just closed; of counters, what follows without running it."""
    counts = counters(loop) if isinstance(loop, For) else {}
    if isinstance(loop, While) or not counts:
        return [c.result for c in loop.carried]
    trips = extent.range_length(stage, RangeValue(loop.start, loop.stop, 1))
    return [
        counted(stage.builder, c.init, counts[c], trips) if c in counts else c.result for c in loop.carried
    ]
