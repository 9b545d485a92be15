"""Moves storage into the loop whose iterations use one element, or one row, each.

    alloc b: f64[n, m] = 0                    for i in 0..n:
    for i in 0..n:                              alloc b: f64[m] = 0
      for j in 0..m: b[i, j] += f(i, j)   ->    for j in 0..m: b[j] += f(i, j)
      for j in 0..m: g(b[i, j])                 for j in 0..m: g(b[j])

Adjoints of intermediate arrays are mostly of this kind once loops are merged: what is left of them is
a few elements in the cache, or a register.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    For,
    Function,
    Index,
    Load,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import blocks
from adfun.passes.dead import eliminate
from adfun.passes.effects import Facts, accesses
from adfun.passes.sequential import common_axis
from adfun.passes.simplify import Simplifier, copied
from adfun.records import dataclass, field


def contract(function: Function) -> Function:
    """The function with buffers as small and as far inside as their uses allow."""
    plan = _Plan()
    _Survey(function, plan)
    return eliminate(copied(function, _Contractor(plan))) if plan.axes else function


@dataclass(slots=True)
class _Plan:
    """axes   the axes that a buffer loses
    inside  what to allocate in the loop with a certain index
    """

    axes: dict[Buffer, list[int]] = field(default_factory=dict)
    inside: dict[Var, list[Alloc]] = field(default_factory=dict)


class _Survey:
    def __init__(self, function: Function, plan: _Plan) -> None:
        self.facts = Facts(function.body)
        self.plan = plan
        self.users: dict[Block, dict[Buffer, list[Stmt]]] = {}
        self.visit(function.body)

    def visit(self, block: Block) -> None:
        for stmt in block.stmts:
            if isinstance(stmt, Alloc) and stmt.buffer.storage != "growable":
                self.consider(stmt, block)
            for inside in blocks(stmt):
                self.visit(inside)

    def consider(self, alloc: Alloc, block: Block) -> None:
        """Follow a buffer inwards as long as one loop alone uses it."""
        axes: list[int] = []
        index: Var | None = None
        while True:
            users = self.users_of(alloc.buffer, block)
            if len(users) != 1 or not isinstance(users[0], For):
                break
            loop = users[0]
            places = [(loop.index, place) for place in accesses((loop,))[alloc.buffer]]
            axis = common_axis(self.facts.lets, alloc.buffer, places, axes)
            if axis is None:
                break
            axes.append(axis)
            index, block = loop.index, loop.body
        if index is not None:
            self.plan.axes[alloc.buffer] = axes
            self.plan.inside.setdefault(index, []).append(alloc)

    def users_of(self, buffer: Buffer, block: Block) -> list[Stmt]:
        """The statements of a block in which a buffer is used, its allocation aside."""
        found = self.users.get(block)
        if found is None:
            found = self.users[block] = {}
            for stmt in block.stmts:
                for item in self.facts.of[stmt].uses:
                    if isinstance(item, Buffer):
                        found.setdefault(item, []).append(stmt)
        return found.get(buffer, [])


class _Contractor(Simplifier):
    def __init__(self, plan: _Plan) -> None:
        super().__init__(Builder(exact=True))
        self.plan = plan

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer not in self.plan.axes:
            super().alloc(stmt)

    def opened(self, loop: For | While) -> None:
        if isinstance(loop, For):
            for alloc in self.plan.inside.get(loop.index, ()):
                super().alloc(alloc)

    def fresh(self, buffer: Buffer) -> Buffer:
        shape = self.operands(self.kept(buffer, buffer.shape))
        new = self.buffers[buffer] = Buffer(buffer.elem, shape, buffer.storage, buffer.hint)
        return new

    def kept(self, buffer: Buffer, index: Index) -> Index:
        """The parts of a shape or an index that are left."""
        gone = self.plan.axes.get(buffer)
        return index if gone is None else tuple([x for k, x in enumerate(index) if k not in gone])

    def load(self, stmt: Load) -> None:
        super().load(Load(stmt.var, stmt.buffer, self.kept(stmt.buffer, stmt.index), stmt.span))

    def store(self, stmt: Store) -> None:
        super().store(Store(stmt.buffer, self.kept(stmt.buffer, stmt.index), stmt.value, stmt.span))

    def accum(self, stmt: Accum) -> None:
        super().accum(Accum(stmt.buffer, self.kept(stmt.buffer, stmt.index), stmt.value, stmt.span))
