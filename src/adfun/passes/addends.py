"""Lets a sum go around a branch: what the arms add to one value is chosen, and added once.

r = if c: yield add(s, x)               t = if c: yield x
    else: yield s                ->         else: yield 0.0
                                        r = add(s, t)

So a loop in which a branch adds to a sum, or goes on without, has a sum and nothing that waits for it.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, If, Let, Operand, Stmt, Var
from adfun.ir.types import F64
from adfun.ir.walk import defined
from adfun.primitives.arithmetic import ZERO, add, neg, sub

LONGEST = 8
"""How many additions of one arm are followed."""

Terms = list[tuple[bool, Operand]]
"""Whether it is subtracted, and what."""


def addends(builder: Builder, made: If) -> tuple[If, dict[int, Operand]]:
    """The branch with addends in place of sums, and by the number of the result what they are added to."""
    arms = [_Arm(builder, block) for block in (made.then, made.orelse)]
    bases: dict[int, Operand] = {}
    for number, result in enumerate(made.results):
        base = _base(arms, number) if result.type is F64 else None
        if base is not None:
            bases[number] = base
            for arm in arms:
                arm.leave(number, base)
    if not bases:
        return made, bases
    results = tuple(Var(F64, x.hint) if n in bases else x for n, x in enumerate(made.results))
    then, orelse = (Block((*arm.stmts, *arm.more), tuple(arm.yields)) for arm in arms)
    return If(made.cond, then, orelse, results, made.span), bases


def _base(arms: list[_Arm], number: int) -> Operand | None:
    """What both arms add to, or one does and the other one leaves as it is."""
    values = [arm.yields[number] for arm in arms]
    for base in [base for arm, value in zip(arms, values, strict=True) for base in arm.bases(value)]:
        terms = [arm.terms(value, base) for arm, value in zip(arms, values, strict=True)]
        if isinstance(base, Var) and None not in terms and any(terms):
            return base
    return None


class _Arm:
    def __init__(self, builder: Builder, block: Block) -> None:
        self.builder = builder
        self.stmts = block.stmts
        self.yields = list(block.yields)
        self.inside = {x for stmt in block.stmts for x in defined(stmt)}
        self.more: list[Stmt] = []

    def sum_of(self, value: Operand) -> Let | None:
        let = self.builder.definition.get(value) if value in self.inside else None
        return let if let is not None and let.op in (add, sub) else None

    def bases(self, value: Operand, depth: int = LONGEST) -> list[Operand]:
        """What is known outside and may be added to."""
        if value not in self.inside:
            return [value]
        let = self.sum_of(value)
        if let is None or depth == 0:
            return []
        return [base for x in let.args for base in self.bases(x, depth - 1)]

    def terms(self, value: Operand, base: Operand, depth: int = LONGEST) -> Terms | None:
        """What is added to the base; None if the value is no such sum."""
        if value is base:
            return []
        let = self.sum_of(value)
        if let is None or depth == 0:
            return None
        for inner, term in (let.args, let.args[::-1]) if let.op is add else (let.args,):
            found = self.terms(inner, base, depth - 1)
            if found is not None:
                return [*found, (let.op is sub, term)]
        return None

    def leave(self, number: int, base: Operand) -> None:
        """Yield what is added in place of the sum."""
        total: Operand | None = None
        for minus, term in self.terms(self.yields[number], base) or ():
            if total is None and not minus:
                total = term
                continue
            made = Var(F64, "")
            op, args = (neg, (term,)) if total is None else (sub if minus else add, (total, term))
            self.more.append(Let(made, op, args, self.builder.span))
            total = made
        self.yields[number] = ZERO if total is None else total
