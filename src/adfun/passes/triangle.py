"""Leaves out the half of a matrix that a Cholesky factorisation does not read, or has no derivative by.

    for i in 0..n:                          for i in 0..n:
      for j in 0..n:                          for j in 0..i + 1:
        k[i, j] = exp(-d[i, j])                 k[i, j] = exp(-d[i, j])
    f = call cholesky(k)              ->    f = call cholesky(k)
    a = call cholesky_adjoint(f, g)         a = call cholesky_adjoint(f, g)
    s = for i in 0..n: for j in 0..n:       s = for i in 0..n: for j in 0..i + 1:
      s + mul0(a[i, j], exp(-d[i, j]))        s + mul0(a[i, j], exp(-d[i, j]))

Nothing else may be done by the loop over j.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    For,
    Function,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    i64,
)
from adfun.ir.types import I64
from adfun.ir.walk import Copier, read, walk
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels
from adfun.records import replace


def triangle(function: Function) -> Function:
    """The same function with shorter loops over the rows of such matrices."""
    calls = [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, KernelCall)]
    given = {x for c in calls if c.kernel is kernels.cholesky for x in c.inputs if isinstance(x, Buffer)}
    made = {
        x for c in calls if c.kernel is kernels.cholesky_adjoint for x in c.outputs if isinstance(x, Buffer)
    }
    if not given and not made:
        return function
    halves = _read_by_half(function, given)
    rows = {
        inner: outer.index
        for outer, inner in _rows(function.body.stmts)
        if _Row(outer, inner, halves, made).is_half()
    }
    if not rows:
        return function
    copier = _Shortener(Builder(), rows)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


def _read_by_half(function: Function, buffers: set[Buffer]) -> set[Buffer]:
    """Those that nothing but factorisations reads."""
    left = {buffer for buffer in buffers if buffer.storage in ("alloc", "built") and buffer.rank == 2}
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, KernelCall) and stmt.kernel is kernels.cholesky:
            continue
        left.difference_update(read(stmt))
        if isinstance(stmt, Accum | Build):  # (not stored once: other passes' loops, which are left alone)
            left.discard(stmt.buffer)
    return left


def _rows(stmts: Iterable[Stmt]) -> Iterator[tuple[For, For]]:
    """Loops from 0 over what may be the rows of a square matrix, and those over their elements."""
    for outer in walk(tuple(stmts)):
        if isinstance(outer, For) and outer.start is i64(0):
            for inner in outer.body.stmts:
                if isinstance(inner, For) and inner.start is i64(0) and inner.stop is outer.stop:
                    yield outer, inner


class _Row:
    """What a loop over a row does, element by element, above the diagonal."""

    def __init__(self, outer: For, inner: For, halves: set[Buffer], zeros: set[Buffer]) -> None:
        self.place = (outer.index, inner.index)
        self.inner = inner
        self.halves = halves
        self.zeros = zeros
        self.zero: set[Operand] = set()
        """Values that are 0 there."""
        self.sums: dict[Operand, Operand] = {}
        """Values that are what others were before: sums to which only zeros were added."""

    def is_half(self) -> bool:
        """Whether it does nothing there but store what is not read."""
        return self.adds_nothing(self.inner) and bool(self.zero or self.stores())

    def stores(self) -> bool:
        return any(isinstance(stmt, Store) and stmt.buffer in self.halves for stmt in self.inner.body.stmts)

    def adds_nothing(self, loop: For) -> bool:
        """Whether a loop leaves what it carries, and the memory that is read, as it was."""
        self.sums.update((c.param, c.param) for c in loop.carried)
        if not self.block(loop.body):
            return False
        if any(self.sums.get(x) is not c.param for c, x in zip(loop.carried, loop.body.yields, strict=True)):
            return False
        self.sums.update((c.result, self.sums[c.init]) for c in loop.carried if c.init in self.sums)
        return True

    def block(self, block: Block) -> bool:
        own: set[Buffer] = set()
        for stmt in block.stmts:
            match stmt:
                case Load():
                    if stmt.buffer in self.zeros and stmt.index == self.place:
                        self.zero.add(stmt.var)
                case Let():
                    self.let(stmt)
                case Alloc():
                    own.add(stmt.buffer)
                case Store():
                    kept = stmt.buffer in self.halves and stmt.index == self.place
                    if not kept and stmt.buffer not in own:
                        return False
                case Accum():
                    if stmt.value not in self.zero and stmt.buffer not in own:
                        return False
                case For():
                    if not self.adds_nothing(stmt):
                        return False
                case _:
                    return False
        return True

    def let(self, stmt: Let) -> None:
        x, *rest = stmt.args
        if stmt.op in (a.mul0, a.neg):
            nothing = x in self.zero
        elif stmt.op in (a.add, a.sub):
            nothing = x in self.zero and rest[0] in self.zero
            for total, term in ((x, rest[0]), (rest[0], x)) if stmt.op is a.add else ((x, rest[0]),):
                if total in self.sums and term in self.zero:
                    self.sums[stmt.var] = self.sums[total]
        else:
            nothing = stmt.op is a.select and all(y in self.zero or a.is_zero(y) for y in rest)
        if nothing:
            self.zero.add(stmt.var)


class _Shortener(Copier):
    def __init__(self, builder: Builder, rows: dict[For, Var]) -> None:
        super().__init__(builder)
        self.rows = rows

    def for_(self, stmt: For) -> None:
        row = self.rows.get(stmt)
        if row is None:
            super().for_(stmt)
            return
        stop = Var(I64, "stop")
        self.env[stop] = self.builder.op(a.iadd, self.operand(row), i64(1))
        super().for_(replace(stmt, stop=stop))
