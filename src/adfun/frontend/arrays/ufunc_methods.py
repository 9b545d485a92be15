"""Methods of ufuncs: `np.add.reduce`, `np.maximum.accumulate`."""

from __future__ import annotations

import numpy as np

from adfun.frontend.arrays import core, elementwise, reduce
from adfun.frontend.arrays.logsums import logsumexp
from adfun.frontend.arrays.running import cumprod, cumsum, scan
from adfun.frontend.arrays.ufuncs import UFUNCS
from adfun.frontend.stage import Stage
from adfun.frontend.values import Value
from adfun.ir.nodes import f64


def accumulate(
    stage: Stage, name: str, x: Value, axis: Value = 0, dtype: Value = None, out: Value = None
) -> Value:
    """ufunc.accumulate"""
    array = core.as_array(stage, x)
    if name in ("add", "multiply"):
        return (cumsum if name == "add" else cumprod)(stage, array, axis, dtype, out)
    loop = elementwise.choose(stage, UFUNCS[name], (array, array))
    starts = {
        "maximum": reduce.worst(loop.result, True),
        "minimum": reduce.worst(loop.result, False),
        "logaddexp": f64(-np.inf),
    }
    if name not in starts:
        stage.fail(f"np.{name}.accumulate is not supported", remedy="write the loop")
    return scan(stage, array, axis, loop.result, starts[name], lambda s, v: loop.emit(stage, s, v))


def ufunc_reduce(
    stage: Stage,
    name: str,
    x: Value,
    axis: Value = 0,
    dtype: Value = None,
    out: Value = None,
    keepdims: Value = False,
    initial: Value = None,
    where: Value = True,
) -> Value:
    """ufunc.reduce"""
    simple = {"add": reduce.sum, "multiply": reduce.prod}
    if name in simple:
        return simple[name](stage, x, axis, dtype, out, keepdims, initial, where)
    if name in ("maximum", "minimum"):
        return reduce.extremum(stage, name, x, axis, out, keepdims, initial, where)
    if name in ("logical_and", "logical_or", "bitwise_and", "bitwise_or"):
        return reduce.truth(stage, x, axis, out, keepdims, where, name.endswith("and"))
    if name == "logaddexp":
        return logsumexp(stage, reduce.masked(stage, x, where, -np.inf), axis, keepdims=keepdims)
    stage.fail(f"np.{name}.reduce is not supported", remedy="write the loop")
