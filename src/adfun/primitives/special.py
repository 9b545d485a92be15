"""Special functions: the gamma, error and Bessel families.

C++ functions `adfun_<name>` stand in `adfun/special/<header>.h`.  The derivative of every row is made of
rows, to any order: `polygamma`, `ierfcx` and `bessel_i` take an order that differentiation raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from adfun.diagnostics.errors import CompileError, Diagnostic
from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Operand, f64
from adfun.ir.rows import Partial, Primitive, Simplify
from adfun.ir.types import F64
from adfun.lazy import function, load
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives.arithmetic import HALF, ONE, ZERO

Args = tuple[Operand, ...]


def _scipy(name: str) -> Callable[..., Any]:
    return function("scipy.special", name)


def _row(
    name: str, reference: Callable[..., Any] | str, partial: Partial, cost: int, *, header: str = "",
    singular: bool = False, vector: bool = False, simplify: Simplify | None = None, order: bool = False,
) -> Primitive:  # fmt: skip
    """A function of x, or of an order and x."""
    partials: tuple[Partial | None, ...] = (_unknown, partial) if order else (partial,)
    function_ = _scipy(reference) if isinstance(reference, str) else reference
    return Primitive(
        name, (F64,) * len(partials), F64, function_, partials, None, f"special/{header or name}", cost,
        singular=singular, vector=vector, simplify=simplify,
    )  # fmt: skip


def _unknown(b: Builder, args: Args, r: Operand) -> NoReturn:
    """The derivative by an order is refused."""
    raise CompileError(
        Diagnostic(
            "the order of this function depends on parameters",
            b.span,
            "here",
            "no derivative by the order is known to adfun",
            "pass the order as data",
        )
    )


def _times(b: Builder, factor: float, x: Operand) -> Operand:
    return b.op(a.mul, f64(factor), x)


def _shift(b: Builder, order: Operand, by: float) -> Operand:
    return b.op(a.add, order, f64(by))


# -- gamma function ---------------------------------------------------------------------------


def _simplify_polygamma(b: Builder, args: Args) -> Operand | None:
    order, x = args
    if isinstance(order, Const) and order.value in (0.0, 1.0):
        return b.op(trigamma if order.value else digamma, x)
    return None


def _trigamma_reference(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return load("scipy.special").polygamma(1, x)


lgamma: Primitive = _row(
    "lgamma", "gammaln", lambda b, x, r: b.op(digamma, x[0]), 35, singular=True, vector=True
)
digamma: Primitive = _row(
    "digamma", "digamma", lambda b, x, r: b.op(trigamma, x[0]), 35, singular=True, vector=True
)
trigamma: Primitive = _row(
    "trigamma", _trigamma_reference, lambda b, x, r: b.op(polygamma, f64(2.0), x[0]), 35,
    singular=True, vector=True,
)  # fmt: skip
polygamma: Primitive = _row(
    "polygamma", "polygamma", lambda b, x, r: b.op(polygamma, _shift(b, x[0], 1.0), x[1]), 300,
    singular=True, order=True, simplify=_simplify_polygamma,
)  # fmt: skip
"""polygamma(n, x), the n-th derivative of digamma; the order is a whole number."""
gamma: Primitive = _row(
    "gamma", "gamma", lambda b, x, r: b.op(a.mul, r, b.op(digamma, x[0])), 60, singular=True
)


# -- error function and the normal distribution -----------------------------------------------

TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
ROOT_HALF = math.sqrt(0.5)


FAR = 40.0
"""Beyond this exp(-x^2 / 2) is 0 in 64 bits."""


def _near(b: Builder, x: Operand) -> Operand:
    """x, held where exp(-x^2 / 2) is 0: at infinite bounds its slope is 0 then, not 0 times infinity."""
    return b.op(a.minimum, b.op(a.maximum, x, f64(-FAR)), f64(FAR))


def _bell(b: Builder, factor: float, rate: float, x: Operand) -> Operand:
    """factor * exp(rate * x^2)"""
    x = _near(b, x) if rate < 0.0 else x
    return _times(b, factor, b.op(e.exp, _times(b, rate, b.op(a.square, x))))


HIGHEST = 37.5
"""Beyond this erfcx(-x / sqrt(2)) is infinite soon, and the density over ndtr(x) less than 1e-305."""


def _hazard(b: Builder, x: Args, r: Operand) -> Operand:
    """The normal density over ndtr(x), which is sqrt(2 / pi) / erfcx(-x / sqrt(2))."""
    scaled = b.op(erfcx, _times(b, -ROOT_HALF, b.op(a.minimum, x[0], f64(HIGHEST))))
    return b.op(a.div, f64(math.sqrt(2.0 / math.pi)), scaled)


def _ierfcx_slope(b: Builder, n: Operand, x: Operand) -> Operand:
    """d/dx ierfcx(n, x) = -2 (n + 1) ierfcx(n + 1, x), from DLMF 7.18.6 and 7.18.7."""
    up = _shift(b, n, 1.0)
    return b.op(a.mul, _times(b, -2.0, up), b.op(ierfcx, up, x))


def _ierfcx_reference(order: Any, x: Any) -> Any:
    return np.vectorize(_ierfcx_value, otypes=[float])(order, x)


def _ierfcx_value(order: float, x: float) -> float:
    """The forward recurrence for small x, the continued fraction of the ratios (DLMF 7.18.13) beyond."""
    n = int(order)
    values = [TWO_OVER_ROOT_PI, float(load("scipy.special").erfcx(x))]
    if n <= 0 or x < 0.75:
        for k in range(1, n + 1):
            values.append((values[-2] - 2.0 * x * values[-1]) / (2.0 * k))
        return values[n + 1]
    value = values[1]
    for k in range(1, n + 1):
        ratio = 0.0
        for j in range(k + 4 + int(0.5 * (19.0 / x + math.sqrt(2.0 * n)) ** 2), k - 1, -1):
            ratio = 1.0 / (2.0 * x + 2.0 * (j + 1) * ratio)
        value *= ratio
    return value


def _simplify_ierfcx(b: Builder, args: Args) -> Operand | None:
    order, x = args
    return b.op(erfcx, x) if isinstance(order, Const) and order.value == 0.0 else None


erf: Primitive = _row("erf", "erf", lambda b, x, r: _bell(b, TWO_OVER_ROOT_PI, -1.0, x[0]), 35, vector=True)
erfc: Primitive = _row(
    "erfc", "erfc", lambda b, x, r: _bell(b, -TWO_OVER_ROOT_PI, -1.0, x[0]), 35, vector=True
)
erfcx: Primitive = _row("erfcx", "erfcx", lambda b, x, r: _ierfcx_slope(b, ZERO, x[0]), 30, vector=True)
"""exp(x^2) erfc(x)"""
ierfcx: Primitive = _row(
    "ierfcx", _ierfcx_reference, lambda b, x, r: _ierfcx_slope(b, x[0], x[1]), 200,
    order=True, simplify=_simplify_ierfcx, vector=True,
)  # fmt: skip
"""ierfcx(n, x) = exp(x^2) times the n-th repeated integral of erfc: no cancellation for large x."""
ndtr: Primitive = _row(
    "ndtr", "ndtr", lambda b, x, r: _bell(b, 1.0 / math.sqrt(2.0 * math.pi), -0.5, x[0]), 40, vector=True
)
log_ndtr: Primitive = _row("log_ndtr", "log_ndtr", _hazard, 60, vector=True)
ndtri: Primitive = _row(
    "ndtri", "ndtri", lambda b, x, r: _bell(b, math.sqrt(2.0 * math.pi), 0.5, r), 60,
    header="normal_quantile", singular=True,
)  # fmt: skip
erfinv: Primitive = _row(
    "erfinv", "erfinv", lambda b, x, r: _bell(b, 1.0 / TWO_OVER_ROOT_PI, 1.0, r), 60,
    header="normal_quantile", singular=True,
)  # fmt: skip
erfcinv: Primitive = _row(
    "erfcinv", "erfcinv", lambda b, x, r: _bell(b, -1.0 / TWO_OVER_ROOT_PI, 1.0, r), 60,
    header="normal_quantile", singular=True,
)  # fmt: skip


# -- modified Bessel functions of the first kind -----------------------------------------------


def _slope(b: Builder, row: Primitive, n: Operand, x: Operand, r: Operand) -> Operand:
    """The mean of the orders next to n; for n not whole without orders below zero (DLMF 10.29.1, 10.29.2)."""
    above = b.op(row, _shift(b, n, 1.0), x)
    if isinstance(n, Const) and n.value != int(n.value):
        return b.op(a.add, above, b.op(a.mul, b.op(a.div, n, x), r))
    return b.op(a.mul, HALF, b.op(a.add, b.op(row, _shift(b, n, -1.0), x), above))


def _scaled_slope(b: Builder, n: Operand, x: Operand, r: Operand) -> Operand:
    return b.op(a.sub, _slope(b, bessel_ie, n, x, r), b.op(a.mul, b.op(a.sign, x), r))


def _whole_order(scaled: bool) -> Simplify:
    """I of a whole order n is I of order -n; orders 0 and 1 have rows of their own."""

    def simplify(b: Builder, args: Args) -> Operand | None:
        order, x = args
        if not isinstance(order, Const) or order.value != int(order.value):
            return None
        n = abs(int(order.value))
        if n <= 1:
            rows = (i0e, i1e) if scaled else (i0, i1)
            return b.op(rows[n], x)
        return b.op(bessel_ie if scaled else bessel_i, f64(n), x) if order.value < 0 else None

    return simplify


i0: Primitive = _row("i0", "i0", lambda b, x, r: b.op(i1, x[0]), 50, header="bessel_family")
i1: Primitive = _row(
    "i1", "i1", lambda b, x, r: _slope(b, bessel_i, ONE, x[0], r), 50, header="bessel_family"
)
i0e: Primitive = _row(
    "i0e", "i0e", lambda b, x, r: b.op(a.sub, b.op(i1e, x[0]), b.op(a.mul, b.op(a.sign, x[0]), r)), 50,
    header="bessel_family",
)  # fmt: skip
i1e: Primitive = _row(
    "i1e", "i1e", lambda b, x, r: _scaled_slope(b, ONE, x[0], r), 50, header="bessel_family"
)
bessel_i: Primitive = _row(
    "bessel_i", "iv", lambda b, x, r: _slope(b, bessel_i, x[0], x[1], r), 200,
    header="bessel_family", order=True, simplify=_whole_order(False),
)  # fmt: skip
"""bessel_i(n, x) = I_n(x) for whole n, and for any order n >= 0 and x >= 0."""
bessel_ie: Primitive = _row(
    "bessel_ie", "ive", lambda b, x, r: _scaled_slope(b, x[0], x[1], r), 200,
    header="bessel_family", order=True, simplify=_whole_order(True),
)  # fmt: skip
"""exp(-|x|) I_n(x)"""
