"""Arrays made of several, and parts of arrays: concatenate, stack, split, tile, repeat, diff."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from adfun.frontend.arrays import (
    arguments,
    construct,
    core,
    elementwise,
    extent,
    indexing,
    loops,
    shapes,
)
from adfun.frontend.budget import put_together
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Elements, ListValue, RunList, Value
from adfun.ir.nodes import Const, Index, Operand, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

Piece = tuple[Array, Callable[[Index], Index]]
"""An array, and where its elements go in the whole."""


def assemble(stage: Stage, elem: Type, shape: Sequence[Operand], pieces: Sequence[Piece]) -> Array:
    """An array put together from pieces that cover it."""
    sizes = known_sizes(stage, shape)
    inner = [known_sizes(stage, piece.shape) for piece, _ in pieces]
    if sizes is not None and math.prod(sizes) <= 2 * core.SMALL and None not in inner:
        found: dict[int, Operand] = {}
        for (piece, place), extent in zip(pieces, inner, strict=True):
            for index in np.ndindex(*(extent or ())):
                at = tuple(i64(k) for k in index)
                position = core.ravel(stage, tuple(shape), place(at))
                assert isinstance(position, Const)
                found[int(position.value)] = stage.convert(core.at(stage, piece, at), elem)
        return core.small(stage, elem, shape, [found[k] for k in range(math.prod(sizes))])
    buffer = stage.builder.alloc(elem, tuple(shape), zero=False, hint="a")
    for piece, place in pieces:
        core.fill(stage, buffer, piece, elem, place)
    return core.stored(stage, buffer)


def known_sizes(stage: Stage, shape: Sequence[Operand]) -> tuple[int, ...] | None:
    """A shape as ints, when all of it is known now."""
    sizes = [stage.size(s) for s in shape]
    known = tuple(int(s.value) for s in sizes if isinstance(s, Const))
    return known if len(known) == len(sizes) else None


def parts_of(stage: Stage, arrays: Value, what: str) -> list[Array]:
    """The arrays of a sequence argument."""
    if isinstance(arrays, ListValue):
        items: Sequence[Value] = arrays.items
    elif isinstance(arrays, (tuple, list)):
        items = arrays
    elif isinstance(arrays, (Array, RunList, np.ndarray)):
        items = elementwise.rows(stage, core.as_array(stage, arrays))
    else:
        stage.fail(f"{what} takes a sequence of arrays", f"this is {core.describe(arrays)}")
    if not items:
        stage.fail(f"{what} needs at least one array")
    return [core.as_array(stage, x) for x in items]


def _is_run(stage: Stage, arrays: Value) -> bool:
    """Whether a sequence argument is one array whose length is only known at run time."""
    if isinstance(arrays, RunList):
        return True
    return isinstance(arrays, Array) and not isinstance(stage.size(arrays.shape[0]), Const)


def concatenate(
    stage: Stage,
    arrays: Value,
    axis: Value = 0,
    out: Value = None,
    *,
    dtype: Value = None,
    casting: Value = None,
) -> Array:
    """np.concatenate"""
    if _is_run(stage, arrays):
        return _merged(stage, core.as_array(stage, arrays), axis)
    parts = parts_of(stage, arrays, "np.concatenate")
    if axis is None:
        parts, axis = [shapes.ravel(stage, x) for x in parts], 0
    if not parts[0].rank:
        stage.fail("zero-dimensional arrays cannot be concatenated", remedy="use np.array([...])")
    if any(x.rank != parts[0].rank for x in parts):
        ranks = " and ".join(str(x.rank) for x in parts)
        stage.fail("the arrays to concatenate must have the same number of axes", f"they have {ranks}")
    return joined(stage, parts, arguments.axis_of(stage, axis, parts[0].rank), dtype)


def joined(stage: Stage, parts: list[Array], axis: int, dtype: Value = None) -> Array:
    """Arrays of equal rank one after the other along an axis."""
    elem = arguments.dtype_of(stage, dtype, core.wider(*(x.elem for x in parts)))
    parts = [x for x in parts if not _is_empty(stage, x.shape[axis])] or parts[:1]
    sizes = list(parts[0].shape)
    for part in parts[1:]:
        for k, size in enumerate(part.shape):
            if k != axis:
                sizes[k] = core.common_size(stage, sizes[k], size)
    total: Operand = i64(0)
    pieces: list[Piece] = []
    put_together(stage, len(parts))
    for part in parts:
        pieces.append((part, _offset(stage, axis, total)))
        total = stage.iadd(total, stage.size(part.shape[axis]))
    if not isinstance(total, Const):
        stage.sizes.add(total)
    sizes[axis] = total
    extent.fits(stage, sizes)
    return assemble(stage, elem, sizes, pieces)


def _is_empty(stage: Stage, size: Operand) -> bool:
    size = stage.size(size)
    return isinstance(size, Const) and not size.value


def _offset(stage: Stage, axis: int, by: Operand) -> Callable[[Index], Index]:
    return lambda index: (*index[:axis], stage.iadd(index[axis], by), *index[axis + 1 :])


def _merged(stage: Stage, array: Array, axis: Value) -> Array:
    """Concatenation of the items of an array: its first axis merged with another."""
    k = 0 if axis is None else arguments.axis_of(stage, axis, array.rank - 1)
    if axis is None:
        return shapes.ravel(stage, array)
    turned = shapes.moveaxis(stage, array, 0, k)
    sizes = list(turned.shape)
    both = arguments.product(stage, sizes[k : k + 2])
    return shapes.reshaped(stage, turned, (*sizes[:k], both, *sizes[k + 2 :]))


# -- stacks -----------------------------------------------------------------------------------


def stack(stage: Stage, arrays: Value, axis: Value = 0, out: Value = None, **options: Value) -> Array:
    """np.stack"""
    if _is_run(stage, arrays):
        whole = core.as_array(stage, arrays)
    else:
        whole = core.from_items(stage, list(parts_of(stage, arrays, "np.stack")))
    return shapes.moveaxis(stage, whole, 0, axis)


def vstack(stage: Stage, arrays: Value, **options: Value) -> Array:
    """np.vstack"""
    if _is_run(stage, arrays):
        whole = core.as_array(stage, arrays)
        return whole if whole.rank == 2 else _merged(stage, whole, 0)
    parts = parts_of(stage, arrays, "np.vstack")
    return joined(stage, [core.as_array(stage, shapes.atleast_2d(stage, x)) for x in parts], 0)


def hstack(stage: Stage, arrays: Value, **options: Value) -> Array:
    """np.hstack"""
    if _is_run(stage, arrays):
        whole = core.as_array(stage, arrays)
        return whole if whole.rank == 1 else _merged(stage, whole, 0 if whole.rank == 2 else 1)
    parts = [core.as_array(stage, shapes.atleast_1d(stage, x)) for x in parts_of(stage, arrays, "np.hstack")]
    return joined(stage, parts, 0 if parts[0].rank == 1 else 1)


def column_stack(stage: Stage, arrays: Value) -> Array:
    """np.column_stack"""
    if _is_run(stage, arrays):
        whole = core.as_array(stage, arrays)
        return shapes.transpose(stage, whole) if whole.rank == 2 else _merged(stage, whole, 1)
    parts = parts_of(stage, arrays, "np.column_stack")
    return joined(
        stage, [shapes.expand_dims(stage, atleast_1(stage, x), 1) if x.rank < 2 else x for x in parts], 1
    )


def atleast_1(stage: Stage, array: Array) -> Array:
    return core.as_array(stage, shapes.atleast_1d(stage, array))


def dstack(stage: Stage, arrays: Value) -> Array:
    """np.dstack"""
    parts = parts_of(stage, arrays, "np.dstack")
    return joined(stage, [core.as_array(stage, shapes.atleast_3d(stage, x)) for x in parts], 2)


def block(stage: Stage, arrays: Value) -> Array:
    """np.block of a matrix of matrices, or of a row."""
    rows = list(arrays.items) if isinstance(arrays, ListValue) else list(arrays)
    if not any(isinstance(row, (ListValue, list)) for row in rows):
        return hstack(stage, ListValue(rows))
    made = []
    for row in rows:
        parts = [core.as_array(stage, shapes.atleast_2d(stage, x)) for x in parts_of(stage, row, "np.block")]
        made.append(joined(stage, parts, 1))
    return joined(stage, made, 0)


def append(stage: Stage, x: Value, values: Value, axis: Value = None) -> Array:
    """np.append"""
    return concatenate(stage, (x, values) if axis is not None else _raveled(stage, x, values), axis or 0)


def _raveled(stage: Stage, *arrays: Value) -> tuple[Array, ...]:
    return tuple(shapes.ravel(stage, x) for x in arrays)


# -- splits -----------------------------------------------------------------------------------


def _count(stage: Stage, value: Value) -> int:
    count = arguments.integer(stage, value, "the number of sections")
    if count <= 0:
        stage.fail("the number of sections must be larger than 0", f"it is {count}")
    return count


def split(stage: Stage, x: Value, indices_or_sections: Value, axis: Value = 0) -> list[Value]:
    """np.split into sections of equal size, or at known or run-time positions."""
    array = core.as_array(stage, x)
    k = arguments.axis_of(stage, axis, array.rank)
    if core.is_number(indices_or_sections):
        count = _count(stage, indices_or_sections)
        size = stage.size(array.shape[k])
        rest = stage.op(a.imod, size, i64(count))
        if isinstance(rest, Const) and rest.value:
            stage.fail("array split does not result in an equal division")
        stage.check(
            stage.op(a.ieq, rest, i64(0)), "ValueError", "array split does not result in an equal division"
        )
        each = stage.op(a.ifloordiv, size, i64(count))
        as_size(stage, each)
        return _sections(stage, array, k, [stage.imul(each, i64(n)) for n in range(count)], [each] * count)
    return _split_at(stage, array, k, arguments.items_of(stage, indices_or_sections))


def as_size(stage: Stage, operand: Operand) -> Operand:
    if not isinstance(operand, Const):
        stage.sizes.add(operand)
    return operand


def _split_at(stage: Stage, array: Array, axis: int, places: list[Value]) -> list[Value]:
    ends = [None, *places, None]
    lead = (slice(None),) * axis
    return [indexing.getitem(stage, array, (*lead, slice(low, high))) for low, high in pairwise(ends)]


def _sections(
    stage: Stage, array: Array, axis: int, starts: Sequence[Operand], lengths: Sequence[Operand]
) -> list[Value]:
    made: list[Value] = []
    for start, length in zip(starts, lengths, strict=True):
        shape = (*array.shape[:axis], length, *array.shape[axis + 1 :])
        made.append(core.view(array, shape, _offset(stage, axis, start)))
    return made


def array_split(stage: Stage, x: Value, indices_or_sections: Value, axis: Value = 0) -> list[Value]:
    """np.array_split: the first sections are one longer when the sizes do not divide."""
    if not core.is_number(indices_or_sections):
        return split(stage, x, indices_or_sections, axis)
    array = core.as_array(stage, x)
    k = arguments.axis_of(stage, axis, array.rank)
    count = _count(stage, indices_or_sections)
    size = stage.size(array.shape[k])
    each, extra = stage.op(a.ifloordiv, size, i64(count)), stage.op(a.imod, size, i64(count))
    starts, lengths, start = [], [], i64(0)
    for n in range(count):
        longer = stage.convert(stage.op(a.ilt, i64(n), extra), I64)
        length = as_size(stage, stage.iadd(each, longer))
        starts.append(start)
        lengths.append(length)
        start = stage.iadd(start, length)  # type: ignore[assignment]
    return _sections(stage, array, k, starts, lengths)


def hsplit(stage: Stage, x: Value, indices_or_sections: Value) -> list[Value]:
    """np.hsplit"""
    array = core.as_array(stage, x)
    return split(stage, array, indices_or_sections, 0 if array.rank == 1 else 1)


def vsplit(stage: Stage, x: Value, indices_or_sections: Value) -> list[Value]:
    """np.vsplit"""
    return split(stage, x, indices_or_sections, 0)


def dsplit(stage: Stage, x: Value, indices_or_sections: Value) -> list[Value]:
    """np.dsplit"""
    return split(stage, x, indices_or_sections, 2)


def unstack(stage: Stage, x: Value, /, *, axis: Value = 0) -> Value:
    """np.unstack"""
    return tuple(elementwise.rows(stage, shapes.moveaxis(stage, x, axis, 0)))


# -- repetition -------------------------------------------------------------------------------


def gather_axis(
    stage: Stage, array: Array, axis: int, length: Operand, place: Callable[[Operand], Operand]
) -> Array:
    """result[..., k, ...] = array[..., place(k), ...] along an axis."""
    shape = (*array.shape[:axis], length, *array.shape[axis + 1 :])
    extent.fits(stage, shape)
    positions: Array = core.settle(stage, core.computed(I64, (length,), lambda index: place(index[0]), 30))
    if not stage.in_loop():
        positions = core.force(stage, positions)  # depends on sizes alone: computed when data are bound
    array = core.reused(stage, array)

    def element(index: Index) -> Operand:
        k = core.at(stage, positions, (index[axis],))
        return core.at(stage, array, (*index[:axis], k, *index[axis + 1 :]))

    cost = core.cost_of(positions) + core.cost_of(array)
    return core.settle(stage, core.computed(array.elem, shape, element, cost))


def tile(stage: Stage, x: Value, reps: Value) -> Array:
    """np.tile"""
    array = core.as_array(stage, x)
    counts = list(arguments.shape_of(stage, reps))
    while array.rank < len(counts):
        array = shapes.expand_dims(stage, array, 0)
    counts = [*[i64(1)] * (array.rank - len(counts)), *counts]
    for axis, count in enumerate(counts):
        size = stage.size(array.shape[axis])
        if isinstance(count, Const) and count.value == 1:
            continue
        if stage.is_one(size):
            wide = (*array.shape[:axis], count, *array.shape[axis + 1 :])
            extent.fits(stage, wide)
            array = core.broadcast_to(stage, core.reused(stage, array), wide)
            continue
        length = arguments.product(stage, (count, size))
        array = gather_axis(stage, array, axis, length, lambda k, size=size: stage.op(a.imod, k, size))  # type: ignore[misc]
    return construct.copied(stage, array)


def repeat(stage: Stage, x: Value, repeats: Value, axis: Value = None) -> Array:
    """np.repeat: the same number of times each, or a number of times for each."""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), 0
    k = arguments.axis_of(stage, axis, array.rank)
    counts = core.as_array(stage, repeats)
    if counts.elem is F64:
        stage.fail(
            "the numbers of repetitions must be integers", "these are floats", remedy="use x.astype(int)"
        )
    if counts.rank and not stage.is_one(counts.shape[0]):
        return _repeat_each(stage, array, k, counts)
    by = arguments.size_of(stage, core.wrap(core.single(stage, counts, "repeats")))
    if stage.is_one(array.shape[k]):
        wide = (*array.shape[:k], by, *array.shape[k + 1 :])
        extent.fits(stage, wide)
        return construct.copied(stage, core.broadcast_to(stage, core.reused(stage, array), wide))
    length = arguments.product(stage, (stage.size(array.shape[k]), by))
    return gather_axis(stage, array, k, length, lambda i: stage.op(a.ifloordiv, i, by))


def _repeat_each(stage: Stage, array: Array, axis: int, counts: Array) -> Array:
    core.common_size(stage, array.shape[axis], counts.shape[0])
    counts = core.reused(stage, counts)
    known = counts.source
    if isinstance(known, Elements) and all(isinstance(o, Const) for o in known.operands):
        places = [
            i64(k) for k, o in enumerate(known.operands) if isinstance(o, Const) for _ in range(int(o.value))
        ]
        table = core.small(stage, I64, (i64(len(places)),), places)
        return gather_axis(stage, array, axis, i64(len(places)), lambda i: core.at(stage, table, (i,)))
    total = loops.total(stage, I64, counts.shape, lambda i: _count_at(stage, counts, i))
    as_size(stage, total)
    buffer = stage.builder.alloc(I64, (total,), zero=False, hint="which")

    def outer(index: Index, carried: loops.Carry) -> loops.Carry:
        def inner(k: Index, place: loops.Carry) -> loops.Carry:
            stage.builder.store(buffer, place, index[0])
            return (stage.iadd(place[0], i64(1)),)

        return loops.sweep(stage, (_count_at(stage, counts, index),), carried, inner)

    loops.sweep(stage, counts.shape, (i64(0),), outer)
    positions = core.stored(stage, buffer)
    stage.array_bounds[positions] = array.shape[axis]
    return core.as_array(stage, indexing.getitem(stage, array, (*(slice(None),) * axis, positions)))


def _count_at(stage: Stage, counts: Array, index: Index) -> Operand:
    return stage.op(a.imax, stage.convert(core.at(stage, counts, index), I64), i64(0))


# -- differences ------------------------------------------------------------------------------


def diff(
    stage: Stage, x: Value, n: Value = 1, axis: Value = -1, prepend: Value = None, append: Value = None
) -> Value:
    """np.diff"""
    array = core.as_array(stage, x)
    if arguments.integer(stage, n, "n") < 0:
        stage.fail("the order of np.diff must not be negative", "here")
    k = arguments.axis_of(stage, axis, array.rank)
    ends = [core.as_array(stage, v) if v is not None else None for v in (prepend, append)]
    if any(e is not None for e in ends):
        shape = (*array.shape[:k], i64(1), *array.shape[k + 1 :])
        parts = [ends[0], array, ends[1]]
        full = [p if p is None or p.rank else core.broadcast_to(stage, p, shape) for p in parts]
        array = joined(stage, [p for p in full if p is not None], k)
    lead = (slice(None),) * k
    name = "not_equal" if array.elem is B1 else "subtract"
    result: Value = array
    for _ in range(arguments.integer(stage, n, "n")):
        array = core.reused(stage, core.as_array(stage, result))
        later, earlier = (
            indexing.getitem(stage, array, (*lead, s)) for s in (slice(1, None), slice(None, -1))
        )
        result = elementwise.apply(stage, name, later, earlier)
    return result


def ediff1d(stage: Stage, x: Value, to_end: Value = None, to_begin: Value = None) -> Value:
    """np.ediff1d"""
    inner = diff(stage, shapes.ravel(stage, x))
    if to_end is None and to_begin is None:
        return inner
    parts = [
        core.as_array(stage, shapes.atleast_1d(stage, v)) for v in (to_begin, inner, to_end) if v is not None
    ]
    return joined(stage, parts, 0)
