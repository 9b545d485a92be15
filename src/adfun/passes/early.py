"""Takes what does not change in a loop out of the products that it sums up.

    for i in 0..n with h = 0.0:                    for i in 0..n with e = 0.0:
      next h + x[i] * -(z[i] * t)         ->         next e + x[i] * z[i]
                                                   h = 0.0 + -(e * t)

Second derivatives are full of such products, and what is left of several may be the same.  A sum over data
alone, as of a linear predictor, is then taken once, when data are bound: only outermost loops are looked at,
of which `stage` keeps what they yield, and from the loop that is left in every call such a sum is gone.  For
derivatives only: an infinite factor gives infinity here where NumPy's sum of infinities of both signs is NaN.
Sums inside the products are left alone: what is added up in another order may cancel.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
    For,
    Function,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    f64,
)
from adfun.ir.rows import Primitive
from adfun.ir.types import F64
from adfun.ir.walk import Copier, defined, fresh_params, operands, walk
from adfun.passes.dead import eliminate
from adfun.passes.timing import Timing
from adfun.primitives.arithmetic import ONE, ZERO, add, div, mul, mul0, neg, select, square, sub
from adfun.records import dataclass

DEEPEST = 12
"""Products and negations that a term may be made of."""


def early_sums(function: Function) -> Function:
    """The same function with such factors after its loops, where that is less work."""
    timing = Timing(function)
    found = {}
    for stmt in function.body.stmts:
        if isinstance(stmt, For) and not timing.is_late((stmt.start, stmt.stop)):
            sums = _Terms(stmt, timing).sums()
            if sums:
                found[stmt] = sums
    if not found:
        return function
    copier = _Separator(Builder(), found)
    yields = copier.block(function.body)
    separated = eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))
    return min(separated, function, key=_work)


def _work(function: Function) -> float:
    """Cycles of the loops, but for what is done when data are bound."""
    timing, cycles = Timing(function), 0.0
    for stmt in walk(stmt for stmt in function.body.stmts if isinstance(stmt, For)):
        if isinstance(stmt, Let) and timing.is_late((stmt.var,)):
            cycles += stmt.op.cost
        elif isinstance(stmt, Accum) and timing.is_late((stmt.value,)):
            cycles += 1.0
    return cycles


@dataclass(frozen=True, slots=True)
class _Apply:
    """A primitive applied to what changes in the loop."""

    op: Primitive
    args: tuple[_Core, ...]


_Core = Operand | _Apply


@dataclass(frozen=True, slots=True, eq=False)
class _Factor:
    """What the sum is multiplied with, or divided by; `first`: as the first argument."""

    op: Primitive
    value: Operand
    first: bool = False

    def apply(self, builder: Builder, total: Operand, value: Operand) -> Operand:
        return builder.op(self.op, *((value, total) if self.first else (total, value)))


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """core * factors: of these none changes in the loop."""

    core: _Core
    factors: tuple[_Factor, ...] = ()
    negative: bool = False


_Sum = Carried | Accum


class _Terms:
    """Takes apart what a loop adds up."""

    def __init__(self, loop: For, timing: Timing) -> None:
        self.loop = loop
        self.timing = timing
        self.lets = {stmt.var: stmt for stmt in loop.body.stmts if isinstance(stmt, Let)}
        self.inside = {x for stmt in walk((loop,)) for x in defined(stmt)} - set(defined(loop))
        self.inside.update((loop.index, *(c.param for c in loop.carried)))

    def sums(self) -> dict[_Sum, _Term]:
        """What are sums times factors, and the sums that are left of these."""
        terms = {**self.carried(), **self.in_memory()}
        cores = {term.core for term in terms.values() if term.factors}
        return {entry: term for entry, term in terms.items() if term.core in cores}

    def in_memory(self) -> dict[_Sum, _Term]:
        """Of the sums at places that are known before the loop."""
        accessed: dict[Buffer, set[type[Stmt]]] = {}
        for stmt in walk(self.loop.body.stmts):
            if isinstance(stmt, KernelCall):
                return {}
            if isinstance(stmt, Load | Store | Accum):
                accessed.setdefault(stmt.buffer, set()).add(type(stmt))
        found: dict[_Sum, _Term] = {}
        for stmt in self.loop.body.stmts:
            if not isinstance(stmt, Accum) or accessed[stmt.buffer] != {Accum}:
                continue
            if stmt.value.type is F64 and self.inside.isdisjoint((stmt.buffer, *stmt.index)):
                found[stmt] = self.term(stmt.value, DEEPEST)
        return found

    def carried(self) -> dict[_Sum, _Term]:
        """Of the carried values."""
        users: dict[Operand, int] = {}
        for stmt in walk(self.loop.body.stmts):
            for x in operands(stmt):
                users[x] = users.get(x, 0) + 1
        found: dict[_Sum, _Term] = {}
        for carried, value in zip(self.loop.carried, self.loop.body.yields, strict=True):
            let = self.lets.get(value) if isinstance(value, Var) else None
            if carried.param.type is not F64 or let is None or let.op not in (add, sub):
                continue
            once = users.get(carried.param) == 1 and not users.get(value, 0)
            if not once or self.loop.body.yields.count(value) != 1:
                continue
            if carried.param is let.args[0]:
                term = self.term(let.args[1], DEEPEST)
            elif let.op is add and carried.param is let.args[1]:
                term = self.term(let.args[0], DEEPEST)
            else:
                continue
            found[carried] = _Term(term.core, term.factors, term.negative != (let.op is sub))
        return found

    def term(self, value: Operand, depth: int) -> _Term:
        """A value as what changes, times factors that do not."""
        if value not in self.inside:
            return _Term(ONE, (_Factor(mul, value),))
        let = self.lets.get(value) if self.timing.is_late((value,)) else None
        if let is None or depth == 0:
            return _Term(value)
        if let.op is neg:
            inner = self.term(let.args[0], depth - 1)
            return _Term(inner.core, inner.factors, not inner.negative)
        if let.op in (mul, mul0, square):
            return self.product(let, depth)
        if let.op is div:
            return self.quotient(let, depth)
        return self.choice(let, depth) if let.op is select else _Term(value)

    def product(self, let: Let, depth: int) -> _Term:
        args = let.args * 2 if let.op is square else let.args
        first, second = (self.term(x, depth - 1) for x in args)
        factors = (*first.factors, *second.factors)
        if let.op is mul0:  # of the factors, too: the first argument is what may be zero
            factors = (*_guarding(first.factors), *_guarded(second.factors))
        core = _product(mul if let.op is square else let.op, first.core, second.core)
        return _Term(core, factors, first.negative != second.negative)

    def quotient(self, let: Let, depth: int) -> _Term:
        above, below = self.term(let.args[0], depth - 1), let.args[1]
        if below in self.inside:
            return _Term(_Apply(div, (above.core, below)), above.factors, above.negative)
        return _Term(above.core, (*above.factors, _Factor(div, below)), above.negative)

    def choice(self, let: Let, depth: int) -> _Term:
        """select(c, x, 0): what x is multiplied with may be infinite where it is not chosen."""
        cond, yes, no = let.args
        if ZERO not in (yes, no):
            return _Term(let.var)
        chosen = self.term(yes if no is ZERO else no, depth - 1)
        args = (cond, chosen.core, ZERO) if no is ZERO else (cond, ZERO, chosen.core)
        return _Term(_Apply(select, args), _guarded(chosen.factors), chosen.negative)


def _product(op: Primitive, first: _Core, second: _Core) -> _Core:
    if first is ONE:
        return second
    return first if second is ONE else _Apply(op, (first, second))


def _guarded(factors: Sequence[_Factor]) -> tuple[_Factor, ...]:
    """Factors that do not matter where the sum is zero."""
    return tuple(_Factor(mul0, f.value) if f.op is mul else f for f in factors)


def _guarding(factors: Sequence[_Factor]) -> tuple[_Factor, ...]:
    """Factors by which the sum does not matter where they are zero."""
    return tuple(_Factor(mul0, f.value, first=True) if f.op is mul else f for f in factors)


class _Separator(Copier):
    def __init__(self, builder: Builder, found: dict[For, dict[_Sum, _Term]]) -> None:
        super().__init__(builder)
        self.found = found
        self.gone = {accum for terms in found.values() for accum in terms if isinstance(accum, Accum)}

    def accum(self, stmt: Accum) -> None:
        if stmt not in self.gone:
            super().accum(stmt)

    def for_(self, stmt: For) -> None:
        terms = self.found.get(stmt)
        if terms is None:
            super().for_(stmt)
            return
        builder = self.builder
        kept = [(c, y) for c, y in zip(stmt.carried, stmt.body.yields, strict=True) if c not in terms]
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        inits = self.operands([c.init for c, _ in kept])
        index, params = Var(stmt.index.type, stmt.index.hint), fresh_params([c for c, _ in kept])
        totals: dict[Operand, Var] = {}
        cores: dict[_Sum, Operand] = {}
        with builder.block("loop") as scope:
            builder.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([c.param for c, _ in kept], params)
            dead = [c.param for c in terms if isinstance(c, Carried)]
            self.bind(dead, [f64(0.0)] * len(dead))
            yields = self.block(Block(stmt.body.stmts, tuple(y for _, y in kept)))
            builder.span = stmt.span
            for entry, term in terms.items():
                cores[entry] = core = self.core(term.core)
                totals.setdefault(core, Var(F64, entry.param.hint if isinstance(entry, Carried) else ""))
            builder.declare(*totals.values())
            sums = tuple(builder.op(add, total, core) for core, total in totals.items())
        zeros = [f64(0.0)] * len(totals)
        builder.span = stmt.span
        results = builder.close_for(
            index, start, stop, (*params, *totals.values()), (*inits, *zeros), scope, (*yields, *sums)
        )
        self.bind([c.result for c, _ in kept], results[: len(kept)])
        of_core = dict(zip(totals, results[len(kept) :], strict=True))
        for entry, term in terms.items():
            self.finish(entry, term, of_core[cores[entry]])

    def finish(self, entry: _Sum, term: _Term, value: Operand) -> None:
        """Multiply what was summed up with the factors, and take it for the sum."""
        builder = self.builder
        for factor in term.factors:
            value = factor.apply(builder, value, self.operand(factor.value))
        if isinstance(entry, Carried):
            op = sub if term.negative else add
            self.env[entry.result] = builder.op(op, self.operand(entry.init), value)
            return
        if term.negative:
            value = builder.op(neg, value)
        builder.accum(self.buffer(entry.buffer), self.operands(entry.index), value)

    def core(self, core: _Core) -> Operand:
        """What is summed up."""
        if not isinstance(core, _Apply):
            return self.operand(core)
        return self.builder.op(core.op, *(self.core(x) for x in core.args))
