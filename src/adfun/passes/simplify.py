"""Emits a function once more, smaller: constants fold, equal values are shared, invariants and safe
loads leave their loops, loops of one iteration open up; then dead code goes.

    s = for i in 0..1 with s = 0.0:
      next add(s, x[i])                ->    s = x[0]
    r = if c: yield a else: yield b    ->    r = select(c, a, b)
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Carried, For, Function, If, Load, Operand, Var, While
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate
from adfun.passes.ranges import Ranges
from adfun.primitives.arithmetic import select


def simplify(function: Function, *, drop_reports: bool = False) -> Function:
    """The same function, re-emitted and without dead code."""
    return eliminate(copied(function, Simplifier(Builder())), drop_reports=drop_reports)


def copied(function: Function, copier: Copier) -> Function:
    """A function re-emitted by a copier."""
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


class Simplifier(Copier):
    """A copier that also takes control flow apart where its course is known."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.ranges = Ranges(builder.definition)

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        self.ranges.enter(index, start, stop)

    def load(self, stmt: Load) -> None:
        buffer, index = self.buffer(stmt.buffer), self.operands(stmt.index)
        level = None
        if self.ranges.safe(buffer, index):
            level = max((self.builder.depth_of(part) for part in index), default=0)
        self.env[stmt.var] = self.builder.load(buffer, index, stmt.var.hint, level)

    def for_(self, stmt: For) -> None:
        start = self.operand(stmt.start)
        trips = self.ranges.trip_count(start, self.operand(stmt.stop))
        if trips is not None and trips <= 1:
            self.open_up(stmt, start, trips)
            return
        carried, yields = self.varying(stmt)
        super().for_(
            For(stmt.index, stmt.start, stmt.stop, carried, Block(stmt.body.stmts, yields), stmt.span)
        )

    def while_(self, stmt: While) -> None:
        carried, yields = self.varying(stmt)
        super().while_(While(carried, stmt.cond, Block(stmt.body.stmts, yields), stmt.span))

    def open_up(self, stmt: For, start: Operand, trips: int) -> None:
        """A loop of one iteration is its body, a loop of none its initial values."""
        values = self.operands([c.init for c in stmt.carried])
        if trips == 1:
            self.env[stmt.index] = start
            self.bind([c.param for c in stmt.carried], values)
            values = self.block(stmt.body)
        self.bind([c.result for c in stmt.carried], values)

    def varying(self, stmt: For | While) -> tuple[tuple[Carried, ...], tuple[Operand, ...]]:
        """The carried values that change, and what they become; the others are their initial values."""
        carried: list[Carried] = []
        yields: list[Operand] = []
        for c, value in zip(stmt.carried, stmt.body.yields, strict=True):
            if value is c.param or value is c.init:
                self.env[c.param] = self.env[c.result] = self.operand(c.init)
            else:
                carried.append(c)
                yields.append(value)
        return tuple(carried), tuple(yields)

    def if_(self, stmt: If) -> None:
        super().if_(stmt)
        last = self.builder.scopes[-1].stmts[-1:]
        if not (last and isinstance(last[0], If) and stmt.results):
            return
        new = last[0]
        if new.results != self.operands(stmt.results):
            return  # the condition was known: what stands last is an If of the arm taken
        empty = not new.then.stmts and not new.orelse.stmts
        if empty:
            self.builder.scopes[-1].stmts.pop()
        for result, yes, no in zip(stmt.results, new.then.yields, new.orelse.yields, strict=True):
            if yes is no:
                self.env[result] = yes
            elif empty:
                self.env[result] = self.builder.op(select, new.cond, yes, no)
