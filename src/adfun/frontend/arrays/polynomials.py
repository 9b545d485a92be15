"""Polynomials: power series, and orthogonal families by their three-term recurrences."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import arguments, core, loops
from adfun.frontend.stage import Stage
from adfun.frontend.values import Value
from adfun.ir.nodes import Index, Operand, f64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

Scalars = Callable[[Stage, Operand], Operand]


@dataclass(frozen=True, slots=True)
class Family:
    """P[k + 1] = rise(k) x P[k] + shift(k) P[k] - fall(k) P[k - 1], as functions of the float k."""

    rise: Scalars
    shift: Scalars
    fall: Scalars


def _constant(value: float) -> Scalars:
    return lambda stage, k: f64(value)


def _fraction(p: float, q: float, r: float, s: float) -> Scalars:
    """(p k + q) / (r k + s)"""

    def at(stage: Stage, k: Operand) -> Operand:
        top, bottom = (stage.op(a.add, stage.op(a.mul, f64(m), k), f64(n)) for m, n in ((p, q), (r, s)))
        return stage.op(a.div, top, bottom)

    return at


def _first_else(first: float, rest: float) -> Scalars:
    return lambda stage, k: stage.op(a.select, stage.op(a.eq, k, f64(0.0)), f64(first), f64(rest))


NONE = _constant(0.0)
FAMILIES = {
    "power": Family(_constant(1.0), NONE, NONE),
    "chebyshev": Family(_first_else(1.0, 2.0), NONE, _constant(1.0)),
    "chebyshev2": Family(_constant(2.0), NONE, _constant(1.0)),
    "legendre": Family(_fraction(2.0, 1.0, 1.0, 1.0), NONE, _fraction(1.0, 0.0, 1.0, 1.0)),
    "hermite": Family(_constant(2.0), NONE, _fraction(2.0, 0.0, 0.0, 1.0)),
    "hermite_e": Family(_constant(1.0), NONE, _fraction(1.0, 0.0, 0.0, 1.0)),
    "laguerre": Family(
        _fraction(0.0, -1.0, 1.0, 1.0), _fraction(2.0, 1.0, 1.0, 1.0), _fraction(1.0, 0.0, 1.0, 1.0)
    ),
}


def _next(stage: Stage, family: Family, k: Operand, x: Operand, now: Operand, before: Operand) -> Operand:
    order = stage.convert(k, F64)
    rise = stage.op(a.mul, family.rise(stage, order), x)
    factor = stage.op(a.add, rise, family.shift(stage, order))
    fall = stage.op(a.mul, family.fall(stage, order), before)
    return stage.op(a.sub, stage.op(a.mul, factor, now), fall)


def series(name: str) -> Callable[..., Value]:
    """The handler of `chebval(x, c)` and its kin: the sum of c[k] P[k](x)."""
    family = FAMILIES[name]

    def handler(stage: Stage, x: Value, c: Value, tensor: Value = True) -> Value:
        weights = core.as_array(stage, c)
        if weights.rank != 1:
            stage.fail("the coefficients must be a vector", f"this is {core.describe(weights)}")
        weights = core.reused(stage, weights)

        def emit(point: Operand) -> Operand:
            point = stage.convert(point, F64)

            def step(index: Index, carried: loops.Carry) -> loops.Carry:
                total, now, before = carried
                weight = stage.convert(core.at(stage, weights, index), F64)
                total = stage.op(a.add, total, stage.op(a.mul, weight, now))
                return total, _next(stage, family, index[0], point, now, before), now

            start = (f64(0.0), f64(1.0), f64(0.0))
            return loops.sweep(stage, weights.shape, start, step)[0]

        return core.elementwise(stage, F64, emit, x, cost=100)

    handler.__doc__ = f"the value of a {name} series"
    return handler


def single(name: str) -> Callable[..., Value]:
    """The handler of `eval_legendre(n, x)` and its kin, for a degree n that is one integer."""
    family = FAMILIES[name]

    def handler(stage: Stage, n: Value, x: Value) -> Value:
        if not core.is_number(n):
            stage.fail("the degree must be one integer", f"this is {core.describe(n)}")
        degree = arguments.size_of(stage, n, "the degree")

        def emit(point: Operand) -> Operand:
            point = stage.convert(point, F64)

            def step(index: Index, carried: loops.Carry) -> loops.Carry:
                return _next(stage, family, index[0], point, *carried), carried[0]

            return loops.sweep(stage, (degree,), (f64(1.0), f64(0.0)), step)[0]

        return core.elementwise(stage, F64, emit, x, cost=100)

    handler.__doc__ = f"one {name} polynomial"
    return handler


SERIES: dict[str, Callable[..., Value]] = {
    "polynomial.polynomial.polyval": series("power"),
    "polynomial.chebyshev.chebval": series("chebyshev"),
    "polynomial.legendre.legval": series("legendre"),
    "polynomial.hermite.hermval": series("hermite"),
    "polynomial.hermite_e.hermeval": series("hermite_e"),
    "polynomial.laguerre.lagval": series("laguerre"),
}

SINGLE: dict[str, Callable[..., Value]] = {
    "eval_chebyt": single("chebyshev"),
    "eval_chebyu": single("chebyshev2"),
    "eval_legendre": single("legendre"),
    "eval_hermite": single("hermite"),
    "eval_hermitenorm": single("hermite_e"),
    "eval_laguerre": single("laguerre"),
}
