"""Puts the loop along arrays outside of the one that adds to all of their elements again and again.

    for k in 0..m:                             for i in 0..n:
      for i in 0..n:                             e = for k in 0..m with e = y[i]:
        y[i] = y[i] + x[i, k] * b[k]      ->       next e + x[i, k] * b[k]
                                                 y[i] = e

What follows is merged with that, and runs in lanes.  Only where k goes along parameters or the later axes of
data: the loop outside should be the long one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Const,
    For,
    Function,
    Index,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
)
from adfun.ir.types import F64
from adfun.ir.walk import defined, from_zero, operands, walk
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, replace

CHEAP = 10
"""Cycles of a primitive between the loops that may be repeated for every element."""


def interchange(function: Function) -> Function:
    """The same function; sums have their terms in the same order."""
    finder = _Finder(function)
    nests = {stmt: nest for stmt in walk(function.body.stmts) if (nest := finder.nest(stmt)) is not None}
    return copied(function, _Interchanger(nests)) if nests else function


@dataclass(frozen=True, slots=True)
class _Nest:
    """beside   what stands beside the inner loop
    needed   what of that it uses
    cells    the elements that are added to, one of a buffer"""

    inner: For
    beside: tuple[Stmt, ...]
    needed: tuple[Stmt, ...]
    cells: dict[Buffer, Index]


class _Finder:
    """Looks for loops whose only loop adds to arrays, element by element."""

    def __init__(self, function: Function) -> None:
        params = [entry.item for entry in function.inputs if entry.role == "param"]
        self.params = {item for item in params if isinstance(item, Buffer)}
        self.sizes = {size for item in self.params for size in item.shape}

    def nest(self, outer: Stmt) -> _Nest | None:
        if not isinstance(outer, For):
            return None
        loops = [stmt for stmt in outer.body.stmts if isinstance(stmt, For)]
        beside = tuple([stmt for stmt in outer.body.stmts if not isinstance(stmt, For)])
        if len(loops) != 1 or not all(map(_is_cheap, beside)):
            return None
        (inner,) = loops
        inside: set[object] = {outer.index, *(c.param for c in outer.carried)}
        inside.update(x for stmt in beside for x in defined(stmt))
        if inner.carried or not from_zero(inner) or isinstance(inner.stop, Const) or inner.stop in inside:
            return None
        cells = _cells(inner, inside)
        loads = [s for s in (*beside, *inner.body.stmts) if isinstance(s, Load)]
        apart = cells is not None and not any(s.buffer in cells for s in beside if isinstance(s, Load))
        if cells is None or not apart or not self.is_shorter(outer, inner, loads):
            return None
        needed = _needed(beside, inner.body.stmts)
        carried = {c.param for c in outer.carried}
        if any(not carried.isdisjoint(operands(stmt)) for stmt in (*needed, *inner.body.stmts)):
            return None
        return _Nest(inner, beside, needed, cells)

    def is_shorter(self, outer: For, inner: For, loads: Sequence[Load]) -> bool:
        """Whether the outer loop seems to be the shorter one: along parameters, or columns of data."""
        short = isinstance(outer.stop, Const) or outer.stop in self.sizes
        found = short
        for load in loads:
            if outer.index not in load.index:
                continue
            axis = load.index.index(outer.index)
            size, columns = load.buffer.shape[axis], inner.index in load.index[:axis]
            of_params = load.buffer in self.params or size in self.sizes or isinstance(size, Const)
            if inner.index in load.index[axis:] or not (short or columns or of_params):
                return False
            found = True
        return found


def _is_cheap(stmt: Stmt) -> bool:
    return isinstance(stmt, For | Load) or (isinstance(stmt, Let) and stmt.op.cost < CHEAP)


def _needed(stmts: Sequence[Stmt], by: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """What of these statements others use."""
    used = {x for stmt in by for x in operands(stmt)}
    found = []
    for stmt in reversed(stmts):
        if not used.isdisjoint(defined(stmt)):
            found.append(stmt)
            used.update(operands(stmt))
    return tuple(reversed(found))


def _cells(inner: For, inside: set[object]) -> dict[Buffer, Index] | None:
    """The element of every buffer that a loop changes, if it adds to that and does nothing else with it."""
    if not all(isinstance(stmt, Let | Load | Store | Accum) for stmt in inner.body.stmts):
        return None
    uses = Counter(x for stmt in inner.body.stmts for x in operands(stmt))
    lets: dict[Operand, Let] = {s.var: s for s in inner.body.stmts if isinstance(s, Let)}
    cells: dict[Buffer, Index] = {}
    for stmt in inner.body.stmts:
        if isinstance(stmt, Store | Accum):
            accesses = [s for s in _memory(inner) if s.buffer is stmt.buffer]
            if not _is_own(stmt, inner, inside) or not _is_sum(stmt, accesses, lets, uses):
                return None
            cells[stmt.buffer] = stmt.index
    return cells or None


def _memory(loop: For) -> Iterator[Load | Store | Accum]:
    return (stmt for stmt in loop.body.stmts if isinstance(stmt, Load | Store | Accum))


def _is_own(stmt: Store | Accum, inner: For, inside: set[object]) -> bool:
    """Whether every iteration has its own element, and there is one for each."""
    buffer, index = stmt.buffer, stmt.index
    if buffer.elem is not F64 or buffer.storage == "growable" or len(index) != buffer.rank:
        return False
    along = [k for k, x in enumerate(index) if x is inner.index]
    made = {x for s in inner.body.stmts for x in defined(s)}
    others = [x for x in index if x is not inner.index]
    if len(along) != 1 or any(x in inside or x in made for x in others):
        return False
    return buffer not in inside and buffer.shape[along[0]] is inner.stop


def _is_sum(
    stmt: Store | Accum,
    accesses: Sequence[Load | Store | Accum],
    lets: dict[Operand, Let],
    uses: Counter[Operand],
) -> bool:
    """Whether an element is loaded, has terms added, and is stored: once."""
    if any(s.index != stmt.index for s in accesses):
        return False
    if isinstance(stmt, Accum):
        return len(accesses) == 1
    if [type(s) for s in accesses] != [Load, Store] or uses[stmt.value] != 1:
        return False
    return _leads(stmt.value, accesses[0], lets, uses)


def _leads(
    value: Operand, load: Load | Store | Accum, lets: dict[Operand, Let], uses: Counter[Operand]
) -> bool:
    """Whether a value is what was loaded with terms added to it."""
    if uses[value] != 1:
        return False
    if isinstance(load, Load) and value is load.var:
        return True
    let = lets.get(value)
    if let is None or let.op not in (a.add, a.sub):
        return False
    return any(_leads(x, load, lets, uses) for x in (let.args if let.op is a.add else let.args[:1]))


class _Interchanger(Simplifier):
    def __init__(self, nests: dict[Stmt, _Nest]) -> None:
        super().__init__(Builder())
        self.nests = nests
        self.current: dict[Buffer, Operand] = {}
        """The elements being added to."""

    def for_(self, stmt: For) -> None:
        nest = self.nests.get(stmt)
        if nest is None:
            super().for_(stmt)
            return
        if stmt.carried:
            super().for_(replace(stmt, body=Block(nest.beside, stmt.body.yields)))
        inner, builder = nest.inner, self.builder

        def row(index: Var, _: tuple[Var, ...]) -> Sequence[Operand]:
            self.env[inner.index] = index
            places = [(self.buffer(buffer), self.operands(place)) for buffer, place in nest.cells.items()]
            before = [builder.load(*place) for place in places]
            after = builder.for_loop(
                self.operand(stmt.start), self.operand(stmt.stop), before, step, hint=stmt.index.hint
            )
            for place, value in zip(places, after, strict=True):
                builder.store(*place, value)
            return ()

        def step(index: Var, elements: tuple[Var, ...]) -> Sequence[Operand]:
            self.env[stmt.index] = index
            self.current = dict(zip(nest.cells, elements, strict=True))
            self.stmts((*nest.needed, *inner.body.stmts))
            found = [self.current[buffer] for buffer in nest.cells]
            self.current = {}
            return found

        builder.for_loop(self.operand(inner.start), self.operand(inner.stop), (), row, hint=inner.index.hint)

    def load(self, stmt: Load) -> None:
        if stmt.buffer in self.current:
            self.env[stmt.var] = self.current[stmt.buffer]
        else:
            super().load(stmt)

    def store(self, stmt: Store) -> None:
        if stmt.buffer in self.current:
            self.current[stmt.buffer] = self.operand(stmt.value)
        else:
            super().store(stmt)

    def accum(self, stmt: Accum) -> None:
        if stmt.buffer in self.current:
            total = self.current[stmt.buffer]
            self.current[stmt.buffer] = self.builder.op(a.add, total, self.operand(stmt.value))
        else:
            super().accum(stmt)
