"""One buffer for two that always hold the same.

    alloc a, b: f64[n]                   alloc a: f64[n]
    for i in 0..n:                 ->    for i in 0..n:
      e = exp(x[i])                        e = exp(x[i])
      a[i] = e;  b[i] = e                  a[i] = e

The adjoint computes again what a loop body needs; merged with the body itself, that is stored twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from adfun.ir.builder import Builder
from adfun.ir.nodes import Alloc, Block, Buffer, Function, Store
from adfun.ir.walk import Copier, blocks, read, walk, written
from adfun.passes.simplify import copied

Site = tuple[Block, int]
"""A statement: its block, and its number there."""


def unify(function: Function) -> Function:
    """The function with one buffer for those with the same contents; the very same if there are none."""
    survey = _Survey(function)
    same: dict[Buffer, Buffer] = {}
    first: dict[object, Buffer] = {}
    for buffer in survey.stores:
        earlier = first.setdefault(survey.signature(buffer), buffer)
        if earlier is not buffer and survey.together(earlier, buffer):
            same[buffer] = earlier
    return copied(function, _Unifier(Builder(exact=True), same)) if same else function


class _Survey:
    """Buffers that are only stored to, and where."""

    def __init__(self, function: Function) -> None:
        self.made: dict[Buffer, tuple[Alloc, Block]] = {}
        self.stores: dict[Buffer, list[Site]] = {}
        self.visit(function.body)

    def visit(self, block: Block) -> None:
        for number, stmt in enumerate(block.stmts):
            if isinstance(stmt, Alloc) and stmt.buffer.storage != "growable":
                self.made[stmt.buffer] = stmt, block
                self.stores[stmt.buffer] = []
            for buffer in written(stmt):
                if not isinstance(stmt, Store):
                    self.stores.pop(buffer, None)
                elif buffer in self.stores:
                    self.stores[buffer].append((block, number))
            for inside in blocks(stmt):
                self.visit(inside)

    def signature(self, buffer: Buffer) -> object:
        """Equal for buffers of the same kind that get the same values at the same places."""
        alloc, block = self.made[buffer]
        stores = [(id(where), stmt.index, stmt.value) for where, stmt in self.stored(buffer)]
        kind = buffer.elem, buffer.shape, buffer.storage, alloc.zero
        return (id(block), kind, *stores) if stores else buffer

    def stored(self, buffer: Buffer) -> Iterator[tuple[Block, Store]]:
        for block, number in self.stores[buffer]:
            stmt = block.stmts[number]
            assert isinstance(stmt, Store)
            yield block, stmt

    def together(self, one: Buffer, other: Buffer) -> bool:
        """Whether nothing looks at either between a store to one and that to the other."""
        for (block, p), (_, q) in zip(self.stores[one], self.stores[other], strict=True):
            between = block.stmts[min(p, q) + 1 : max(p, q)]
            if any(buffer in (one, other) for stmt in walk(between) for buffer in read(stmt)):
                return False
        return True


class _Unifier(Copier):
    def __init__(self, builder: Builder, same: dict[Buffer, Buffer]) -> None:
        super().__init__(builder)
        self.same = same

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer not in self.same:
            super().alloc(stmt)

    def store(self, stmt: Store) -> None:
        if stmt.buffer not in self.same:
            super().store(stmt)

    def buffer(self, buffer: Buffer) -> Buffer:
        return super().buffer(self.same.get(buffer, buffer))
