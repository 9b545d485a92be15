"""Arrays grown or shortened at places: pad, insert, delete."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import (
    arguments,
    construct,
    core,
    elementwise,
    indexing,
    selection,
    shapes,
    writing,
)
from adfun.frontend.arrays.joining import as_size, gather_axis, joined
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Operand, i64
from adfun.ir.types import B1, I64
from adfun.primitives import arithmetic as a


def pad(
    stage: Stage, x: Value, pad_width: Value, mode: Value = "constant", *, constant_values: Value = 0
) -> Array:
    """np.pad in the modes constant, edge, reflect, symmetric and wrap."""
    array = core.as_array(stage, x)
    widths = _pad_widths(stage, pad_width, array.rank)
    if mode == "constant":
        return _pad_constant(stage, array, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        stage.fail(f"np.pad with mode={mode!r} is not supported")
    for axis, (before, after) in enumerate(widths):
        size = stage.size(array.shape[axis])
        length = stage.iadd(stage.iadd(before, size), after)
        if length is size:
            continue
        as_size(stage, length)
        array = gather_axis(stage, array, axis, length, _padding(stage, mode, before, size))
    return array


def _padding(stage: Stage, mode: str, before: Operand, size: Operand) -> Callable[[Operand], Operand]:
    last = stage.isub(size, i64(1))

    def place(k: Operand) -> Operand:
        at = stage.isub(k, before)
        if mode == "edge":
            return stage.op(a.imax, stage.op(a.imin, at, last), i64(0))
        if mode == "wrap":
            return stage.op(a.imod, at, size)
        fold = stage.imul(i64(2), last if mode == "reflect" else size)
        at = stage.op(a.imod, at, fold)
        back = stage.isub(fold if mode == "reflect" else stage.isub(fold, i64(1)), at)
        return stage.op(a.imin, at, back)

    return place


def _pad_widths(stage: Stage, pad_width: Value, rank: int) -> list[tuple[Operand, Operand]]:
    items = arguments.items_of(stage, pad_width)
    if all(core.is_number(v) for v in items):
        sizes = [arguments.size_of(stage, v) for v in items]
        return [(sizes[0], sizes[-1])] * rank
    pairs = [tuple(arguments.size_of(stage, v) for v in arguments.items_of(stage, item)) for item in items]
    pairs = pairs * rank if len(pairs) == 1 else pairs
    return [(pair[0], pair[-1]) for pair in pairs]


def _pad_constant(
    stage: Stage, array: Array, widths: list[tuple[Operand, Operand]], constant: Value
) -> Array:
    values = _pad_values(stage, constant, array.rank)
    for axis, ((before, after), ends) in enumerate(zip(widths, values, strict=True)):
        first, last = (stage.convert(v, array.elem) for v in ends)
        array = joined(
            stage, [_border(array, axis, before, first), array, _border(array, axis, after, last)], axis
        )
    return array


def _pad_values(stage: Stage, constant: Value, rank: int) -> list[tuple[Operand, Operand]]:
    """What stands before and after every axis."""
    items = arguments.items_of(stage, constant)
    pairs = (
        [items] if all(core.is_number(v) for v in items) else [arguments.items_of(stage, v) for v in items]
    )
    found = [tuple(core.operand(stage, v, "constant_values") for v in (p[0], p[-1])) for p in pairs]
    return [(p[0], p[1]) for p in (found * rank if len(found) == 1 else found)]


def _border(array: Array, axis: int, width: Operand, value: Operand) -> Array:
    return core.constant_array(array.elem, (*array.shape[:axis], width, *array.shape[axis + 1 :]), value)


def insert(stage: Stage, x: Value, obj: Value, values: Value, axis: Value = None) -> Array:
    """np.insert at one position."""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    k = arguments.axis_of(stage, axis, array.rank)
    if not core.is_number(obj):
        stage.fail("np.insert at several positions is not supported", remedy="use np.concatenate")
    position, size = core.operand(stage, obj), stage.size(array.shape[k])
    if position.type is I64:
        low, high = stage.op(a.ile, stage.op(a.ineg, size), position), stage.op(a.ile, position, size)
        message = "index {0} is out of bounds for an axis of size {1}"
        stage.check(stage.op(a.band, low, high), "IndexError", message, position, size)
    lead = (slice(None),) * k
    given = core.as_array(stage, values)
    shape = (*array.shape[:k], i64(1), *array.shape[k + 1 :])
    if given.rank == 1 and array.rank == 1:
        shape = given.shape
    middle = core.broadcast_to(stage, core.reused(stage, given), shape)
    before, after = (indexing.getitem(stage, array, (*lead, s)) for s in (slice(None, obj), slice(obj, None)))
    return joined(
        stage, [before, core.as_array(stage, elementwise.astype(stage, middle, array.elem)), after], k
    )


def delete(stage: Stage, x: Value, obj: Value, axis: Value = None) -> Array:
    """np.delete of one position, or of those that a mask or index array names."""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    k = arguments.axis_of(stage, axis, array.rank)
    lead = (slice(None),) * k
    if core.is_number(obj):
        place = selection.point(stage, core.operand(stage, obj), array.shape[k])
        length = arguments.clamped(stage, stage.isub(array.shape[k], i64(1)))
        skipped = core.computed(
            I64,
            (length,),
            lambda i: stage.iadd(i[0], stage.convert(stage.op(a.ile, place, i[0]), I64)),
            2,
        )
        stage.array_bounds[skipped] = array.shape[k]
        return core.as_array(stage, indexing.getitem(stage, array, (*lead, skipped)))
    keep = construct.filled(stage, (array.shape[k],), B1, core.literal(True))
    keep = core.force(stage, keep)
    _clear(stage, keep, obj)
    return core.as_array(stage, indexing.getitem(stage, array, (*lead, keep)))


def _clear(stage: Stage, keep: Array, obj: Value) -> None:
    writing.setitem(stage, keep, obj, False)
