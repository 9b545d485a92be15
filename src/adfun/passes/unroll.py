"""Writes out short loops that change whole arrays again and again, so that the loops inside become one.

    for k in 0..3:
      for i in 0..n:                               for i in 0..n: y[i] = y[i] * x[i] + c[0]
        y[i] = y[i] * x[i] + c[k]         ->       for i in 0..n: y[i] = y[i] * x[i] + c[1]
                                                   for i in 0..n: y[i] = y[i] * x[i] + c[2]

Horner's rule for many points is of this kind.  `fuse` merges what is left, and no y is stored.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Build, Const, For, Function, Operand, Stmt, While, i64
from adfun.ir.walk import Copier, read, walk, written_within

MOST = 8
"""Iterations of a loop that is written out."""
LONGEST = 200
"""Statements that it may become."""


def unroll(function: Function) -> Function:
    """The same function without such loops."""
    if not any(isinstance(stmt, For) and _is_short(stmt) for stmt in walk(function.body.stmts)):
        return function
    copier = _Unroller(Builder())
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


class _Unroller(Copier):
    def for_(self, stmt: For) -> None:
        if not (_is_short(stmt) and _changes_arrays(stmt)):
            super().for_(stmt)
            return
        assert isinstance(stmt.start, Const) and isinstance(stmt.stop, Const)
        values: tuple[Operand, ...] = self.operands([c.init for c in stmt.carried])
        for k in range(int(stmt.start.value), int(stmt.stop.value)):
            self.env[stmt.index] = i64(k)
            self.bind([c.param for c in stmt.carried], values)
            values = self.block(stmt.body)
        self.bind([c.result for c in stmt.carried], values)


def _is_short(loop: For) -> bool:
    if not isinstance(loop.start, Const) or not isinstance(loop.stop, Const):
        return False
    return 0 < loop.stop.value - loop.start.value <= MOST


def _changes_arrays(loop: For) -> bool:
    """Whether its iterations read what earlier ones stored, by loops of another length each."""
    assert isinstance(loop.start, Const) and isinstance(loop.stop, Const)
    inside = list(walk(loop.body.stmts))
    length = len(inside) * (loop.stop.value - loop.start.value)
    if length > LONGEST or any(isinstance(stmt, While) for stmt in inside):
        return False
    long = [stmt for stmt in loop.body.stmts if _is_long(stmt)]
    changed = written_within(long)
    return any(buffer in changed for stmt in walk(long) for buffer in read(stmt))


def _is_long(stmt: Stmt) -> bool:
    if isinstance(stmt, Build):
        return not all(isinstance(size, Const) for size in stmt.buffer.shape)
    return isinstance(stmt, For) and not isinstance(stmt.stop, Const)
