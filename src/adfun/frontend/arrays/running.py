"""Running sums, products and the like along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from adfun.frontend.arrays import arguments, contract, core, elementwise, loops
from adfun.frontend.arrays.reduce import counted
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Index, Operand, i64
from adfun.ir.types import F64, Type


def scan(
    stage: Stage,
    x: Value,
    axis: Value,
    type: Type,
    start: Operand,
    step: Callable[[Operand, Operand], Operand],
) -> Array:
    """out[k] = step(out[k - 1], x[k]) along an axis; None flattens first."""
    array = core.as_array(stage, x)
    if axis is None:
        array, axis = contract.flat(stage, array), 0
    axis = arguments.axis_of(stage, axis, array.rank)
    sizes = array.sizes()
    if sizes is not None and math.prod(sizes) <= core.SMALL:
        return _small_scan(stage, array, axis, type, start, step)
    buffer = stage.builder.alloc(type, array.shape, zero=False)

    def along(outside: Index) -> None:
        def body(index: Index, carried: loops.Carry) -> loops.Carry:
            full = (*outside[:axis], index[0], *outside[axis:])
            value = step(carried[0], stage.convert(core.at(stage, array, full), type))
            stage.builder.store(buffer, full, value)
            return (value,)

        loops.sweep(stage, (array.shape[axis],), (start,), body)

    loops.for_each(stage, [s for k, s in enumerate(array.shape) if k != axis], along)
    return core.stored(stage, buffer)


def _small_scan(
    stage: Stage,
    array: Array,
    axis: int,
    type: Type,
    start: Operand,
    step: Callable[[Operand, Operand], Operand],
) -> Array:
    sizes = array.sizes()
    assert sizes is not None
    done: dict[tuple[int, ...], Operand] = {}
    for index in np.ndindex(*sizes):
        value = stage.convert(core.at(stage, array, tuple(i64(k) for k in index)), type)
        before = tuple(k - (axis == m) for m, k in enumerate(index))
        done[index] = step(done[before], value) if index[axis] else value
    return core.small(stage, type, array.shape, list(done.values()))


def cumsum(stage: Stage, x: Value, axis: Value = None, dtype: Value = None, out: Value = None) -> Value:
    """np.cumsum"""
    type = arguments.dtype_of_sum(stage, dtype, counted(stage, core.as_array(stage, x)))
    result = scan(stage, x, axis, type, loops.zero_of(type), lambda s, v: stage.op(loops.ADD[type], s, v))
    return elementwise.stored_in(stage, out, result)


def cumprod(stage: Stage, x: Value, axis: Value = None, dtype: Value = None, out: Value = None) -> Value:
    """np.cumprod"""
    type = arguments.dtype_of_sum(stage, dtype, counted(stage, core.as_array(stage, x)))
    one = core.literal(1.0 if type is F64 else 1)
    result = scan(stage, x, axis, type, one, lambda s, v: stage.op(loops.MULTIPLY[type], s, v))
    return elementwise.stored_in(stage, out, result)


def cumulative_sum(
    stage: Stage, x: Value, /, *, axis: Value = None, dtype: Value = None, out: Value = None
) -> Value:
    """np.cumulative_sum of a vector, or along an axis"""
    return cumsum(stage, x, axis, dtype, out)


def cumulative_prod(
    stage: Stage, x: Value, /, *, axis: Value = None, dtype: Value = None, out: Value = None
) -> Value:
    """np.cumulative_prod of a vector, or along an axis"""
    return cumprod(stage, x, axis, dtype, out)
