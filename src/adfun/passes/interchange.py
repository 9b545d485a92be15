"""Puts the loop along arrays outside of the one that goes through all of their elements again and again.

    for k in 0..m:                             for i in 0..n:
      for i in 0..n:                             e = for k in 0..m with e = y[i]:
        y[i] = y[i] + x[i, k] * b[k]      ->       next e + x[i, k] * b[k]
                                                 y[i] = e

What follows is merged with that, and runs in lanes; elements that change again and again are in registers.
Only where k goes along parameters or the later axes of data: the loop outside should be the long one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
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
from adfun.passes.sequential import sums
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, replace

CHEAP = 10
"""Cycles between the loops from which on what they are spent on is kept in a table."""


def interchange(function: Function) -> Function:
    """The same function; sums over both loops are added up in another order."""
    finder = _Finder(function)
    nests = {stmt: nest for stmt in walk(function.body.stmts) if (nest := finder.nest(stmt)) is not None}
    return copied(function, _Interchanger(nests)) if nests else function


@dataclass(frozen=True, slots=True)
class _Total:
    """What the outer loop adds up: what the inner one does, times what does not change: `scale`."""

    outer: Carried
    inner: Carried
    scale: tuple[Let, ...]
    negative: bool


@dataclass(frozen=True, slots=True)
class _Nest:
    """before    what stands before the inner loop
    needed    what of that is computed for every element
    tables    values of that for which this is too much: they are kept
    cells     the elements that change again and again, one of a buffer
    totals    what both loops add up"""

    inner: For
    before: tuple[Stmt, ...]
    needed: tuple[Stmt, ...]
    tables: tuple[Var, ...]
    cells: dict[Buffer, Index]
    totals: tuple[_Total, ...]


class _Finder:
    """Looks for loops whose only loop goes along arrays, element by element."""

    def __init__(self, function: Function) -> None:
        params = [entry.item for entry in function.inputs if entry.role == "param"]
        self.params = {item for item in params if isinstance(item, Buffer)}
        self.sizes = {size for item in self.params for size in item.shape}

    def nest(self, outer: Stmt) -> _Nest | None:
        if not isinstance(outer, For) or not from_zero(outer):
            return None
        places = [k for k, stmt in enumerate(outer.body.stmts) if isinstance(stmt, For)]
        if len(places) != 1:
            return None
        before, after = outer.body.stmts[: places[0]], outer.body.stmts[places[0] + 1 :]
        inner = outer.body.stmts[places[0]]
        assert isinstance(inner, For)
        inside = {outer.index, *(x for stmt in before for x in defined(stmt))}
        if not from_zero(inner) or isinstance(inner.stop, Const) or inner.stop in inside:
            return None
        if not all(isinstance(stmt, Let | Load) for stmt in (*before, *after)):
            return None
        if not all(isinstance(stmt, Let | Load | Store | Accum) for stmt in inner.body.stmts):
            return None
        cells = _cells(outer, inner, inside)
        totals, before = _totals(outer, inner, (*before, *after))
        if cells is None or totals is None or not self.is_shorter(outer, inner):
            return None
        carried = {c.param for c in outer.carried}
        used = {x for stmt in inner.body.stmts for x in operands(stmt)}
        needed = _needed(before, used)
        if any(not carried.isdisjoint(operands(stmt)) for stmt in (*needed, *inner.body.stmts)):
            return None
        tables: tuple[Var, ...] = ()
        if sum(stmt.op.cost for stmt in needed if isinstance(stmt, Let)) >= CHEAP:
            lets = [stmt for stmt in needed if isinstance(stmt, Let) and stmt.var in used]
            tables = tuple([let.var for let in lets if let.var.type is F64])
            needed = _needed(before, used.difference(tables))
            if any(isinstance(stmt, Let) and stmt.op.cost >= CHEAP for stmt in needed):
                return None
        return _Nest(inner, before, needed, tables, cells, totals)

    def is_shorter(self, outer: For, inner: For) -> bool:
        """Whether the outer loop seems to be the shorter one: along parameters, or columns of data."""
        short = isinstance(outer.stop, Const) or outer.stop in self.sizes
        found = short
        for stmt in (*outer.body.stmts, *inner.body.stmts):
            if not isinstance(stmt, Load | Store | Accum) or outer.index not in stmt.index:
                continue
            axis = stmt.index.index(outer.index)
            size, columns = stmt.buffer.shape[axis], inner.index in stmt.index[:axis]
            of_params = stmt.buffer in self.params or size in self.sizes or isinstance(size, Const)
            rows = inner.index in stmt.index[axis:] and stmt.buffer.storage == "input"
            if rows or not (short or columns or of_params):
                return False
            found = True
        return found


def _cells(outer: For, inner: For, inside: set[Var | Buffer]) -> dict[Buffer, Index] | None:
    """The elements that change every time; None where iterations of the inner loop may need each other."""
    outside = [stmt.buffer for stmt in outer.body.stmts if isinstance(stmt, Load)]
    made = {inner.index, *(x for stmt in inner.body.stmts for x in defined(stmt))}
    accesses: dict[Buffer, list[Load | Store | Accum]] = {}
    for stmt in inner.body.stmts:
        if isinstance(stmt, Load | Store | Accum):
            accesses.setdefault(stmt.buffer, []).append(stmt)
    cells: dict[Buffer, Index] = {}
    for buffer, found in accesses.items():
        if all(isinstance(stmt, Load) for stmt in found):
            continue
        index = found[0].index
        if any(stmt.index != index for stmt in found) or buffer in outside or buffer.elem is not F64:
            return None
        if buffer.storage == "growable" or len(index) != buffer.rank or index.count(inner.index) != 1:
            return None
        others = [x for x in index if x is not inner.index]
        if others.count(outer.index) == 1:  # every iteration of both loops has its own
            others.remove(outer.index)
        elif buffer.shape[index.index(inner.index)] is inner.stop:
            cells[buffer] = index
        else:
            return None
        if any(x in inside or x in made for x in others):
            return None
    return cells if any(isinstance(s, Store | Accum) for found in accesses.values() for s in found) else None


def _totals(
    outer: For, inner: For, beside: Sequence[Stmt]
) -> tuple[tuple[_Total, ...] | None, tuple[Stmt, ...]]:
    """The sums of both loops, or None where what is carried is something else; and what is left beside."""
    if len(sums(inner)) != len(inner.carried) or any(c.param.type is not F64 for c in inner.carried):
        return None, ()
    lets = {stmt.var: stmt for stmt in beside if isinstance(stmt, Let)}
    variable = {outer.index, *lets, *(s.var for s in beside if isinstance(s, Load))}
    totals = []
    for result in inner.carried:
        total = _total(outer, inner, result, lets, variable)
        if total is None:
            return None, ()
        totals.append(total)
    own = {total.outer for total in totals}
    pairs = list(zip(outer.carried, outer.body.yields, strict=True))
    taken = {let for total in totals for let in total.scale}
    taken.update(lets[y] for c, y in pairs if c in own and isinstance(y, Var) and y in lets)
    left = tuple([stmt for stmt in beside if stmt not in taken])
    gone = {*(let.var for let in taken), *(c.param for c in own), *(c.result for c in inner.carried)}
    used = [*(x for stmt in left for x in operands(stmt)), *(y for c, y in pairs if c not in own)]
    return (tuple(totals) if gone.isdisjoint(used) else None), left


def _total(
    outer: For, inner: For, result: Carried, lets: dict[Var, Let], variable: set[Var]
) -> _Total | None:
    """How a sum of the inner loop gets into one of the outer loop."""
    for carried, value in zip(outer.carried, outer.body.yields, strict=True):
        param, scale = carried.param, []
        if result.init is param and value is result.result:
            return _Total(carried, result, (), False)
        let = lets.get(value) if isinstance(value, Var) else None
        if let is None or let.op not in (a.add, a.sub) or param not in let.args or not a.is_zero(result.init):
            continue
        if let.op is a.sub and let.args[0] is not param:
            continue
        term = let.args[1 - let.args.index(param)]
        negative = let.op is a.sub
        while term is not result.result and isinstance(term, Var) and term in lets:
            step = lets[term]
            moving = [x for x in step.args if x in variable or x is result.result]
            divided = step.op is a.div and moving == [step.args[0]]
            if len(moving) != 1 or not (divided or step.op in (a.mul, a.neg)):
                break
            scale.append(step)
            term = moving[0]
        if term is result.result:
            return _Total(carried, result, tuple(reversed(scale)), negative)
    return None


def _needed(stmts: Sequence[Stmt], used: Iterable[Operand]) -> tuple[Stmt, ...]:
    """The statements that make what is used."""
    used, found = set(used), []
    for stmt in reversed(stmts):
        if not used.isdisjoint(defined(stmt)):
            found.append(stmt)
            used.update(operands(stmt))
    return tuple(reversed(found))


class _Interchanger(Simplifier):
    def __init__(self, nests: dict[Stmt, _Nest]) -> None:
        super().__init__(Builder())
        self.nests = nests
        self.current: dict[Buffer, Operand] = {}
        """The elements that change again and again, as they are."""

    def for_(self, stmt: For) -> None:
        nest = self.nests.get(stmt)
        if nest is None:
            super().for_(stmt)
            return
        tables = self.beside(stmt, nest)
        inner, builder = nest.inner, self.builder
        bounds = self.operand(stmt.start), self.operand(stmt.stop)

        def row(index: Var, totals: tuple[Var, ...]) -> Sequence[Operand]:
            self.env[inner.index] = index
            places = [(self.buffer(buffer), self.operands(place)) for buffer, place in nest.cells.items()]
            before = [builder.load(*place) for place in places]
            after = builder.for_loop(*bounds, (*before, *totals), step, hint=stmt.index.hint)
            for place, value in zip(places, after[: len(places)], strict=True):
                builder.store(*place, value)
            return after[len(places) :]

        def step(index: Var, values: tuple[Var, ...]) -> Sequence[Operand]:
            self.env[stmt.index] = index
            self.current = dict(zip(nest.cells, values[: len(nest.cells)], strict=True))
            self.bind([c.param for c in inner.carried], values[len(nest.cells) :])
            self.stmts(nest.needed)
            self.env.update((var, builder.load(table, (index,))) for var, table in tables.items())
            self.stmts(inner.body.stmts)
            found = [self.current[buffer] for buffer in nest.cells]
            self.current = {}
            return [*found, *self.operands(inner.body.yields)]

        starts = [
            self.operand(t.outer.init if not a.is_zero(t.inner.init) else t.inner.init) for t in nest.totals
        ]
        builder.span = inner.span
        ends = builder.for_loop(
            self.operand(inner.start), self.operand(inner.stop), starts, row, hint=inner.index.hint
        )
        for total, end in zip(nest.totals, ends, strict=True):
            self.total(total, end)

    def beside(self, stmt: For, nest: _Nest) -> dict[Var, Buffer]:
        """Emit the loop without the one inside, for what it carries itself and for tables."""
        own = {t.outer for t in nest.totals}
        pairs = [(c, y) for c, y in zip(stmt.carried, stmt.body.yields, strict=True) if c not in own]
        if not pairs and not nest.tables:
            return {}
        size = (self.operand(stmt.stop),)
        tables = {
            var: self.builder.alloc(F64, size, zero=False, hint=var.hint or "table") for var in nest.tables
        }
        stores = [Store(tables[var], (stmt.index,), var, stmt.span) for var in nest.tables]
        body = Block((*nest.before, *stores), tuple([y for _, y in pairs]))
        super().for_(replace(stmt, carried=tuple([c for c, _ in pairs]), body=body))
        return tables

    def total(self, total: _Total, end: Operand) -> None:
        """Bind what the outer loop added up."""
        if a.is_zero(total.inner.init):
            self.env[total.inner.result] = end
            self.stmts(total.scale)
            last = total.scale[-1].var if total.scale else total.inner.result
            op = a.sub if total.negative else a.add
            end = self.builder.op(op, self.operand(total.outer.init), self.operand(last))
        self.env[total.outer.result] = end

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
