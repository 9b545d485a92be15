"""A gradient by forward mode: all parameters at once, one to a lane, without a tape.

For few parameters and long sequential loops this is faster than a reverse sweep: nothing is kept
and the loop runs once.  In a loop body without branches the derivatives of what it hands on by
what it was handed are formed first, as scalars; only they meet the tangents:

    S' = S - r * S * I         ->    dS' = (1 - r * I) * dS + (-r * S) * dI + (-S * I) * dr

so that the chain of vector operations from iteration to iteration is as short as can be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Block,
    Buffer,
    Carried,
    Check,
    Const,
    For,
    Function,
    Input,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Var,
    While,
    i64,
)
from adfun.ir.types import LANES, VEC, Shapes
from adfun.ir.walk import Copier, walk
from adfun.passes.activity import Items, computes, useful, varied
from adfun.passes.adjoint import gradient_inputs
from adfun.passes.adjoint.plan import Plan
from adfun.passes.enclose import unit_vectors
from adfun.passes.ranges import agreed
from adfun.passes.rules import added, scaled, terms
from adfun.passes.spread import spread
from adfun.passes.tangent import Tangent, tangent
from adfun.primitives import arithmetic as a


def may_go_forward(function: Function, *, of: int = -1) -> bool:
    """Whether forward mode may be the better way to the gradient of a lowered function: no more parameters
    than lanes, a loop whose iterations wait for each other, and no kernel, which has better adjoints."""
    shapes = known_shapes(function)
    if shapes is None or not 0 < sum(map(math.prod, shapes.values())) <= LANES:
        return False
    active, stmts = varied(function) & useful(function, of), list(walk(function.body.stmts))
    if any(isinstance(stmt, KernelCall) and computes(stmt, active) for stmt in stmts):
        return False
    plan = Plan(function, active)
    return any(_is_sequential(stmt, plan) for stmt in stmts)


def _is_sequential(stmt: Stmt, plan: Plan) -> bool:
    if isinstance(stmt, For):
        return stmt in plan.relevant and not plan.forwards(stmt)
    return isinstance(stmt, While) and stmt in plan.relevant


def forward_gradient(
    function: Function, *, of: int = -1, local: bool = True, again: bool = False
) -> Function:
    """The same function as `adjoint` makes, for at most `LANES` parameters, by forward mode.

    local   whether the derivatives of what an iteration hands on are formed before they meet tangents
    again   whether it will be differentiated once more
    """
    gradients, counts = gradient_inputs(function), _counts(function)
    copier = ForwardGradient(Builder(), varied(function) & useful(function, of), local, again)
    first = 0
    for entry in gradients:
        copier.seed_unit_vectors(entry, counts[entry.item], first)
        first += counts[entry.item]
    copier.stmts(function.body.stmts)
    root = function.body.yields[of]
    slopes = copier.tangent_or_zero(root)
    first = 0
    for entry, gradient in gradients.items():
        _store_lanes(copier.builder, gradient, counts[entry.item], slopes, first)
        first += counts[entry.item]
    inputs = (*function.inputs, *gradients.values())
    return Function(function.name, inputs, copier.builder.finish(copier.operand(root)))


def gradient_apart(function: Function, shapes: Shapes) -> Function | None:
    """The same function as `adjoint` makes, for parameters of these shapes, to be differentiated again.

    None where kernels are differentiated, or seeds stay in memory.
    """
    if differentiates_kernels(function):
        return None
    count = sum(map(math.prod, shapes.values()))
    apart = spread(tangent(function, lanes=True, directions=count), shapes, directions=count)
    seeds = {entry.item for entry in apart.inputs if entry.role == "seed"}
    if any(isinstance(stmt, Load) and stmt.buffer in seeds for stmt in walk(apart.body.stmts)):
        return None
    builder, gradients = Builder(), gradient_inputs(function)
    value, *slopes = Copier(builder).block(apart.body)
    for entry, gradient in gradients.items():
        target = gradient.item
        assert isinstance(target, Buffer)
        for index in product(*map(range, shapes[entry.name])):
            builder.store(target, tuple([i64(k) for k in index]), slopes.pop(0))
    inputs = (*function.inputs, *gradients.values())
    return Function(function.name, inputs, builder.finish(value))


def differentiates_kernels(function: Function) -> bool:
    """Whether derivatives of kernels are needed."""
    active = varied(function)
    calls = [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, KernelCall)]
    return any(call.kernel.tangent and computes(call, active) for call in calls)


def known_shapes(function: Function) -> Shapes | None:
    """The shapes of the parameters, if types, or checks of sizes before all else, tell all of them."""
    shapes = _shapes(function)
    params = [entry.name for entry in function.inputs if entry.role == "param"]
    return shapes if len(shapes) == len(params) else None


def _counts(function: Function) -> dict[Var | Buffer, int]:
    """How many numbers the parameters are, as far as that is known."""
    shapes = _shapes(function)
    return {x.item: math.prod(shapes[x.name]) for x in function.inputs if x.name in shapes}


def _shapes(function: Function) -> dict[str, tuple[int, ...]]:
    """The shapes of the parameters, as far as they are known."""
    sizes: dict[Operand, int] = {}
    for x, y in agreed(function.body.stmts):
        sizes |= {p: int(q.value) for p, q in ((x, y), (y, x)) if isinstance(q, Const)}
    shapes = {}
    for entry in function.inputs:
        if entry.role == "param":
            shape = entry.item.shape if isinstance(entry.item, Buffer) else ()
            lengths = [int(x.value) if isinstance(x, Const) else sizes.get(x) for x in shape]
            known = [x for x in lengths if x is not None]
            if len(known) == len(lengths):
                shapes[entry.name] = tuple(known)
    return shapes


def _store_lanes(b: Builder, gradient: Input, count: int, slopes: Operand, first: int) -> None:
    target = gradient.item
    assert isinstance(target, Buffer)
    for k in range(count):
        b.store(target, (i64(k),) if target.rank else (), b.op(a.vlane, slopes, i64(first + k)))


class ForwardGradient(Tangent):
    """Tangents along all coordinate directions, with local derivatives formed first in loops."""

    def __init__(self, builder: Builder, active: Items, local: bool, again: bool) -> None:
        super().__init__(builder, VEC, active, again=again)
        self.local = local
        self.plain = False
        """Whether statements are emitted without their tangents."""

    def seed_unit_vectors(self, entry: Input, count: int, first: int) -> None:
        """Give so many numbers of a parameter their directions, from lane `first` on."""
        item = entry.item
        if isinstance(item, Var) or item in self.active:
            places = [(k,) for k in range(count)]
            self.seed(item, unit_vectors(self.builder, item, places, first, f"d_{item.hint}"))

    def let(self, stmt: Let) -> None:
        if self.plain:
            self.primal(stmt)
        else:
            super().let(stmt)

    def next_values(self, carried: Sequence[Carried], moving: list[Carried], body: Block) -> list[Operand]:
        if not moving or not self.local or not _is_straight(body):
            return super().next_values(carried, moving, body)
        outer, self.plain = self.plain, True
        yields = list(self.block(body))
        self.plain = outer
        after = dict(zip(carried, body.yields, strict=True))
        local = _LocalDerivatives(self, body, {c.param: after[c] for c in moving})
        return yields + [local.tangent(c.param, after[c]) for c in moving]


def _is_straight(body: Block) -> bool:
    return all(isinstance(s, Let | Load | Check | Report) for s in body.stmts)


class _LocalDerivatives:
    """Derivatives of the values that a body hands on, by what it reads."""

    def __init__(self, copier: ForwardGradient, body: Block, handed_on: dict[Var, Operand]) -> None:
        self.copier = copier
        self.params = frozenset(handed_on)
        self.lets = {s.var: k for k, s in enumerate(body.stmts) if isinstance(s, Let)}
        self.body = body
        self.known: dict[Var, Operand] = {}
        """Tangents of values handed on that are finished."""
        self.handed_on = frozenset(handed_on.values())

    def tangent(self, param: Var, value: Operand) -> Operand:
        """The tangent of a value: a sum may lean on the tangents of the others, which are not in
        the way of its next iteration; a state goes straight to what it depends on."""
        copier = self.copier
        if not isinstance(value, Var) or value not in self.lets:
            return copier.tangent_or_zero(value)
        slopes = self._slopes(value, self._is_sum(param, value))
        total: Operand | None = None
        for leaf, slope in sorted(slopes.items(), key=lambda item: item[0] in self.params):
            direction = self.known.get(leaf, copier.tangent(leaf))  # those that change come last
            if direction is not None:
                total = added(copier.builder, total, scaled(copier.builder, direction, slope, False))
        made = copier.zero if total is None else total
        self.known[value] = made
        return made

    def _is_sum(self, param: Var, value: Var) -> bool:
        let = self.body.stmts[self.lets[value]]
        uses = sum(param in s.args for s in self.body.stmts if isinstance(s, Let))
        return isinstance(let, Let) and let.op in (a.add, a.sub) and param in let.args and uses == 1

    def _slopes(self, value: Var, is_sum: bool) -> dict[Var, Operand]:
        """A reverse sweep over the body, from one value."""
        copier, active = self.copier, self.copier.active
        stops = self.handed_on & self.known.keys() if is_sum else frozenset()
        adjoints: dict[Var, Operand] = {value: a.ONE}
        for stmt in reversed(self.body.stmts[: self.lets[value] + 1]):
            if not isinstance(stmt, Let) or stmt.var not in adjoints or stmt.var in stops:
                continue
            if stmt.op is a.select and not any(x in self.lets or x in self.params for x in stmt.args[1:]):
                copier.chain(stmt)  # one of two outer tangents: chosen as a whole
                continue
            adjoint, args = adjoints.pop(stmt.var), copier.operands(stmt.args)
            given = terms(copier.builder, stmt, args, copier.env[stmt.var], adjoint, active, False)
            for old, term in given:
                if isinstance(old, Var) and old in active and term is not None:
                    total = added(copier.builder, adjoints.get(old), term)
                    if total is not None:
                        adjoints[old] = total
        return adjoints
