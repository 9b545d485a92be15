"""Keeps what one loop computes for a later one over the same range that would compute it again.

    s = for k in 0..m with s = 0.0:                  s = for k in 0..m with s = 0.0:
      next s + exp(x[k] - top)                         e = exp(x[k] - top)
    for k in 0..m:                           ->        kept[k] = e
      g[k] += exp(x[k] - top) * w / s                  next s + e
                                                     for k in 0..m:
                                                       g[k] += kept[k] * w / s

Only inside other loops: what is kept there is small, and stays in the cache.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Buffer, Const, For, Function, Let, Load, Operand, Var, i64
from adfun.ir.types import VEC
from adfun.ir.walk import Copier, blocks, written_within
from adfun.passes.dead import eliminate
from adfun.primitives.arithmetic import imax
from adfun.records import dataclass, field

COSTLY = 10
"""Cycles from which a value is kept."""
Number = int
"""What stands for equal values: the same in two loops if they are equal in equal iterations."""
INDEX = -1


def share(function: Function) -> Function:
    """The same function with fewer costly values computed twice."""
    plan = _Plan()
    _visit(function.body, False, plan)
    if not plan.again:
        return function
    copier = _Sharer(Builder(), plan)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(slots=True)
class _Plan:
    """again: a value -> the value of an earlier loop that it equals; kept: those, by their loop."""

    again: dict[Var, Var] = field(default_factory=dict)
    kept: dict[For, list[Var]] = field(default_factory=dict)


def _visit(block: Block, inside: bool, plan: _Plan) -> None:
    if inside and sum(isinstance(stmt, For) for stmt in block.stmts) > 1:
        _Numbering(plan).block(block)
    for stmt in block.stmts:
        for inner in blocks(stmt):
            _visit(inner, inside or isinstance(stmt, For), plan)


class _Numbering:
    """The values in the loops of one block, numbered."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.numbers: dict[object, Number] = {}
        self.versions: dict[Buffer, int] = {}
        """How often each buffer has been changed so far."""
        self.first: dict[object, tuple[For, Var]] = {}

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            changed = written_within((stmt,))
            if isinstance(stmt, For) and isinstance(stmt.start, Const) and stmt.start.value == 0:
                self.loop(stmt, changed)
            for buffer in changed:
                self.versions[buffer] = self.versions.get(buffer, 0) + 1

    def loop(self, loop: For, changed: set[Buffer]) -> None:
        known: dict[Operand, Number] = {loop.index: INDEX}
        moving: set[Operand] = {loop.index}
        for stmt in loop.body.stmts:
            key: tuple[object, ...]
            if isinstance(stmt, Let):
                key, args = (stmt.op,), stmt.args
            elif isinstance(stmt, Load) and stmt.buffer not in changed:
                key, args = (stmt.buffer, self.versions.get(stmt.buffer, 0)), stmt.index
            else:  # its results are equal to nothing in another loop
                continue
            parts = [known[x] if x in known else self.number(x) for x in args]
            if not moving.isdisjoint(args):
                moving.add(stmt.var)
            known[stmt.var] = self.number((*key, *parts))
            if isinstance(stmt, Let) and stmt.var in moving and stmt.op.cost >= COSTLY:
                self.costly(loop, stmt.var, known[stmt.var])

    def costly(self, loop: For, var: Var, number: Number) -> None:
        if var.type is VEC:
            return
        earlier, equal = self.first.setdefault((loop.stop, number), (loop, var))
        if earlier is not loop:
            self.plan.again[var] = equal
            if equal not in self.plan.kept.setdefault(earlier, []):
                self.plan.kept[earlier].append(equal)

    def number(self, key: object) -> Number:
        return self.numbers.setdefault(key, len(self.numbers))


class _Sharer(Copier):
    def __init__(self, builder: Builder, plan: _Plan) -> None:
        super().__init__(builder)
        self.plan = plan
        self.keeping: dict[Var, Buffer] = {}
        self.at: list[Var] = []
        """The old indices of the loops around."""

    def for_(self, stmt: For) -> None:
        kept = self.plan.kept.get(stmt, [])
        size = self.builder.op(imax, self.operand(stmt.stop), i64(0)) if kept else stmt.stop
        for var in kept:
            self.keeping[var] = self.builder.alloc(var.type, (size,), zero=False, hint=var.hint or "kept")
        self.at.append(stmt.index)
        super().for_(stmt)
        self.at.pop()

    def let(self, stmt: Let) -> None:
        equal = self.plan.again.get(stmt.var)
        if equal is not None:
            place = (self.operand(self.at[-1]),)
            self.env[stmt.var] = self.builder.load(self.keeping[equal], place, stmt.var.hint)
            return
        super().let(stmt)
        kept = self.keeping.get(stmt.var)
        if kept is not None:
            self.builder.store(kept, (self.operand(self.at[-1]),), self.operand(stmt.var))
