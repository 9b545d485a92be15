"""Takes out of short arrays and loops in a recurrence what does not wait for it, for `split` to take away.

for t:                                                  for t:
  a'[k]: f64[3] = build:                                  e[k]: f64[3] = build: exp(f(y[t], k))
    (sum of a[j] * p[j, k]) * exp(f(y[t], k))     ->      a'[k]: f64[3] = build:
                                                            (sum of a[j] * p[j, k]) * e[k]
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Build, Const, For, Function, Let, Load, Operand, Stmt, Var
from adfun.ir.types import F64
from adfun.ir.walk import Copier, blocks, defined, from_zero, inner_vars, operands, read, walk, written_within
from adfun.passes.cost import cost_of
from adfun.passes.dead import restrict
from adfun.passes.effects import Facts
from adfun.passes.sequential import CHEAP_BODY, is_sequential, outermost, sums
from adfun.passes.simplify import copied
from adfun.records import dataclass

Item = Var | Buffer
INSIDE = 8
"""How many iterations a loop inside is taken to have."""
SHORT = 8
"""Up to so many elements the parts of a recurrence are cut apart."""


def sever(function: Function) -> Function:
    """The same function with arrays of their own for what is costly and does not wait for a recurrence."""
    facts: Facts | None = None
    cuts: dict[Stmt, _Cut] = {}
    for loop in outermost(function.body):
        found = _cuts(loop)
        if found:
            facts = facts or Facts(function.body)
            cuts |= found if is_sequential(loop, facts.lets) else {}
    return copied(function, _Severer(cuts)) if cuts else function


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """What goes out of an array or a loop: the values, and the range of the indices."""

    values: tuple[Var, ...]
    indices: tuple[Var, ...]
    shape: tuple[Operand, ...]


def _cuts(loop: For) -> dict[Stmt, _Cut]:
    """The cuts through the statements of a loop, if it is sequential."""
    added = sums(loop)
    late: set[Item] = {*written_within(loop.body.stmts)}
    late.update(c.param for c in loop.carried if c.param not in added)
    found: dict[Stmt, _Cut] = {}
    for stmt in loop.body.stmts:
        if late.isdisjoint(_uses(stmt)):
            continue
        late.update(defined(stmt))
        if isinstance(stmt, Build):
            indices, shape = stmt.indices, stmt.buffer.shape
        elif isinstance(stmt, For) and from_zero(stmt):
            indices, shape = (stmt.index,), (stmt.stop,)
        else:
            continue
        values = _costly(stmt, late) if _is_short(shape) else ()
        if values:
            found[stmt] = _Cut(values, indices, shape)
    return found


def _is_short(shape: Iterable[Operand]) -> bool:
    """Whether so few elements will be scalars; more run in lanes where they are."""
    return math.prod(int(x.value) if isinstance(x, Const) else SHORT + 1 for x in shape) <= SHORT


def _uses(stmt: Stmt) -> set[Item]:
    """What a statement, with those inside it, takes or changes."""
    found: set[Item] = {*written_within((stmt,))}
    for s in walk((stmt,)):
        found.update(x for x in operands(s) if isinstance(x, Var))
        found.update(read(s))
        found.update(x for block in blocks(s) for x in block.yields if isinstance(x, Var))
    return found


def _costly(stmt: Build | For, late: set[Item]) -> tuple[Var, ...]:
    """The values that what waits takes from what does not, if computing them is worth a loop."""
    waits = late | set(inner_vars(stmt)) - {*(stmt.indices if isinstance(stmt, Build) else (stmt.index,))}
    early: set[Var] = set()
    taken: set[Var] = {x for x in stmt.body.yields if isinstance(x, Var)}
    for inner in stmt.body.stmts:
        if waits.isdisjoint(_uses(inner)) and _is_plain(inner):
            early.update(x for x in defined(inner) if isinstance(x, Var))
        else:
            waits.update(defined(inner))
            taken.update(x for x in _uses(inner) if isinstance(x, Var))
    return tuple(
        x
        for x in early
        if x in taken and x.type is F64 and _work(restrict(stmt.body, (x,), ()).stmts) > CHEAP_BODY
    )


def _is_plain(stmt: Stmt) -> bool:
    """Whether a statement has no other effect than its values."""
    return all(isinstance(s, Let | Load | For) for s in walk((stmt,)))


def _work(stmts: tuple[Stmt, ...]) -> float:
    """Cycles of statements, loops inside taken to be short."""
    return sum(INSIDE * _work(stmt.body.stmts) if isinstance(stmt, For) else cost_of(stmt) for stmt in stmts)


class _Severer(Copier):
    def __init__(self, cuts: dict[Stmt, _Cut]) -> None:
        super().__init__(Builder())
        self.cuts = cuts
        self.kept: dict[Var, tuple[Buffer, tuple[Var, ...]]] = {}
        """Of each value that went out its array, and the indices there."""

    def stmt(self, stmt: Stmt) -> None:
        cut = self.cuts.get(stmt)
        if cut is not None and isinstance(stmt, Build | For):
            for value in cut.values:
                self.kept[value] = self.array(stmt, cut, value), cut.indices
        super().stmt(stmt)
        for item in defined(stmt):
            if isinstance(item, Var) and item in self.kept:
                buffer, indices = self.kept[item]
                self.env[item] = self.builder.load(buffer, self.operands(indices), item.hint)

    def array(self, stmt: Build | For, cut: _Cut, value: Var) -> Buffer:
        """An array of one of the values."""
        needed = restrict(stmt.body, (value,), ()).stmts

        def element(indices: tuple[Var, ...]) -> Operand:
            copier = Copier(self.builder, self.env, self.buffers)
            copier.env.update(zip(cut.indices, indices, strict=True))
            copier.stmts(needed)
            return copier.operand(value)

        return self.builder.build(F64, self.operands(cut.shape), element, value.hint)
