"""Elementwise functions with NumPy's type promotion, and the operators of the language."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend.arrays import arguments, assumptions, contract, core, writing
from adfun.frontend.arrays.ufuncs import UFUNCS, Loop, Ufunc
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Scalar, Value
from adfun.ir.nodes import Const, Operand, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    ">>": "right_shift",
}

UNARY_OPERATORS = {"-": "negative", "+": "positive", "~": "invert"}


def binary(stage: Stage, operator: str, x: Value, y: Value) -> Value:
    """A binary operator of Python between numbers and arrays."""
    if operator == "@":
        return contract.matmul(stage, x, y)
    return apply(stage, OPERATORS[operator], x, y)


def unary(stage: Stage, operator: str, x: Value) -> Value:
    """A unary operator of Python on a number or an array; `not` is the evaluator's."""
    if operator == "~" and not isinstance(x, Array) and element_type(stage, x) is B1:
        return core.wrap(stage.op(a.bnot, core.operand(stage, x)))
    return apply(stage, UNARY_OPERATORS[operator], x)


def element_type(stage: Stage, value: Value) -> Type:
    """The element type of an array-like value."""
    if isinstance(value, Scalar):
        return value.type
    if isinstance(value, (bool, np.bool_)):
        return B1
    if isinstance(value, (int, np.integer)):
        return I64
    if isinstance(value, (float, np.floating)):
        return F64
    return core.as_array(stage, value).elem


def apply(
    stage: Stage, name: str, *values: Value, out: Value = None, where: Value = True, dtype: Value = None
) -> Value:
    """Apply the ufunc of this name to numbers and array-likes."""
    ufunc = UFUNCS[name]
    if len(values) == ufunc.nin + 1 and out is None:
        *values, out = values  # type: ignore[assignment]
    if len(values) != ufunc.nin:
        stage.fail(f"np.{name} takes {ufunc.nin} arguments", f"{len(values)} are given here")
    staged = tuple(
        v if core.is_number(v) else core.as_array(stage, v, f"an argument of np.{name}") for v in values
    )
    if any(map(core.is_long, staged)) and all(element_type(stage, v) is not F64 for v in staged):
        return _with_long(stage, ufunc, staged)
    loop = choose(stage, ufunc, staged)
    result = run(stage, loop, *staged)
    if dtype is not None:
        type = arguments.dtype_of(stage, dtype)
        _castable(stage, result, type)
        result = astype(stage, result, type)
    if out is None or (isinstance(out, tuple) and out == (None,)):
        return result
    return into(stage, out, result, where)


def _with_long(stage: Stage, ufunc: Ufunc, values: tuple[Value, ...]) -> Value:
    """A function of run-time integers and a known one that 64 bits cannot hold."""
    if ufunc.loops[0].operands is F64:
        return run(stage, ufunc.loops[0], *(float(v) if core.is_long(v) else v for v in values))
    if ufunc.nin == 2 and ufunc.name.startswith(("less", "greater", "equal", "not_equal")):
        x, y = (_sign_if_long(v) for v in values)
        return run(stage, choose(stage, ufunc, (x, y)), x, y)
    stage.fail(
        "this number does not fit into 64 bits",
        "it meets an integer that is only known at run time",
        reason="integers that are not known when the objective is compiled have 64 bits",
        remedy="calculate with floats, such as 2.0**70",
    )


def _sign_if_long(value: Value) -> Value:
    """Infinity with the sign of an int that is greater, or less, than all that 64 bits can hold."""
    return np.copysign(np.inf, value) if core.is_long(value) else value


def into(stage: Stage, out: Value, result: Value, where: Value) -> Value:
    """Store a result in the array given as `out`, where `where` holds."""
    target = out[0] if isinstance(out, tuple) else out
    if not isinstance(target, Array):
        stage.fail("out must be an array", f"this is {core.describe(target)}")
    _castable(stage, result, target.elem)
    if where is not True:
        result = select(stage, where, result, target)
    writing.setitem(stage, target, Ellipsis, result)
    return target


def stored_in(stage: Stage, out: Value, result: Value) -> Value:
    """The result itself, or `out` after the result was stored there."""
    return result if out is None else into(stage, out, result, True)


def storing(handler: Callable[..., Value]) -> Callable[..., Value]:
    """A handler with an option `out` of which it knows nothing: its result is stored there."""

    signature = functools.cache(lambda: inspect.signature(handler))  # which takes long, and few call

    @functools.wraps(handler)
    def stored(stage: Stage, *values: Value, **options: Value) -> Value:
        given = signature().bind(stage, *values, **options)
        out = given.arguments.pop("out", None)
        result = handler(*given.args, **given.kwargs)
        return stored_in(stage, out, result)

    return stored


def _castable(stage: Stage, result: Value, type: Type) -> None:
    """Refuse what NumPy does not cast by itself: floats to integers, integers to truth values."""
    own = element_type(stage, result)
    if core.ORDER[own] > core.ORDER[type]:
        label = f"{own.value} is not cast to {type.value}"
        stage.fail("the result does not fit the type asked for", label, remedy="use x.astype(...)")


def choose(stage: Stage, ufunc: Ufunc, values: tuple[Value, ...]) -> Loop:
    """The loop for arguments of these types: the narrowest that holds them."""
    types = [element_type(stage, v) for v in values]
    type = core.wider(*types)
    scalars = all(core.is_number(v) and not isinstance(v, Array) for v in values)
    if type is B1 and scalars and not ufunc.scalar_bools:
        type = I64
    if ufunc.name == "power" and type is I64 and scalars and _may_be_negative(stage, values[1]):
        type = F64  # a negative power of a Python int is a float
    for loop in ufunc.loops:
        if core.ORDER[loop.operands] >= core.ORDER[type]:
            return loop
    last = ufunc.loops[-1]
    if last.operands is not B1:
        stage.fail(f"np.{ufunc.name} is not defined for floats", remedy="use integers or truth values")
    if ufunc.name.startswith("bitwise") or ufunc.name == "invert":
        stage.fail(f"np.{ufunc.name} is not defined for floats", remedy="compare first, such as (x > 0)")
    return last  # logical functions take the truth of anything


def _may_be_negative(stage: Stage, exponent: Value) -> bool:
    operand = core.operand(stage, exponent)
    if isinstance(operand, Const):
        return operand.value < 0
    nonnegative = assumptions.holds(stage, "op:ge", operand, 0)
    if nonnegative is not None:
        return not nonnegative
    let = stage.builder.definition.get(operand)
    return let is not None and let.op is a.ineg


def run(stage: Stage, loop: Loop, *values: Value) -> Value:
    """Apply one typed loop to every element."""

    def emit(*operands: Operand) -> Operand:
        return loop.emit(stage, *(stage.convert(o, loop.operands) for o in operands))

    return core.elementwise(stage, loop.result, emit, *values, cost=loop.cost)


def custom(stage: Stage, type: Type, emit: Any, *values: Value, cost: int = 4) -> Value:
    """Apply a function of operands, given as floats, to every element of the broadcast values."""

    def floats(*operands: Operand) -> Operand:
        result: Operand = emit(*(stage.convert(o, F64) for o in operands))
        return result

    return core.elementwise(stage, type, floats, *values, cost=cost)


def astype(stage: Stage, value: Value, type: Type) -> Value:
    """The value with another element type."""
    if element_type(stage, value) is type:
        return value
    return core.elementwise(stage, type, lambda x: stage.convert(x, type), value)


# -- selection --------------------------------------------------------------------------------


def select(stage: Stage, condition: Value, x: Value, y: Value) -> Value:
    """np.where with three arguments."""
    type = core.wider(element_type(stage, x), element_type(stage, y))

    def emit(test: Operand, yes: Operand, no: Operand) -> Operand:
        test = arguments.truth(stage, test)
        return stage.op(a.select, test, stage.convert(yes, type), stage.convert(no, type))

    return core.elementwise(stage, type, emit, condition, x, y, cost=2)


def np_select(stage: Stage, condlist: Value, choicelist: Value, default: Value = 0) -> Value:
    """np.select: the choice of the first condition that holds."""
    conditions, choices = (
        arguments.items_of(stage, v) if not isinstance(v, Array) else rows(stage, v)
        for v in (condlist, choicelist)
    )
    if len(conditions) != len(choices):
        stage.fail("np.select needs as many choices as conditions")
    result = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = select(stage, condition, choice, result)
    return result


def rows(stage: Stage, array: Array) -> list[Value]:
    """The items of an array along its first axis, whose length must be known now."""
    length = stage.size(array.shape[0]) if array.rank else None
    if not isinstance(length, Const):
        stage.fail("the length of this array must be known when the objective is compiled")
    tail = array.shape[1:]
    return [
        core.view(array, tail, lambda index, k=k: (i64(k), *index))  # type: ignore[misc]
        if tail
        else core.wrap(core.at(stage, array, (i64(k),)))
        for k in range(int(length.value))
    ]


def clip(
    stage: Stage,
    x: Value,
    a_min: Value = None,
    a_max: Value = None,
    out: Value = None,
    *,
    min: Value = None,
    max: Value = None,
) -> Value:
    """np.clip; either limit may be None."""
    lower, upper = (a_min if min is None else min), (a_max if max is None else max)
    result = x
    if lower is not None:
        result = apply(stage, "maximum", result, lower)
    if upper is not None:
        result = apply(stage, "minimum", result, upper)
    return stored_in(stage, out, result)


def around(stage: Stage, x: Value, decimals: Value = 0, out: Value = None) -> Value:
    """np.round: half to even, with NumPy's scaling by a power of ten."""
    digits = arguments.integer(stage, decimals, "decimals")
    if element_type(stage, x) is not F64:
        if digits >= 0:
            return x
        return astype(stage, around(stage, astype(stage, x, F64), digits), I64)
    factor = f64(10.0 ** abs(digits))
    scale, back = (a.mul, a.div) if digits > 0 else (a.div, a.mul)

    def emit(value: Operand) -> Operand:
        if not digits:
            return stage.op(a.rint, value)
        return stage.op(back, stage.op(a.rint, stage.op(scale, value, factor)), factor)

    result = core.elementwise(stage, F64, emit, x, cost=10)
    return stored_in(stage, out, result)


def root(stage: Stage, x: Value) -> Value:
    """The root of a sum of squares, with derivative 0 at 0."""
    return core.elementwise(stage, F64, lambda value: stage.op(a.root, value), x, cost=a.root.cost)


def nan_to_num(
    stage: Stage, x: Value, copy: Value = True, nan: Value = 0.0, posinf: Value = None, neginf: Value = None
) -> Value:
    """np.nan_to_num; infinities become the largest floats unless values are given."""
    if element_type(stage, x) is not F64:
        return x
    largest = float(np.finfo(float).max)
    high, lower = (largest if posinf is None else posinf), (-largest if neginf is None else neginf)
    result = select(stage, apply(stage, "isnan", x), nan, x)
    result = select(stage, apply(stage, "equal", x, np.inf), high, result)
    return select(stage, apply(stage, "equal", x, -np.inf), lower, result)


def isclose(
    stage: Stage, x: Value, y: Value, rtol: Value = 1e-05, atol: Value = 1e-08, equal_nan: Value = False
) -> Value:
    """np.isclose"""
    gap = apply(stage, "absolute", apply(stage, "subtract", x, y))
    room = apply(stage, "add", atol, apply(stage, "multiply", rtol, apply(stage, "absolute", y)))
    near = apply(stage, "logical_and", apply(stage, "less_equal", gap, room), apply(stage, "isfinite", y))
    near = apply(stage, "logical_or", near, apply(stage, "equal", x, y))
    if arguments.flag(stage, equal_nan, "equal_nan"):
        both = apply(stage, "logical_and", apply(stage, "isnan", x), apply(stage, "isnan", y))
        near = apply(stage, "logical_or", near, both)
    return near


def divmod_(stage: Stage, x: Value, y: Value) -> Value:
    """np.divmod: quotient and remainder."""
    return (apply(stage, "floor_divide", x, y), apply(stage, "remainder", x, y))


def modf(stage: Stage, x: Value) -> Value:
    """np.modf: fractional and integral parts."""
    whole = custom(stage, F64, lambda v: stage.op(a.trunc, v), x)
    rest = custom(
        stage,
        F64,
        lambda v, w: stage.op(a.select, stage.op(a.eq, v, w), f64(0.0), stage.op(a.sub, v, w)),
        x,
        whole,
    )
    return rest, whole


def logical_not(stage: Stage, x: Value) -> Value:
    """np.logical_not"""
    return apply(stage, "logical_not", x)


def isposinf(stage: Stage, x: Value) -> Value:
    """np.isposinf"""
    return apply(stage, "equal", x, np.inf)


def isneginf(stage: Stage, x: Value) -> Value:
    """np.isneginf"""
    return apply(stage, "equal", x, -np.inf)


def outer(stage: Stage, name: str, x: Value, y: Value) -> Value:
    """ufunc.outer: every element of x with every element of y."""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    extra = (i64(1),) * right.rank
    wide = core.view(left, (*left.shape, *extra), lambda index: index[: left.rank])
    return apply(stage, name, wide, right)
