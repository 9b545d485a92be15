"""Writes out short loops that change whole arrays again and again, so that the loops inside become one.

    for k in 0..3:
      for i in 0..n:                               for i in 0..n: y[i] = y[i] * x[i] + c[0]
        y[i] = y[i] * x[i] + c[k]         ->       for i in 0..n: y[i] = y[i] * x[i] + c[1]
                                                   for i in 0..n: y[i] = y[i] * x[i] + c[2]

Horner's rule for many points is of this kind.  `fuse` merges what is left, and no y is stored.  Once all is
loops, short ones of plain code inside long ones are written out, too: what two compute is then shared.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Accum, Build, Const, For, Function, Let, Load, Operand, Stmt, Store, While, i64
from adfun.ir.walk import Copier, read, walk, written_within
from adfun.passes.sequential import sums

MOST = 8
"""Iterations of a loop that is written out."""
FEW = 4
"""Iterations of a loop of straight-line code that is written out inside a longer one."""
LITTLE = 80
"""Statements that it may become."""
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
    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.long = 0
        """How many loops of unknown length are open."""

    def for_(self, stmt: For) -> None:
        if not (_is_short(stmt) and (_changes_arrays(stmt) or (self.long and _is_little(stmt)))):
            self.long += not isinstance(stmt.stop, Const)
            super().for_(stmt)
            self.long -= not isinstance(stmt.stop, Const)
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


def _is_little(loop: For) -> bool:
    """Whether its iterations are few, of straight-line code, and do not wait for each other."""
    assert isinstance(loop.start, Const) and isinstance(loop.stop, Const)
    count = loop.stop.value - loop.start.value
    plain = all(isinstance(stmt, Let | Load | Store | Accum) for stmt in loop.body.stmts)
    short = count <= FEW and count * len(loop.body.stmts) <= LITTLE
    return plain and short and len(sums(loop)) == len(loop.carried)


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
