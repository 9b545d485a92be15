"""Names parameters one by one, before directions are taken one by one: along most of these, most are zero.

    for k in 0..3:                         t0: vec = d_b[0]; t1: vec = d_b[1]; t2: vec = d_b[2]
      t[k] = d_b[k]                  ->    ... t0 ... t1 ... t2 ...
    ... t[0] ... t[1] ... t[2] ...

Loops of known length along seeds and gradients are written out, and an array of VEC whose elements are then
all named by constants becomes as many single ones.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    i64,
)
from adfun.ir.types import VEC
from adfun.ir.walk import Copier, blocks, read, walk, written

Place = tuple[int, ...]


def single(function: Function) -> Function:
    """The same function, with constant indices where parameters are meant."""
    roles = ("seed", "gradient")
    places = {entry.item for entry in function.inputs if entry.role in roles}
    function = _copied(function, _Writer(set(_along(function.body, places))))
    return _copied(function, _Splitter(_elements(function)))


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


def _elements(function: Function) -> dict[Buffer, list[Place]]:
    """The arrays of VEC that are made here and whose elements are all named by constants, with these."""
    found: dict[Buffer, list[Place]] = {}
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, Alloc) and stmt.buffer.elem is VEC and stmt.buffer.storage != "growable":
            found[stmt.buffer] = []
    for stmt in walk(function.body.stmts):
        for buffer in (*read(stmt), *written(stmt)):
            if buffer not in found:
                continue
            place = _place(stmt.index) if isinstance(stmt, Load | Store | Accum) else None
            if place is None or len(place) != buffer.rank:
                del found[buffer]
            elif place not in found[buffer]:
                found[buffer].append(place)
    return found


def _place(index: Index) -> Place | None:
    """An index of constants."""
    values = [int(x.value) for x in index if isinstance(x, Const)]
    return tuple(values) if len(values) == len(index) else None


class _Writer(Copier):
    """Writes loops out."""

    def __init__(self, loops: set[For]) -> None:
        super().__init__(Builder())
        self.loops = loops

    def for_(self, stmt: For) -> None:
        if stmt not in self.loops:
            super().for_(stmt)
            return
        assert isinstance(stmt.start, Const) and isinstance(stmt.stop, Const)
        values = self.operands([c.init for c in stmt.carried])
        for k in range(int(stmt.start.value), int(stmt.stop.value)):
            self.env[stmt.index] = i64(k)
            self.bind([c.param for c in stmt.carried], values)
            values = self.block(stmt.body)
        self.bind([c.result for c in stmt.carried], values)


class _Splitter(Copier):
    """Gives every element of an array a place of its own."""

    def __init__(self, arrays: dict[Buffer, list[Place]]) -> None:
        super().__init__(Builder())
        self.arrays = arrays
        self.singles: dict[tuple[Buffer, Place], Buffer] = {}

    def alloc(self, stmt: Alloc) -> None:
        places = self.arrays.get(stmt.buffer)
        if places is None:
            super().alloc(stmt)
            return
        for place in places:
            made = self.builder.alloc(VEC, (), zero=stmt.zero, hint=stmt.buffer.hint)
            self.singles[stmt.buffer, place] = made

    def element(self, stmt: Load | Store | Accum) -> Buffer | None:
        """What a statement names now, if that is an element of its own."""
        place = _place(stmt.index) if stmt.buffer in self.arrays else None
        return None if place is None else self.singles[stmt.buffer, place]

    def load(self, stmt: Load) -> None:
        made = self.element(stmt)
        if made is None:
            super().load(stmt)
        else:
            self.env[stmt.var] = self.builder.load(made, (), stmt.var.hint)

    def store(self, stmt: Store) -> None:
        made = self.element(stmt)
        if made is None:
            super().store(stmt)
        else:
            self.builder.store(made, (), self.operand(stmt.value))

    def accum(self, stmt: Accum) -> None:
        made = self.element(stmt)
        if made is None:
            super().accum(stmt)
        else:
            self.builder.accum(made, (), self.operand(stmt.value))
