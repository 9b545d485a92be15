"""Computes once what is the same in every iteration of a loop, though it changes in the loops inside.

    for i in 0..n:                          for k in 0..m:
      for k in 0..m:                          t[k] = exp(a[k])
        ... x[i] * exp(a[k]) ...      ->    for i in 0..n:
                                              for k in 0..m:
                                                ... x[i] * t[k] ...

A table has a place for every element of the array that is read, or of its row by a known number, and only
places that there are get computed.
Where it is not certain that the loop comes to all of these, the array must be small, and what is infinite
elsewhere must not spoil the gradient.  Taken before differentiation, so that the adjoint of what moved is
computed once as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Buffer, Const, For, Function, If, Let, Load, Operand, Var, While, i64
from adfun.ir.types import F64
from adfun.ir.walk import blocks, defined, walk, written_within
from adfun.passes.sequential import outermost
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a
from adfun.primitives.loops import over
from adfun.records import dataclass, field

COSTLY = 10
"""Cycles of a primitive that is worth a table."""
SMALL = 64
"""Elements of a small array."""
TAME = frozenset(row.name for row in (a.add, a.sub, a.mul, a.neg))
"""Primitives whose derivatives are finite wherever they are."""


def tabulate(function: Function) -> Function:
    """The same function with tables before its outermost loops."""
    few = {
        size
        for entry in function.inputs
        if entry.role == "param" and isinstance(entry.item, Buffer)
        for size in entry.item.shape
    }
    plans = {loop: tables for loop in outermost(function.body) if (tables := _Finder(loop, few).found)}
    return copied(function, _Tabulator(plans)) if plans else function


@dataclass(eq=False)
class _Chain:
    """What is computed from one element of an array, and from what is known before the loop."""

    root: Load
    axes: tuple[int, ...]
    """Those of the array that the loops move along."""
    ends: tuple[Operand, ...] | None
    """Where the loops over the elements end that the loop comes to; None where that is not known."""
    lets: list[Let] = field(default_factory=list)
    kept: list[Var] = field(default_factory=list)
    """What gets a table."""


class _Finder:
    """The chains of one outermost loop."""

    def __init__(self, loop: For, few: set[Operand]) -> None:
        self.few = few
        self.inside = {x for stmt in walk((loop,)) for x in defined(stmt)}
        self.inside.update((loop.index, *(c.param for c in loop.carried)))
        self.changed = written_within(loop.body.stmts)
        self.steady: set[Operand] = set()
        """Positions that depend on the steps of the loops inside alone."""
        self.ranges: dict[Operand, For] = {}
        """The loops inside that are entered in every iteration, by index."""
        self.chains: dict[Operand, _Chain] = {}
        self.block(loop.body, certain=True)
        self.found = [chain for chain in dict.fromkeys(self.chains.values()) if chain.kept]

    def block(self, block: Block, certain: bool) -> None:
        for stmt in block.stmts:
            match stmt:
                case For():
                    self.inside.update((stmt.index, *(c.param for c in stmt.carried)))
                    self.steady.add(stmt.index)
                    if certain:
                        self.ranges[stmt.index] = stmt
                    self.block(stmt.body, certain)
                case While() | If():
                    if isinstance(stmt, While):
                        self.inside.update(c.param for c in stmt.carried)
                    for inner in blocks(stmt):
                        self.block(inner, False)
                case Load():
                    self.load(stmt, certain)
                case Let():
                    self.let(stmt)
                case _:
                    pass

    def before(self, operand: Operand) -> bool:
        return isinstance(operand, Const) or operand not in self.inside

    def load(self, stmt: Load, certain: bool) -> None:
        buffer = stmt.buffer
        if buffer.elem is not F64 or buffer in self.inside or buffer in self.changed:
            return
        if buffer.storage == "growable" or len(stmt.index) != buffer.rank:
            return
        pairs = list(zip(stmt.index, buffer.shape, strict=True))
        axes = tuple([axis for axis, (x, size) in enumerate(pairs) if not _is_known(x, size)])
        moving = [x for x in stmt.index if not self.before(x)]
        if not moving or not all(x in self.steady for x in moving):
            return
        ends = self.ends([stmt.index[axis] for axis in axes]) if certain else None
        if ends is not None or all(self.small(buffer.shape[axis]) for axis in axes):
            self.chains[stmt.var] = _Chain(stmt, axes, ends)

    def ends(self, index: Sequence[Operand]) -> tuple[Operand, ...] | None:
        """The ends of the loops that take an index through all of its values, each starting at 0."""
        loops = [self.ranges.get(x) for x in index]
        ends = [loop.stop for loop in loops if loop is not None and loop.start is i64(0)]
        known = len(set(index)) == len(index) == len(ends) and all(map(self.before, ends))
        return tuple(ends) if known else None

    def small(self, size: Operand) -> bool:
        return size in self.few if isinstance(size, Var) else int(size.value) <= SMALL

    def let(self, stmt: Let) -> None:
        moving = [x for x in stmt.args if not self.before(x)]
        if stmt.var.type is not F64:
            if moving and all(x in self.steady for x in moving):
                self.steady.add(stmt.var)
            return
        chains = {self.chains.get(x) for x in moving}
        chain = chains.pop() if len(chains) == 1 else None
        if chain is None:
            return
        if not (chain.ends is not None or stmt.op.singular or stmt.op.name in TAME):
            return
        self.chains[stmt.var] = chain
        chain.lets.append(stmt)
        if stmt.op.cost >= COSTLY:
            chain.kept.append(stmt.var)


def _is_known(index: Operand, size: Operand) -> bool:
    """Whether an index is a number that an axis is sure to have."""
    return isinstance(index, Const) and isinstance(size, Const) and 0 <= index.value < size.value


class _Tabulator(Simplifier):
    def __init__(self, plans: dict[For, list[_Chain]]) -> None:
        super().__init__(Builder())
        self.plans = plans
        self.tables: dict[Var, tuple[Buffer, Sequence[Operand]]] = {}
        """Of a value that is read from now on: its table and its place there."""

    def for_(self, stmt: For) -> None:
        for chain in self.plans.get(stmt, ()):
            self.table(chain)
        super().for_(stmt)

    def table(self, chain: _Chain) -> None:
        """Compute everything that a chain keeps for all elements of its array."""
        b, source = self.builder, self.buffer(chain.root.buffer)
        b.span = chain.root.span
        shape = [source.shape[axis] for axis in chain.axes]
        made = {var: b.alloc(F64, shape, zero=False, hint=var.hint or "table") for var in chain.kept}

        def element(index: tuple[Var, ...]) -> None:
            place = list(chain.root.index)
            for axis, x in zip(chain.axes, index, strict=True):
                place[axis] = x
            self.env[chain.root.var] = b.load(source, place)
            for let in chain.lets:
                b.span = let.span
                self.let(let)
                if let.var in made:
                    b.store(made[let.var], index, self.operand(let.var))

        ends = self.operands(chain.ends or shape)
        reached = [b.op(a.imin, *sizes) for sizes in zip(ends, shape, strict=True)]
        over(b, reached, element)
        index = [chain.root.index[axis] for axis in chain.axes]
        self.tables.update({var: (buffer, index) for var, buffer in made.items()})

    def let(self, stmt: Let) -> None:
        found = self.tables.get(stmt.var)
        if found is None:
            super().let(stmt)
            return
        buffer, index = found
        self.env[stmt.var] = self.builder.load(buffer, self.operands(index), stmt.var.hint)
