"""Whether the iterations of a loop are independent apart from sums, and may run in several threads."""

from __future__ import annotations

from collections import Counter

from adfun.backend.chunks.price import Price, price_of
from adfun.backend.lanes.accesses import Accesses
from adfun.backend.lanes.cost import Choice, ScalarCost
from adfun.backend.lanes.reduction import operations
from adfun.backend.lanes.shapes import Shapes
from adfun.ir.nodes import Alloc, Buffer, Build, Const, For, Grow, KernelCall, Report, Var
from adfun.ir.types import B1
from adfun.ir.walk import walk
from adfun.records import dataclass

WORTHWHILE = 1e5
"""Cycles of a loop that is worth cutting."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A loop that is cut into chunks.

    reductions  the operation of each carried value
    copied      the buffers that several iterations accumulate to: every chunk but the first has a copy
    price       of one iteration, roughly
    """

    loop: For
    reductions: tuple[str, ...]
    copied: tuple[Buffer, ...]
    price: Price


def splits(choice: Choice, reads: Counter[Var | Buffer]) -> dict[For, Split]:
    """The loops that are cut, among the outermost ones."""
    found = {}
    for loop, cycles in choice.iteration.items():
        split = _split(loop, cycles, choice.scalar, reads) if _may_be_long(loop, cycles) else None
        if split is not None:
            found[loop] = split
    return found


def _may_be_long(loop: For, cycles: float) -> bool:
    if not isinstance(loop.start, Const) or not isinstance(loop.stop, Const):
        return True
    return (loop.stop.value - loop.start.value) * cycles > WORTHWHILE


def _split(loop: For, cycles: float, cost: ScalarCost, reads: Counter[Var | Buffer]) -> Split | None:
    for stmt in walk(loop.body.stmts):
        if isinstance(stmt, (Build, Grow, KernelCall, Report)):
            return None
        if isinstance(stmt, Alloc) and stmt.buffer.storage == "growable":
            return None  # its memory belongs to the call
    reductions = operations(loop, reads)
    if not all(reductions):
        return None
    shapes = Shapes(loop)
    copied = _copied(Accesses(shapes))
    if copied is None:
        return None
    price = price_of(loop.body, cost, lambda x: shapes.outside(x))
    faster = cycles / max(1.0, price.guess(cost.trips.size))
    return Split(loop, tuple(reductions), copied, price.scaled(faster))


def _copied(accesses: Accesses) -> tuple[Buffer, ...] | None:
    """The buffers that are only accumulated to; None when iterations share memory in another way."""
    copied = []
    for buffer in accesses.found:
        kinds = accesses.kinds(buffer)
        if kinds == {"load"} or accesses.disjoint(buffer):
            continue
        if kinds != {"accum"} or buffer.elem is B1 or buffer.storage == "growable":
            return None
        copied.append(buffer)
    return tuple(copied)
