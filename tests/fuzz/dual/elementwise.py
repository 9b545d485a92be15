"""Derivative rules of elementwise functions, and where they bend or jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tests.fuzz.dual.number import UFUNCS, WATCH, Dual, Floats, lift, multilinear, value

Rule = Callable[..., Any]
SQRT_PI = np.sqrt(np.pi)


def _times(partial: Any, x: Dual, shape: tuple[int, ...]) -> Floats:
    """partial * derivatives of x, over the broadcast shape; a zero derivative stays zero."""
    t = x.t.reshape((1,) * (len(shape) - x.ndim) + x.t.shape)
    factor = np.broadcast_to(np.asarray(partial, np.float64), shape)[..., None]
    return np.where(t == 0, 0.0, factor * t)


def smooth(name: str, function: Rule, *partials: Rule) -> None:
    """Add a rule: partials(*values, result) for every operand."""

    def rule(*operands: Any, **options: Any) -> Any:
        if options.keys() - {"where", "dtype", "casting"}:
            raise TypeError(f"{name}: {options}")
        duals = [lift(o) for o in operands]
        values = [d.v for d in duals]
        with np.errstate(all="ignore"):
            result = function(*values)
            parts = [
                _times(p(*values, result), d, np.shape(result)) for p, d in zip(partials, duals, strict=True)
            ]
        return WATCH.saw(Dual(result, np.asarray(sum(parts), np.float64)))

    UFUNCS[name] = rule


def _unary(name: str, partial: Callable[[Any, Any], Any], function: Rule | None = None) -> None:
    smooth(name, function or getattr(np, name), partial)


for _name, _partial in {
    "negative": lambda x, r: -1.0,
    "positive": lambda x, r: 1.0,
    "exp": lambda x, r: r,
    "exp2": lambda x, r: r * np.log(2.0),
    "expm1": lambda x, r: r + 1.0,
    "log": lambda x, r: 1.0 / x,
    "log2": lambda x, r: 1.0 / (x * np.log(2.0)),
    "log10": lambda x, r: 1.0 / (x * np.log(10.0)),
    "log1p": lambda x, r: 1.0 / (1.0 + x),
    "sqrt": lambda x, r: 0.5 / r,
    "cbrt": lambda x, r: 1.0 / (3.0 * r * r),
    "square": lambda x, r: 2.0 * x,
    "reciprocal": lambda x, r: -r * r,
    "sin": lambda x, r: np.cos(x),
    "cos": lambda x, r: -np.sin(x),
    "tan": lambda x, r: 1.0 + r * r,
    "arcsin": lambda x, r: 1.0 / np.sqrt(1.0 - x * x),
    "arccos": lambda x, r: -1.0 / np.sqrt(1.0 - x * x),
    "arctan": lambda x, r: 1.0 / (1.0 + x * x),
    "sinh": lambda x, r: np.cosh(x),
    "cosh": lambda x, r: np.sinh(x),
    "tanh": lambda x, r: 1.0 - r * r,
    "arcsinh": lambda x, r: 1.0 / np.sqrt(1.0 + x * x),
    "arccosh": lambda x, r: 1.0 / np.sqrt(x * x - 1.0),
    "arctanh": lambda x, r: 1.0 / (1.0 - x * x),
    "deg2rad": lambda x, r: np.pi / 180.0,
    "rad2deg": lambda x, r: 180.0 / np.pi,
}.items():
    _unary(_name, _partial)
UFUNCS["conjugate"] = UFUNCS["positive"]
UFUNCS["radians"] = UFUNCS["deg2rad"]
UFUNCS["degrees"] = UFUNCS["rad2deg"]

for _name, _partial in {
    "gammaln": lambda x, r: special.psi(x),
    "loggamma": lambda x, r: special.psi(x),
    "gamma": lambda x, r: r * special.psi(x),
    "psi": lambda x, r: special.polygamma(1, x),
    "erf": lambda x, r: 2.0 / SQRT_PI * np.exp(-x * x),
    "erfc": lambda x, r: -2.0 / SQRT_PI * np.exp(-x * x),
    "erfcx": lambda x, r: 2.0 * x * r - 2.0 / SQRT_PI,
    "ndtr": lambda x, r: np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi),
    "log_ndtr": lambda x, r: np.exp(-0.5 * x * x - r) / np.sqrt(2.0 * np.pi),
    "ndtri": lambda p, r: np.sqrt(2.0 * np.pi) * np.exp(0.5 * r * r),
    "expit": lambda x, r: special.expit(x) * special.expit(-x),
    "log_expit": lambda x, r: special.expit(-x),
    "logit": lambda p, r: 1.0 / (p * (1.0 - p)),
    "i0": lambda x, r: special.i1(x),
    "i1": lambda x, r: special.i0(x) - np.where(x == 0, 0.5, special.i1(x) / np.where(x == 0, 1.0, x)),
    "i0e": lambda x, r: special.i1e(x) - np.sign(x) * r,
    "i1e": lambda x, r: special.i0e(x) - r * (np.sign(x) + 1.0 / np.where(x == 0, 1.0, x)),
}.items():
    _unary(_name, _partial, getattr(special, _name))

smooth("add", np.add, lambda x, y, r: 1.0, lambda x, y, r: 1.0)
smooth("subtract", np.subtract, lambda x, y, r: 1.0, lambda x, y, r: -1.0)
smooth("multiply", np.multiply, lambda x, y, r: y, lambda x, y, r: x)
smooth("divide", np.divide, lambda x, y, r: 1.0 / y, lambda x, y, r: -r / y)
smooth("arctan2", np.arctan2, lambda y, x, r: x / (x * x + y * y), lambda y, x, r: -y / (x * x + y * y))
smooth("hypot", np.hypot, lambda x, y, r: x / r, lambda x, y, r: y / r)
smooth("logaddexp", np.logaddexp, lambda x, y, r: np.exp(x - r), lambda x, y, r: np.exp(y - r))
smooth("logaddexp2", np.logaddexp2, lambda x, y, r: np.exp2(x - r), lambda x, y, r: np.exp2(y - r))
smooth("xlogy", special.xlogy, lambda x, y, r: np.log(y), lambda x, y, r: x / y)
smooth("xlog1py", special.xlog1py, lambda x, y, r: np.log1p(y), lambda x, y, r: x / (1.0 + y))
smooth(
    "betaln",
    special.betaln,
    lambda p, q, r: special.psi(p) - special.psi(p + q),
    lambda p, q, r: special.psi(q) - special.psi(p + q),
)
smooth(
    "power",
    lambda x, y: np.power(x, y),
    lambda x, y, r: np.where(y == 0, 0.0, y * np.power(x, np.where(y == 0, 1.0, y) - 1.0)),
    lambda x, y, r: r * np.log(np.where(x > 0, x, np.nan)),
)
UFUNCS["float_power"] = UFUNCS["power"]


# -- bends and jumps --------------------------------------------------------------------------


def _absolute(x: Any) -> Any:
    WATCH.near(x.v, x.active())
    return UFUNCS["multiply"](x, np.where(x.v < 0, -1.0, 1.0))


def _choose(pick: Callable[[Any, Any], Any]) -> Rule:
    def rule(x: Any, y: Any, **options: Any) -> Any:
        x, y = lift(x), lift(y)
        gap, same = x.v - y.v, (x.t[...] == y.t).all(axis=-1)
        WATCH.near(gap, (x.active() | y.active()) & ~((gap == 0) & same))
        first = pick(x.v, y.v)
        t = np.where(np.asarray(first)[..., None], x.t, y.t)
        with np.errstate(all="ignore"):
            return WATCH.saw(Dual(np.where(first, x.v, y.v), t))

    return rule


def _step(function: Rule, distance: Callable[[Any], Any]) -> Rule:
    def rule(x: Any) -> Any:
        away = distance(x.v)
        WATCH.near(away, x.active() | (away != 0))
        return lift(function(x.v))

    return rule


def _to_integer(v: Any) -> Any:
    return v - np.rint(v)


def _floor_divide(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    away = _to_integer(x.v / y.v)
    WATCH.near(away, x.active() | y.active() | (away != 0))
    return lift(np.floor_divide(x.v, y.v))


def _remainder(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    result = UFUNCS["subtract"](x, UFUNCS["multiply"](_floor_divide(x, y), y))
    return Dual(np.remainder(x.v, y.v), result.t)


def _fmod(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    away = _to_integer(x.v / y.v)
    WATCH.near(away, x.active() | y.active() | (away != 0))
    result = UFUNCS["subtract"](x, UFUNCS["multiply"](lift(np.trunc(x.v / y.v)), y))
    return Dual(np.fmod(x.v, y.v), result.t)


def _copysign(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    WATCH.near(x.v, x.active())
    WATCH.near(y.v, y.active())
    return UFUNCS["multiply"](x, np.where(np.signbit(x.v) == np.signbit(y.v), 1.0, -1.0))


def _comparison(name: str) -> Rule:
    function = getattr(np, name)

    def rule(x: Any, y: Any) -> Any:
        if not isinstance(x, (Dual, int, float, np.ndarray, np.generic, list)):
            return NotImplemented
        if y is None:
            return name == "not_equal"
        x, y = lift(x), lift(y)
        with np.errstate(invalid="ignore"):
            gap = x.v - y.v
        WATCH.near(gap, x.active() | y.active() | (gap != 0))
        result = function(x.v, y.v)
        return result if np.ndim(result) else bool(result)

    return rule


def _of_values(function: Rule) -> Rule:
    def rule(*operands: Any) -> Any:
        return function(*(value(o) for o in operands))

    return rule


UFUNCS["absolute"] = UFUNCS["fabs"] = _absolute
UFUNCS["maximum"] = UFUNCS["fmax"] = _choose(np.greater_equal)
UFUNCS["minimum"] = UFUNCS["fmin"] = _choose(np.less_equal)
UFUNCS["sign"] = _step(np.sign, lambda v: v)
UFUNCS["floor"] = _step(np.floor, _to_integer)
UFUNCS["ceil"] = _step(np.ceil, _to_integer)
UFUNCS["trunc"] = _step(np.trunc, _to_integer)
UFUNCS["rint"] = _step(np.rint, lambda v: _to_integer(v - 0.5))
UFUNCS["floor_divide"] = _floor_divide
UFUNCS["remainder"] = _remainder
UFUNCS["fmod"] = _fmod
UFUNCS["copysign"] = _copysign
UFUNCS["matmul"] = lambda x, y, **options: multilinear(np.matmul, [x, y])
for _name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"):
    UFUNCS[_name] = _comparison(_name)
for _name in ("isfinite", "isnan", "isinf", "signbit", "logical_not", "logical_and", "logical_or"):
    UFUNCS[_name] = _of_values(getattr(np, _name))
