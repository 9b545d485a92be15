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
from adfun.ir.nodes import Block, Const, For, Function, If, Let, Operand, Stmt, Var
from adfun.ir.types import I64
from adfun.ir.walk import blocks, defined, fresh_params
from adfun.passes.contract import contract
from adfun.passes.dead import eliminate
from adfun.passes.effects import Facts
from adfun.passes.schedule import Item, Same, schedule
from adfun.passes.simplify import Simplifier, copied
from adfun.passes.unify import unify
from adfun.records import dataclass, field

Groups = list[list[Stmt]]


@dataclass(slots=True)
class Plan:
    """What becomes one.

    blocks  groups by the identity of a block's statements, which outlives a loop that loses carried values
    arms    groups of the arms of branches that become one, by the first of these: first arms, second arms
    """

    blocks: dict[int, Groups] = field(default_factory=dict)
    arms: dict[Stmt, tuple[Groups, Groups]] = field(default_factory=dict)


def fuse(function: Function) -> Function:
    """The function with its loops merged as far as they go, outer loops first."""
    plan = _plan(function)
    while True:
        done = not plan.blocks
        function = eliminate(copied(function, _Fuser(plan)))
        plan = Plan() if done else _plan(function)
        if not plan.blocks:
            break
    function = contract(function)
    unified = unify(function)
    return function if unified is function else fuse(unified)


def _plan(function: Function) -> Plan:
    """What can be merged in a function."""
    facts = Facts(function.body)
    plan = Plan()
    pending = [function.body]
    while pending:
        block = pending.pop()
        groups = schedule(block.stmts, facts)
        if groups is None:
            pending.extend(inside for stmt in block.stmts for inside in blocks(stmt))
        else:
            plan.blocks[id(block.stmts)] = groups
            pending.extend(_inside(groups, facts, plan))
    return plan


def _inside(groups: Groups, facts: Facts, plan: Plan) -> list[Block]:
    """The blocks inside groups, but for those of branches that become one: what can be merged in these is
    planned here, as a chain of branches would take a round for every one.
    """
    found: list[Block] = []
    pending: list[tuple[Groups, Same]] = [(groups, {})]
    while pending:
        groups, same = pending.pop()
        for group in groups:
            branches = _branches(group)
            if len(branches) < 2:
                found.extend(inside for stmt in group for inside in blocks(stmt))
                continue
            then = _joined(branches, [branch.then for branch in branches], facts, same)
            orelse = _joined(branches, [branch.orelse for branch in branches], facts, same)
            plan.arms[branches[0]] = then[0], orelse[0]
            pending += then, orelse
    return found


def _joined(branches: list[If], arms: list[Block], facts: Facts, outer: Same) -> tuple[Groups, Same]:
    """The statements of arms, one after the other, and what values are other names of in there."""
    here: dict[Item, Operand] = {}
    for branch, arm in zip(branches, arms, strict=True):
        here.update(zip(branch.results, [_known_as(here, x) for x in arm.yields], strict=True))
    same = {name: _known_as(here, value) for name, value in outer.items()} | here
    stmts = [stmt for arm in arms for stmt in arm.stmts]
    computed: dict[tuple[object, ...], Var] = {}
    for stmt in stmts:
        if isinstance(stmt, Let):  # the way back computes conditions again
            first = computed.setdefault((stmt.op, *[_known_as(same, x) for x in stmt.args]), stmt.var)
            if first is not stmt.var:
                same[stmt.var] = first
    return schedule(stmts, facts, same) or [[stmt] for stmt in stmts], same


def _known_as(same: Same, value: Operand) -> Operand:
    return value if isinstance(value, Const) else same.get(value, value)


def _values(stmt: Stmt) -> list[Var]:
    return [item for item in defined(stmt) if isinstance(item, Var)]


def _branches(group: list[Stmt]) -> list[If]:
    return [stmt for stmt in group if isinstance(stmt, If)]


class _Fuser(Simplifier):
    def __init__(self, plan: Plan) -> None:
        super().__init__(Builder(exact=True))
        self.plan = plan

    def block(self, block: Block) -> tuple[Operand, ...]:
        groups = self.plan.blocks.get(id(block.stmts))
        if groups is None:
            return super().block(block)
        for group in groups:
            self.group(group)
        return self.operands(block.yields)

    def group(self, group: list[Stmt]) -> None:
        """Emit a group as one statement."""
        self.builder.span = group[0].span
        loops = [stmt for stmt in group if isinstance(stmt, For)]
        branches = _branches(group)
        if len(loops) > 1:
            self.merge(loops)
        elif len(branches) > 1:
            self.merge_branches(branches)
        else:
            self.stmts(group)

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

        then, orelse = self.plan.arms[branches[0]]
        values = self.builder.if_else(
            self.operand(branches[0].cond),
            lambda: self.joined(then, branches, [branch.then for branch in branches]),
            lambda: self.joined(orelse, branches, [branch.orelse for branch in branches]),
        )
        self.bind([result for branch in branches for result in branch.results], values)

    def joined(self, groups: Groups, branches: list[If], arms: list[Block]) -> list[Operand]:
        """Emit arms as one; the result of a branch stands for what its arm yields as soon as that is made."""
        made: set[Operand] = {item for group in groups for stmt in group for item in _values(stmt)}
        waiting: dict[Operand, list[Var]] = {}
        for branch, arm in zip(branches, arms, strict=True):
            for result, value in zip(branch.results, arm.yields, strict=True):
                if value in made:
                    waiting.setdefault(value, []).append(result)
                    made.add(result)
                else:
                    self.bind([result], self.operands([value]))
        for group in groups:
            self.group(group)
            for stmt in group:
                for item in _values(stmt):
                    self.settle(item, waiting)
        return list(self.operands([value for arm in arms for value in arm.yields]))

    def settle(self, value: Var, waiting: dict[Operand, list[Var]]) -> None:
        """What waits for a value stands for it now."""
        for result in waiting.pop(value, ()):
            self.bind([result], self.operands([value]))
            self.settle(result, waiting)
