"""Reductions: sums, products, extrema, moments, truth, cumulative forms."""

from __future__ import annotations

import builtins
from collections.abc import Callable

import numpy as np

from adfun.frontend.arrays import arguments, core, elementwise, loops
from adfun.frontend.arrays.contract import length_hint
from adfun.frontend.arrays.ufuncs import UFUNCS
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Scalar, Value
from adfun.ir.nodes import Const, Index, Operand, b1, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a
from adfun.records import dataclass


@dataclass(frozen=True, slots=True)
class Fiber:
    """The elements that one result of a reduction is made of."""

    elem: Type
    sizes: tuple[Operand, ...]
    at: Callable[[Index], Operand]


Fold = Callable[[Stage, Fiber], Operand]


def reduce(
    stage: Stage, array: Array, axis: Value, keepdims: Value, type: Type, fold: Fold, extra: int = 2
) -> Value:
    """Fold every fiber along the given axes."""
    if id(array) in stage.mixed:
        stage.fail(
            "this is a number on one path and an array on another",
            "here",
            reason="what is made of all its elements would not be the same",
            remedy="leave an array on both paths, such as np.full(n, 1.5)",
        )
    axes = arguments.axes_of(stage, axis, array.rank)
    keep = arguments.flag(stage, keepdims, "keepdims")
    kept = [k for k in range(array.rank) if k not in axes]
    sizes = tuple(array.shape[k] for k in axes)

    def element(index: Index) -> Operand:
        outside = [index[k] for k in kept] if keep else list(index)

        def at(inside: Index) -> Operand:
            full: list[Operand] = [i64(0)] * array.rank
            for k, part in zip(kept, outside, strict=True):
                full[k] = part
            for k, part in zip(axes, inside, strict=True):
                full[k] = part
            return core.at(stage, array, tuple(full))

        return fold(stage, Fiber(array.elem, sizes, at))

    shape: list[Operand] = [
        i64(1) if k in axes else s for k, s in enumerate(array.shape) if keep or k not in axes
    ]
    if not shape:
        return core.wrap(element(()))
    if keep and not kept:
        return core.small(stage, type, shape, [element((i64(0),) * array.rank)])
    cost = (core.cost_of(array) + extra) * length_hint(stage, sizes)
    return core.settle(stage, core.computed(type, shape, element, builtins.max(cost, core.CHEAP + 1)))


def counted(stage: Stage, array: Array) -> Type:
    """The type of a sum: truth values are counted."""
    return I64 if array.elem is B1 else array.elem


def masked(stage: Stage, x: Value, where: Value, rest: Value) -> Array:
    """The array with `rest` in place of the elements that `where` leaves out."""
    array = core.as_array(stage, x)
    if where is True or where is None:
        return array
    return core.as_array(stage, elementwise.select(stage, where, array, rest))


# -- sums and products ------------------------------------------------------------------------


def sum(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.sum"""
    array = masked(stage, x, where, 0)
    type = arguments.dtype_of_sum(stage, dtype, counted(stage, array))
    result = reduce(
        stage, array, axis, keepdims, type, lambda s, fiber: loops.total(s, type, fiber.sizes, fiber.at)
    )
    if initial is not None:
        result = elementwise.apply(stage, "add", result, initial)
    return elementwise.stored_in(stage, out, result)


def prod(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.prod"""
    array = masked(stage, x, where, 1)
    type = arguments.dtype_of_sum(stage, dtype, counted(stage, array))

    def fold(stage: Stage, fiber: Fiber) -> Operand:
        def step(index: Index, carried: loops.Carry) -> loops.Carry:
            factor = stage.convert(fiber.at(index), type)
            return (stage.op(loops.MULTIPLY[type], carried[0], factor),)

        return loops.sweep(stage, fiber.sizes, (core.literal(1.0 if type is F64 else 1),), step)[0]

    result = reduce(stage, array, axis, keepdims, type, fold)
    if initial is not None:
        result = elementwise.apply(stage, "multiply", result, initial)
    return elementwise.stored_in(stage, out, result)


def count(stage: Stage, array: Array, axis: Value, where: Value = True) -> Value:
    """How many elements each result is made of, as a float."""
    if where is not True:
        full = core.broadcast_to(stage, core.as_array(stage, where), array.shape)
        return elementwise.astype(stage, sum(stage, full, axis, keepdims=True), F64)
    axes = arguments.axes_of(stage, axis, array.rank)
    number = arguments.product(stage, [array.shape[k] for k in axes])
    return core.wrap(stage.convert(number, F64))


def mean(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    keepdims: Value = False,
    where: Value = True,
) -> Value:
    """np.mean"""
    if arguments.dtype_of(stage, dtype) is not F64:
        stage.fail("a mean is a float", "another type is asked for", remedy="convert the elements first")
    array = core.as_array(stage, x)
    number = count(stage, array, axis, where)
    if where is not True and not arguments.flag(stage, keepdims, "keepdims"):
        number = squeezed(stage, number, axis, array.rank)
    total = sum(stage, array, axis, float, None, keepdims, None, where)
    return elementwise.stored_in(stage, out, elementwise.apply(stage, "divide", total, number))


def squeezed(stage: Stage, value: Value, axis: Value, rank: int) -> Value:
    """A result that kept its reduced axes, without them."""
    array = core.as_array(stage, value)
    axes = arguments.axes_of(stage, axis, rank)
    if len(axes) == rank:
        return core.wrap(core.at(stage, array, (i64(0),) * rank))
    shape = [s for k, s in enumerate(array.shape) if k not in axes]

    def locate(index: Index) -> Index:
        rest = iter(index)
        return tuple(i64(0) if k in axes else next(rest) for k in range(rank))

    return core.view(array, tuple(shape), locate)


def var(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    ddof: Value = 0,
    keepdims: Value = False,
    *,
    where: Value = True,
    mean: Value = None,
    correction: Value = None,
) -> Value:
    """np.var"""
    array = core.reused(stage, core.as_array(stage, x))
    centre = _mean(stage, array, axis, keepdims=True, where=where) if mean is None else mean
    residual = elementwise.apply(stage, "subtract", array, stored_once(stage, centre))
    squares = sum(stage, elementwise.apply(stage, "square", residual), axis, float, None, True, None, where)
    freedom = elementwise.apply(
        stage, "subtract", count(stage, array, axis, where), ddof if correction is None else correction
    )
    result = elementwise.apply(stage, "divide", squares, elementwise.apply(stage, "maximum", freedom, 0.0))
    if not arguments.flag(stage, keepdims, "keepdims"):
        result = squeezed(stage, result, axis, array.rank)
    return elementwise.stored_in(stage, out, result)


_mean = mean


def stored_once(stage: Stage, value: Value) -> Value:
    return core.reused(stage, value) if isinstance(value, Array) else value


def std(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    *args: Value,
    **options: Value,
) -> Value:
    """np.std"""
    return elementwise.stored_in(
        stage, out, elementwise.root(stage, var(stage, x, axis, dtype, None, *args, **options))
    )


def average(
    stage: Stage,
    x: Value,
    axis: Value = None,
    weights: Value = None,
    returned: Value = False,
    *,
    keepdims: Value = False,
) -> Value:
    """np.average"""
    array = core.as_array(stage, x)
    if weights is None:
        result = mean(stage, array, axis, keepdims=keepdims)
        total = count(stage, array, axis)
    else:
        weight = core.as_array(stage, weights)
        if axis is not None and weight.rank == 1 != array.rank:
            weight = _along_axis(stage, weight, arguments.axis_of(stage, axis, array.rank), array.rank)
        weight = core.broadcast_to(stage, core.reused(stage, weight), array.shape)
        total = sum(stage, weight, axis, float, None, keepdims)
        weighted = elementwise.apply(stage, "multiply", array, weight)
        result = elementwise.apply(stage, "divide", sum(stage, weighted, axis, float, None, keepdims), total)
    return (result, total) if arguments.flag(stage, returned, "returned") else result


def _along_axis(stage: Stage, array: Array, axis: int, rank: int) -> Array:
    shape = [array.shape[0] if k == axis else i64(1) for k in range(rank)]
    return core.view(array, tuple(shape), lambda index: (index[axis],))


# -- extrema ----------------------------------------------------------------------------------


def worst(type: Type, largest: bool) -> Const:
    if type is F64:
        return f64(-np.inf if largest else np.inf)
    limits = np.iinfo(np.int64)
    return i64(int(limits.min if largest else limits.max))


def position(stage: Stage, fiber: Fiber, largest: bool, skip_nan: bool = False) -> Operand:
    """Row-major position, within the fiber, of the first extreme element; NaN counts as extreme."""

    def step(index: Index, carried: loops.Carry) -> loops.Carry:
        best, place = carried
        value = fiber.at(index)
        value = stage.convert(value, I64) if value.type is B1 else value
        if value.type is F64:
            value = stage.op(a.detach, value)
        better = _better(stage, value, best, largest, skip_nan)
        here = core.ravel(stage, fiber.sizes, index)
        return stage.op(a.select, better, value, best), stage.op(a.select, better, here, place)

    return loops.sweep(stage, fiber.sizes, (worst(F64 if fiber.elem is F64 else I64, largest), i64(0)), step)[
        1
    ]


def _better(stage: Stage, value: Operand, best: Operand, largest: bool, skip_nan: bool) -> Operand:
    low, high = (best, value) if largest else (value, best)
    if value.type is I64:
        return stage.op(a.ilt, low, high)
    if skip_nan:
        return stage.op(a.lt, low, high)
    not_worse = stage.op(a.bnot, stage.op(a.le, high, low))
    return stage.op(a.band, not_worse, stage.op(a.bnot, stage.op(a.isnan, best)))


def extreme(stage: Stage, fiber: Fiber, largest: bool, skip_nan: bool = False) -> Operand:
    """The extreme element: a chain when there are few, else found by position and read once more,
    so that only the selected element takes part in derivatives."""
    if (
        builtins.all(isinstance(s, Const) for s in fiber.sizes)
        and length_hint(stage, fiber.sizes) <= loops.UNROLL
    ):
        name = ("fmax" if largest else "fmin") if skip_nan else "maximum" if largest else "minimum"
        loop = next(x for x in UFUNCS[name].loops if x.operands is fiber.elem)
        values = [
            fiber.at(core.indices_of(stage, fiber.sizes, k)) for k in range(length_hint(stage, fiber.sizes))
        ]
        result = values[0]
        for value in values[1:]:
            result = loop.emit(stage, result, value)
        return result
    place = position(stage, fiber, largest, skip_nan)
    return fiber.at(core.unravel(stage, place, fiber.sizes))


def _not_empty(stage: Stage, array: Array, axis: Value, name: str) -> None:
    axes = arguments.axes_of(stage, axis, array.rank)
    number = arguments.product(stage, [array.shape[k] for k in axes])
    message = f"zero-size array to reduction operation {name} which has no identity"
    if isinstance(number, Const) and not number.value:
        stage.fail(message)
    stage.check(stage.op(a.ilt, i64(0), number), "ValueError", message)


def extremum(
    stage: Stage,
    name: str,
    x: Value,
    axis: Value,
    out: Value,
    keepdims: Value,
    initial: Value,
    where: Value,
    skip_nan: bool = False,
) -> Value:
    largest = name == "maximum"
    array = core.as_array(stage, x)
    if initial is None:
        _not_empty(stage, array, axis, name)
        return elementwise.stored_in(
            stage,
            out,
            reduce(stage, array, axis, keepdims, array.elem, lambda s, f: extreme(s, f, largest, skip_nan)),
        )
    array = masked(stage, array, where, initial)
    start = core.operand(stage, initial, "initial")
    type = core.wider(array.elem, start.type)
    loop = next(v for v in UFUNCS[("f" + name[:3]) if skip_nan else name].loops if v.operands is type)

    def fold(stage: Stage, fiber: Fiber) -> Operand:
        def step(index: Index, carried: loops.Carry) -> loops.Carry:
            return (loop.emit(stage, carried[0], stage.convert(fiber.at(index), type)),)

        return loops.sweep(stage, fiber.sizes, (stage.convert(start, type),), step)[0]

    return elementwise.stored_in(stage, out, reduce(stage, array, axis, keepdims, type, fold))


def max(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.max"""
    return extremum(stage, "maximum", x, axis, out, keepdims, initial, where)


def min(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.min"""
    return extremum(stage, "minimum", x, axis, out, keepdims, initial, where)


def nanmax(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.nanmax"""
    return extremum(stage, "maximum", x, axis, out, keepdims, initial, where, True)


def nanmin(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """np.nanmin"""
    return extremum(stage, "minimum", x, axis, out, keepdims, initial, where, True)


def ptp(stage: Stage, x: Value, axis: Value = None, out: Value = None, keepdims: Value = False) -> Value:
    """np.ptp: maximum minus minimum."""
    array = core.reused(stage, core.as_array(stage, x))
    high, low = (f(stage, array, axis, None, keepdims) for f in (max, min))
    return elementwise.stored_in(stage, out, elementwise.apply(stage, "subtract", high, low))


def _position(
    stage: Stage, x: Value, axis: Value, out: Value, keepdims: Value, largest: bool, skip_nan: bool = False
) -> Value:
    array = core.as_array(stage, x)
    if axis is not None:
        axis = arguments.axis_of(stage, axis, array.rank)
    _not_empty(stage, array, axis, "argmax" if largest else "argmin")
    result = reduce(stage, array, axis, keepdims, I64, lambda s, fiber: position(s, fiber, largest, skip_nan))
    if not isinstance(result, Array) and isinstance(result, Scalar):
        stage.nonnegative.add(result.operand)
        if array.rank == 1:
            stage.bounds[result.operand] = array.shape[0]
    return elementwise.stored_in(stage, out, result)


def argmax(
    stage: Stage, x: Value, axis: Value = None, out: Value = None, *, keepdims: Value = False
) -> Value:
    """np.argmax"""
    return _position(stage, x, axis, out, keepdims, True)


def argmin(
    stage: Stage, x: Value, axis: Value = None, out: Value = None, *, keepdims: Value = False
) -> Value:
    """np.argmin"""
    return _position(stage, x, axis, out, keepdims, False)


def nanargmax(
    stage: Stage, x: Value, axis: Value = None, out: Value = None, *, keepdims: Value = False
) -> Value:
    """np.nanargmax"""
    return _position(stage, x, axis, out, keepdims, True, True)


def nanargmin(
    stage: Stage, x: Value, axis: Value = None, out: Value = None, *, keepdims: Value = False
) -> Value:
    """np.nanargmin"""
    return _position(stage, x, axis, out, keepdims, False, True)


# -- truth ------------------------------------------------------------------------------------


def truth(
    stage: Stage, x: Value, axis: Value, out: Value, keepdims: Value, where: Value, every: bool
) -> Value:
    array = masked(stage, x, where, every)
    row = a.band if every else a.bor

    def fold(stage: Stage, fiber: Fiber) -> Operand:
        def step(index: Index, carried: loops.Carry) -> loops.Carry:
            return (stage.op(row, carried[0], arguments.truth(stage, fiber.at(index))),)

        return loops.sweep(stage, fiber.sizes, (b1(every),), step)[0]

    return elementwise.stored_in(stage, out, reduce(stage, array, axis, keepdims, B1, fold))


def any(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    *,
    where: Value = True,
) -> Value:
    """np.any"""
    return truth(stage, x, axis, out, keepdims, where, False)


def all(
    stage: Stage,
    x: Value,
    axis: Value = None,
    out: Value = None,
    keepdims: Value = False,
    *,
    where: Value = True,
) -> Value:
    """np.all"""
    return truth(stage, x, axis, out, keepdims, where, True)


def count_nonzero(stage: Stage, x: Value, axis: Value = None, *, keepdims: Value = False) -> Value:
    """np.count_nonzero"""
    return sum(stage, elementwise.astype(stage, x, B1), axis, keepdims=keepdims)


def allclose(stage: Stage, *args: Value, **options: Value) -> Value:
    """np.allclose"""
    return all(stage, elementwise.isclose(stage, *args, **options))


def array_equal(stage: Stage, x: Value, y: Value, equal_nan: Value = False) -> Value:
    """np.array_equal: shapes that differ are not an error."""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    if left.rank != right.rank:
        return False
    alike: Operand = b1(True)
    for m, n in zip(left.shape, right.shape, strict=True):
        alike = stage.op(a.band, alike, stage.op(a.ieq, stage.size(m), stage.size(n)))

    def compare() -> tuple[Operand]:
        def differ(index: Index, carried: loops.Carry) -> loops.Carry:
            x, y = core.at(stage, left, index), core.at(stage, right, index)
            return (stage.op(a.band, carried[0], core.operand(stage, _equal(stage, x, y))),)

        return (loops.sweep(stage, left.shape, (b1(True),), differ)[0],)

    return core.wrap(stage.builder.if_else(alike, compare, lambda: (b1(False),))[0])


def array_equiv(stage: Stage, x: Value, y: Value) -> Value:
    """np.array_equiv"""
    return all(stage, elementwise.apply(stage, "equal", x, y))


def _equal(stage: Stage, x: Operand, y: Operand) -> Value:
    return elementwise.apply(stage, "equal", core.wrap(x), core.wrap(y))
