"""Starts sums anew that go on from what an earlier loop over the same range summed up.

    s = for i in 0..n with s = 0.0: next add(s, x[i])        s = for i in 0..n with s = 0.0: next add(s, x[i])
    t = for i in 0..n with t = s: next add(t, y[i])    ->    r = for i in 0..n with r = 0.0: next add(r, y[i])
                                                             t = add(s, r)

`fuse` can then make one loop of the two.  Sums over the rows of a small matrix, written out, are such.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Carried, For, Function, Operand, f64
from adfun.ir.types import F64
from adfun.ir.walk import Copier
from adfun.passes.sequential import sums
from adfun.primitives import arithmetic as a
from adfun.records import replace


def unchain(function: Function) -> Function:
    """The same function; such sums are added up in another order."""
    copier = _Unchainer(Builder())
    yields = copier.block(function.body)
    if not copier.changed:
        return function
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


class _Unchainer(Copier):
    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.summed: dict[Operand, tuple[Operand, Operand]] = {}
        """The ranges that (new) results were summed over."""
        self.changed = False

    def for_(self, stmt: For) -> None:
        span = self.operand(stmt.start), self.operand(stmt.stop)
        totals = [c for c in stmt.carried if c.param.type is F64]
        totals = [c for c in totals if c.param in sums(stmt)] if totals else []
        later = {c: self.operand(c.init) for c in totals if self.summed.get(self.operand(c.init)) == span}
        carried: tuple[Carried, ...] = tuple(
            [replace(c, init=f64(0.0)) if c in later else c for c in stmt.carried]
        )
        super().for_(replace(stmt, carried=carried))
        for c in totals:
            if c in later:
                self.changed = True
                self.env[c.result] = self.builder.op(a.add, later[c], self.operand(c.result))
            self.summed[self.operand(c.result)] = span
