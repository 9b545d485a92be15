"""Positions: nonzero, where, take, bincount, and the index arrays of diagonals and triangles."""

from __future__ import annotations

from adfun.frontend.arrays import (
    arguments,
    assign,
    construct,
    core,
    elementwise,
    indexing,
    joining,
    loops,
    reduce,
    selection,
    shapes,
)
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Index, Operand, i64
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a


def where(stage: Stage, condition: Value, x: Value = None, y: Value = None) -> Value:
    """np.where with three arguments, or with one: the positions where it holds."""
    if x is None and y is None:
        return nonzero(stage, condition)
    return elementwise.select(stage, condition, x, y)


def nonzero(stage: Stage, x: Value) -> Value:
    """np.nonzero: one index array per axis."""
    mask = core.as_array(stage, elementwise.astype(stage, core.as_array(stage, x), B1))
    return tuple(selection.mask_positions(stage, mask, mask.shape))


def flatnonzero(stage: Stage, x: Value) -> Value:
    """np.flatnonzero"""
    return nonzero(stage, shapes.ravel(stage, x))[0]


def argwhere(stage: Stage, x: Value) -> Value:
    """np.argwhere"""
    return joining.stack(stage, nonzero(stage, x), 1)


def bincount(stage: Stage, x: Value, weights: Value = None, minlength: Value = 0) -> Value:
    """np.bincount"""
    places = core.reused(stage, core.as_array(stage, x))
    if places.elem is F64:
        stage.fail("np.bincount needs integers", "these are floats", remedy="write x.astype(int)")
    least = stage.convert(core.operand(stage, minlength, "minlength"), I64)
    length = _length_of_bins(stage, places, least)
    type = I64 if weights is None else F64
    weight = None if weights is None else core.as_array(stage, weights)
    if weight is not None:
        core.common_size(stage, places.shape[0], weight.shape[0])
    buffer = stage.builder.alloc(type, (length,), zero=True, hint="bins")

    def step(index: Index) -> None:
        place = stage.convert(core.at(stage, places, index), I64)
        if weight is not None:
            stage.builder.accum(buffer, (place,), stage.convert(core.at(stage, weight, index), F64))
        else:
            stage.builder.store(buffer, (place,), stage.iadd(stage.builder.load(buffer, (place,)), i64(1)))

    loops.for_each(stage, places.shape, step)
    return core.stored(stage, buffer)


def _length_of_bins(stage: Stage, places: Array, least: Operand) -> Operand:
    def step(index: Index, carried: loops.Carry) -> loops.Carry:
        place = stage.convert(core.at(stage, places, index), I64)
        stage.check(
            stage.op(a.ile, i64(0), place), "ValueError", "'list' argument must have no negative elements"
        )
        return (stage.op(a.imax, carried[0], stage.iadd(place, i64(1))),)

    length = loops.sweep(stage, places.shape, (least,), step)[0]
    return arguments.clamped(stage, length)


# -- take -------------------------------------------------------------------------------------


def take(
    stage: Stage, x: Value, indices: Value, axis: Value = None, out: Value = None, mode: Value = "raise"
) -> Value:
    """np.take"""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    k = arguments.axis_of(stage, axis, array.rank)
    if mode in ("clip", "wrap"):
        size = core.wrap(array.shape[k])
        indices = (
            elementwise.apply(stage, "remainder", indices, size)
            if mode == "wrap"
            else elementwise.clip(stage, indices, 0, elementwise.apply(stage, "subtract", size, 1))
        )
    return indexing.getitem(stage, array, (*(slice(None),) * k, indices))


def take_along_axis(stage: Stage, x: Value, indices: Value, axis: Value = -1) -> Value:
    """np.take_along_axis"""
    array = core.reused(stage, core.as_array(stage, x))
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    positions, k = assign.along_axis(stage, array, indices, axis)

    def element(index: Index) -> Operand:
        place = core.at(stage, positions, index)
        full = [i64(0) if stage.is_one(size) else i for i, size in zip(index, array.shape, strict=True)]
        full[k] = place
        return core.at(stage, array, tuple(full))

    return core.settle(stage, core.computed(array.elem, positions.shape, element))


def compress(stage: Stage, condition: Value, x: Value, axis: Value = None, out: Value = None) -> Value:
    """np.compress"""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    k = arguments.axis_of(stage, axis, array.rank)
    mask = elementwise.astype(stage, core.as_array(stage, condition), B1)
    return indexing.getitem(stage, array, (*(slice(None),) * k, mask))


def extract(stage: Stage, condition: Value, x: Value) -> Value:
    """np.extract"""
    return compress(stage, shapes.ravel(stage, condition), x)


def choose(stage: Stage, x: Value, choices: Value, out: Value = None, mode: Value = "raise") -> Value:
    """np.choose among arrays known by number."""
    parts = (
        arguments.items_of(stage, choices)
        if not isinstance(choices, Array)
        else elementwise.rows(stage, choices)
    )
    if mode == "raise":
        negative, large = (
            elementwise.apply(stage, "less", x, 0),
            elementwise.apply(stage, "greater_equal", x, len(parts)),
        )
        wrong = reduce.sum(stage, elementwise.apply(stage, "logical_or", negative, large))
        none = stage.op(a.ieq, stage.convert(core.operand(stage, wrong), I64), i64(0))
        stage.check(none, "ValueError", "invalid entry in choice array")
    result = parts[-1]
    for k in range(len(parts) - 2, -1, -1):
        result = elementwise.select(stage, elementwise.apply(stage, "equal", x, k), parts[k], result)
    return result


# -- index arrays -------------------------------------------------------------------------------


def diag_indices(stage: Stage, n: Value, ndim: Value = 2) -> Value:
    """np.diag_indices"""
    return (construct.arange(stage, n),) * arguments.integer(stage, ndim, "ndim")


def diag_indices_from(stage: Stage, x: Value) -> Value:
    """np.diag_indices_from"""
    array = core.as_array(stage, x)
    for size in array.shape[1:]:
        core.common_size(stage, array.shape[0], size)
    return diag_indices(stage, core.wrap(stage.size(array.shape[0])), array.rank)


def _triangle_indices(stage: Stage, rows: Operand, columns: Operand, k: Value, *, lower: bool) -> Value:
    offset = core.operand(stage, k, "k")

    def element(index: Index) -> Operand:
        edge = stage.iadd(index[0], offset)
        return stage.op(a.ile, index[1], edge) if lower else stage.op(a.ile, edge, index[1])

    mask = core.settle(stage, core.computed(B1, (rows, columns), element, 2))
    found = selection.mask_positions(stage, mask, mask.shape)
    return tuple(core.force(stage, x) for x in found)


def tril_indices(stage: Stage, n: Value, k: Value = 0, m: Value = None) -> Value:
    """np.tril_indices"""
    rows, columns = arguments.new_shape(stage, (n, n if m is None else m))
    return _triangle_indices(stage, rows, columns, k, lower=True)


def triu_indices(stage: Stage, n: Value, k: Value = 0, m: Value = None) -> Value:
    """np.triu_indices"""
    rows, columns = arguments.new_shape(stage, (n, n if m is None else m))
    return _triangle_indices(stage, rows, columns, k, lower=False)


def tril_indices_from(stage: Stage, x: Value, k: Value = 0) -> Value:
    """np.tril_indices_from"""
    rows, columns = core.as_array(stage, x).shape
    return _triangle_indices(stage, stage.size(rows), stage.size(columns), k, lower=True)


def triu_indices_from(stage: Stage, x: Value, k: Value = 0) -> Value:
    """np.triu_indices_from"""
    rows, columns = core.as_array(stage, x).shape
    return _triangle_indices(stage, stage.size(rows), stage.size(columns), k, lower=False)


def unravel_index(stage: Stage, indices: Value, shape: Value, order: Value = "C") -> Value:
    """np.unravel_index"""
    sizes = arguments.shape_of(stage, shape)
    if core.is_number(indices):
        place = selection.point(stage, core.operand(stage, indices), arguments.product(stage, sizes))
        return tuple(core.wrap(o) for o in core.unravel(stage, place, sizes))
    flat = selection.valid(stage, core.as_array(stage, indices), arguments.product(stage, sizes))
    made = []
    for axis in range(len(sizes)):
        made.append(
            core.computed(
                I64,
                flat.shape,
                lambda index, axis=axis: core.unravel(stage, core.at(stage, flat, index), sizes)[axis],  # type: ignore[misc]
                30,
            )
        )
    return tuple(made)


def ravel_multi_index(stage: Stage, multi_index: Value, dims: Value, **_: Value) -> Value:
    """np.ravel_multi_index"""
    sizes = arguments.shape_of(stage, dims)
    parts = (
        arguments.items_of(stage, multi_index)
        if isinstance(multi_index, tuple)
        else elementwise.rows(stage, core.as_array(stage, multi_index))
    )
    flat = parts[0]
    for part, size in zip(parts[1:], sizes[1:], strict=True):
        flat = elementwise.apply(
            stage, "add", elementwise.apply(stage, "multiply", flat, core.wrap(size)), part
        )
    return flat


def isin(
    stage: Stage, x: Value, test_elements: Value, assume_unique: Value = False, invert: Value = False
) -> Value:
    """np.isin"""
    tests = core.reused(stage, shapes.ravel(stage, test_elements))
    same = elementwise.outer(stage, "equal", core.as_array(stage, x), tests)
    found = reduce.any(stage, same, -1)
    return elementwise.logical_not(stage, found) if arguments.flag(stage, invert, "invert") else found
