"""Turns every Build into storage and the loops that fill it.

    b[i, j]: f64[n, m] = build:        alloc built b: f64[n, m]
      yield e                    ->    for i in 0..n:
                                         for j in 0..m:
                                           b[i, j] = e

The buffer stays `built`: reading it is pure wherever it is visible after the nest.  An axis of length
one needs no loop.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Alloc, Buffer, Build, Const, Function, Operand, Var, i64
from adfun.ir.types import I64
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate
from adfun.passes.simplify import copied


def lower(function: Function) -> Function:
    """The same function without Build."""
    return eliminate(copied(function, _Lowerer(Builder())))


class _Lowerer(Copier):
    def build(self, stmt: Build) -> None:
        buffer = self.fresh(stmt.buffer)
        self.builder.declare(buffer)
        self.builder.emit(Alloc(buffer, False, stmt.span))
        self.nest(stmt, buffer, ())

    def nest(self, stmt: Build, buffer: Buffer, outer: tuple[Operand, ...]) -> None:
        """The loops over the axes from `len(outer)` on; axes of length one need none."""
        builder = self.builder
        axis = len(outer)
        if axis == buffer.rank:
            (value,) = self.block(stmt.body)
            builder.span = stmt.span
            builder.store(buffer, outer, value)
            return
        old, size = stmt.indices[axis], buffer.shape[axis]
        if isinstance(size, Const) and size.value == 1:
            self.env[old] = i64(0)
            self.nest(stmt, buffer, (*outer, i64(0)))
            return
        index = Var(I64, old.hint)
        with builder.block("loop") as scope:
            builder.declare(index)
            self.env[old] = index
            self.nest(stmt, buffer, (*outer, index))
        builder.close_for(index, i64(0), size, (), (), scope, ())
