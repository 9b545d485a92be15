"""Logarithms of sums of exponentials, and softmax."""

from __future__ import annotations

import numpy as np

from adfun.frontend.arrays import arguments, core, elementwise, loops
from adfun.frontend.arrays.reduce import Fiber, reduce, squeezed, stored_once, sum
from adfun.frontend.stage import Stage
from adfun.frontend.values import Value
from adfun.ir.nodes import Index, Operand, f64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e


def logsumexp(
    stage: Stage,
    x: Value,
    axis: Value = None,
    b: Value = None,
    keepdims: Value = False,
    return_sign: Value = False,
) -> Value:
    """scipy.special.logsumexp, shifted by the maximum; the shift takes no part in derivatives."""
    if arguments.flag(stage, return_sign, "return_sign"):
        stage.fail("logsumexp with return_sign is not supported")
    array = core.as_array(stage, elementwise.astype(stage, core.as_array(stage, x), F64))
    if b is not None:
        weight = core.reused(
            stage, core.as_array(stage, elementwise.astype(stage, core.as_array(stage, b), F64))
        )
        shape = core.broadcast_shape(stage, [array.shape, weight.shape])
        array = core.broadcast_to(stage, core.cheap(stage, array, shape), shape)
        weight = core.broadcast_to(stage, weight, shape)
        used = elementwise.apply(stage, "not_equal", weight, 0.0)
        array = core.as_array(stage, elementwise.select(stage, used, array, -np.inf))
    array = core.reused(stage, array)
    if b is None:
        return reduce(stage, array, axis, keepdims, F64, _fold_logsumexp, 40)
    shift = reduce(stage, array, axis, True, F64, _fold_shift, 4)
    terms = elementwise.apply(
        stage, "exp", elementwise.apply(stage, "subtract", array, stored_once(stage, shift))
    )
    total = sum(stage, elementwise.apply(stage, "multiply", weight, terms), axis, keepdims=True)
    result = elementwise.apply(stage, "add", shift, elementwise.apply(stage, "log", total))
    return (
        result if arguments.flag(stage, keepdims, "keepdims") else squeezed(stage, result, axis, array.rank)
    )


def _shift(stage: Stage, fiber: Fiber) -> Operand:
    """The largest element where it is finite, else 0; derivative zero."""

    def step(index: Index, carried: loops.Carry) -> loops.Carry:
        return (stage.op(a.maximum, carried[0], stage.op(a.detach, fiber.at(index))),)

    largest = loops.sweep(stage, fiber.sizes, (f64(-np.inf),), step)[0]
    return stage.op(a.select, stage.op(a.isfinite, largest), largest, f64(0.0))


def _fold_shift(stage: Stage, fiber: Fiber) -> Operand:
    return _shift(stage, fiber)


def _fold_logsumexp(stage: Stage, fiber: Fiber) -> Operand:
    shift = _shift(stage, fiber)
    total = loops.total(
        stage, F64, fiber.sizes, lambda index: stage.op(e.exp, stage.op(a.sub, fiber.at(index), shift))
    )
    return stage.op(a.add, shift, stage.op(e.log, total))


def log_softmax(stage: Stage, x: Value, axis: Value = None) -> Value:
    """scipy.special.log_softmax"""
    array = core.reused(stage, core.as_array(stage, x))
    total = logsumexp(stage, array, axis, keepdims=True)
    return elementwise.apply(stage, "subtract", array, stored_once(stage, total))


def softmax(stage: Stage, x: Value, axis: Value = None) -> Value:
    """scipy.special.softmax"""
    array = core.reused(stage, core.as_array(stage, elementwise.astype(stage, core.as_array(stage, x), F64)))
    shift = reduce(stage, array, axis, True, F64, _fold_shift, 4)
    terms = elementwise.apply(
        stage, "exp", elementwise.apply(stage, "subtract", array, stored_once(stage, shift))
    )
    terms = stored_once(stage, terms)
    return elementwise.apply(
        stage, "divide", terms, stored_once(stage, sum(stage, terms, axis, keepdims=True))
    )
