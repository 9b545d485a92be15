"""Writes out short loops that change whole arrays again and again, so that the loops inside become one.

    for k in 0..3:
      for i in 0..n:                               for i in 0..n: y[i] = y[i] * x[i] + c[0]
        y[i] = y[i] * x[i] + c[k]         ->       for i in 0..n: y[i] = y[i] * x[i] + c[1]
                                                   for i in 0..n: y[i] = y[i] * x[i] + c[2]

Horner's rule for many points is of this kind.  `fuse` merges what is left, and no y is stored.  Once all is
loops, short ones of plain code inside long ones are written out, too: what two compute is then shared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

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
from adfun.passes.sequential import is_sequential, outermost, sums

MOST = 8
"""Iterations of a loop that is written out."""
LITTLE = 80
"""Statements that a loop of straight-line code inside a longer one may become."""
FEW = 3
"""Iterations that are written out though each waits for the one before, and loops inside with them."""
MUCH = 200
"""Statements that these may become."""
LONGEST = 200
"""Statements that a loop over whole arrays may become."""


def unroll(function: Function, *, lanes: bool = True) -> Function:
    """The same function without such loops; `lanes`: whether loops along rows are to run in lanes."""
    found = _Found(function, lanes)
    if not found.loops:
        return function
    copier = _Unroller(Builder(), found)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


class _Found:
    """The loops to be written out, and the buffers that have been built by one store in them."""

    def __init__(self, function: Function, lanes: bool) -> None:
        self.lanes = lanes
        self.loops: set[For] = set()
        self.built: set[Buffer] = set()
        self.lets: dict[Operand, Let] = {s.var: s for s in walk(function.body.stmts) if isinstance(s, Let)}
        self.block(function.body, False, frozenset())

    def block(self, block: Block, long: bool, rows: frozenset[float]) -> None:
        """`long`: inside a loop of unknown length; `rows`: the lengths of rows that stay rows."""
        for stmt in block.stmts:
            inner, kept = long, rows
            if isinstance(stmt, For):
                if _is_short(stmt) and self.is_worthwhile(stmt, long, rows):
                    self.loops.add(stmt)
                    self.built |= {b for b in written_within((stmt,)) if b.storage == "built"}
                if not isinstance(stmt.stop, Const):
                    inner = True
                    if self.lanes:
                        kept = rows | _rows(stmt, self.lets)
            for inside in blocks(stmt):
                self.block(inside, inner, kept)

    def is_worthwhile(self, loop: For, long: bool, rows: frozenset[float]) -> bool:
        if _changes_arrays(loop):
            return True
        return long and _count(loop) not in rows and _is_little(loop)


def _rows(loop: For, lets: Mapping[Operand, Let]) -> frozenset[float]:
    """The lengths of rows that a sequential loop goes along in loops that are too long to be written out.

    These run in lanes, and are slow to load what the others, written out, store in parts.
    """
    short: dict[For | Build, float] = {stmt: _count(stmt) for stmt in outermost(loop.body) if _is_short(stmt)}
    for stmt in walk(loop.body.stmts):
        if isinstance(stmt, Build) and len(stmt.indices) == 1 and isinstance(stmt.buffer.shape[0], Const):
            short[stmt] = stmt.buffer.shape[0].value
    found = frozenset(n for stmt, n in short.items() if FEW < n <= MOST and n * _length(stmt) > LITTLE)
    return found if found and is_sequential(loop, lets) else frozenset()


class WrittenOut(Copier):
    """Writes loops of known length out."""

    def __init__(self, builder: Builder, loops: set[For]) -> None:
        super().__init__(builder)
        self.loops = loops

    def for_(self, stmt: For) -> None:
        if stmt not in self.loops:
            super().for_(stmt)
            return
        assert isinstance(stmt.start, Const) and isinstance(stmt.stop, Const)
        values: tuple[Operand, ...] = self.operands([c.init for c in stmt.carried])
        for k in range(int(stmt.start.value), int(stmt.stop.value)):
            self.env[stmt.index] = i64(k)
            self.bind([c.param for c in stmt.carried], values)
            values = self.block(stmt.body)
        self.bind([c.result for c in stmt.carried], values)


class _Unroller(WrittenOut):
    def __init__(self, builder: Builder, found: _Found) -> None:
        super().__init__(builder, found.loops)
        self.found = found

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer not in self.found.built:
            super().alloc(stmt)
            return
        shape = self.operands(stmt.buffer.shape)  # (many stores fill it now)
        new = self.builder.alloc(stmt.buffer.elem, shape, zero=stmt.zero, hint=stmt.buffer.hint)
        self.buffers[stmt.buffer] = new


def _is_short(loop: For) -> bool:
    return isinstance(loop.start, Const) and isinstance(loop.stop, Const) and 0 < _count(loop) <= MOST


def _count(loop: For) -> float:
    """How often a loop runs, where that is known."""
    assert isinstance(loop.start, Const) and isinstance(loop.stop, Const)
    return loop.stop.value - loop.start.value


def _is_little(loop: For) -> bool:
    """Whether it becomes a few statements of straight-line code, which do not wait for each other.

    What has up to three iterations is too short for lanes: it may wait, and have loops inside.
    """
    plain = all(isinstance(stmt, Let | Load | Store | Accum) for stmt in loop.body.stmts)
    if plain and len(sums(loop)) == len(loop.carried) and _count(loop) * len(loop.body.stmts) <= LITTLE:
        return True
    return _count(loop) <= FEW and _count(loop) * _length(loop) <= MUCH


def _length(loop: For | Build) -> float:
    """The statements of an iteration, loops inside written out; too many where that is no plain code."""
    total = 0.0
    for stmt in loop.body.stmts:
        if isinstance(stmt, For) and _is_short(stmt):
            total += _count(stmt) * _length(stmt)
        elif isinstance(stmt, Let | Load | Store | Accum):
            total += 1
        else:
            return math.inf
    return total


def _changes_arrays(loop: For) -> bool:
    """Whether its iterations read what earlier ones stored, by loops of another length each."""
    inside = list(walk(loop.body.stmts))
    length = len(inside) * _count(loop)
    if length > LONGEST or any(isinstance(stmt, While) for stmt in inside):
        return False
    long = [stmt for stmt in loop.body.stmts if _is_long(stmt)]
    changed = written_within(long)
    return any(buffer in changed for stmt in walk(long) for buffer in read(stmt))


def _is_long(stmt: Stmt) -> bool:
    if isinstance(stmt, Build):
        return not all(isinstance(size, Const) for size in stmt.buffer.shape)
    return isinstance(stmt, For) and not isinstance(stmt.stop, Const)
