"""Rows of small arrays that end where vectors end.

    alloc b[n], c[n]                        alloc b[p], c[p]          p: n, rounded up to whole vectors
    for t:                                  for t:
      for i in 0..n (in lanes):               for i in 0..n (in lanes):
        b[i] = x                      ->        b[i] = x              the last vector is stored in full
      for i in 0..n:                          for i in 0..n (in lanes):
        c[i] = b[i]                             c[i] = b[i]

What was stored with a mask, or in parts, is slow to be loaded as a vector, and what follows in a
recurrence waits for that.  The lanes behind the end hold zeros.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from adfun.backend.lanes.trips import FEW, Trips
from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    i64,
)
from adfun.ir.types import F64
from adfun.ir.walk import Copier, blocks, walk
from adfun.primitives.arithmetic import iadd, iand
from adfun.records import dataclass, field

OWN = ("alloc", "built")
"""The storage of arrays that the function makes."""
WIDEST = 8
"""Doubles in the longest vectors there are."""


@dataclass
class Padding:
    """What is padded.

    rows     how long the rows were, by array
    vectors  the arrays among them that loops write in whole vectors
    filled   the arrays among them whose rows are written with their ends, or zeroed
    """

    rows: Mapping[Buffer, Operand] = field(default_factory=dict)
    vectors: Container[Buffer] = ()
    filled: Container[Buffer] = ()

    def along(self, stmt: Store | Accum | Load, loop: For) -> bool:
        """Whether a loop goes along a whole row of what is padded."""
        return self.rows.get(stmt.buffer) is loop.stop and along_row(stmt, loop)

    def copies(self, loop: For) -> bool:
        """Whether all that a loop does is to make rows of others that are there in whole vectors."""
        return _moves(loop, self.vectors) and all(
            self.along(stmt, loop) for stmt in loop.body.stmts if isinstance(stmt, (Store, Accum))
        )


def along_row(stmt: Store | Accum | Load, loop: For) -> bool:
    """Whether the index of a loop runs along the last axis, from its start."""
    if not stmt.index or len(stmt.index) != stmt.buffer.rank or loop.start is not i64(0):
        return False
    return stmt.index[-1] is loop.index and loop.index not in stmt.index[:-1]


def pad(function: Function, lanes: Iterable[For]) -> tuple[Function, Padding]:
    """The function with longer rows where that is of use."""
    chosen, vectors = _chosen(function, lanes)
    if not chosen:
        return function, Padding()
    copier = _Padder(Builder(), chosen)
    yields = copier.block(function.body)
    padding = Padding(copier.rows, {copier.buffers[buffer] for buffer in vectors & chosen})
    return Function(function.name, function.inputs, copier.builder.finish(*yields)), padding


def filled(function: Function, lanes: Iterable[For], padding: Padding) -> set[Buffer]:
    """The padded arrays that nothing stores to but lanes that go along all of a row (not in chunks of it)."""
    repeated = set(within_loops(function))
    along: set[Stmt] = set()
    for loop in lanes:
        for stmt in _in_all_lanes(loop.body) if loop in repeated else ():
            if isinstance(stmt, Store) and padding.along(stmt, loop):
                along.add(stmt)
    found = set(padding.rows)
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, Store) and stmt not in along:
            found.discard(stmt.buffer)
    return found


def _in_all_lanes(block: Block) -> Iterator[Stmt]:
    """The statements of a lane loop that are in no branch."""
    for stmt in block.stmts:
        yield stmt
        if isinstance(stmt, For):
            yield from _in_all_lanes(stmt.body)


# -- what to pad ----------------------------------------------------------------------------------


def _chosen(function: Function, lanes: Iterable[For]) -> tuple[set[Buffer], set[Buffer]]:
    """The arrays that loops write in whole vectors to read them again; those they write in no other way."""
    plans = set(lanes)
    possible = _possible(function, plans)
    if not possible:
        return set(), set()
    within = list(within_loops(function))
    inner = {stmt for loop in plans for stmt in walk(loop.body.stmts)}
    loops = [stmt for stmt in within if isinstance(stmt, For) and stmt not in inner]
    vectors = set(possible)
    while True:  # until what is left is written by lanes, or moved by loops that read vectors only
        loops = [loop for loop in loops if loop in plans or _moves(loop, vectors)]
        whole = {stmt for loop in loops for stmt in _rows(loop)}
        parts = {stmt.buffer for stmt in within if isinstance(stmt, Store) and stmt not in whole}
        if not vectors & parts:
            return possible & {stmt.buffer for stmt in whole}, vectors
        vectors -= parts


def within_loops(function: Function) -> Iterator[Stmt]:
    """The statements inside loops."""
    open_ = list(function.body.stmts)
    while open_:
        stmt = open_.pop()
        inside = [x for block in blocks(stmt) for x in block.stmts]
        if isinstance(stmt, If):
            open_ += inside
        else:
            yield from walk(inside)


def _rows(loop: For) -> Iterator[Store | Accum]:
    """What a loop writes along all of a row."""
    for stmt in walk(loop.body.stmts):
        if not isinstance(stmt, (Store, Accum)) or not along_row(stmt, loop):
            continue
        if stmt.buffer.shape[-1] is loop.stop:
            yield stmt


def _moves(loop: For, vectors: Container[Buffer]) -> bool:
    """Whether a loop makes rows of rows that are there in whole vectors."""
    loads = [stmt for stmt in loop.body.stmts if isinstance(stmt, Load) and stmt.buffer.storage in OWN]
    simple = all(isinstance(stmt, (Let, Load, Store)) for stmt in loop.body.stmts) and not loop.carried
    return simple and bool(loads) and all(s.buffer in vectors and along_row(s, loop) for s in loads)


def _possible(function: Function, plans: Container[For]) -> set[Buffer]:
    """The small arrays that lanes share and whose elements are named by all of their indices."""
    trips = Trips(function)
    found: set[Buffer] = set()
    open_ = list(function.body.stmts)
    while open_:
        stmt = open_.pop()
        if isinstance(stmt, Alloc) and _is_small(stmt.buffer, trips):
            found.add(stmt.buffer)
        if stmt not in plans:
            open_ += [inner for block in blocks(stmt) for inner in block.stmts]
    if not found:
        return found
    for stmt in walk(function.body.stmts):
        match stmt:
            case Load() | Store() | Accum():
                if len(stmt.index) != stmt.buffer.rank:
                    found.discard(stmt.buffer)
            case Grow():
                found.discard(stmt.buffer)
            case KernelCall():
                found.difference_update(x for x in (*stmt.inputs, *stmt.outputs) if isinstance(x, Buffer))
            case Report():
                found -= {stmt.value}
            case _:
                pass
    return found


def _is_small(buffer: Buffer, trips: Trips) -> bool:
    """Few elements; the number of rows is known, or that of the columns."""
    if buffer.elem is not F64 or buffer.storage not in OWN or not buffer.shape:
        return False
    row = buffer.shape[-1]
    if any(trips.size(size) > FEW or not (size is row or isinstance(size, Const)) for size in buffer.shape):
        return False
    return not isinstance(row, Const) or (row.value % WIDEST != 0 and row.value > 2)


class _Padder(Copier):
    def __init__(self, builder: Builder, padded: set[Buffer]) -> None:
        super().__init__(builder)
        self.padded = padded
        self.rows: dict[Buffer, Operand] = {}

    def fresh(self, buffer: Buffer) -> Buffer:
        if buffer not in self.padded:
            return super().fresh(buffer)
        shape: Index = self.operands(buffer.shape)
        up = self.builder.op(iadd, shape[-1], i64(WIDEST - 1))
        end = self.builder.op(iand, up, i64(-WIDEST))
        new = Buffer(buffer.elem, (*shape[:-1], end), buffer.storage, buffer.hint)
        self.buffers[buffer] = new
        self.rows[new] = shape[-1]
        return new
