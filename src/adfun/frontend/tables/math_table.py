"""What is supported of `math` on run-time numbers."""

from __future__ import annotations

import math
from functools import wraps

import numpy as np

from adfun.frontend.arrays import contract, core, elementwise, loops, norms, overflow, reduce
from adfun.frontend.stage import Stage
from adfun.frontend.tables.entry import Handler, entry
from adfun.frontend.tables.scipy_table import primitive
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Operand, Var, b1, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import special as s


def number(stage: Stage, value: Value) -> Value:
    """One number; `math` takes arrays of one element too."""
    if isinstance(value, (Array, np.ndarray)):
        return core.wrap(core.operand(stage, value))
    if not core.is_number(value):
        stage.fail(
            "`math` takes numbers", f"this is {core.describe(value)}", remedy="use the function of NumPy"
        )
    return value


def _ufunc(name: str) -> Handler:
    def handler(stage: Stage, *values: Value) -> Value:
        return elementwise.apply(stage, name, *(number(stage, v) for v in values))

    return handler


def _rounded(name: str) -> Handler:
    def handler(stage: Stage, x: Value) -> Value:
        found = elementwise.apply(stage, name, number(stage, x))
        return core.wrap(overflow.integer(stage, core.operand(stage, found)))

    return handler


def _row(name: str) -> Handler:
    apply = primitive(getattr(s, name))
    return lambda stage, x: apply(stage, number(stage, x))


def _log(stage: Stage, x: Value, base: Value = None) -> Value:
    """math.log, to any base."""
    if base is None:
        return elementwise.apply(stage, "log", number(stage, x))
    logs = [elementwise.apply(stage, "log", number(stage, v)) for v in (x, base)]
    known = elementwise.binary(stage, ">", base, 0)  # else the logarithm of x over infinity
    return elementwise.select(stage, known, elementwise.apply(stage, "divide", *logs), np.nan)


def _pow(stage: Stage, x: Value, y: Value) -> Value:
    x, y = (elementwise.astype(stage, number(stage, v), F64) for v in (x, y))
    return elementwise.apply(stage, "power", x, y)


def _hypot(stage: Stage, *values: Value) -> Value:
    if len(values) == 2:
        return elementwise.apply(stage, "hypot", *(number(stage, v) for v in values))
    return norms.norm(stage, tuple(values))


def _dist(stage: Stage, p: Value, q: Value) -> Value:
    left, right = core.as_array(stage, p), core.as_array(stage, q)
    for have, want in zip(left.shape, right.shape, strict=False):
        core.common_size(stage, have, want)  # without broadcasting
    return norms.norm(stage, elementwise.apply(stage, "subtract", left, right))


def _isclose(stage: Stage, x: Value, y: Value, *, rel_tol: Value = 1e-09, abs_tol: Value = 0.0) -> Value:
    x, y = number(stage, x), number(stage, y)
    for given in (rel_tol, abs_tol):
        tolerance = stage.convert(core.operand(stage, given), F64)
        stage.check(stage.op(a.le, f64(0.0), tolerance), "ValueError", "tolerances must be non-negative")

    def apply(name: str, *values: Value) -> Value:
        return elementwise.apply(stage, name, *values)

    largest = apply("maximum", apply("absolute", x), apply("absolute", y))
    room = apply("maximum", apply("multiply", rel_tol, largest), abs_tol)
    return apply("less_equal", apply("absolute", apply("subtract", x, y)), room)


def _integer(stage: Stage, n: Value) -> Operand:
    given = core.operand(stage, n)
    if given.type is F64:
        stage.fail("this function takes integers", "a float is given", remedy="use int(), or scipy.special")
    return stage.convert(given, I64)


def _factorial(stage: Stage, n: Value) -> Value:
    """A product of floats: exact to 18!, then to rounding."""
    top = _integer(stage, n)
    stage.check(stage.op(a.ile, i64(0), top), "ValueError", "factorial() not defined for negative values")

    def step(k: Var, carried: tuple[Var, ...]) -> loops.Carry:
        return (stage.op(a.mul, carried[0], stage.op(a.i2f, k)),)

    return core.wrap(stage.builder.for_loop(i64(2), stage.iadd(top, i64(1)), (f64(1.0),), step)[0])


def _comb(stage: Stage, n: Value, k: Value) -> Value:
    total, chosen = (_integer(stage, v) for v in (n, k))
    for operand in (total, chosen):
        stage.check(stage.op(a.ile, i64(0), operand), "ValueError", "comb() takes no negative numbers")

    def step(j: Var, carried: tuple[Var, ...]) -> loops.Carry:
        factor = stage.op(a.i2f, stage.isub(total, j))
        grown = stage.op(a.mul, carried[0], factor)
        return (stage.op(a.rint, stage.op(a.div, grown, stage.op(a.i2f, stage.iadd(j, i64(1))))),)

    ways = stage.builder.for_loop(i64(0), chosen, (f64(1.0),), step)[0]
    return core.wrap(stage.op(a.select, stage.op(a.ilt, total, chosen), f64(0.0), ways))


def _isqrt(stage: Stage, n: Value) -> Value:
    given = _integer(stage, n)
    stage.check(stage.op(a.ile, i64(0), given), "ValueError", "isqrt() argument must be nonnegative")
    root: Operand = stage.op(a.sqrt, stage.convert(given, F64))
    return core.wrap(stage.op(a.f2i, root))


RAISING = frozenset(
    "sqrt log log2 log10 log1p acos asin acosh atanh gamma lgamma pow exp expm1 cosh sinh fmod".split()
)
"""Functions that raise because of the values that they are given."""
OVERFLOWING = frozenset("pow exp expm1 cosh sinh gamma lgamma".split())


def _raising(name: str, handler: Handler) -> Handler:
    """A function whose errors a `try` around its call catches; elsewhere it gives NaN or infinity.

    Where it fails the function is taken of a number that suits it: what is not used must have no derivative.
    """

    @wraps(handler)
    def guarded(stage: Stage, *values: Value) -> Value:
        wanted = ("ValueError", "OverflowError") if name in OVERFLOWING else ("ValueError",)
        found = handler(stage, *values)
        if not any(stage.guard(error) for error in wanted) or isinstance(found, (int, float)):
            return found
        given = [stage.convert(core.operand(stage, number(stage, v)), F64) for v in values]
        made = core.operand(stage, found)
        finite: Operand = b1(True)
        for operand in given:
            finite = stage.op(a.band, finite, stage.op(a.isfinite, operand))
        ok = stage.op(a.bor, stage.op(a.isfinite, made), stage.op(a.bnot, finite))
        if name in OVERFLOWING:
            number_made = stage.op(a.bnot, stage.op(a.isnan, made))
            stage.caught(stage.op(a.bor, ok, stage.op(a.bnot, number_made)), "OverflowError")
            stage.caught(stage.op(a.bor, ok, number_made), "ValueError")
        else:
            stage.caught(ok, "ValueError")
        other = f64(2.0 if name == "acosh" else 0.5)
        return handler(stage, *(core.wrap(stage.op(a.select, ok, operand, other)) for operand in given))

    return guarded


_MATH: dict[str, Handler] = {
    **{
        name: _ufunc(ufunc)
        for name, ufunc in {
            **{n: n for n in "exp expm1 exp2 log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh".split()},
            **{n: "arc" + n[1:] for n in "asin acos atan asinh acosh atanh".split()},
            **{n: n for n in "fabs fmod copysign isnan isinf isfinite ldexp".split()},
            "atan2": "arctan2",
            "degrees": "rad2deg",
            "radians": "deg2rad",
        }.items()
    },
    **{name: _rounded(name) for name in ("floor", "ceil", "trunc")},
    **{
        name: _row(row)
        for name, row in {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "lgamma"}.items()
    },
    "log": _log,
    "pow": _pow,
    "hypot": _hypot,
    "dist": _dist,
    "isclose": _isclose,
    "factorial": _factorial,
    "comb": _comb,
    "isqrt": _isqrt,
    "prod": lambda stage, x, *, start=1: elementwise.apply(stage, "multiply", reduce.prod(stage, x), start),
    "sumprod": lambda stage, p, q: contract.dot(stage, p, q),
    "modf": elementwise.modf,
}


def math_functions() -> dict[str, Handler]:
    """The table, with dotted names: only what this Python's `math` has."""
    known = {name: handler for name, handler in _MATH.items() if hasattr(math, name)}
    known |= {name: _raising(name, handler) for name, handler in known.items() if name in RAISING}
    return {f"math.{name}": entry(f"math.{name}", handler) for name, handler in known.items()}
