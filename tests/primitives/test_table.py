"""Every differentiable row of arithmetic and elementary: value and partials to third order against
mpmath, through IR and interpreter; its expansion; and the identities that simplify it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adfun.ir.builder import Builder
from adfun.ir.interpret import run
from adfun.ir.nodes import Const, Function, Input, Operand, Var, constant, f64, i64
from adfun.ir.rows import Primitive
from adfun.ir.types import B1, F64, I64, VEC
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

ROWS: dict[str, Primitive] = {
    name: row for module in (a, e) for name, row in vars(module).items() if isinstance(row, Primitive)
}
SCALAR_ROWS = {n: r for n, r in ROWS.items() if VEC not in (r.result, *r.args)}
SMOOTH = {n: r for n, r in SCALAR_ROWS.items() if any(r.partials)}

Case = tuple[Callable[..., Any], list[tuple[Any, ...]]]


def one(function: Callable[..., Any], *points: float) -> Case:
    return function, [(x,) for x in points]


PAIRS = [(0.7, 1.3), (-1.6, 0.4), (2.5, -3.1)]
EVERYWHERE = (-7.3, -1.2, -0.1, 0.3, 2.4, 25.0)
CASES: dict[str, Case] = {
    "add": (lambda x, y: x + y, PAIRS),
    "sub": (lambda x, y: x - y, PAIRS),
    "mul": (lambda x, y: x * y, PAIRS),
    "mul0": (lambda x, y: x * y, PAIRS),
    "div": (lambda x, y: x / y, PAIRS),
    "neg": one(lambda x: -x, 0.4),
    "square": one(lambda x: x * x, 0.4, -3.0),
    "fabs": one(abs, 0.4, -3.0),
    "minimum": (min, PAIRS),
    "maximum": (max, PAIRS),
    "mod": (lambda x, y: x - y * mp.floor(x / y), [(0.7, 0.5), (-1.6, 0.3), (2.5, -3.1)]),
    "pow": (mp.power, [(0.7, 1.3), (2.5, -3.1), (1.2, 2.0), (9.0, 0.5)]),
    "powi": (lambda x, n: mp.mpf(x) ** int(n), [(0.7, 3), (-2.5, 3), (-1.5, -2), (1.3, 0), (-0.4, 1)]),
    "sqrt": one(mp.sqrt, 0.3, 7.0),
    "root": one(mp.sqrt, 0.3, 7.0),
    "log": one(mp.log, 0.3, 7.0),
    "cbrt": one(lambda x: mp.sign(x) * mp.cbrt(abs(x)), 0.3, -7.0),
    "exp": one(mp.exp, *EVERYWHERE),
    "exp2": one(lambda x: mp.power(2, x), *EVERYWHERE),
    "expm1": one(mp.expm1, *EVERYWHERE, -40.0),
    "log2": one(lambda x: mp.log(x, 2), 0.3, 7.0),
    "log10": one(mp.log10, 0.3, 7.0),
    "log1p": one(lambda x: mp.log(1 + x), -0.9, 1e-9, 7.0),
    "sin": one(mp.sin, *EVERYWHERE),
    "cos": one(mp.cos, *EVERYWHERE),
    "tan": one(mp.tan, *EVERYWHERE),
    "asin": one(mp.asin, -0.999, 0.3),
    "acos": one(mp.acos, -0.999, 0.3),
    "atan": one(mp.atan, *EVERYWHERE),
    "atan2": (mp.atan2, [(0.7, 1.3), (-1.6, -0.4), (2.5, -3.1)]),
    "hypot": (mp.hypot, PAIRS),
    "sinh": one(mp.sinh, *EVERYWHERE),
    "cosh": one(mp.cosh, *EVERYWHERE),
    "tanh": one(mp.tanh, *EVERYWHERE, 0.0),
    "sech2": one(lambda x: mp.sech(x) ** 2, *EVERYWHERE, 0.0),
    "asinh": one(mp.asinh, *EVERYWHERE),
    "acosh": one(mp.acosh, 1.001, 7.0),
    "atanh": one(mp.atanh, -0.999, 0.3),
    "expit": one(lambda x: 1 / (1 + mp.exp(-x)), *EVERYWHERE, 0.0, -200.0),
    "log_expit": one(lambda x: -mp.log(1 + mp.exp(-x)), *EVERYWHERE, 0.0, -200.0),
    "logaddexp": (lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), [*PAIRS, (1.5, 1.5), (-30.0, 40.0)]),
}


def function_of(row: Primitive, point: tuple[Any, ...]) -> Function:
    """A function of the row's f64 arguments; integers are constants."""
    b = Builder()
    args: list[Operand] = [
        Var(F64, f"x{k}") if type is F64 else constant(point[k], type) for k, type in enumerate(row.args)
    ]
    inputs = tuple(Input(x.hint, "param", x) for x in args if isinstance(x, Var))
    return Function(row.name, inputs, b.finish(b.op(row, *args)))


def expanded(row: Primitive, point: tuple[Any, ...]) -> Function:
    b = Builder()
    args = tuple(Var(F64, f"x{k}") for k in range(len(row.args)))
    assert row.expand is not None
    value = row.expand(b, args) or b.op(row, *args)
    return Function(row.name, tuple(Input(x.hint, "param", x) for x in args), b.finish(value))


def inputs_of(row: Primitive, point: tuple[Any, ...]) -> dict[str, float]:
    return {f"x{k}": point[k] for k, type in enumerate(row.args) if type is F64}


def exact(name: str, point: tuple[Any, ...], orders: tuple[int, ...]) -> float:
    """A mixed derivative of the mpmath function; orders of the f64 arguments."""
    function = CASES[name][0]
    with mp.workdps(120):  # the tail of tanh(25) cancels twenty digits
        fixed = [x if isinstance(x, int) else mp.mpf(x) for x in point]
        places = [k for k, x in enumerate(point) if not isinstance(x, int)]

        def at(*moved: Any) -> Any:
            args = list(fixed)
            for k, x in zip(places, moved, strict=True):
                args[k] = x
            return function(*args)

        start = tuple(fixed[k] for k in places)
        if sum(orders) == 0:
            return float(at(*start))
        return float(mp.diff(at, start, orders, h=mp.mpf(10) ** -30))


def close(found: float, expected: float, where: str) -> None:
    np.testing.assert_allclose(found, expected, rtol=2e-11, atol=1e-300, err_msg=where)


@pytest.mark.parametrize("name", SMOOTH)
def test_every_smooth_row_has_a_case(name: str) -> None:
    assert name in CASES, f"add {name} to CASES"


@pytest.mark.parametrize("name", CASES)
def test_value_and_partials(name: str) -> None:
    row = ROWS[name]
    for point in CASES[name][1]:
        names = list(inputs_of(row, point))
        function = function_of(row, point)
        for order in range(4):
            for along in combinations_with_replacement(names, order):
                seeds = {
                    f"d{k + 1 if k else ''}_{n}": float(n == direction)
                    for k, direction in enumerate(along)
                    for n in names
                }
                found = run(function, {**inputs_of(row, point), **seeds}).values[-1]
                expected = exact(name, point, tuple(along.count(n) for n in names))
                np.testing.assert_allclose(
                    found, expected, rtol=2e-11, atol=1e-300, err_msg=f"{point} {along}"
                )
            function = tangent(function)


@pytest.mark.parametrize("name", [n for n, r in SMOOTH.items() if r.expand])
def test_expansion(name: str) -> None:
    row = ROWS[name]
    points = [*CASES[name][1], *([(0.0, 0.0), (3.0, 3.0)] if len(row.args) == 2 else [(0.0,)])]
    for point in points:
        found = run(expanded(row, point), inputs_of(row, point)).values[0]
        np.testing.assert_allclose(found, row.reference(*point), rtol=1e-14)


INF = float("inf")


@pytest.mark.parametrize("power", [-2.5, -0.5, 1.5, 7.5, 8.5, 1.25])
def test_powers_by_square_roots(power: float) -> None:
    """Only once they are differentiated: at 0 a product of roots has no derivatives."""
    b, x = Builder(), Var(F64, "x0")
    function = Function("pow", (Input("x0", "param", x),), b.finish(b.op(ROWS["pow"], x, f64(power))))
    rooted = expand(function)
    assert any(getattr(s, "op", None) is ROWS["sqrt"] for s in rooted.body.stmts) is (
        power in (-2.5, -0.5, 1.5, 7.5)
    )
    for point in (0.0, 1e-3, 0.7, 2.0, 40.0, INF, -1.0):
        with np.errstate(all="ignore"):
            expected = np.power(point, power)
        np.testing.assert_allclose(run(rooted, {"x0": point}).values[0], expected, rtol=1e-15)
    if power > 1:
        assert run(simplify(adjoint(function)), {"x0": 0.0}).buffers["g_x0"] == 0.0


@pytest.mark.parametrize(
    "x, y", [(INF, INF), (-INF, -INF), (INF, -INF), (-INF, 2.0), (1.0, INF), (np.nan, 1.0)]
)
def test_logaddexp_of_infinities(x: float, y: float) -> None:
    found = run(expanded(e.logaddexp, (x, y)), {"x0": x, "x1": y}).values[0]
    with np.errstate(invalid="ignore"):
        np.testing.assert_equal(found, np.logaddexp(x, y))


@pytest.mark.parametrize("name", SCALAR_ROWS)
def test_folding_equals_the_reference(name: str) -> None:
    """Constant arguments give what NumPy gives, whatever identities apply on the way."""
    row = SCALAR_ROWS[name]
    samples: dict[Any, list[Any]] = {F64: [0.5, -2.0, 0.0], I64: [3, -2, 0], B1: [True, False]}
    for k in range(3):
        point = [samples[type][(k + j) % len(samples[type])] for j, type in enumerate(row.args)]
        found = Builder().op(row, *[constant(x, type) for x, type in zip(point, row.args, strict=True)])
        assert isinstance(found, Const)
        with np.errstate(all="ignore"):
            wanted = row.reference(*[np.float64(x) if isinstance(x, float) else x for x in point])
        np.testing.assert_allclose(float(found.value), float(wanted), rtol=1e-15, err_msg=str(point))


@pytest.mark.parametrize("power", [*range(-8, 9), 0.5, 9, 2.5])
def test_constant_powers(power: float) -> None:
    x = Var(F64, "x")
    b = Builder()
    function = Function("f", (Input("x", "param", x),), b.finish(b.op(a.pow, x, f64(power))))
    for at in (1.7, 0.3, 12.0):
        np.testing.assert_allclose(run(function, {"x": at}).values[0], at**power, rtol=1e-15)


def derivatives(b: Builder, x: Var, value: Operand, at: float) -> tuple[float, float]:
    function = tangent(Function("f", (Input("x", "param", x),), b.finish(value)))
    return run(function, {"x": at, "d_x": 1.0}).values


@pytest.mark.parametrize(
    "exponent, at, expected",
    [
        (0.0, 0.0, 0.0),
        (1.0, 0.0, 1.0),
        (2.0, 0.0, 0.0),
        (3.0, -2.0, 12.0),
        (9.0, -1.0, 9.0),
        (-1.0, -2.0, -0.25),
    ],
)
def test_slope_of_powers_by_the_base(exponent: float, at: float, expected: float) -> None:
    b, x, n = Builder(), Var(F64, "x"), Var(F64, "n")
    inputs = (Input("x", "param", x), Input("n", "data", n))
    function = tangent(Function("f", inputs, b.finish(b.op(a.pow, x, n))))
    assert run(function, {"x": at, "n": exponent, "d_x": 1.0}).values[1] == expected


def test_slope_of_powers_by_the_exponent_at_base_zero() -> None:
    b, n = Builder(), Var(F64, "x")
    assert derivatives(b, n, b.op(a.pow, f64(0.0), n), 2.0) == (0.0, 0.0)


@pytest.mark.parametrize("at, slope", [(0.0, 0.0), (-0.0, 0.0), (-2.0, -1.0)])
def test_slope_of_absolute_value(at: float, slope: float) -> None:
    b, x = Builder(), Var(F64, "x")
    assert derivatives(b, x, b.op(a.fabs, x), at) == (abs(at), slope)


def test_ties_choose_the_first_argument() -> None:
    for row in (a.minimum, a.maximum):
        b, x = Builder(), Var(F64, "x")
        assert derivatives(b, x, b.op(row, b.op(a.mul, x, f64(3.0)), f64(6.0)), 2.0) == (6.0, 3.0)
        b, x = Builder(), Var(F64, "x")
        assert derivatives(b, x, b.op(row, f64(6.0), b.op(a.mul, x, f64(3.0))), 2.0) == (6.0, 0.0)


def test_integer_division_by_zero_is_zero() -> None:
    for row in (a.ifloordiv, a.imod):
        assert Builder().op(row, i64(7), i64(0)) is i64(0)


def test_identities_keep_the_variable() -> None:
    b, x, n = Builder(), Var(F64, "x"), Var(I64, "n")
    assert b.op(a.add, x, f64(0.0)) is x
    assert b.op(a.mul, f64(1.0), x) is x
    assert b.op(a.neg, b.op(a.neg, x)) is x
    assert b.op(a.iadd, b.op(a.isub, n, i64(3)), i64(3)) is n
    assert b.op(a.isub, n, b.op(a.isub, n, i64(1))) is i64(1)
    assert b.op(a.mul0, f64(0.0), x) is f64(0.0)
    product = b.op(a.mul, x, f64(0.0))
    assert isinstance(product, Var)  # x may be infinite
