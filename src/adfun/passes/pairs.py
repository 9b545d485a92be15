"""A Hessian of few parameters by forward mode twice: a pair of them to a lane, every pair once.

fn(x, y)    ->    f, f' along (x, y, x, y), f'' along that and along (x, y, y, x): (xx, yy, xy, yx)

First derivatives are taken once: those along the second parameters of the pairs are the same in another
order.  Directions one after the other would compute most pairs twice.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Buffer, Const, Function, Input, Let, Load, Operand, Stmt, Var, i64
from adfun.ir.types import F64, LANES, VEC, Shapes
from adfun.ir.walk import Copier, operands
from adfun.passes.activity import Items, varied
from adfun.passes.dead import eliminate
from adfun.passes.enclose import unit_vectors
from adfun.passes.forward import differentiates_kernels
from adfun.passes.tangent import Tangent
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

Lanes = Sequence[int]
"""The parameter of each lane."""


def hessian_by_pairs(function: Function, shapes: Shapes) -> Function | None:
    """The same function as `enclose` makes of the tangents of a gradient, for parameters of these shapes.

    None where there are more parameters than lanes, or kernels are differentiated.
    """
    count = sum(map(math.prod, shapes.values()))
    if not 0 < count <= LANES or differentiates_kernels(function):
        return None
    params = [entry for entry in function.inputs if entry.role == "param"]
    places = [list(product(*map(range, shapes[param.name]))) for param in params]
    first, seconds = _layout(count)
    once = _once(function, params, places, first)
    for second in seconds:
        once = _along(once, first, second)
    return _with_rows(function, once.body, params, places, _lanes(first, seconds))


def _layout(count: int) -> tuple[Lanes, list[Lanes]]:
    """The first parameter of the pairs in each lane, and the second ones of each vector of pairs."""
    distances = range(count // 2 + 1)
    rows = min(LANES // count, len(distances))
    first = list(range(count)) * rows
    chunks = [distances[k : k + rows] for k in range(0, len(distances), rows)]
    return first, [[(i + d) % count for d in chunk for i in range(count)] for chunk in chunks]


def _lanes(first: Lanes, seconds: Sequence[Lanes]) -> dict[tuple[int, int], tuple[int, int]]:
    """The vector and the lane that have a pair of parameters, the later one first."""
    return {
        (max(i, j), min(i, j)): (number, lane)
        for number, second in enumerate(seconds)
        for lane, (i, j) in enumerate(zip(first, second, strict=False))
    }


@dataclass(frozen=True, slots=True)
class _Once:
    """First derivatives, and some of the second ones.

    body    yields the first derivatives of the result, and what there is of the second
    first   the first derivatives of variables
    active  what else varies with the parameters
    """

    body: Block
    first: Mapping[Var, Var]
    active: Items


def _once(
    function: Function, params: list[Input], places: list[list[tuple[int, ...]]], lanes: Lanes
) -> _Once:
    builder = Builder()
    copier = Tangent(builder, VEC, varied(function), again=True)
    number = 0
    for param, indices in zip(params, places, strict=True):
        copier.seed(param.item, unit_vectors(builder, param.item, indices, number, f"d_{param.name}", lanes))
        number += len(indices)
    copier.stmts(function.body.stmts)
    body = builder.finish(copier.tangent_or_zero(function.body.yields[-1]))
    first = _variables((copier.operand(old), new) for old, new in copier.tangents.items())
    beside = {copier.buffer(old) for old in copier.tangent_buffers}
    active = varied(Function(function.name, function.inputs, body))
    return _Once(body, first, active - first.keys() - beside)


def _along(once: _Once, first: Lanes, second: Lanes) -> _Once:
    """The same with second derivatives, of each lane along a parameter of its own."""
    order = [first.index(j) for j in second]
    copier = _Along(once, order)
    values = copier.block(once.body)
    body = copier.builder.finish(*values, copier.tangent_or_zero(once.body.yields[0]))
    pairs = [(copier.operand(x), copier.operand(d)) for x, d in once.first.items()]
    active = [copier.operand(x) if isinstance(x, Var) else copier.buffer(x) for x in once.active]
    return _Once(body, _variables(pairs), {x for x in active if not isinstance(x, Const)})


def _variables(pairs: Iterable[tuple[Operand, Operand]]) -> dict[Var, Var]:
    return {x: d for x, d in pairs if isinstance(x, Var) and isinstance(d, Var)}


class _Along(Tangent):
    """Along other parameters, what has first derivatives has the same ones in another order."""

    def __init__(self, once: _Once, order: Lanes) -> None:
        super().__init__(Builder(), VEC, once.active, again=True)
        self.first = once.first
        self.order = i64(sum(lane << 3 * k for k, lane in enumerate((*order, *range(len(order), LANES)))))
        self.is_same = all(lane == k for k, lane in enumerate(order))

    def tangent(self, old: Operand) -> Operand | None:
        first = self.first.get(old) if isinstance(old, Var) else None
        if first is None:
            return super().tangent(old)
        along = self.operand(first)
        return along if self.is_same else self.builder.op(a.vpermute, along, self.order)

    def stmts(self, stmts: Iterable[Stmt]) -> None:
        """Of plain code some derivatives wait: that of a quotient's numerator asks for the quotient's."""
        pending: deque[Let | Load] = deque()
        for stmt in stmts:
            self.builder.span = stmt.span
            if not isinstance(stmt, Let | Load):
                self.follow_all(pending)
                super().stmts((stmt,))
                continue
            self.primal(stmt)
            if stmt.var in self.active:
                pending.append(stmt)
            while pending and self.is_ready(pending[0]):
                self.follow(pending.popleft())
        self.follow_all(pending)

    def is_ready(self, stmt: Let | Load) -> bool:
        """Whether the first derivatives that its own is made of were emitted."""
        firsts = [self.first[x] for x in operands(stmt) if isinstance(x, Var) and x in self.first]
        return all(first in self.env for first in firsts)

    def follow_all(self, pending: deque[Let | Load]) -> None:
        while pending:
            self.follow(pending.popleft())


def _with_rows(
    function: Function,
    body: Block,
    params: list[Input],
    places: list[list[tuple[int, ...]]],
    lanes: Mapping[tuple[int, int], tuple[int, int]],
) -> Function:
    """The function that stores second derivatives where the rows of the Hessian go."""
    builder = Builder()
    _, *slopes = Copier(builder).block(body)
    count = sum(map(len, places))
    gradients, row = [_rows(param, count) for param in params], 0
    for gradient, indices in zip(gradients, places, strict=True):
        target = gradient.item
        assert isinstance(target, Buffer)
        for index in indices:
            for column in range(row + 1):
                number, lane = lanes[row, column]
                value = builder.op(a.vlane, slopes[number], i64(lane))
                builder.store(target, tuple([i64(k) for k in (*index, column)]), value)
            row += 1
    inputs = (*function.inputs, *gradients)
    return eliminate(Function(function.name, inputs, builder.finish()), drop_reports=True)


def _rows(param: Input, count: int) -> Input:
    """Where the rows of the Hessian go that belong to a parameter."""
    shape = param.item.shape if isinstance(param.item, Buffer) else ()
    name = f"d_g_{param.name}"
    return Input(name, "gradient", Buffer(F64, (*shape, i64(count)), "output", name))
