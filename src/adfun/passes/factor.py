"""Takes factors that do not change out of sums over a loop.

    for t in 0..n:                                  s: f64[m] = 0
      for j in 0..m:                                for t in 0..n:
        d = ...                                       for j in 0..m:
        for i in 0..k:                     ->           d = ...
          g[i] += d * q[j, i]                           s[j] += d
                                                    for j in 0..m:
                                                      for i in 0..k:
                                                        g[i] += s[j] * q[j, i]

Adjoints of products with a matrix that is the same for all observations are of this kind.  A row that
collects the sums of one iteration and is then added to g is no hindrance.
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
    Let,
    Load,
    Operand,
    Stmt,
    Var,
    i64,
)
from adfun.ir.rows import Primitive
from adfun.ir.types import F64
from adfun.ir.walk import (
    Copier,
    blocks,
    defined,
    from_zero,
    inner_vars,
    operands,
    read,
    walk,
    written,
    written_within,
)
from adfun.passes.dead import eliminate
from adfun.primitives.arithmetic import mul, mul0, neg
from adfun.records import dataclass

Item = Var | Buffer


def factor(function: Function) -> Function:
    """The same function with fewer products inside its loops."""
    survey = _Survey()
    survey.block(function.body)
    if not survey.found:
        return function
    copier = _Factorer(Builder(), survey.found)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a term is added to in the end, and all the statements that bring it there."""

    buffer: Buffer
    index: Index
    negative: bool
    accums: tuple[Accum, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """A sum over `loop` of products, one factor of which does not change in it.

    inner    the loops between `loop` and the accumulation
    outer    in how many of these the other factor, `term`, changes
    before   whether the fixed factor is loaded before `loop`: what is in its place may be gone afterwards
    """

    place: _Place
    loop: For
    inner: tuple[For, ...]
    outer: int
    product: Primitive
    term: Var
    fixed: Load
    before: bool
    term_first: bool


class _Survey:
    """Walks over a function with all that encloses each statement."""

    def __init__(self) -> None:
        self.found: list[_Sum] = []
        self.around: list[Stmt] = []
        self.used: list[set[Buffer]] = []
        """What each of the loops around uses; nothing for other statements."""
        self.depth: dict[Operand | Buffer, int] = {}
        """In how many statements an item is defined; inputs and constants have no entry."""
        self.lets: dict[Operand, Let] = {}
        self.loads: dict[Operand, Load] = {}
        self.rows: dict[Buffer, tuple[Var, _Place]] = {}

    def block(self, block: Block) -> None:
        depth = len(self.around)
        for stmt in block.stmts:
            self.depth.update(dict.fromkeys(defined(stmt), depth))
            match stmt:
                case Let():
                    self.lets[stmt.var] = stmt
                case Load():
                    self.loads[stmt.var] = stmt
                case Accum():
                    self.accum(stmt)
                case _:
                    inside = blocks(stmt)
                    if inside:
                        self.depth.update(dict.fromkeys(inner_vars(stmt), depth + 1))
                        self.enter(stmt, inside)

    def enter(self, stmt: Stmt, inside: tuple[Block, ...]) -> None:
        self.around.append(stmt)
        within = walk((stmt,)) if isinstance(stmt, For) else ()
        self.used.append({b for s in within for b in (*read(s), *written(s)) if not isinstance(s, Accum)})
        for block in inside:
            self.rows.update(_rows(block))
            self.block(block)
        self.around.pop()
        self.used.pop()

    def accum(self, stmt: Accum) -> None:
        value, negative = stmt.value, False
        while value in self.lets and self.lets[value].op is neg:
            value, negative = self.lets[value].args[0], not negative
        let = self.lets.get(value)
        if let is None or let.op not in (mul, mul0) or stmt.buffer.elem is not F64:
            return
        place = _Place(stmt.buffer, stmt.index, negative, (stmt,))
        row = self.rows.get(stmt.buffer)
        if row is not None:
            moving, end = row
            index = tuple(stmt.index[0] if x is moving else x for x in end.index)
            place = _Place(end.buffer, index, negative != end.negative, (stmt, *end.accums))
        for level, loop in enumerate(self.around):
            inner = self.around[level + 1 :]
            if isinstance(loop, For) and inner and self.may_leave(level, place):
                loops = tuple(x for x in inner if isinstance(x, For))
                for changing, fixed in (let.args, let.args[::-1]):
                    if len(loops) == len(inner) and self.factored(level, let, changing, fixed, loops, place):
                        return

    def may_leave(self, level: int, place: _Place) -> bool:
        """Whether a loop neither needs what it adds to a buffer nor decides where it goes."""
        outside = self.depth.get(place.buffer, 0) <= level and place.buffer not in self.used[level]
        return outside and self.follows(place.index, level)

    def follows(self, index: Index, level: int) -> bool:
        """Whether an index is made of the loops inside only."""
        inner = {x.index for x in self.around[level + 1 :] if isinstance(x, For)}
        return all(x in inner or self.depth.get(x, 0) <= level for x in index)

    def factored(
        self, level: int, let: Let, changing: Operand, fixed: Operand, inner: tuple[For, ...], place: _Place
    ) -> bool:
        load, outer = self.loads.get(fixed), self.depth.get(changing, 0) - level - 1
        if load is None or not isinstance(changing, Var) or not 0 <= outer < len(inner):
            return False
        if self.depth.get(load.buffer, 0) > level or not self.follows(load.index, level):
            return False
        loop = self.around[level]
        assert isinstance(loop, For)
        if load.buffer in written_within(loop.body.stmts) or not all(self.is_plain(x, level) for x in inner):
            return False
        before, first = self.depth[fixed] <= level, changing is let.args[0]
        self.found.append(_Sum(place, loop, inner, outer, let.op, changing, load, before, first))
        return True

    def is_plain(self, loop: For, level: int) -> bool:
        """Whether a loop inside can be run after the one around it as well."""
        return from_zero(loop) and self.depth.get(loop.stop, 0) <= level


def _rows(block: Block) -> dict[Buffer, tuple[Var, _Place]]:
    """Zeroed vectors of a block that get one kind of term and are then added to another buffer, with
    what stands for the position in the vector there.
    """
    fresh = {s.buffer for s in block.stmts if isinstance(s, Alloc) and s.zero and s.buffer.rank == 1}
    if not fresh:
        return {}
    touches: dict[Buffer, list[Stmt]] = {}
    for stmt in walk(block.stmts):
        for buffer in (*read(stmt), *written(stmt)):
            if buffer in fresh:
                touches.setdefault(buffer, []).append(stmt)
    found: dict[Buffer, tuple[Var, _Place]] = {}
    made = {x for stmt in walk(block.stmts) for x in defined(stmt)}
    for loop in block.stmts:
        if isinstance(loop, For) and not loop.carried:
            for stmt in loop.body.stmts:
                if isinstance(stmt, Load) and stmt.buffer in fresh and stmt.index == (loop.index,):
                    place = _emptied(loop, stmt, touches[stmt.buffer])
                    if place is not None and made.isdisjoint(place.index):
                        found[stmt.buffer] = loop.index, place
    return found


def _emptied(loop: For, load: Load, touches: list[Stmt]) -> _Place | None:
    """Where a loop adds a vector to, when that is all it is for."""
    whole = from_zero(loop) and loop.stop is load.buffer.shape[0]
    if not whole or len(touches) != 2 or not isinstance(touches[0], Accum) or touches[1] is not load:
        return None
    value, negative = load.var, False
    while True:
        users = [s for s in walk(loop.body.stmts) if value in operands(s)]
        if len(users) != 1 or value in loop.body.yields or users[0] not in loop.body.stmts:
            return None
        (user,) = users
        if isinstance(user, Accum) and value not in user.index:
            break
        if not isinstance(user, Let) or user.op is not neg:
            return None
        value, negative = user.var, not negative
    return _Place(user.buffer, user.index, negative, (user,))


class _Factorer(Copier):
    def __init__(self, builder: Builder, found: list[_Sum]) -> None:
        super().__init__(builder)
        self.sums: dict[For, list[_Sum]] = {}
        self.terms: dict[For, list[_Sum]] = {}
        """The sums whose term is at hand before a loop."""
        for entry in found:
            self.sums.setdefault(entry.loop, []).append(entry)
            self.terms.setdefault(entry.inner[entry.outer], []).append(entry)
        self.gone = {accum for entry in found for accum in entry.place.accums}
        self.totals: dict[tuple[For, Var], Buffer] = {}

    def accum(self, stmt: Accum) -> None:
        if stmt not in self.gone:
            super().accum(stmt)

    def for_(self, stmt: For) -> None:
        added: set[tuple[For, Var]] = set()
        for entry in self.terms.get(stmt, ()):
            key = entry.loop, entry.term
            if key not in added:
                added.add(key)
                index = self.operands([x.index for x in entry.inner[: entry.outer]])
                self.builder.accum(self.totals[key], index, self.operand(entry.term))
        for entry in self.sums.get(stmt, ()):
            key = entry.loop, entry.term
            if key not in self.totals:
                shape = self.operands([x.stop for x in entry.inner[: entry.outer]])
                self.totals[key] = self.builder.alloc(F64, shape, zero=True, hint=entry.term.hint)
        super().for_(stmt)
        for entry in self.sums.get(stmt, ()):
            self.product(entry, 0)

    def product(self, entry: _Sum, level: int) -> None:
        """Emit the loops inside once more, to multiply what was summed up."""
        builder = self.builder
        if level < len(entry.inner):
            loop = entry.inner[level]

            def body(at: Var, _: tuple[Var, ...]) -> tuple[Operand, ...]:
                self.env[loop.index] = at
                self.product(entry, level + 1)
                return ()

            builder.for_loop(i64(0), self.operand(loop.stop), (), body)
            return
        index = self.operands([x.index for x in entry.inner[: entry.outer]])
        term = builder.load(self.totals[entry.loop, entry.term], index)
        load = entry.fixed
        fixed = (
            self.operand(load.var)
            if entry.before
            else builder.load(self.buffer(load.buffer), self.operands(load.index))
        )
        value = builder.op(entry.product, *((term, fixed) if entry.term_first else (fixed, term)))
        if entry.place.negative:
            value = builder.op(neg, value)
        builder.accum(self.buffer(entry.place.buffer), self.operands(entry.place.index), value)
