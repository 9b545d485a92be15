"""Which loops are written out, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.fuse import fuse
from adfun.passes.lower import lower
from adfun.passes.unroll import MOST, unroll
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total


def horner(powers: Operand, *, changing: bool = True) -> Function:
    """A polynomial at all x, highest power first; `changing`: or the highest power alone."""
    d, n = Draft(), size()
    c, x, b = d.buffer("c", i64(9), role="param"), d.buffer("x", n), d.b
    y, z = b.alloc(F64, (n,), zero=True), b.alloc(F64, (n,), zero=True)

    def power(k: Var, _: Any) -> list[Operand]:
        factor = b.load(c, [k])

        def point(i: Var, _: Any) -> list[Operand]:
            before = b.load(y if changing else x, [i])
            b.store(y if changing else z, [i], b.op(a.add, b.op(a.mul, before, b.load(x, [i])), factor))
            return []

        b.for_loop(i64(0), n, [], point)
        return []

    b.for_loop(i64(0), powers, [], power)
    return d.finish(total(b, n, lambda i: b.load(y if changing else z, [i])), f64(1.0))


def loops_in(function: Function) -> int:
    return sum(isinstance(stmt, For) for stmt in walk(function.body.stmts))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_short_loops_over_whole_arrays_become_one_loop(count: int) -> None:
    function = check(horner(i64(4)))
    x, c = np.linspace(-1.0, 2.0, count), np.arange(9.0)
    inputs = {"x": x, "c": c, "n": count}
    for step in (unroll, lower, fuse):
        function = step(function)
        check(function, step.__name__)
        np.testing.assert_allclose(run(function, inputs).values[0], np.polyval(c[:4], x).sum(), rtol=1e-13)
    assert loops_in(function) == 1


@pytest.mark.parametrize(
    "function", [horner(i64(MOST + 1)), horner(size("m")), horner(i64(4), changing=False)], ids=str
)
def test_other_loops_stay(function: Function) -> None:
    assert loops_in(unroll(function)) == loops_in(function)


def rows(count: Operand, *, sequential: bool = False, known: bool = False) -> Function:
    """Over rows of x, the sum of exponentials of `count` columns; or each takes the sum so far into it."""
    d, n = Draft(), i64(3) if known else size()
    x, b = d.buffer("x", n, i64(9), role="param"), d.b

    def row(i: Var, outer: tuple[Var, ...]) -> list[Operand]:
        def column(k: Var, inner: tuple[Var, ...]) -> list[Operand]:
            value = b.op(a.mul, b.load(x, [i, k]), inner[0]) if sequential else b.load(x, [i, k])
            return [b.op(a.add, inner[0], b.op(e.exp, value))]

        (made,) = b.for_loop(i64(0), count, [f64(0.0)], column)
        return [b.op(a.add, outer[0], made)]

    (result,) = b.for_loop(i64(0), n, [f64(0.0)], row)
    return d.finish(result, f64(1.0))


@pytest.mark.parametrize(
    "function", [rows(i64(MOST)), rows(i64(3), sequential=True)], ids=["sum", "very short"]
)
def test_short_loops_inside_long_ones_are_written_out(function: Function) -> None:
    made = check(unroll(check(function)))
    assert loops_in(made) == 1
    inputs = {"x": np.random.default_rng(1).normal(size=(3, 9)), "n": 3}
    np.testing.assert_allclose(run(made, inputs).values, run(function, inputs).values, rtol=1e-14)


@pytest.mark.parametrize(
    "function",
    [rows(i64(MOST + 1)), rows(size("m")), rows(i64(4), sequential=True), rows(i64(2), known=True)],
    ids=["long", "unknown", "sequential", "within few"],
)
def test_others_inside_stay(function: Function) -> None:
    assert loops_in(unroll(function)) == 2


def test_lags_are_written_out_though_indices_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """The checks that they are in range go before the loops first."""
    text = """
def objective(c, phi, y):
    total = 0.0
    for t in range(5, len(y)):
        mean = c
        for k in range(5):
            mean = mean + phi[k] * y[t - 1 - k]
        total += (y[t] - mean) ** 2
    return total
"""
    y, phi = np.sin(np.arange(30.0)), np.linspace(0.1, 0.3, 5)
    make_ad_fun(text, {"y": y}, {"c": 0.1, "phi": phi}, show="cpp")
    call = capsys.readouterr().out.partition("adfun_fn_chunk1(")[2].partition("\n}")[0]
    assert "adfun_load(" in call
    assert "< 5" not in call
    obj = make_ad_fun(text, {"y": y}, {"c": 0.1, "phi": phi})
    lags = np.stack([y[4 - k : 29 - k] for k in range(5)], axis=1)
    residuals = y[5:] - 0.1 - lags @ phi
    np.testing.assert_allclose(obj.fn(), np.sum(residuals**2), rtol=1e-12)
    np.testing.assert_allclose(
        obj.gr(), -2.0 * np.array([np.sum(residuals), *(residuals @ lags)]), rtol=1e-11
    )
