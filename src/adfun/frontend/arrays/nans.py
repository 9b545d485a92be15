"""Reductions that leave NaN out."""

from __future__ import annotations

from adfun.frontend.arrays import core, elementwise
from adfun.frontend.arrays.reduce import masked, mean, prod, sum, var
from adfun.frontend.arrays.running import cumprod, cumsum
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value


def _without_nan(stage: Stage, x: Value) -> tuple[Array, Value]:
    array = core.reused(stage, core.as_array(stage, x))
    return array, elementwise.apply(stage, "logical_not", elementwise.apply(stage, "isnan", array))


def nansum(stage: Stage, x: Value, axis: Value = None, *args: Value, **options: Value) -> Value:
    """np.nansum"""
    array, good = _without_nan(stage, x)
    return sum(stage, masked(stage, array, good, 0), axis, *args, **options)


def nanprod(stage: Stage, x: Value, axis: Value = None, *args: Value, **options: Value) -> Value:
    """np.nanprod"""
    array, good = _without_nan(stage, x)
    return prod(stage, masked(stage, array, good, 1), axis, *args, **options)


def nanmean(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    keepdims: Value = False,
) -> Value:
    """np.nanmean"""
    array, good = _without_nan(stage, x)
    return mean(stage, array, axis, dtype, out, keepdims, where=good)


def nanvar(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    ddof: Value = 0,
    keepdims: Value = False,
) -> Value:
    """np.nanvar"""
    array, good = _without_nan(stage, x)
    return var(stage, array, axis, dtype, out, ddof, keepdims, where=good)


def nanstd(
    stage: Stage,
    x: Value,
    axis: Value = None,
    dtype: Value = None,
    out: Value = None,
    ddof: Value = 0,
    keepdims: Value = False,
) -> Value:
    """np.nanstd"""
    return elementwise.stored_in(
        stage, out, elementwise.root(stage, nanvar(stage, x, axis, dtype, None, ddof, keepdims))
    )


def nancumsum(stage: Stage, x: Value, axis: Value = None, dtype: Value = None, out: Value = None) -> Value:
    """np.nancumsum"""
    array, good = _without_nan(stage, x)
    return cumsum(stage, masked(stage, array, good, 0), axis, dtype, out)


def nancumprod(stage: Stage, x: Value, axis: Value = None, dtype: Value = None, out: Value = None) -> Value:
    """np.nancumprod"""
    array, good = _without_nan(stage, x)
    return cumprod(stage, masked(stage, array, good, 1), axis, dtype, out)
