"""Adds what two neighbouring iterations have for one row in one place.

    for i in 0..n:                            for i in 0..min(n, 1): for j in 0..m: g[i, j] += a(i, j)
      for j in 0..m:                          for i in 1..n:
        g[i, j] += a(i, j)             ->       for j in 0..m: g[i, j] += a(i, j) + b(i - 1, j)
        g[i + 1, j] += b(i, j)                for i in max(0, n - 1)..n: for j in 0..m: g[i + 1, j] += b(i, j)

Differences of neighbouring states have such adjoints.  A row that was stored in the last iteration, with
a mask as a rule, is slow to be loaded, and all that follows waits for it: b is rather computed twice.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
    For,
    Function,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    i64,
)
from adfun.ir.types import F64, I64
from adfun.ir.walk import Copier, defined, operands, walk, written_within
from adfun.passes.ranges import shifted
from adfun.primitives.arithmetic import add, iadd, imax, imin, isub
from adfun.records import dataclass

COSTLY = 15
"""From this cost on a primitive is not computed twice."""
MOST = 24
"""Statements that are."""


@dataclass(slots=True, eq=False)
class _Meeting:
    """The sums of a loop for which neighbouring iterations meet.

    inner   the loop inside that they are in, if any
    later   those into the next row, each with the statements it follows from: of the loop's own body, of
            that of the one inside
    now     the others, by buffer
    """

    inner: For | None
    later: dict[Accum, tuple[list[Stmt], list[Stmt]]]
    now: dict[Buffer, list[Accum]]


def meet(function: Function) -> Function:
    """The same function without sums into two rows in one iteration."""
    lets: dict[Operand, Let] = {s.var: s for s in walk(function.body.stmts) if isinstance(s, Let)}
    found: dict[For, _Meeting] = {}
    for stmt in walk(function.body.stmts):
        meeting = _meeting(stmt, lets) if isinstance(stmt, For) else None
        if isinstance(stmt, For) and meeting is not None:
            found[stmt] = meeting
    if not found:
        return function
    copier = _Meeter(Builder(), found)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


# -- which sums -----------------------------------------------------------------------------------


def _meeting(loop: For, lets: Mapping[Operand, Let]) -> _Meeting | None:
    """The sums of a loop for which neighbouring iterations meet."""
    inside = [stmt for stmt in loop.body.stmts if isinstance(stmt, For)]
    if len(inside) > 1:
        return None
    inner = inside[0] if inside else None
    stmts = (*loop.body.stmts, *(() if inner is None else inner.body.stmts))
    if not all(isinstance(stmt, (Let, Load, Store, Accum)) or stmt is inner for stmt in stmts):
        return None
    made: set[object] = {loop.index, *(c.param for c in loop.carried)}
    made.update(x for stmt in stmts for x in defined(stmt))
    body = loop.body if inner is None else inner.body
    later: dict[Accum, tuple[list[Stmt], list[Stmt]]] = {}
    for buffer in dict.fromkeys(stmt.buffer for stmt in body.stmts if isinstance(stmt, Accum)):
        for accum in _later(loop, inner, buffer, made, lets):
            causes = _causes(accum, loop, inner)
            if causes is None:
                return None
            later[accum] = causes
    if not later or sum(len(a) + len(b) for a, b in later.values()) > MOST:
        return None
    now = {accum.buffer: _others(body, accum.buffer, later) for accum in later}
    return _Meeting(inner, later, now)


def _later(
    loop: For, inner: For | None, buffer: Buffer, made: set[object], lets: Mapping[Operand, Let]
) -> list[Accum]:
    """The sums into a buffer that go to the row after those of all others; none if its rows do not meet."""
    body = loop.body if inner is None else inner.body
    ahead: dict[Accum, int] = {}
    for stmt in walk(loop.body.stmts):
        if isinstance(stmt, (Load, Store)) and stmt.buffer is buffer:
            return []
        if not isinstance(stmt, Accum) or stmt.buffer is not buffer:
            continue
        if stmt not in body.stmts or len(stmt.index) != buffer.rank or buffer.rank != 2:
            return []
        base, offset = shifted(lets, stmt.index[0])
        column = stmt.index[1]
        along = column is inner.index if inner is not None else isinstance(column, Var) and column not in made
        if base is not loop.index or not along:
            return []
        ahead[stmt] = offset
    offsets = set(ahead.values())
    if len(offsets) != 2 or max(offsets) - min(offsets) != 1:
        return []
    return [accum for accum, offset in ahead.items() if offset == max(offsets)]


def _others(body: Block, buffer: Buffer, later: Container[Accum]) -> list[Accum]:
    sums = (stmt for stmt in body.stmts if isinstance(stmt, Accum) and stmt.buffer is buffer)
    return [stmt for stmt in sums if stmt not in later]


def _causes(accum: Accum, loop: For, inner: For | None) -> tuple[list[Stmt], list[Stmt]] | None:
    """What a sum follows from inside of the loop, in order; None where that cannot be computed again."""
    changed = written_within((loop,))
    carried = {c.param for c in (*loop.carried, *(inner.carried if inner is not None else ()))}
    wanted: set[Operand] = {*accum.index, accum.value}
    found: tuple[list[Stmt], list[Stmt]] = ([], [])
    within = () if inner is None else inner.body.stmts
    for stmts, into in ((within, found[1]), (loop.body.stmts, found[0])):
        for stmt in reversed(stmts):
            if isinstance(stmt, (Let, Load)) and stmt.var in wanted:
                if isinstance(stmt, Load) and stmt.buffer in changed:
                    return None
                if isinstance(stmt, Let) and stmt.op.cost >= COSTLY:
                    return None
                into.insert(0, stmt)
                wanted.update(operands(stmt))
    results = {c.result for c in inner.carried} if inner is not None else set()
    return None if wanted & (carried | results) else found


# -- the loops ------------------------------------------------------------------------------------


class _Meeter(Copier):
    def __init__(self, builder: Builder, found: Mapping[For, _Meeting]) -> None:
        super().__init__(builder)
        self.found = found

    def for_(self, stmt: For) -> None:
        meeting = self.found.get(stmt)
        if meeting is None:
            super().for_(stmt)
            return
        b, start, stop = self.builder, self.operand(stmt.start), self.operand(stmt.stop)
        second = b.op(iadd, start, i64(1))
        last = b.op(imax, start, b.op(isub, stop, i64(1)))
        inits = self.operands([c.init for c in stmt.carried])
        first = self.part(stmt, start, b.op(imin, stop, second), inits, _changed(stmt.body, meeting))
        self.part(stmt, second, stop, first, _with_those_before(stmt, meeting))
        super().for_(For(stmt.index, last, stop, (), _alone(meeting), stmt.span))

    def part(
        self, stmt: For, start: Operand, stop: Operand, inits: Sequence[Operand], body: Block
    ) -> list[Operand]:
        """Some of the iterations, with another body; the carried values after them."""
        carried = tuple(
            [Carried(c.param, init, c.result) for c, init in zip(stmt.carried, inits, strict=True)]
        )
        super().for_(For(stmt.index, start, stop, carried, body, stmt.span))
        return [self.operand(c.result) for c in stmt.carried]


def _with_those_before(loop: For, meeting: _Meeting) -> Block:
    """The body with the sums of the iteration before, each row in one place."""
    before = Var(I64, loop.index.hint)
    outside: list[Stmt] = [Let(before, isub, (loop.index, i64(1)), loop.span)]
    inside: list[Stmt] = []
    again = _Again({loop.index: before})
    terms = {buffer: [accum.value for accum in sums] for buffer, sums in meeting.now.items()}
    for accum, (own, within) in meeting.later.items():
        outside += again.stmts(own)
        inside += again.stmts(within)
        terms[accum.buffer] += again.all((accum.value,))
    for buffer, (total, *others) in terms.items():
        for term in others:
            both = Var(F64)
            inside.append(Let(both, add, (total, term), loop.span))
            total = both
        inside.append(Accum(buffer, meeting.now[buffer][0].index, total, loop.span))
    return _changed(loop.body, meeting, outside, inside, {x for sums in meeting.now.values() for x in sums})


def _alone(meeting: _Meeting) -> Block:
    """A body with nothing but the sums into the next row."""
    outside: list[Stmt] = []
    inside: list[Stmt] = []
    for accum, (own, within) in meeting.later.items():
        outside += [stmt for stmt in own if stmt not in outside]
        inside += [stmt for stmt in within if stmt not in inside]
        inside.append(accum)
    inner = meeting.inner
    if inner is None:
        return Block((*outside, *inside), ())
    columns = For(inner.index, inner.start, inner.stop, (), Block(tuple(inside), ()), inner.span)
    return Block((*outside, columns), ())


class _Again:
    """Statements once more, with other values in the place of some."""

    def __init__(self, env: Mapping[Operand, Operand]) -> None:
        self.env = dict(env)
        self.made: set[Stmt] = set()

    def stmts(self, stmts: Sequence[Stmt]) -> list[Stmt]:
        new: list[Stmt] = []
        for stmt in stmts:
            if stmt in self.made or not isinstance(stmt, (Let, Load)):
                continue
            self.made.add(stmt)
            var = Var(stmt.var.type, stmt.var.hint)
            if isinstance(stmt, Let):
                new.append(Let(var, stmt.op, self.all(stmt.args), stmt.span))
            else:
                new.append(Load(var, stmt.buffer, self.all(stmt.index), stmt.span))
            self.env[stmt.var] = var
        return new

    def all(self, operands_: Sequence[Operand]) -> tuple[Operand, ...]:
        return tuple([self.env.get(x, x) for x in operands_])


def _changed(
    body: Block,
    meeting: _Meeting,
    outside: Sequence[Stmt] = (),
    inside: Sequence[Stmt] = (),
    gone: Container[Stmt] = (),
) -> Block:
    """A body without the sums into the next row and others; with other statements at its start, and there."""
    inner = meeting.inner
    own = body.stmts if inner is None else inner.body.stmts
    kept = (*(stmt for stmt in own if stmt not in meeting.later and stmt not in gone), *inside)
    if inner is None:
        return Block((*outside, *kept), body.yields)
    columns = Block(kept, inner.body.yields)
    changed = For(inner.index, inner.start, inner.stop, inner.carried, columns, inner.span)
    return Block((*outside, *(changed if stmt is inner else stmt for stmt in body.stmts)), body.yields)
