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
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Const,
    For,
    Function,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    While,
    i64,
)
from adfun.ir.walk import Copier, blocks, read, walk, written_within
from adfun.passes.sequential import sums

MOST = 8
"""Iterations of a loop that is written out."""
LITTLE = 80
"""Statements that a loop of straight-line code inside a longer one may become."""
LONGEST = 200
"""Statements that a loop over whole arrays may become."""


def unroll(function: Function) -> Function:
    """The same function without such loops."""
    found = _Found()
    found.block(function.body, False)
    if not found.loops:
        return function
    copier = _Unroller(Builder(), found)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


class _Found:
    """The loops to be written out, and the buffers that have been built by one store in them."""

    def __init__(self) -> None:
        self.loops: set[For] = set()
        self.built: set[Buffer] = set()

    def block(self, block: Block, long: bool) -> None:
        """`long`: inside a loop of unknown length."""
        for stmt in block.stmts:
            inner = long
            if isinstance(stmt, For):
                if _is_short(stmt) and (_changes_arrays(stmt) or (long and _is_little(stmt))):
                    self.loops.add(stmt)
                    self.built |= {b for b in written_within((stmt,)) if b.storage == "built"}
                inner = long or not isinstance(stmt.stop, Const)
            for inside in blocks(stmt):
                self.block(inside, inner)


class _Unroller(Copier):
    def __init__(self, builder: Builder, found: _Found) -> None:
        super().__init__(builder)
        self.found = found

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer not in self.found.built:
            super().alloc(stmt)
            return
        shape = self.operands(stmt.buffer.shape)  # (many stores fill it now)
        new = self.builder.alloc(stmt.buffer.elem, shape, zero=stmt.zero, hint=stmt.buffer.hint)
        self.buffers[stmt.buffer] = new

    def for_(self, stmt: For) -> None:
        if stmt not in self.found.loops:
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


def _is_little(loop: For) -> bool:
    """Whether its iterations are few, of straight-line code, and do not wait for each other."""
    assert isinstance(loop.start, Const) and isinstance(loop.stop, Const)
    count = loop.stop.value - loop.start.value
    plain = all(isinstance(stmt, Let | Load | Store | Accum) for stmt in loop.body.stmts)
    return plain and count * len(loop.body.stmts) <= LITTLE and len(sums(loop)) == len(loop.carried)


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
