"""Collects what loops inside add to one row, and adds it to the row once.

    for i in 0..n:                        for i in 0..n:
      for j in 0..m:                        s: f64[d] = 0
        for k in 0..d:                      for j in 0..m:
          g[i, k] += v              ->        for k in 0..d:
                                                s[k] += v
                                            for k in 0..d:
                                              g[i, k] += s[k]

Adjoints of differences between all rows are of this kind.  Where iterations over i run side by side each has
an `s` of its own, and what would be spread over memory m times is spread once.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Accum, Block, Buffer, Const, For, Function, If, Index, Operand, Var, i64
from adfun.ir.types import F64
from adfun.ir.walk import Copier, blocks, defined, from_zero, read, walk, written
from adfun.records import dataclass

FEW = 8
"""Iterations from which on a row of its own is worth it."""


def collect(function: Function) -> Function:
    """The same function with sums into rows of their own."""
    found = _Found()
    found.block(function.body, ())
    if not found.rows:
        return function
    copier = _Collector(Builder(), found.rows)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


@dataclass(frozen=True, slots=True)
class _Row:
    """Elements of a buffer that a loop adds to again and again.

    loop    the loop that does so
    index   their index; None in the axes that loops inside run through
    """

    buffer: Buffer
    loop: For
    index: tuple[Operand | None, ...]

    @property
    def shape(self) -> Index:
        """The sizes of the axes that loops inside run through."""
        return tuple(s for s, x in zip(self.buffer.shape, self.index, strict=True) if x is None)

    def own(self, index: Index) -> Index:
        """Where in the row an element is."""
        return tuple(x for x, fixed in zip(index, self.index, strict=True) if fixed is None)


class _Found:
    """The sums of a function whose rows are worth being collected."""

    def __init__(self) -> None:
        self.rows: dict[Accum, _Row] = {}
        self.only_sums: dict[For, set[Buffer]] = {}

    def block(self, block: Block, path: tuple[For, ...]) -> None:
        for stmt in block.stmts:
            if isinstance(stmt, Accum):
                row = self.row(stmt, path)
                if row is not None:
                    self.rows[stmt] = row
            elif isinstance(stmt, For):
                self.block(stmt.body, (*path, stmt))
            else:
                inside = path if isinstance(stmt, If) else ()
                for inner in blocks(stmt):
                    self.block(inner, inside)

    def row(self, stmt: Accum, path: tuple[For, ...]) -> _Row | None:
        """The row that an element belongs to: each of its axes is run through in full by a loop around."""
        loops = {loop.index: loop for loop in path}
        whole = stmt.buffer.elem is F64 and len(stmt.index) == stmt.buffer.rank
        if not whole or len(set(stmt.index)) < len(stmt.index):
            return None
        for x, size in zip(stmt.index, stmt.buffer.shape, strict=True):
            if not isinstance(x, Var) or x not in loops or not _runs_through(loops[x], size):
                return None
        places = [k for k, loop in enumerate(path) if loop.index in stmt.index]
        again = [k for k in range(places[0], places[-1]) if k not in places] if places else []
        if not again or not all(map(_long, (path[places[0]], path[again[0]]))):
            return None
        loop = path[again[0]]
        if stmt.buffer not in self.summed(loop):
            return None
        inside = {path[k].index for k in places if k > again[0]}
        return _Row(stmt.buffer, loop, tuple(None if x in inside else x for x in stmt.index))

    def summed(self, loop: For) -> set[Buffer]:
        """The buffers that a loop adds to, and does nothing else with."""
        if loop not in self.only_sums:
            found = list(walk(loop.body.stmts))
            sums = {s.buffer for s in found if isinstance(s, Accum)}
            for s in found:
                sums.difference_update(read(s))
                if not isinstance(s, Accum):
                    sums.difference_update(written(s), (x for x in defined(s) if isinstance(x, Buffer)))
            self.only_sums[loop] = sums
        return self.only_sums[loop]


def _runs_through(loop: For, size: Operand) -> bool:
    return from_zero(loop) and loop.stop is size


def _long(loop: For) -> bool:
    return not isinstance(loop.stop, Const) or loop.stop.value >= FEW


class _Collector(Copier):
    def __init__(self, builder: Builder, rows: dict[Accum, _Row]) -> None:
        super().__init__(builder)
        self.rows = rows
        self.of: dict[For, dict[_Row, None]] = {}
        for row in rows.values():
            self.of.setdefault(row.loop, {})[row] = None
        self.made: dict[_Row, Buffer] = {}

    def accum(self, stmt: Accum) -> None:
        row = self.rows.get(stmt)
        if row is None:
            super().accum(stmt)
        else:
            index = self.operands(row.own(stmt.index))
            self.builder.accum(self.made[row], index, self.operand(stmt.value))

    def for_(self, stmt: For) -> None:
        rows = self.of.get(stmt, {})
        for row in rows:
            shape = self.operands(row.shape)
            self.made[row] = self.builder.alloc(F64, shape, zero=True, hint=row.buffer.hint)
        super().for_(stmt)
        for row in rows:
            self.add(row, ())

    def add(self, row: _Row, at: tuple[Var, ...]) -> None:
        """Add a row to where it belongs, axis by axis."""
        if len(at) < len(row.shape):

            def body(index: Var, _: tuple[Var, ...]) -> tuple[Operand, ...]:
                self.add(row, (*at, index))
                return ()

            self.builder.for_loop(i64(0), self.operand(row.shape[len(at)]), (), body)
            return
        inside = iter(at)
        index = [next(inside) if x is None else self.operand(x) for x in row.index]
        value = self.builder.load(self.made[row], at)
        self.builder.accum(self.buffer(row.buffer), index, value)
