"""Order: sort, argsort, searchsorted, medians and quantiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adfun.frontend.arrays import arguments, core, elementwise, indexing, loops, shapes, writing
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Elements, Value
from adfun.ir.nodes import Buffer, Const, Index, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives.sorting import argsort as argsort_kernel

NETWORK = 4
"""Vectors of at most so many elements held in scalars are sorted by exchanges."""


def sort(
    stage: Stage, x: Value, axis: Value = -1, kind: Value = None, order: Value = None, **_: Value
) -> Value:
    """np.sort: elements gathered in their order, so that each keeps its derivative."""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), -1
    k = arguments.axis_of(stage, axis, array.rank)
    if array.rank == 1 and isinstance(array.source, Elements) and len(array.source.operands) <= NETWORK:
        return _network(stage, array, array.source.operands)
    array = core.reused(stage, array)
    places = ordered(stage, array, k)

    def element(index: Index) -> Operand:
        place = core.at(stage, places, index)
        return core.at(stage, array, (*index[:k], place, *index[k + 1 :]))

    return core.settle(stage, core.computed(array.elem, array.shape, element))


def sort_inplace(
    stage: Stage, array: Array, axis: Value = -1, kind: Value = None, order: Value = None
) -> None:
    """x.sort()"""
    writing.setitem(stage, array, Ellipsis, core.force(stage, sort(stage, array, axis)))


def _network(stage: Stage, array: Array, operands: tuple[Operand, ...]) -> Array:
    values = list(operands)
    low, high = (a.minimum, a.maximum) if array.elem is F64 else (a.imin, a.imax)
    if array.elem not in (F64, I64):
        low, high = a.band, a.bor
    for end in range(len(values) - 1, 0, -1):
        for k in range(end):
            x, y = values[k], values[k + 1]
            values[k], values[k + 1] = stage.op(low, x, y), stage.op(high, x, y)
    return core.small(stage, array.elem, array.shape, values)


def argsort(
    stage: Stage, x: Value, axis: Value = -1, kind: Value = None, order: Value = None, **_: Value
) -> Value:
    """np.argsort, stable"""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = shapes.ravel(stage, array), -1
    return ordered(stage, array, arguments.axis_of(stage, axis, array.rank))


def ordered(stage: Stage, array: Array, axis: int) -> Array:
    """The positions along an axis in increasing order of the elements."""
    length = array.shape[axis]
    if array.rank == 1:
        places = core.stored(stage, _order_of(stage, length, lambda k: core.at(stage, array, (k,))))
        stage.distinct.add(places)
    else:
        places = _order_along(stage, array, axis)
    stage.array_bounds[places] = length
    return places


def _order_of(stage: Stage, length: Operand, element: Callable[[Operand], Operand]) -> Buffer:

    def value(index: tuple[Var, ...]) -> Operand:
        return stage.op(a.detach, stage.convert(element(index[0]), F64))

    values = stage.builder.build(F64, (length,), value)
    (order,) = stage.builder.call(argsort_kernel, (values,), [(I64, (length,))])
    assert isinstance(order, Buffer)
    return order


def _order_along(stage: Stage, array: Array, axis: int) -> Array:
    array = core.reused(stage, array)
    buffer = stage.builder.alloc(I64, array.shape, zero=False, hint="order")

    def fiber(outside: Index) -> None:
        def at(k: Operand) -> Index:
            return (*outside[:axis], k, *outside[axis:])

        order = _order_of(stage, array.shape[axis], lambda k: core.at(stage, array, at(k)))
        loops.for_each(
            stage,
            (array.shape[axis],),
            lambda k: stage.builder.store(buffer, at(k[0]), stage.builder.load(order, k)),
        )

    loops.for_each(stage, [s for k, s in enumerate(array.shape) if k != axis], fiber)
    return core.stored(stage, buffer)


# -- positions in sorted arrays -----------------------------------------------------------------


def searchsorted(stage: Stage, x: Value, v: Value, side: Value = "left", sorter: Value = None) -> Value:
    """np.searchsorted by bisection."""
    table = core.reused(stage, core.as_array(stage, x))
    if sorter is not None:
        table = core.force(stage, core.as_array(stage, indexing.getitem(stage, table, sorter)))
    right = arguments.known(stage, side, "side") == "right"
    length = table.shape[0]

    def emit(value: Operand) -> Operand:
        def open_(carried: tuple[Var, ...]) -> Operand:
            return stage.op(a.ilt, carried[0], carried[1])

        def halve(carried: tuple[Var, ...]) -> loops.Carry:
            low, high = carried
            middle = stage.op(a.ifloordiv, stage.iadd(low, high), i64(2))
            after = _goes_after(stage, core.at(stage, table, (middle,)), value, right)
            return (
                stage.op(a.select, after, stage.iadd(middle, i64(1)), low),
                stage.op(a.select, after, high, middle),
            )

        return stage.builder.while_loop((i64(0), length), open_, halve)[0]

    result = core.elementwise(stage, I64, emit, v, cost=100)
    _bounded(stage, result, length)
    return result


def _goes_after(stage: Stage, entry: Operand, value: Operand, right: bool) -> Operand:
    entry, value = stage.convert(entry, F64), stage.convert(value, F64)
    if right:
        return stage.op(a.bnot, stage.op(a.lt, value, entry))
    return stage.op(a.bor, stage.op(a.lt, entry, value), stage.op(a.isnan, value))


def _bounded(stage: Stage, result: Value, length: Operand) -> None:
    if isinstance(result, Array):
        stage.array_bounds[result] = stage.iadd(length, i64(1))
    elif hasattr(result, "operand"):
        stage.nonnegative.add(result.operand)
        stage.bounds[result.operand] = stage.iadd(length, i64(1))


# -- medians and quantiles ----------------------------------------------------------------------


def _sorted_last(stage: Stage, x: Value, axis: Value) -> Array:
    """The array sorted along its last axis, into which the reduced axes were merged."""
    array = core.as_array(stage, elementwise.astype(stage, core.as_array(stage, x), F64))
    axes = arguments.axes_of(stage, axis, array.rank)
    others = [k for k in range(array.rank) if k not in axes]
    turned = shapes.permuted(stage, array, [*others, *axes])
    sizes = (*(array.shape[k] for k in others), arguments.product(stage, [array.shape[k] for k in axes]))
    flat = shapes.reshaped(stage, turned, sizes)
    return core.force(stage, core.as_array(stage, sort(stage, flat, -1)))


def _kept(stage: Stage, result: Value, x: Value, axis: Value, keepdims: Value, lead: int = 0) -> Value:
    if not arguments.flag(stage, keepdims, "keepdims"):
        return result
    rank = core.as_array(stage, x).rank
    axes = arguments.axes_of(stage, axis, rank)
    return shapes.expand_dims(stage, result, tuple(lead + k for k in axes))


def median(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    overwrite_input: Value = False,
    keepdims: Value = False,
) -> Value:
    """np.median"""
    table = _sorted_last(stage, x, axis)
    length = table.shape[-1]
    result = _middle(stage, table, lambda lead: length, nan_wins=True)
    return elementwise.stored_in(stage, out, _kept(stage, result, x, axis, keepdims))


def nanmedian(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    overwrite_input: Value = False,
    keepdims: Value = False,
) -> Value:
    """np.nanmedian: NaN are sorted to the end and left out."""
    table = _sorted_last(stage, x, axis)

    def length(lead: Index) -> Operand:
        return _numbers(stage, table, lead)

    result = _middle(stage, table, length, nan_wins=False)
    return elementwise.stored_in(stage, out, _kept(stage, result, x, axis, keepdims))


def _middle(stage: Stage, table: Array, length: Callable[[Index], Operand], *, nan_wins: bool) -> Value:
    def element(lead: Index) -> Operand:
        count = length(lead)
        low = stage.op(a.ifloordiv, stage.op(a.imax, stage.isub(count, i64(1)), i64(0)), i64(2))
        high = stage.op(a.imin, stage.op(a.ifloordiv, count, i64(2)), stage.isub(table.shape[-1], i64(1)))
        both = stage.op(a.add, core.at(stage, table, (*lead, low)), core.at(stage, table, (*lead, high)))
        half = stage.op(a.mul, f64(0.5), both)
        return _nan_last(stage, table, lead, half) if nan_wins else half

    return _over_lead(stage, table, element)


def _nan_last(stage: Stage, table: Array, lead: Index, value: Operand) -> Operand:
    """NaN when the largest element, which comes last, is NaN."""
    last = core.at(stage, table, (*lead, stage.isub(table.shape[-1], i64(1))))
    return stage.op(a.select, stage.op(a.isnan, last), f64(np.nan), value)


def _over_lead(stage: Stage, table: Array, element: Callable[[Index], Operand]) -> Value:
    def of_row(lead: Index) -> Operand:
        return _or_nan(stage, table, lambda: element(lead))

    if table.rank == 1:
        return core.wrap(of_row(()))
    return core.settle(stage, core.computed(F64, table.shape[:-1], of_row, 20))


def _or_nan(stage: Stage, table: Array, number: Callable[[], Operand]) -> Operand:
    """A number made of a row's elements; NaN where there are none, as in NumPy."""
    some = stage.op(a.ilt, i64(0), stage.size(table.shape[-1]))
    return stage.builder.if_else(some, lambda: (number(),), lambda: (f64(np.nan),))[0]


METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


def quantile(
    stage: Stage,
    x: Value,
    q: Value,
    axis: Value = None,
    out: Value = None,
    overwrite_input: Value = False,
    method: Value = "linear",
    keepdims: Value = False,
    **_: Value,
) -> Value:
    """np.quantile; the axes of q come first in the result."""
    table = _sorted_last(stage, x, axis)
    length = stage.size(table.shape[-1])
    if isinstance(length, Const) and not length.value:
        stage.fail("a quantile of no elements", "this is empty", remedy="use np.nanquantile, which gives NaN")
    stage.check(
        stage.op(a.ilt, i64(0), length), "IndexError", "index -1 is out of bounds for axis 0 with size 0"
    )

    def at(lead: Index, probability: Operand) -> Operand:
        last = stage.isub(table.shape[-1], i64(1))
        value = _interpolated(stage, table, lead, probability, last, method)
        return _nan_last(stage, table, lead, value)

    return elementwise.stored_in(stage, out, _quantiles(stage, x, table, q, axis, keepdims, at))


def nanquantile(
    stage: Stage,
    x: Value,
    q: Value,
    axis: Value = None,
    out: Value = None,
    overwrite_input: Value = False,
    method: Value = "linear",
    keepdims: Value = False,
    **_: Value,
) -> Value:
    """np.nanquantile: NaN are sorted to the end and left out."""
    table = _sorted_last(stage, x, axis)

    def inside(lead: Index, probability: Operand) -> Operand:
        last = stage.op(a.imax, stage.isub(_numbers(stage, table, lead), i64(1)), i64(0))
        return _interpolated(stage, table, lead, probability, last, method)

    def at(lead: Index, probability: Operand) -> Operand:
        return _or_nan(stage, table, lambda: inside(lead, probability))

    return elementwise.stored_in(stage, out, _quantiles(stage, x, table, q, axis, keepdims, at))


def _numbers(stage: Stage, table: Array, lead: Index) -> Operand:
    """How many elements of a row are not NaN."""

    def good(k: Index) -> Operand:
        number = stage.op(a.bnot, stage.op(a.isnan, core.at(stage, table, (*lead, *k))))
        return stage.convert(number, I64)

    return loops.total(stage, I64, table.shape[-1:], good)


def _quantiles(
    stage: Stage,
    x: Value,
    table: Array,
    q: Value,
    axis: Value,
    keepdims: Value,
    at: Callable[[Index, Operand], Operand],
) -> Value:
    probability = core.as_array(stage, q)
    shape = (*probability.shape, *table.shape[:-1])

    def element(index: Index) -> Operand:
        own, lead = index[: probability.rank], index[probability.rank :]
        wanted = stage.convert(core.at(stage, probability, own), F64)
        inside = stage.op(a.band, stage.op(a.le, f64(0.0), wanted), stage.op(a.le, wanted, f64(1.0)))
        stage.check(inside, "ValueError", "Quantiles must be in the range [0, 1]")
        return at(lead, wanted)

    if not shape:
        return _kept(stage, core.wrap(element(())), x, axis, keepdims)
    result = core.settle(stage, core.computed(F64, shape, element, 30))
    return _kept(stage, result, x, axis, keepdims, probability.rank)


def _interpolated(
    stage: Stage, table: Array, lead: Index, at: Operand, last: Operand, method: Value
) -> Operand:
    """A quantile of a sorted row whose last valid position is given."""
    if method not in METHODS:
        stage.fail(f"the quantile method {method!r} is not supported", remedy=f"use one of {METHODS}")
    place = stage.op(a.mul, at, stage.convert(last, F64))
    below = stage.op(a.floor, place)
    low = stage.op(a.imin, stage.op(a.imax, stage.op(a.f2i, below), i64(0)), last)
    high = stage.op(a.imin, stage.iadd(low, i64(1)), last)
    x, y = (core.at(stage, table, (*lead, k)) for k in (low, high))
    share = stage.op(a.sub, place, below)
    if method == "lower":
        return x
    if method == "higher":
        return stage.op(a.select, stage.op(a.eq, share, f64(0.0)), x, y)
    if method == "nearest":
        near = stage.op(a.f2i, stage.op(a.rint, place))
        near = stage.op(a.imin, stage.op(a.imax, near, i64(0)), last)
        return core.at(stage, table, (*lead, near))
    if method == "midpoint":
        middle = stage.op(a.mul, f64(0.5), stage.op(a.add, x, y))
        return stage.op(a.select, stage.op(a.eq, share, f64(0.0)), x, middle)
    return _linear(stage, x, y, share)


def _linear(stage: Stage, x: Operand, y: Operand, share: Operand) -> Operand:
    gap = stage.op(a.sub, y, x)
    from_below = stage.op(a.add, x, stage.op(a.mul, gap, share))
    from_above = stage.op(a.sub, y, stage.op(a.mul, gap, stage.op(a.sub, f64(1.0), share)))
    return stage.op(a.select, stage.op(a.lt, share, f64(0.5)), from_below, from_above)


def percentile(stage: Stage, x: Value, q: Value, *args: Value, **options: Value) -> Value:
    """np.percentile"""
    return quantile(stage, x, elementwise.apply(stage, "divide", q, 100.0), *args, **options)


def nanpercentile(stage: Stage, x: Value, q: Value, *args: Value, **options: Value) -> Value:
    """np.nanpercentile"""
    return nanquantile(stage, x, elementwise.apply(stage, "divide", q, 100.0), *args, **options)


def partition(stage: Stage, x: Value, kth: Value, axis: Value = -1, **_: Value) -> Value:
    """np.partition: sorted altogether."""
    return sort(stage, x, axis)


def argpartition(stage: Stage, x: Value, kth: Value, axis: Value = -1, **_: Value) -> Value:
    """np.argpartition: sorted altogether."""
    return argsort(stage, x, axis)
