"""Elementary functions: roots, exponentials, logarithms, trigonometric and hyperbolic functions,
and the three that keep logistic models accurate (`expit`, `log_expit`, `logaddexp`).

C++ functions `adfun_<name>` of the rows without an expression stand in `adfun/scalar.h`; the
others call libm.  Partials are written to keep their relative accuracy in the tails.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Operand, f64
from adfun.ir.rows import Expand, Partial, Primitive
from adfun.ir.types import F64
from adfun.lazy import function
from adfun.primitives import arithmetic as a
from adfun.primitives.arithmetic import MINUS_ONE, ONE, ZERO

Args = tuple[Operand, ...]

LN2, LN10 = f64(math.log(2.0)), f64(math.log(10.0))
THREE, FOUR = f64(3.0), f64(4.0)


def _unary(
    name: str,
    partial: Partial,
    cost: int,
    *,
    reference: Any = None,
    singular: bool = False,
    vector: bool = True,
    expand: Expand | None = None,
    cpp: str | None = "",
) -> Primitive:
    cpp = f"{name}({{0}})" if cpp == "" else cpp
    return Primitive(
        name, (F64,), F64, reference or getattr(np, name), (partial,), cpp, None if cpp else "scalar",
        cost, singular=singular, vector=vector, expand=expand,
    )  # fmt: skip


def _inverse(b: Builder, x: Operand) -> Operand:
    return b.op(a.div, ONE, x)


def _one_minus_square(b: Builder, x: Operand) -> Operand:
    """1 - x*x without cancellation near one."""
    return b.op(a.mul, b.op(a.sub, ONE, x), b.op(a.add, ONE, x))


def _one_plus_square(b: Builder, x: Operand) -> Operand:
    return b.op(a.add, ONE, b.op(a.square, x))


# -- roots, exponentials, logarithms ----------------------------------------------------------

sqrt, log = a.sqrt, a.log  # their rows stand where pow needs them
cbrt = _unary("cbrt", lambda b, x, r: _inverse(b, b.op(a.mul, THREE, b.op(a.square, r))), 30, singular=True)
exp = _unary("exp", lambda b, x, r: r, 20, singular=True)
exp2 = _unary("exp2", lambda b, x, r: b.op(a.mul, LN2, r), 20, singular=True)
expm1 = _unary("expm1", lambda b, x, r: b.op(exp, x[0]), 30, singular=True)
log2 = _unary("log2", lambda b, x, r: b.op(a.div, f64(1.0 / math.log(2.0)), x[0]), 25, singular=True)
log10 = _unary("log10", lambda b, x, r: b.op(a.div, f64(1.0 / math.log(10.0)), x[0]), 25, singular=True)
log1p = _unary("log1p", lambda b, x, r: _inverse(b, b.op(a.add, ONE, x[0])), 25, singular=True)

# -- trigonometric ----------------------------------------------------------------------------

sin = _unary("sin", lambda b, x, r: b.op(cos, x[0]), 25)
cos: Primitive = _unary("cos", lambda b, x, r: b.op(a.neg, b.op(sin, x[0])), 25)
tan = _unary("tan", lambda b, x, r: _one_plus_square(b, r), 40)
asin = _unary(
    "asin", lambda b, x, r: _inverse(b, b.op(sqrt, _one_minus_square(b, x[0]))), 35,
    reference=np.arcsin, singular=True,
)  # fmt: skip
acos = _unary(
    "acos", lambda b, x, r: b.op(a.div, MINUS_ONE, b.op(sqrt, _one_minus_square(b, x[0]))), 35,
    reference=np.arccos, singular=True,
)  # fmt: skip
atan = _unary("atan", lambda b, x, r: _inverse(b, _one_plus_square(b, x[0])), 35, reference=np.arctan)


def _squared_radius(b: Builder, x: Args) -> Operand:
    return b.op(a.add, b.op(a.square, x[0]), b.op(a.square, x[1]))


atan2 = Primitive(
    "atan2", (F64, F64), F64, np.arctan2,
    (
        lambda b, x, r: b.op(a.div, x[1], _squared_radius(b, x)),
        lambda b, x, r: b.op(a.neg, b.op(a.div, x[0], _squared_radius(b, x))),
    ),
    "atan2({0}, {1})", cost=60, singular=True,
)  # fmt: skip
hypot = Primitive(
    "hypot", (F64, F64), F64, np.hypot,
    (lambda b, x, r: a.over_root(b, x[0], r), lambda b, x, r: a.over_root(b, x[1], r)),
    "hypot({0}, {1})", cost=40, commutative=True, singular=True,
)  # fmt: skip

# -- hyperbolic -------------------------------------------------------------------------------


def _sech2_reference(x: Any) -> Any:
    z = np.exp(-2.0 * np.absolute(x))
    return 4.0 * z / np.square(1.0 + z)


def _expand_sech2(b: Builder, x: Args) -> Operand:
    z = b.op(exp, b.op(a.mul, f64(-2.0), b.op(a.fabs, x[0])))
    return b.op(a.div, b.op(a.mul, FOUR, z), b.op(a.square, b.op(a.add, ONE, z)))


sinh = _unary("sinh", lambda b, x, r: b.op(cosh, x[0]), 40, singular=True)
cosh: Primitive = _unary("cosh", lambda b, x, r: b.op(sinh, x[0]), 40, singular=True)
tanh = _unary("tanh", lambda b, x, r: b.op(sech2, x[0]), 40)
sech2: Primitive = _unary(
    "sech2", lambda b, x, r: b.op(a.mul, b.op(a.mul, f64(-2.0), b.op(tanh, x[0])), r), 30,
    reference=_sech2_reference, expand=_expand_sech2, cpp=None,
)  # fmt: skip
"""1 / cosh(x)**2: the derivative of tanh, accurate where 1 - tanh(x)**2 is not."""
asinh = _unary("asinh", lambda b, x, r: _inverse(b, b.op(hypot, ONE, x[0])), 40, reference=np.arcsinh)
acosh = _unary(
    "acosh",
    lambda b, x, r: _inverse(b, b.op(sqrt, b.op(a.mul, b.op(a.sub, x[0], ONE), b.op(a.add, x[0], ONE)))),
    40, reference=np.arccosh, singular=True,
)  # fmt: skip
atanh = _unary(
    "atanh", lambda b, x, r: _inverse(b, _one_minus_square(b, x[0])), 40, reference=np.arctanh, singular=True
)

# -- logistic ---------------------------------------------------------------------------------


def _decay(b: Builder, x: Operand) -> Operand:
    """exp(-|x|), which expit, log_expit and logaddexp of one argument share."""
    return b.op(exp, b.op(a.neg, b.op(a.fabs, x)))


def _expand_expit(b: Builder, x: Args) -> Operand:
    z = _decay(b, x[0])
    q = _inverse(b, b.op(a.add, ONE, z))
    return b.op(a.select, b.op(a.le, ZERO, x[0]), q, b.op(a.mul, z, q))


def _expand_log_expit(b: Builder, x: Args) -> Operand:
    return b.op(a.sub, b.op(a.minimum, x[0], ZERO), b.op(log1p, _decay(b, x[0])))


def _difference(b: Builder, x: Args) -> Operand:
    """x0 - x1, but 0 for two equal infinities."""
    difference = b.op(a.sub, *x)
    if any(isinstance(part, Const) and math.isfinite(part.value) for part in x):
        return difference
    return b.op(a.select, b.op(a.isnan, difference), ZERO, difference)


def _expand_logaddexp(b: Builder, x: Args) -> Operand:
    return b.op(a.add, b.op(a.maximum, *x), b.op(log1p, _decay(b, _difference(b, x))))


expit: Primitive = _unary(
    "expit", lambda b, x, r: b.op(a.mul, r, b.op(expit, b.op(a.neg, x[0]))), 30,
    reference=function("scipy.special", "expit"), expand=_expand_expit, cpp=None,
)  # fmt: skip
log_expit = _unary(
    "log_expit", lambda b, x, r: b.op(expit, b.op(a.neg, x[0])), 50,
    reference=function("scipy.special", "log_expit"), expand=_expand_log_expit, cpp=None,
)  # fmt: skip
logaddexp = Primitive(
    "logaddexp", (F64, F64), F64, np.logaddexp,
    (
        lambda b, x, r: b.op(expit, _difference(b, x)),
        lambda b, x, r: b.op(expit, b.op(a.neg, _difference(b, x))),
    ),
    None, "scalar", cost=50, commutative=True, expand=_expand_logaddexp,
)  # fmt: skip
