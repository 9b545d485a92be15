"""Vector and matrix norms."""

from __future__ import annotations

import numpy as np

from adfun.frontend.arrays import arguments, contract, core, dense, elementwise, reduce, shapes, singular
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import i64
from adfun.ir.types import F64, I64
from adfun.primitives import kernels


def norm(stage: Stage, x: Value, ord: Value = None, axis: Value = None, keepdims: Value = False) -> Value:
    """np.linalg.norm"""
    array = core.as_array(stage, x)
    if axis is None:
        if ord is None or (ord in ("fro", "f") and array.rank == 2) or (ord == 2 and array.rank == 1):
            return _euclidean(stage, array, None, keepdims)
        if array.rank == 1:
            return _vector(stage, array, ord, None, keepdims)
        if array.rank == 2:
            return _matrix(stage, array, ord, keepdims)
        stage.fail("improper number of dimensions to norm")
    axes = arguments.axes_of(stage, axis, array.rank)
    if len(axes) == 1:
        return _vector(stage, array, 2 if ord is None else ord, axes[0], keepdims)
    if ord in (None, "fro", "f"):
        return _euclidean(stage, array, axes, keepdims)
    stage.fail("this norm along two axes is not supported")


def vector_norm(
    stage: Stage, x: Value, /, *, axis: Value = None, keepdims: Value = False, ord: Value = 2
) -> Value:
    """np.linalg.vector_norm"""
    return _vector(stage, core.as_array(stage, x), ord, axis, keepdims)


def matrix_norm(stage: Stage, x: Value, /, *, keepdims: Value = False, ord: Value = "fro") -> Value:
    """np.linalg.matrix_norm"""
    if ord in ("fro", "f"):
        return _euclidean(stage, core.as_array(stage, x), (-2, -1), keepdims)
    return _matrix(stage, core.as_array(stage, x), ord, keepdims)


def _euclidean(stage: Stage, array: Array, axis: Value, keepdims: Value) -> Value:
    squares = elementwise.apply(stage, "square", elementwise.astype(stage, array, F64))
    return elementwise.root(stage, reduce.sum(stage, squares, axis, keepdims=keepdims))


def _vector(stage: Stage, array: Array, ord: Value, axis: Value, keepdims: Value) -> Value:
    size = elementwise.apply(stage, "absolute", elementwise.astype(stage, array, F64))
    if ord == np.inf:
        return reduce.max(stage, size, axis, None, keepdims)
    if ord == -np.inf:
        return reduce.min(stage, size, axis, None, keepdims)
    if ord == 0:
        unequal = elementwise.apply(stage, "not_equal", array, 0.0)
        return elementwise.astype(stage, reduce.sum(stage, unequal, axis, keepdims=keepdims), F64)
    if ord == 1:
        return reduce.sum(stage, size, axis, keepdims=keepdims)
    if ord == 2:
        return _euclidean(stage, array, axis, keepdims)
    if isinstance(ord, str):
        stage.fail(f"the norm {ord!r} is not defined for vectors")
    powers = reduce.sum(stage, elementwise.apply(stage, "power", size, ord), axis, keepdims=keepdims)
    return elementwise.apply(stage, "power", powers, elementwise.apply(stage, "divide", 1.0, ord))


def _matrix(stage: Stage, array: Array, ord: Value, keepdims: Value) -> Value:
    if arguments.flag(stage, keepdims, "keepdims"):
        stage.fail("this matrix norm with keepdims is not supported")
    size = elementwise.apply(stage, "absolute", array)
    if ord in (1, -1, np.inf, -np.inf):
        sums = reduce.sum(stage, size, 0 if ord in (1, -1) else 1)
        return (reduce.max if ord in (1, np.inf) else reduce.min)(stage, sums)
    if ord in (2, -2):
        return elementwise.apply(stage, "sqrt", _extreme_eigenvalue(stage, array, largest=ord == 2))
    if ord == "nuc":
        return singular.nuclear(stage, array)
    stage.fail(f"the matrix norm {ord!r} is not supported", remedy="use 'fro', 'nuc', 1, 2 or np.inf")


def _extreme_eigenvalue(stage: Stage, array: Array, *, largest: bool) -> Value:
    """Of A'A: the square of a singular value."""
    product = core.as_array(stage, contract.matmul(stage, shapes.transpose(stage, array), array))
    n = product.shape[0]
    outputs = dense.call(
        stage, kernels.eigh, [dense.as_buffer(stage, product)], [(F64, (n,)), (F64, (n, n)), I64]
    )
    stage.linalg_check(dense.is_zero(stage, outputs[2]), "Eigenvalues did not converge")
    place = stage.isub(n, i64(1)) if largest else i64(0)
    return core.wrap(stage.builder.load(dense.buffer_of(outputs[0]), (place,)))
