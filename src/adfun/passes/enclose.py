"""Keeps vectors of directions inside a Hessian of few parameters: the directions are the parameters.

fn(x, d_x: vec, d_g: vec)    ->    fn(x, d_g: f64[n]) { d_x = (1, 0, 0 ...); ...; d_g[0] = lane 0 of dg; ... }

What a direction is, is then known, half of the Hessian is enough, and the backend may take narrower vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, i64
from adfun.ir.types import F64, LANES, VEC, Shapes
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate
from adfun.primitives import arithmetic as a


def enclose(function: Function, shapes: Shapes) -> Function:
    """The same tangents of a gradient along all parameters, of these shapes and at most `LANES` in all.

    Of the derivative of a parameter only those along it and earlier ones are given.
    """
    count = sum(map(math.prod, shapes.values()))
    assert count <= LANES
    params = [entry.name for entry in function.inputs if entry.role == "param"]
    of = {role: [entry for entry in function.inputs if entry.role == role] for role in ("seed", "gradient")}
    builder = Builder()
    copier = Copier(builder)
    places = [list(product(*map(range, shapes[name]))) for name in params]
    first = 0
    for entry, indices in zip(of["seed"], places, strict=True):
        put(copier, entry.item, unit_vectors(builder, entry.item, indices, first, entry.item.hint))
        first += len(indices)
    given: dict[Input, Input] = {}
    for entry in of["gradient"]:
        old = entry.item
        assert isinstance(old, Buffer)
        given[entry] = Input(
            entry.name, entry.role, Buffer(F64, (*old.shape, i64(count)), old.storage, entry.name)
        )
        copier.buffers[old] = builder.alloc(VEC, old.shape, zero=True, hint=old.hint)
    copier.stmts(function.body.stmts)
    row = 0
    for entry, indices in zip(of["gradient"], places, strict=True):
        row = _lanes(copier, entry.item, given[entry].item, indices, row)
    inputs = [given.get(entry, entry) for entry in function.inputs if entry.role != "seed"]
    return eliminate(Function(function.name, tuple(inputs), builder.finish()))


def put(copier: Copier, item: Var | Buffer, new: Operand | Buffer) -> None:
    """From now on an input stands for something else."""
    if isinstance(item, Var) and not isinstance(new, Buffer):
        copier.env[item] = new
    elif isinstance(item, Buffer) and isinstance(new, Buffer):
        copier.buffers[item] = new


def unit_vectors(
    b: Builder,
    item: Var | Buffer,
    indices: Sequence[tuple[int, ...]],
    first: int,
    hint: str,
    of: Sequence[int] = range(LANES),
) -> Operand | Buffer:
    """The derivatives of a parameter, whose numbers are the directions from `first` on.

    of  the direction of each lane
    """
    units = [_unit_vector(b, first + k, of) for k in range(len(indices))]
    if isinstance(item, Var):
        return units[0]
    beside = b.alloc(VEC, item.shape, zero=False, hint=hint)
    for index, unit in zip(indices, units, strict=True):
        b.store(beside, tuple([i64(k) for k in index]), unit)
    return beside


def _unit_vector(b: Builder, direction: int, of: Sequence[int]) -> Operand:
    vector = b.op(a.vsplat, a.ZERO)
    for lane, along in enumerate(of):
        if along == direction:
            vector = b.op(a.vput, vector, i64(lane), a.ONE)
    return vector


def _lanes(
    copier: Copier, old: Var | Buffer, new: Var | Buffer, indices: list[tuple[int, ...]], row: int
) -> int:
    """Hand out the rows of the Hessian that belong to a parameter; the number of the next row."""
    b = copier.builder
    assert isinstance(old, Buffer) and isinstance(new, Buffer)
    for index in indices:
        place = tuple([i64(k) for k in index])
        value = b.load(copier.buffers[old], place)
        for k in range(row + 1):
            b.store(new, (*place, i64(k)), b.op(a.vlane, value, i64(k)))
        row += 1
    return row
