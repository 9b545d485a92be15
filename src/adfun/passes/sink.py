"""Applies a function to what was chosen, where it was applied to both that one may choose.

    p = log(x); q = log(y)                        z = select(c, x, y)
    r = select(c, p, q)                   ->      r = log(z)

The same for what the arms of a branch yield.  In lanes both arms are computed, so that half of the work goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Build, For, Function, If, Let, Load, Operand, Stmt, Var, While
from adfun.ir.types import F64
from adfun.ir.walk import blocks, defined, inner_vars, walk
from adfun.passes.dead import eliminate
from adfun.passes.sequential import named
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives.arithmetic import select
from adfun.records import dataclass, replace

COSTLY = 10
"""Cycles of a primitive from which on it is worth it."""


def sink(function: Function) -> Function:
    """The same function with fewer costly primitives."""
    if not any(isinstance(stmt, If) or _is_choice(stmt) for stmt in walk(function.body.stmts)):
        return function
    sinker = _Sinker(Counter(named(function.body)), _Depths(function.body))
    made = eliminate(copied(function, sinker))
    return made if sinker.changed else function


def _is_choice(stmt: object) -> bool:
    return isinstance(stmt, Let) and stmt.op is select and stmt.var.type is F64


class _Depths:
    """In how many loops values change, and in how many they stand: arms keep what had better leave a loop."""

    def __init__(self, block: Block) -> None:
        self.changes: dict[Operand, int] = {}
        self.stands: dict[Operand, int] = {}
        self.block(block, 0)

    def block(self, block: Block, depth: int) -> None:
        for stmt in block.stmts:
            match stmt:
                case Let():
                    self.stands[stmt.var], self.changes[stmt.var] = depth, self.last(stmt.args)
                case Load() if stmt.buffer.immutable:
                    self.changes[stmt.var] = self.last(stmt.index)
                case _:
                    inner = depth + isinstance(stmt, For | While | Build)
                    self.changes.update((x, depth) for x in defined(stmt) if isinstance(x, Var))
                    self.changes.update((x, inner) for x in inner_vars(stmt))
                    for inside in blocks(stmt):
                        self.block(inside, inner)

    def last(self, operands: Iterable[Operand]) -> int:
        return max([self.changes.get(x, 0) for x in operands], default=0)

    def settled(self, value: Operand) -> bool:
        """Whether a value is the same in all iterations of the loop that it stands in."""
        return self.changes[value] < self.stands[value]


@dataclass(frozen=True, slots=True)
class _Step:
    """A primitive of arguments that are the same in both cases but for one."""

    let: Let
    place: int


@dataclass(frozen=True, slots=True)
class _Chain:
    """What two values have in common: primitives, the last one applied first, and the two that differ."""

    steps: tuple[_Step, ...]
    one: Operand
    other: Operand


class _Sinker(Simplifier):
    def __init__(self, uses: Counter[Operand], depths: _Depths) -> None:
        super().__init__(Builder())
        self.uses = uses
        self.depths = depths
        self.changed = False
        self.here: Mapping[Operand, Let] = {}
        """The values computed beside the statement at hand: what stands further out had better stay there."""

    def stmts(self, stmts: Iterable[Stmt]) -> None:
        outer, self.here = self.here, _lets(stmts)
        super().stmts(stmts)
        self.here = outer

    def let(self, stmt: Let) -> None:
        chain = self.chain(stmt.args[1:], (self.here, self.here)) if _is_choice(stmt) else None
        if chain is None:
            super().let(stmt)
            return
        chosen = self.builder.op(select, self.operand(stmt.args[0]), *self.operands((chain.one, chain.other)))
        self.env[stmt.var] = self.applied(chain, chosen)

    def if_(self, stmt: If) -> None:
        arms = _lets(stmt.then.stmts), _lets(stmt.orelse.stmts)
        pairs = list(zip(stmt.then.yields, stmt.orelse.yields, strict=True))
        chains = [self.chain(pair, arms) if pair[0].type is F64 else None for pair in pairs]
        if not any(chains):
            super().if_(stmt)
            return
        ones = tuple([x if c is None else c.one for c, (x, _) in zip(chains, pairs, strict=True)])
        others = tuple([y if c is None else c.other for c, (_, y) in zip(chains, pairs, strict=True)])
        then, orelse = replace(stmt.then, yields=ones), replace(stmt.orelse, yields=others)
        made = self.builder.if_else(
            self.operand(stmt.cond), lambda: self.block(then), lambda: self.block(orelse)
        )
        for result, chain, value in zip(stmt.results, chains, made, strict=True):
            self.env[result] = value if chain is None else self.applied(chain, value)

    def chain(
        self, pair: Sequence[Operand], lets: tuple[Mapping[Operand, Let], Mapping[Operand, Let]]
    ) -> _Chain | None:
        """What two values have in common, down to the last costly primitive; None without one."""
        steps: list[_Step] = []
        found: _Chain | None = None
        one, other = pair
        while self.uses[one] == self.uses[other] == 1:
            x, y = lets[0].get(one), lets[1].get(other)
            if x is None or y is None or x.op is not y.op or x.var.type is not F64:
                break
            places = [k for k, (p, q) in enumerate(zip(x.args, y.args, strict=True)) if p is not q]
            if len(places) != 1 or x.args[places[0]].type is not F64:
                break
            steps.append(_Step(x, places[0]))
            one, other = x.args[places[0]], y.args[places[0]]
            if x.op.cost >= COSTLY and not (self.depths.settled(x.var) and self.depths.settled(y.var)):
                found = _Chain(tuple(steps), one, other)
        return found

    def applied(self, chain: _Chain, value: Operand) -> Operand:
        self.changed = True
        for step in reversed(chain.steps):
            given = [value if k == step.place else self.operand(x) for k, x in enumerate(step.let.args)]
            self.builder.span = step.let.span
            value = self.builder.op(step.let.op, *given)
        return value


def _lets(stmts: Iterable[Stmt]) -> dict[Operand, Let]:
    return {stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)}
