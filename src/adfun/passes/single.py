"""Names parameters one by one, before directions are taken one by one: along most of these, most are zero.

    for k in 0..3:                         t0: vec = d_b[0]; t1: vec = d_b[1]; t2: vec = d_b[2]
      t[k] = d_b[k]                  ->    ... t0 ... t1 ... t2 ...
    ... t[0] ... t[1] ... t[2] ...

Loops of known length along seeds and gradients are written out, and an array of VEC that is then named by
constants along some of its axes becomes as many smaller ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Const,
    For,
    Function,
    Index,
    Let,
    Load,
    Store,
    Var,
)
from adfun.ir.types import VEC
from adfun.ir.walk import Copier, blocks, read, walk, written
from adfun.passes.unroll import WrittenOut

Place = tuple[int, ...]


def single(function: Function) -> Function:
    """The same function, with constant indices where parameters are meant."""
    roles = ("seed", "gradient")
    places = {entry.item for entry in function.inputs if entry.role in roles}
    function = _copied(function, WrittenOut(Builder(), set(_along(function.body, places))))
    return _copied(function, _Splitter(_parts(function)))


def _copied(function: Function, copier: Copier) -> Function:
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


def _along(block: Block, places: set[Var | Buffer]) -> Iterator[For]:
    """The loops of straight-line code and known length along such places."""
    for stmt in block.stmts:
        if isinstance(stmt, For) and _is_plain(stmt):
            memory = (s for s in stmt.body.stmts if isinstance(s, Load | Store | Accum))
            if any(s.buffer in places and stmt.index in s.index for s in memory):
                yield stmt
        for inner in blocks(stmt):
            yield from _along(inner, places)


def _is_plain(loop: For) -> bool:
    known = isinstance(loop.start, Const) and isinstance(loop.stop, Const)
    return known and all(isinstance(stmt, Let | Load | Store | Accum) for stmt in loop.body.stmts)


def _parts(function: Function) -> dict[Buffer, _Parts]:
    """The arrays of VEC that are made here and have an axis along which constants name all that is used."""
    accesses: dict[Buffer, list[Index]] = {}
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, Alloc) and stmt.buffer.elem is VEC and stmt.buffer.storage != "growable":
            accesses[stmt.buffer] = []
    for stmt in walk(function.body.stmts):
        for buffer in (*read(stmt), *written(stmt)):
            if isinstance(stmt, Load | Store | Accum) and len(stmt.index) == buffer.rank:
                if buffer in accesses:
                    accesses[buffer].append(stmt.index)
            else:
                accesses.pop(buffer, None)
    found = {}
    for buffer, used in accesses.items():
        axes = [k for k in range(buffer.rank) if all(isinstance(index[k], Const) for index in used)]
        if axes:
            parts = _Parts(axes)
            parts.places = list(dict.fromkeys(parts.place(index) for index in used))
            found[buffer] = parts
    return found


class _Parts:
    """What becomes of an array: a smaller one for each of the places along some axes."""

    def __init__(self, axes: Sequence[int]) -> None:
        self.axes = axes
        self.places: list[Place] = []

    def place(self, index: Index) -> Place:
        """The constants of an index along these axes."""
        return tuple([int(x.value) for k in self.axes if isinstance(x := index[k], Const)])

    def rest(self, index: Index) -> Index:
        """What is left of an index, or of a shape."""
        return tuple([x for k, x in enumerate(index) if k not in self.axes])


class _Splitter(Copier):
    """Gives what constants name a place of its own."""

    def __init__(self, arrays: dict[Buffer, _Parts]) -> None:
        super().__init__(Builder())
        self.arrays = arrays
        self.made: dict[tuple[Buffer, Place], Buffer] = {}

    def alloc(self, stmt: Alloc) -> None:
        buffer, parts = stmt.buffer, self.arrays.get(stmt.buffer)
        if parts is None:
            super().alloc(stmt)
            return
        shape = self.operands(parts.rest(buffer.shape))
        for place in parts.places:
            made = self.builder.alloc(buffer.elem, shape, zero=stmt.zero, hint=buffer.hint)
            self.made[buffer, place] = made

    def named(self, stmt: Load | Store | Accum) -> tuple[Buffer, Index]:
        """The array and the index that a statement names now."""
        parts = self.arrays.get(stmt.buffer)
        if parts is None:
            return self.buffer(stmt.buffer), self.operands(stmt.index)
        return self.made[stmt.buffer, parts.place(stmt.index)], self.operands(parts.rest(stmt.index))

    def load(self, stmt: Load) -> None:
        self.env[stmt.var] = self.builder.load(*self.named(stmt), stmt.var.hint)

    def store(self, stmt: Store) -> None:
        self.builder.store(*self.named(stmt), self.operand(stmt.value))

    def accum(self, stmt: Accum) -> None:
        self.builder.accum(*self.named(stmt), self.operand(stmt.value))
