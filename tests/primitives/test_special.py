"""The rows of special.py: value and partials to third order against mpmath, through IR and interpreter,
and the identities that simplify them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adfun.diagnostics.errors import CompileError
from adfun.ir.builder import Builder
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, Input, Operand, Var, f64
from adfun.ir.rows import Primitive
from adfun.ir.types import F64
from adfun.passes.tangent import tangent
from adfun.primitives import special as s

ROWS: dict[str, Primitive] = {name: row for name, row in vars(s).items() if isinstance(row, Primitive)}

Case = tuple[Callable[..., Any], tuple[float, ...]]
"""The function in mpmath (of an order, too, where the row has one), and points."""

EVERYWHERE = (-7.3, -1.2, -0.1, 0.0, 0.3, 2.4, 9.0)


def scaled_erfc(x: Any) -> Any:
    return mp.exp(x * x) * mp.erfc(x)


def repeated_integral(n: Any, x: Any) -> Any:
    before, now = 2 / mp.sqrt(mp.pi), scaled_erfc(x)
    for k in range(1, int(n) + 1):
        before, now = now, (before - 2 * x * now) / (2 * k)
    return now


def normal_quantile(p: Any) -> Any:
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


CASES: dict[str, Case] = {
    "lgamma": (lambda x: mp.log(abs(mp.gamma(x))), (-3.3, -0.4, 0.02, 0.7, 1.0, 2.0, 3.9, 11.0, 400.0)),
    "digamma": (mp.digamma, (-3.3, -0.4, 0.02, 0.7, 1.5, 3.9, 11.0, 400.0)),
    "trigamma": (lambda x: mp.psi(1, x), (-3.3, -0.4, 0.02, 0.7, 1.0, 3.9, 11.0, 400.0)),
    "polygamma": (lambda n, x: mp.psi(int(n), x), (-3.3, 0.02, 0.7, 3.9, 11.0)),
    "gamma": (mp.gamma, (-3.3, -0.4, 0.02, 0.7, 1.0, 3.9, 11.0, 100.0)),
    "erf": (mp.erf, EVERYWHERE),
    "erfc": (mp.erfc, EVERYWHERE),
    "erfcx": (scaled_erfc, (*EVERYWHERE, 30.0)),
    "ierfcx": (repeated_integral, (-2.1, 0.0, 0.3, 1.2, 9.0)),
    "ndtr": (mp.ncdf, EVERYWHERE),
    "log_ndtr": (lambda x: mp.log(mp.ncdf(x)), (-30.0, *EVERYWHERE)),
    "ndtri": (normal_quantile, (1e-4, 0.3, 0.5, 0.97)),
    "erfinv": (mp.erfinv, (-0.99, 0.0, 0.4)),
    "erfcinv": (lambda y: mp.erfinv(1 - y), (0.01, 0.4, 1.7)),
    "i0": (lambda x: mp.besseli(0, x), EVERYWHERE),
    "i1": (lambda x: mp.besseli(1, x), EVERYWHERE),
    "i0e": (lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), (-7.3, -0.1, 0.3, 2.4, 40.0)),
    "i1e": (lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), (-7.3, -0.1, 0.3, 2.4, 40.0)),
    "bessel_i": (lambda n, x: mp.besseli(abs(n), x), EVERYWHERE),
    "bessel_ie": (lambda n, x: mp.exp(-abs(x)) * mp.besseli(abs(n), x), (-7.3, 0.3, 2.4, 40.0)),
}
ORDERS = {
    "polygamma": (0.0, 1.0, 2.0, 3.0),
    "ierfcx": (0.0, 1.0, 2.0),
    "bessel_i": (0.0, 1.0, -2.0, 3.0, 0.4, 2.5),
}
ORDERS["bessel_ie"] = ORDERS["bessel_i"]
"""An order that is not whole is for positive arguments only."""

INSTANCES = [(name, order) for name in CASES for order in ORDERS.get(name, (None,))]


def function_of(row: Primitive, order: float | None) -> Function:
    """The row as a function of x."""
    b, x = Builder(), Var(F64, "x")
    args: tuple[Operand, ...] = (x,) if order is None else (f64(order), x)
    return Function(row.name, (Input("x", "param", x),), b.finish(b.op(row, *args)))


def exact(name: str, order: float | None, x: float, times: int) -> float:
    """A derivative of the mpmath function."""
    function = CASES[name][0]
    one = function if order is None else lambda t: function(order, t)
    with mp.workdps(150):  # the derivatives of log ndtr(9) and erfcx(30) cancel many digits
        return float(mp.diff(one, mp.mpf(x), times, h=mp.mpf(10) ** -30) if times else one(mp.mpf(x)))


def test_every_row_has_a_case() -> None:
    assert set(ROWS) == set(CASES)


@pytest.mark.parametrize(("name", "order"), INSTANCES)
def test_value_and_partials(name: str, order: float | None) -> None:
    for x in CASES[name][1]:
        if order is not None and order != int(order) and x <= 0.0:
            continue
        function = function_of(ROWS[name], order)
        for times in range(4):
            seeds = {f"d{k + 1 if k else ''}_x": 1.0 for k in range(times)}
            found = run(function, {"x": x, **seeds}).values[-1]
            np.testing.assert_allclose(
                found, exact(name, order, x, times), rtol=2e-12, atol=1e-13, err_msg=f"{x} {times}"
            )
            function = tangent(function)


@pytest.mark.parametrize(("name", "order"), INSTANCES)
def test_partials_keep_their_relative_accuracy_in_the_tails(name: str, order: float | None) -> None:
    """erfcx, log ndtr and the scaled integrals, far out on the side where terms could cancel."""
    if name not in ("erfcx", "ierfcx", "log_ndtr"):
        return
    x = -200.0 if name == "log_ndtr" else 150.0
    function = tangent(tangent(function_of(ROWS[name], order)))
    found = run(function, {"x": x, "d_x": 1.0, "d2_x": 1.0}).values[-1]
    sign = -1 if name == "log_ndtr" else 1

    def asymptotic(t: Any) -> Any:
        u = sign * t / mp.sqrt(2) if name == "log_ndtr" else t
        rest = mp.mpf(0)
        for k in range(400, 0, -1):  # the continued fraction of erfcx (DLMF 7.9.1)
            rest = mp.mpf(k) / 2 / (u + rest)
        scaled = 1 / (u + rest) / mp.sqrt(mp.pi)
        if name == "log_ndtr":
            return mp.log(scaled / 2) - t * t / 2
        before, now = 2 / mp.sqrt(mp.pi), scaled
        for k in range(1, int(order or 0) + 1):
            before, now = now, (before - 2 * t * now) / (2 * k)
        return now

    with mp.workdps(120):
        expected = float(mp.diff(asymptotic, mp.mpf(x), 2, h=mp.mpf(10) ** -25))
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("row", "order", "same"),
    [
        (s.polygamma, 0.0, s.digamma),
        (s.polygamma, 1.0, s.trigamma),
        (s.ierfcx, 0.0, s.erfcx),
        (s.bessel_i, 0.0, s.i0),
        (s.bessel_i, -1.0, s.i1),
        (s.bessel_ie, 0.0, s.i0e),
        (s.bessel_ie, 1.0, s.i1e),
    ],
)
def test_known_orders_have_rows_of_their_own(row: Primitive, order: float, same: Primitive) -> None:
    b, x = Builder(), Var(F64, "x")
    assert b.op(row, f64(order), x) is b.op(same, x)


def test_derivative_by_an_order_is_refused() -> None:
    n, x = Var(F64, "n"), Var(F64, "x")
    b = Builder()
    inputs = (Input("n", "param", n), Input("x", "param", x))
    function = Function("f", inputs, b.finish(b.op(s.bessel_i, n, x)))
    with pytest.raises(CompileError, match="the order of this function depends on parameters"):
        tangent(function)


def test_negative_order_is_positive_order() -> None:
    b, x = Builder(), Var(F64, "x")
    assert b.op(s.bessel_i, f64(-3.0), x) is b.op(s.bessel_i, f64(3.0), x)
