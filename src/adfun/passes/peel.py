"""Takes the first iteration out of a loop that does something else in it.

    for t in 0..n:                                if 0 < n:
      if t == 0: h[t] = c             ->            h[0] = c
      else: h[t] = f(h[t - 1])                    for t in 1..n:
                                                    h[t] = f(h[t - 1])

What is left has no branch, and no index that might be counted from the end.  Next to loops inside, a branch
costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Carried,
    Check,
    For,
    Function,
    If,
    Let,
    Load,
    Operand,
    Store,
    Var,
    i64,
)
from adfun.ir.types import I64
from adfun.ir.walk import fresh_params, length, walk
from adfun.passes.ranges import ONE, Ranges, minus
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a

LONGEST = 200
"""Statements of a body that is written twice."""


def peel(function: Function) -> Function:
    """The same function with such iterations before their loops; the very same if there are none."""
    stmts = list(walk(function.body.stmts))
    forms = Ranges({stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)})
    found = {stmt for stmt in stmts if isinstance(stmt, For) and _is_different_at_first(stmt, forms)}
    return copied(function, _Peeler(found)) if found else function


def _is_different_at_first(loop: For, forms: Ranges) -> bool:
    inside = list(walk(loop.body.stmts))
    conds = [forms.lets[s.cond] for s in inside if isinstance(s, If) and s.cond in forms.lets]
    if not any(_tells_first(cond, loop, forms) for cond in conds):
        return False
    plain = all(isinstance(stmt, Let | Load | Store | Accum | Check | If) for stmt in inside)
    return plain and length(loop.body.stmts) <= LONGEST


def _tells_first(cond: Let, loop: For, forms: Ranges) -> bool:
    """Whether a condition tells the first iteration from all others."""
    if cond.op not in (a.ieq, a.ine, a.ilt, a.ile):
        return False
    x, y = map(forms.form, cond.args)
    difference = minus(x, y)
    step = difference.pop(loop.index, 0)
    difference = minus(difference, forms.form(loop.start), -step)
    least = difference.pop(ONE, 0)
    if abs(step) != 1 or any(difference.values()):
        return False
    if cond.op in (a.ieq, a.ine):
        return least == 0
    holds_first, holds_next = (_holds(cond, least), _holds(cond, least + step))
    return holds_first != holds_next


def _holds(cond: Let, difference: int) -> bool:
    return difference < 0 if cond.op is a.ilt else difference <= 0


class _Peeler(Simplifier):
    def __init__(self, found: set[For]) -> None:
        super().__init__(Builder())
        self.found = found

    def for_(self, stmt: For) -> None:
        if stmt not in self.found:
            super().for_(stmt)
            return
        inits = self.operands([c.init for c in stmt.carried])
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        later = Var(I64, "start")
        self.env[later] = self.builder.op(a.iadd, start, i64(1))

        def first() -> Sequence[Operand]:
            self.env[stmt.index] = start
            self.bind([c.param for c in stmt.carried], inits)
            return self.block(stmt.body)

        values = self.builder.if_else(self.builder.op(a.ilt, start, stop), first, lambda: inits)
        handed = fresh_params(stmt.carried)
        self.bind(handed, values)
        carried = tuple(Carried(c.param, x, c.result) for c, x in zip(stmt.carried, handed, strict=True))
        super().for_(For(stmt.index, later, stmt.stop, carried, stmt.body, stmt.span))
