"""Turns every Build into storage and the loops that fill it.

    b[i, j]: f64[n, m] = build:        alloc built b: f64[n, m]
      yield e                    ->    for i in 0..n:
                                         for j in 0..m:
                                           b[i, j] = e

The buffer stays `built`: reading it is pure wherever it is visible after the nest.  An axis of length
one needs no loop.  Which axis the outermost loop has is decided in `order`.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Alloc, Buffer, Build, Const, Function, Var, i64
from adfun.ir.types import I64
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate
from adfun.passes.order import first_axes
from adfun.passes.simplify import copied


def lower(function: Function) -> Function:
    """The same function without Build."""
    return eliminate(copied(function, _Lowerer(Builder(), first_axes(function))))


class _Lowerer(Copier):
    def __init__(self, builder: Builder, first: dict[Buffer, int]) -> None:
        super().__init__(builder)
        self.first = first

    def build(self, stmt: Build) -> None:
        buffer = self.fresh(stmt.buffer)
        self.builder.declare(buffer)
        self.builder.emit(Alloc(buffer, False, stmt.span))
        axes = sorted(range(buffer.rank), key=lambda axis: axis != self.first.get(stmt.buffer, 0))
        self.nest(stmt, buffer, axes)

    def nest(self, stmt: Build, buffer: Buffer, axes: Sequence[int]) -> None:
        """The loops over some axes; those of length one need none."""
        builder = self.builder
        if not axes:
            (value,) = self.block(stmt.body)
            builder.span = stmt.span
            builder.store(buffer, self.operands(stmt.indices), value)
            return
        old, size = stmt.indices[axes[0]], buffer.shape[axes[0]]
        if isinstance(size, Const) and size.value == 1:
            self.env[old] = i64(0)
            self.nest(stmt, buffer, axes[1:])
            return
        index = Var(I64, old.hint)
        with builder.block("loop") as scope:
            builder.declare(index)
            self.env[old] = index
            self.nest(stmt, buffer, axes[1:])
        builder.close_for(index, i64(0), size, (), (), scope, ())
