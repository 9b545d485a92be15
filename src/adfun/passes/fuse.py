"""Merges loops over the same range, and branches on the same condition, so that data are read once and
values stay in registers.

    for i in 0..n:                         s = for i in 0..n with s = 0.0:
      b[i] = exp(x[i])                       e = exp(x[i])
    s = for i in 0..n with s = 0.0:    ->    next add(s, e)
      next add(s, b[i])

What was stored is handed on to loads of the same element, and storage that nobody reads then goes;
what only one iteration uses moves into it (`contract`).
After the adjoint this makes value and gradient one pass over the data.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, For, Function, If, Operand, Stmt, Var
from adfun.ir.types import I64
from adfun.ir.walk import blocks, fresh_params, walk
from adfun.passes.contract import contract
from adfun.passes.dead import eliminate
from adfun.passes.effects import Facts
from adfun.passes.schedule import schedule
from adfun.passes.simplify import Simplifier, copied
from adfun.passes.unify import unify

WORK = 40_000
"""Statements gone through while more is found to merge: of a long chain of branches, every time one level."""
Plan = dict[int, list[list[Stmt]]]
"""By the identity of a block's statements, which outlives a loop that loses carried values."""


def fuse(function: Function) -> Function:
    """The function with its loops merged as far as they go, outer loops first."""
    plan, work = _plan(function), 0
    while True:
        done = not plan or work > WORK
        function = eliminate(copied(function, _Fuser(plan)))
        plan = {} if done else _plan(function)
        if not plan:
            break
        work += sum(1 for _ in walk(function.body.stmts))
    function = contract(function)
    unified = unify(function)
    return function if unified is function else fuse(unified)


def _plan(function: Function) -> Plan:
    """The blocks of a function in which loops can be merged."""
    facts = Facts(function.body)
    plan: Plan = {}
    pending = [function.body]
    while pending:
        block = pending.pop()
        groups = schedule(block, facts)
        if groups is not None:
            plan[id(block.stmts)] = groups
        for stmt in block.stmts:
            pending.extend(blocks(stmt))
    return plan


class _Fuser(Simplifier):
    def __init__(self, plan: Plan) -> None:
        super().__init__(Builder(exact=True))
        self.plan = plan

    def block(self, block: Block) -> tuple[Operand, ...]:
        groups = self.plan.get(id(block.stmts))
        if groups is None:
            return super().block(block)
        for group in groups:
            self.builder.span = group[0].span
            loops = [stmt for stmt in group if isinstance(stmt, For)]
            branches = [stmt for stmt in group if isinstance(stmt, If)]
            if len(loops) > 1:
                self.merge(loops)
            elif len(branches) > 1:
                self.merge_branches(branches)
            else:
                self.stmts(group)
        return self.operands(block.yields)

    def merge(self, loops: list[For]) -> None:
        """Emit one loop with the bodies of all, in their order."""
        builder = self.builder
        carried = [c for loop in loops for c in loop.carried]
        start, stop = self.operand(loops[0].start), self.operand(loops[0].stop)
        inits = self.operands([c.init for c in carried])
        index, params = Var(I64, loops[0].index.hint), fresh_params(carried)
        self.forget(*loops)
        with builder.block("loop") as scope:
            builder.declare(index, *params)
            self.bind([c.param for c in carried], params)
            self.bind([loop.index for loop in loops], [index] * len(loops))
            self.enter(index, start, stop)
            yields = [value for loop in loops for value in self.block(loop.body)]
        builder.span = loops[0].span
        builder.close_for(index, start, stop, params, inits, scope, yields)
        self.closed(carried)

    def merge_branches(self, branches: list[If]) -> None:
        """Emit one branch whose arms are those of all, in their order."""

        def joined(arms: list[Block]) -> list[Operand]:
            values: list[Operand] = []
            for branch, arm in zip(branches, arms, strict=True):
                yields = self.block(arm)
                self.bind(branch.results, yields)
                values += yields
            return values

        values = self.builder.if_else(
            self.operand(branches[0].cond),
            lambda: joined([branch.then for branch in branches]),
            lambda: joined([branch.orelse for branch in branches]),
        )
        self.bind([result for branch in branches for result in branch.results], values)
