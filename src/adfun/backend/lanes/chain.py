"""How long one iteration's chain of operations is: a processor looks a few hundred instructions ahead, and
where the chain takes longer than these, it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adfun.ir.nodes import Accum, Alloc, Block, Check, If, Let, Load, Operand, Store
from adfun.ir.types import F64

PATIENCE = 100
"""Cycles of a chain from which on two vectors at a time fill the gaps."""
CYCLES = {"exp": 45, "expm1": 50, "log": 55, "log1p": 60, "div": 14, "sqrt": 18, "maximum": 8, "minimum": 8}
"""Of vectors, from arguments to result; other arithmetic takes STEP."""
STEP = 4
LOAD = 6
LONGEST = 120
"""Values of a body that is not so long that it fills the processor's window by itself."""
MOST = 10
"""The cost from which on a primitive is left to one vector, if its cycles are not known: it may branch, and
fills the registers."""


def waits(body: Block) -> bool:
    """Whether a loop's body is straight-line code of long chains, with registers to spare."""
    arrivals: dict[Operand, int] = {}
    if not _follow(body, arrivals) or len(arrivals) > LONGEST:
        return False
    return max(arrivals.values(), default=0) >= PATIENCE


def _follow(block: Block, arrivals: dict[Operand, int]) -> bool:
    """Notes when the values of a block are there, if it is such code."""
    for stmt in block.stmts:
        match stmt:
            case Let():
                if stmt.op.name not in CYCLES and stmt.op.cost >= MOST:
                    return False
                cycles = CYCLES.get(stmt.op.name, STEP if stmt.var.type is F64 else 1)
                arrivals[stmt.var] = cycles + _last(stmt.args, arrivals)
            case Load():
                arrivals[stmt.var] = LOAD + _last(stmt.index, arrivals)
            case If():
                if not all(_follow(arm, arrivals) for arm in (stmt.then, stmt.orelse)):
                    return False
                chosen = (stmt.cond, *stmt.then.yields, *stmt.orelse.yields)
                arrivals.update(dict.fromkeys(stmt.results, STEP + _last(chosen, arrivals)))
            case Store() | Accum() | Alloc() | Check():
                pass
            case _:
                return False
    return True


def _last(operands: Iterable[Operand], arrivals: Mapping[Operand, int]) -> int:
    return max([arrivals.get(operand, 0) for operand in operands], default=0)
