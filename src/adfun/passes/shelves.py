"""Finds arrays that every iteration of a call's outermost loop fills anew from data alone.

for k in 0..m:                                      (when data are bound)
  alloc where: i64[n]                               for k in 0..m:
  ... where[count] = i ...                            ... shelf[k, count] = i ...
  for j in 0..found: f(x[where[j]])         ->      for k in 0..m:
                                                      for j in 0..found: f(x[shelf[k, j]])

The elements that a mask picks are of this kind: y[group == k].
"""

from __future__ import annotations

from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    For,
    Load,
    Stmt,
    Store,
    While,
)
from adfun.ir.walk import read, walk
from adfun.passes.effects import Facts
from adfun.passes.keep import Tables
from adfun.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Where the contents of a buffer are kept, by the index of the loop that it is made in.

    setup  what makes it, before the loop.  Of its elements only those that are stored take memory.
    """

    buffer: Buffer
    loop: For
    setup: tuple[Stmt, ...]

    def put(self, stmt: Store) -> Store:
        """The same store to the shelf."""
        return Store(self.buffer, (self.loop.index, *stmt.index), stmt.value, stmt.span)


def shelves(body: Block, tables: Tables) -> dict[Buffer, Shelf]:
    """The shelves that a function could have, by the buffers whose contents they keep."""
    found = {}
    for loop in body.stmts:
        if not isinstance(loop, For) or not (tables.runs_early(loop) and tables.is_countable(loop)):
            continue
        if any(isinstance(stmt, While) for stmt in walk(loop.body.stmts)):
            continue
        for stmt in loop.body.stmts:
            if isinstance(stmt, Alloc) and not stmt.zero and stmt.buffer not in tables.timing.late:
                sizes = (loop.stop, *stmt.buffer.shape)
                fits = tables.is_known(sizes) and tables.is_affordable(sizes)
                if fits and _is_complete(loop, stmt.buffer, tables.facts):
                    found[stmt.buffer] = _shelf(loop, stmt.buffer, tables)
    return found


def _shelf(loop: For, buffer: Buffer, tables: Tables) -> Shelf:
    size, before = tables.axis(loop)
    made = Buffer(buffer.elem, (size, *buffer.shape), "alloc", buffer.hint)
    return Shelf(made, loop, (*before, Alloc(made, False, loop.span)))


def _is_complete(loop: For, buffer: Buffer, facts: Facts) -> bool:
    """Whether a buffer is stored to and then read, element by element."""
    stmts = list(walk(loop.body.stmts))
    uses = [stmt for stmt in stmts if buffer in read(stmt)]
    if any(isinstance(stmt, Accum) and stmt.buffer is buffer for stmt in stmts):
        return False
    if not all(isinstance(stmt, Load) and len(stmt.index) == buffer.rank for stmt in uses):
        return False
    of = [facts.of[stmt] for stmt in loop.body.stmts]
    changes = [k for k, effects in enumerate(of) if buffer in effects.stores]
    reads = [k for k, effects in enumerate(of) if buffer in effects.reads]
    return bool(changes and reads) and reads[0] > changes[-1]
