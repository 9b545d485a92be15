"""How many directions the vectors of a module need: a vec of four is quicker than one of eight half empty."""

from __future__ import annotations

from collections.abc import Iterable

from adfun.ir.nodes import Const, Function, Let, Var
from adfun.ir.types import LANES, VEC
from adfun.ir.walk import walk
from adfun.primitives.arithmetic import vlane, vput

NARROW = LANES // 2
"""How many directions a vec has in a module that needs few."""


def needs_few(functions: Iterable[Function]) -> bool:
    """Whether there are vecs, but none crosses a border or has lanes of the upper half named."""
    found = False
    for function in functions:
        types = [x.item.type if isinstance(x.item, Var) else x.item.elem for x in function.inputs]
        if VEC in types or VEC in [operand.type for operand in function.body.yields]:
            return False
        for stmt in walk(function.body.stmts):
            if isinstance(stmt, Let) and stmt.op in (vput, vlane):
                lane, found = stmt.args[1], True
                if not isinstance(lane, Const) or lane.value >= NARROW:
                    return False
    return found
