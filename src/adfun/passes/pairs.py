"""A Hessian of few parameters by forward mode twice: a pair of them to a lane, every pair once.

fn(x, y)    ->    f, f' along (x, x, y), f' along (x, y, y), f'' along both: (xx, xy, yy)

Directions one after the other would compute most pairs twice, and first derivatives in each direction.
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement, product

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, i64
from adfun.ir.types import F64, LANES, VEC, Shapes
from adfun.passes.activity import varied
from adfun.passes.dead import eliminate
from adfun.passes.enclose import put, unit_vectors
from adfun.passes.forward import differentiates_kernels
from adfun.passes.tangent import Tangent, tangent
from adfun.primitives import arithmetic as a


def hessian_by_pairs(function: Function, shapes: Shapes) -> Function | None:
    """The same function as `enclose` makes of the tangents of a gradient, for parameters of these shapes.

    None where there are more pairs than lanes, or kernels are differentiated.
    """
    count = sum(map(math.prod, shapes.values()))
    pairs = list(combinations_with_replacement(range(count), 2))
    if len(pairs) > LANES or differentiates_kernels(function):
        return None
    once = tangent(function, lanes=True, again=True)
    params, seeds = (_of(once, role) for role in ("param", "seed"))
    places = [list(product(*map(range, shapes[param.name]))) for param in params]
    builder = Builder()
    copier = Tangent(builder, VEC, varied(once), again=True)
    first = 0
    for param, seed, indices in zip(params, seeds, places, strict=True):
        columns, rows = (
            unit_vectors(builder, seed.item, indices, first, seed.name, of) for of in zip(*pairs, strict=True)
        )
        put(copier, seed.item, columns)
        copier.seed(param.item, rows)
        first += len(indices)
    copier.stmts(once.body.stmts)
    slopes = copier.tangent_or_zero(once.body.yields[-1])
    gradients, row = [_rows(param, count) for param in params], 0
    for gradient, indices in zip(gradients, places, strict=True):
        target = gradient.item
        assert isinstance(target, Buffer)
        for index in indices:
            for column in range(row + 1):
                value = builder.op(a.vlane, slopes, i64(pairs.index((column, row))))
                builder.store(target, tuple([i64(k) for k in (*index, column)]), value)
            row += 1
    inputs = (*function.inputs, *gradients)
    return eliminate(Function(function.name, inputs, builder.finish()), drop_reports=True)


def _of(function: Function, role: str) -> list[Input]:
    return [entry for entry in function.inputs if entry.role == role]


def _rows(param: Input, count: int) -> Input:
    """Where the rows of the Hessian go that belong to a parameter."""
    shape = param.item.shape if isinstance(param.item, Buffer) else ()
    name = f"d_g_{param.name}"
    return Input(name, "gradient", Buffer(F64, (*shape, i64(count)), "output", name))
