"""Makes one loop of loops that go through whole arrays, row by row.

    s = for i in 0..n with s = 0.0:                  s = for t in 0..n * p with s = 0.0:
      s = for j in 0..p with s = s:            ->      next s + x[t] * y[t]
        next s + x[i, j] * y[i, j]
      next s

Rows may be short, and a loop along each then takes most of its time to begin and to end.  An index of one
number is a position in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
    For,
    Function,
    Index,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    i64,
)
from adfun.ir.walk import defined, from_zero, operands, walk
from adfun.passes.ranges import Ranges, agreed, shifted
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, replace


def flatten(function: Function) -> Function:
    """The same function; sums have their terms in the same order."""
    lets: dict[Operand, Let] = {s.var: s for s in walk(function.body.stmts) if isinstance(s, Let)}
    sizes = Ranges(lets)
    for pair in agreed(function.body.stmts):
        sizes.unite(*pair)
    data = {entry.item for entry in function.inputs if entry.role == "data"}
    found = {}
    for stmt in walk(function.body.stmts):
        nest = _nest(stmt, sizes)
        if nest is not None and not _overlaps(nest, data):
            found[stmt] = nest
    return copied(function, _Flattener(found)) if found else function


@dataclass(frozen=True, slots=True)
class _Nest:
    """loops   from the outermost to the innermost
    ahead   the numbers that are added to the outermost index, by what that is called then"""

    loops: tuple[For, ...]
    ahead: Mapping[Operand, int]

    @property
    def innermost(self) -> For:
        return self.loops[-1]


def _nest(outer: Stmt, sizes: Ranges) -> _Nest | None:
    """The loops that become one: each has only the next one in it, and only arrays need their indices."""
    if not isinstance(outer, For):
        return None
    loops: list[For] = [outer]
    ahead: dict[Operand, int] = {outer.index: 0}
    while True:
        ahead.update(_offsets(loops[-1], outer.index, sizes))
        inner = [stmt for stmt in loops[-1].body.stmts if not _is_among(stmt, ahead)]
        if len(inner) != 1 or not isinstance(inner[0], For) or not _hands_on(loops[-1], inner[0]):
            break
        loops.append(inner[0])
    nest = _Nest(tuple(loops), ahead)
    return nest if len(loops) > 1 and all(map(from_zero, loops)) and _is_whole(nest, sizes) else None


def _offsets(loop: For, index: Var, sizes: Ranges) -> dict[Operand, int]:
    """What adds a number to an index, and which."""
    sums = ((s.var, shifted(sizes.lets, s.var)) for s in loop.body.stmts if isinstance(s, Let))
    return {var: by for var, (base, by) in sums if base is index}


def _is_among(stmt: Stmt, ahead: Mapping[Operand, int]) -> bool:
    return isinstance(stmt, Let) and stmt.var in ahead


def _hands_on(outer: For, inner: For) -> bool:
    """Whether what the loop around carries is what the one inside does."""
    inits = tuple([c.init for c in inner.carried])
    results = tuple([c.result for c in inner.carried])
    return inits == tuple([c.param for c in outer.carried]) and results == outer.body.yields


def _is_whole(nest: _Nest, sizes: Ranges) -> bool:
    """Whether all indices are positions in arrays whose rows the loops go through from end to end."""
    indices = [loop.index for loop in nest.loops]
    moving: set[Operand] = {*indices, *nest.ahead}
    lengths = [loop.stop for loop in nest.loops[1:]]
    inside: set[object] = {x for stmt in walk(nest.loops[0].body.stmts) for x in defined(stmt)}
    if not inside.isdisjoint(lengths):
        return False
    for stmt in nest.innermost.body.stmts:
        if _is_among(stmt, nest.ahead):
            continue
        if not isinstance(stmt, Let | Load | Store | Accum):
            return False
        used = operands(stmt)
        if not isinstance(stmt, Let) and _is_position(nest, stmt.index, indices):
            if not all(map(sizes.equal, stmt.buffer.shape[1:], lengths)):
                return False
            used = () if isinstance(stmt, Load) else (stmt.value,)
        if not moving.isdisjoint(used):
            return False
    return moving.isdisjoint(nest.innermost.body.yields)


def _overlaps(nest: _Nest, data: set[Var | Buffer]) -> bool:
    """Whether rows of what is differentiated are read and the next ones, too: what vectors add to one of them
    would be waited for by those that add to the other."""
    rows: dict[Buffer, set[int]] = {}
    for stmt in nest.innermost.body.stmts:
        if isinstance(stmt, Load | Store | Accum) and stmt.buffer not in data:
            rows.setdefault(stmt.buffer, set()).update(
                nest.ahead[x] for x in stmt.index[:1] if x in nest.ahead
            )
    return any(len(offsets) > 1 for offsets in rows.values())


def _is_position(nest: _Nest, index: Index, indices: Sequence[Var]) -> bool:
    return len(index) == len(indices) and index[0] in nest.ahead and list(index[1:]) == indices[1:]


class _Flattener(Simplifier):
    def __init__(self, nests: Mapping[Stmt, _Nest]) -> None:
        super().__init__(Builder())
        self.nests = nests
        self.nest: _Nest | None = None
        self.position: Var | None = None
        self.size: Operand = i64(1)
        """Of the nest that is being written: the position, and how far it is to the next row."""

    def for_(self, stmt: For) -> None:
        nest = self.nests.get(stmt)
        if nest is None:
            super().for_(stmt)
            return
        size: Operand = i64(1)
        for loop in nest.loops[1:]:
            size = self.builder.op(a.imul, size, self.operand(loop.stop))
        innermost, carried = nest.innermost, []
        for first, last in zip(stmt.carried, innermost.carried, strict=True):
            carried.append(Carried(last.param, first.init, first.result))
        stop = self.builder.op(a.imul, self.operand(stmt.stop), size)
        flat = Var(stmt.index.type, stmt.index.hint)
        self.env[stop_var := Var(stmt.index.type)] = stop
        self.nest, self.position, self.size = nest, flat, size
        rest = tuple([s for s in innermost.body.stmts if not _is_among(s, nest.ahead)])
        body = Block(rest, innermost.body.yields)
        super().for_(replace(stmt, index=flat, stop=stop_var, carried=tuple(carried), body=body))
        self.nest = None

    def at(self, stmt: Load | Store | Accum) -> Index:
        """The new index of an element."""
        nest, position = self.nest, self.position
        if nest is None or position is None:
            return self.operands(stmt.index)
        if not _is_position(nest, stmt.index, [loop.index for loop in nest.loops]):
            return self.operands(stmt.index)
        distance = self.builder.op(a.imul, self.size, i64(nest.ahead[stmt.index[0]]))
        return (self.builder.op(a.iadd, self.operand(position), distance),)

    def load(self, stmt: Load) -> None:
        if self.nest is None:
            super().load(stmt)
        else:
            self.env[stmt.var] = self.builder.load(self.buffer(stmt.buffer), self.at(stmt), stmt.var.hint)

    def store(self, stmt: Store) -> None:
        self.builder.store(self.buffer(stmt.buffer), self.at(stmt), self.operand(stmt.value))

    def accum(self, stmt: Accum) -> None:
        self.builder.accum(self.buffer(stmt.buffer), self.at(stmt), self.operand(stmt.value))
